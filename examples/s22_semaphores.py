"""Semaphore and BoundedSemaphore: so many at once and no more.

Watch for: `tables` has two places, taken by the main process and `early`, so `late` has to wait for one. A BoundedSemaphore
refuses to be released more often than it was acquired; a Semaphore just counts up.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def dine_early(seated, tables, leave) -> None:
    truth.running()
    with tables:
        truth.holds("tables")
        truth.put("seated", "early")
        seated.put("early")
        truth.got("leave", leave.recv())
        truth.releases("tables")


def dine_late(seated, tables) -> None:
    truth.running()
    truth.put("seated", "late")
    seated.put("late")
    truth.waits("tables")
    with tables:
        truth.waited("tables")
        truth.holds("tables")
        print("late: at last", flush=True)
        truth.releases("tables")


def main() -> None:
    tables = mp.Semaphore(2)
    truth.lock("tables", "Semaphore", value=2)
    seated = mp.SimpleQueue()
    truth.made("seated", "SimpleQueue")
    leave, leave_now = mp.Pipe(duplex=False)
    truth.made("leave", "Pipe", duplex=False)
    tables.acquire()
    truth.holds("tables")
    early = mp.Process(target=dine_early, args=(seated, tables, leave), name="early")
    early.start()
    truth.started(early)
    truth.got("seated", seated.get())
    late = mp.Process(target=dine_late, args=(seated, tables), name="late")
    late.start()
    truth.started(late)
    truth.got("seated", seated.get())
    truth.until_waiting(late, "tables")
    time.sleep(0.1)
    if not tables.acquire(block=False):
        print("main: all tables are taken, I do not wait for a second one", flush=True)
    truth.put("leave", "now")
    leave_now.send("now")
    late.join()
    truth.ended(late)
    early.join()
    truth.ended(early)
    truth.releases("tables")
    tables.release()

    keys = mp.BoundedSemaphore(1)
    truth.lock("keys", "BoundedSemaphore", value=1)
    keys.acquire()
    truth.holds("keys")
    truth.waits("keys")
    print(f"main: there is a second key: {keys.acquire(timeout=0.2)}")
    truth.waited("keys", in_vain=True)
    truth.releases("keys")
    keys.release()
    try:
        keys.release()
    except ValueError as error:
        print(f"main: there is one key and no more: {error!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
