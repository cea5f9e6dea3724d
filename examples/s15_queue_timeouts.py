"""put and get with a timeout and without waiting: queue.Full and queue.Empty, and qsize, empty, full.

Watch for: the depth of `jobs` stays at its capacity of 2; two puts are refused, one of them after a wait that shows as a
blocked span. The consumer is refused twice in the same way. Nothing is lost: 2 put, 2 got.
"""

import argparse
import multiprocessing as mp
import queue  # the exceptions live here
import time

import _truth as truth


def consume(jobs) -> None:
    truth.running()
    for _ in range(2):
        truth.got("jobs", jobs.get(timeout=10))
    for wait in (0.3, None):
        try:
            jobs.get(timeout=wait) if wait else jobs.get_nowait()
        except queue.Empty:
            truth.note("empty", channel="jobs")
            print(f"consumer: Empty, waited {wait or 0} s")


def main() -> None:
    jobs = mp.Queue(maxsize=2)
    truth.made("jobs", "Queue", maxsize=2)
    print(f"main: qsize {jobs.qsize()}, empty {jobs.empty()}, full {jobs.full()}")
    for job in ("wash", "dry"):
        jobs.put(job)
        truth.put("jobs", job)
    for wait in (None, 0.3):
        try:
            jobs.put("iron", timeout=wait) if wait else jobs.put_nowait("iron")
        except queue.Full:
            truth.note("full", channel="jobs")
            print(f"main: Full, waited {wait or 0} s")
    while jobs.empty():  # the feeder thread needs a moment to write
        time.sleep(0.01)
    print(f"main: qsize {jobs.qsize()}, empty {jobs.empty()}, full {jobs.full()}")

    consumer = mp.Process(target=consume, args=(jobs,), name="consumer")
    consumer.start()
    truth.started(consumer)
    consumer.join()
    truth.ended(consumer)
    print(f"main: qsize {jobs.qsize()}, empty {jobs.empty()}, full {jobs.full()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
