"""Serial by mistake: `join()` right after each `start()`.

Watch for: the lanes come one after another like stairs, and the main process is blocked in a join all the time. Nothing
runs at the same time as anything else. The cure is in s03_overlapping.py: start all, then join all.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def work(seconds: float) -> None:
    truth.running()
    time.sleep(seconds)


def main() -> None:
    begin = time.perf_counter()
    for number, seconds in enumerate((0.6, 0.4, 0.2), 1):
        worker = mp.Process(target=work, args=(seconds,), name=f"worker-{number}")
        worker.start()
        truth.started(worker)
        worker.join()  # the mistake: the next worker has to wait for this one
        truth.ended(worker)
        print(f"{worker.name} joined after {time.perf_counter() - begin:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
