"""A process is terminated while it holds a Lock. The lock stays locked for ever.

Watch for: `holder` ends by SIGTERM and gave nothing back; the main process then waits for the lock in vain. Without the
timeout it would wait until the end of time: try `--hold 30`.
The cure: let a process end by itself (a sentinel, an Event) instead of terminating it, and give acquire() a timeout.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def hold(lock, has_lock) -> None:
    truth.running()
    with lock:
        truth.holds("lock")
        truth.tells("has_lock", "set")
        has_lock.set()
        time.sleep(60)


def main(seconds: float) -> None:
    lock = mp.Lock()
    truth.lock("lock", "Lock")
    has_lock = mp.Event()
    truth.lock("has_lock", "Event", sure=False)
    holder = mp.Process(target=hold, args=(lock, has_lock), name="holder")
    holder.start()
    truth.started(holder)
    has_lock.wait()
    holder.terminate()
    holder.join()
    truth.ended(holder)
    print(f"main: holder ended with exit code {holder.exitcode}, now I want the lock")
    truth.waits("lock")
    print("main: got it" if lock.acquire(timeout=seconds) else f"main: gave up after {seconds} s")
    truth.waited("lock", in_vain=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=0.5, metavar="SECONDS", help="how long to wait for the lock")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold)
