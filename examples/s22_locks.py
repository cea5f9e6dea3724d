"""Lock and RLock: one process holds it, another one has to wait.

Watch for: who holds each lock, who waits for it and since when, how often somebody had to wait and for how long. An RLock may be taken
again by the process that holds it, and is free when it was released as often. A Lock may be released by anybody: `gate`
is taken by the main process and released by a child, so from then on holders are not certain.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def want(ready, lock, name: str) -> None:
    truth.running()
    truth.put(f"ready for {name}", "soon")
    ready.send("soon")
    truth.waits(name)
    with lock:
        truth.waited(name)
        truth.holds(name)
        print(f"{mp.current_process().name}: I have the {name}", flush=True)
        truth.releases(name)


def want_briefly(lock, name: str) -> None:
    truth.running()
    truth.waits(name)
    if not lock.acquire(timeout=0.2):
        truth.waited(name, in_vain=True)
        print(f"{mp.current_process().name}: I gave up", flush=True)


def open_gate(gate, main_waits) -> None:
    truth.running()
    truth.got("main waits", main_waits.recv())
    time.sleep(0.1)
    truth.until_waiting(mp.parent_process(), "gate")
    truth.releases("gate")
    gate.release()


def main() -> None:
    for name, kind in (("lock", mp.Lock), ("rlock", mp.RLock)):
        lock = kind()
        truth.lock(name, kind.__name__)
        told, ready = mp.Pipe(duplex=False)
        truth.made(f"ready for {name}", "Pipe", duplex=False)
        waiter = mp.Process(target=want, args=(ready, lock, name), name=f"{name}-waiter")
        hasty = mp.Process(target=want_briefly, args=(lock, name), name=f"{name}-hasty")
        lock.acquire()
        if name == "rlock":
            lock.acquire()
        truth.holds(name)
        waiter.start()
        truth.started(waiter, line=-7)
        truth.got(f"ready for {name}", told.recv())
        truth.until_waiting(waiter, name)
        hasty.start()
        truth.started(hasty, line=-10)
        hasty.join()
        truth.ended(hasty)
        if name == "rlock":
            lock.release()
            print("main: released once, and still mine", flush=True)
        truth.releases(name)
        lock.release()
        waiter.join()
        truth.ended(waiter)

    gate = mp.Lock()
    truth.lock("gate", "Lock")
    main_waits, i_wait = mp.Pipe(duplex=False)
    truth.made("main waits", "Pipe", duplex=False)
    gate.acquire()
    truth.holds("gate")
    opener = mp.Process(target=open_gate, args=(gate, main_waits), name="opener")
    opener.start()
    truth.started(opener)
    truth.put("main waits", "now")
    i_wait.send("now")
    truth.waits("gate")
    gate.acquire()
    truth.waited("gate")
    truth.holds("gate")
    truth.releases("gate")
    gate.release()
    opener.join()
    truth.ended(opener)
    try:
        gate.release()
    except ValueError as error:
        print(f"main: released once too often: {error!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
