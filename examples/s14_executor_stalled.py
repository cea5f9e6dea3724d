"""ProcessPoolExecutor with max_tasks_per_child and several tasks waiting: it may forget to start the next worker (Python 3.11 to 3.13).

Watch for: the only worker leaves after two tasks, as it was told to, and no other comes, though another task waits: the main
process waits for nobody. Here it gives up after a while and submits another task, which wakes the executor.
The cure (`--cure`): submit the next task when the result of the one before is there.
"""

import argparse
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor, TimeoutError

import _truth as truth


@truth.task
def shout(word: str) -> str:
    return word.upper()


def stall(executor: ProcessPoolExecutor, hold: float) -> None:
    futures = []
    for word in ("one", "two", "three"):
        truth.submits("executor", "submit", shout, [(word,)])
        futures.append(executor.submit(shout, word))
    truth.serving("executor", executor)
    print("main:", futures[0].result(), futures[1].result())
    try:
        print("main:", futures[2].result(timeout=hold))
    except TimeoutError:
        print("main: the third does not come")
    truth.submits("executor", "submit", shout, [("four",)])
    futures.append(executor.submit(shout, "four"))
    truth.serving("executor", executor)
    print("main:", futures[2].result(), futures[3].result())


def one_by_one(executor: ProcessPoolExecutor) -> None:
    for word in ("one", "two", "three"):
        truth.submits("executor", "submit", shout, [(word,)])
        future = executor.submit(shout, word)
        print("main:", future.result())
    truth.serving("executor", executor)


def main(cure: bool, hold: float) -> None:
    if sys.version_info < (3, 11) or mp.get_start_method() == "fork":
        sys.exit("max_tasks_per_child needs Python 3.11 and another start method than fork: try --method spawn")
    executor = ProcessPoolExecutor(max_workers=1, mp_context=mp.get_context(), max_tasks_per_child=2)
    truth.pool("executor", executor, workers=1, tasks_per_worker=2)
    if cure:
        one_by_one(executor)
    else:
        stall(executor, hold)
    executor.shutdown()
    truth.retired("executor", state="closed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=4.0, metavar="SECONDS", help="wait so long in vain (4)")
    parser.add_argument("--cure", action="store_true", help="submit one by one")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure, options.hold)
