"""A child is forked while a thread of the parent holds a lock: in the child the lock is held for ever, for the thread is not there.

Watch for: the child, which sleeps in `with ledger:` though in the parent the lock has long been free. (With the start methods spawn and
forkserver the child has a lock of its own, and nothing is wrong.) The cure (`--cure`): start the child before the thread.
Not to be mistaken for it: `--calm`, a child that has its reasons to sleep, on a lock too: a signal will wake it.
"""

import argparse
import multiprocessing as mp
import signal
import threading
import time

import _truth as truth

ledger = threading.Lock()


def write() -> None:
    truth.running()
    with ledger:
        print("child: written", flush=True)


def wait_for_a_signal() -> None:
    truth.running()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()


def sleep(seconds: float) -> None:
    truth.running()
    time.sleep(seconds)


def hold(held: threading.Event, enough: threading.Event) -> None:
    with ledger:
        held.set()
        enough.wait()


def start(calm: bool, seconds: float) -> list:
    if not calm:
        writer = mp.Process(target=write, name="writer")
        writer.start()
        truth.started(writer)
        return [writer]
    waiter = mp.Process(target=wait_for_a_signal, name="waiter")
    waiter.start()
    truth.started(waiter)
    sleeper = mp.Process(target=sleep, args=(seconds - 2,), name="sleeper")
    sleeper.start()
    truth.started(sleeper)
    return [waiter, sleeper]


def main(seconds: float, cure: bool, calm: bool) -> None:
    held, enough = threading.Event(), threading.Event()
    thread = threading.Thread(target=hold, args=(held, enough))
    if not cure:
        thread.start()
        held.wait()
    children = start(calm, seconds)
    if cure:
        thread.start()
    enough.set()
    thread.join()
    children[-1].join(timeout=seconds)
    for child in children:
        if child.is_alive():
            print(f"main: {child.name} does not end, so I terminate it")
            child.terminate()
        child.join()
        truth.ended(child)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=9.0, metavar="SECONDS", help="wait for the child so long (9)")
    parser.add_argument("--cure", action="store_true", help="the child first")
    parser.add_argument("--calm", action="store_true", help="children that sleep for other reasons")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold, options.cure, options.calm)
