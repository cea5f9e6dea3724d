"""BrokenProcessPool: a worker disappears in mid-task, and the executor gives everything up.

Watch for: the worker that ended with exit code 3, the other one terminated by the executor in the middle of its own task, the
pool that says it is broken, and the tasks that are lost. Unlike a Pool (s13_pool_killed_worker.py) every future gets an
exception at once.
"""

import argparse
import multiprocessing as mp
import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import _truth as truth


@truth.task
def warm_up(number: int) -> int:
    time.sleep(0.1)
    return number


@truth.task
def work_long(name: str) -> None:
    time.sleep(60)


@truth.task
def leave(name: str) -> None:
    time.sleep(0.3)
    os._exit(3)


def main() -> None:
    with ProcessPoolExecutor(max_workers=2) as executor:
        truth.pool("executor", executor, workers=2)
        # Up to Python 3.13 at least, the end of a worker that was only just started may go unnoticed, and result() waits for ever.
        truth.submits("executor", "map", warm_up, range(2))
        print(f"main: {len(list(executor.map(warm_up, range(2))))} tasks to begin with")
        truth.submits("executor", "submit", work_long, [("patient",)], outcome="lost")
        patient = executor.submit(work_long, "patient")
        truth.submits("executor", "submit", leave, [("sudden",)], outcome="lost")
        sudden = executor.submit(leave, "sudden")
        truth.serving("executor", executor)
        for name, future in (("sudden", sudden), ("patient", patient)):
            try:
                future.result()
            except BrokenProcessPool:
                print(f"main: {name} has no result, the pool is broken")
        try:
            executor.submit(work_long, "late")
        except BrokenProcessPool:
            print("main: a broken executor takes no more work")
    truth.retired("executor", state="broken")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
