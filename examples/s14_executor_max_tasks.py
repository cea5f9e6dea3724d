"""ProcessPoolExecutor with max_tasks_per_child: a worker leaves after two tasks (Python 3.11 and later; not with fork).

Watch for: two workers, one after the other, though there is never more than one at a time.
"""

import argparse
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor

import _truth as truth


@truth.task
def shout(word: str) -> str:
    return word.upper()


def main() -> None:
    if sys.version_info < (3, 11) or mp.get_start_method() == "fork":
        sys.exit("max_tasks_per_child needs Python 3.11 and another start method than fork: try --method spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=mp.get_context(), max_tasks_per_child=2) as executor:
        truth.pool("executor", executor, workers=1, tasks_per_worker=2)
        for word in ("one", "two", "three"):
            # One by one: with several waiting, Python up to 3.13 may forget to start the next worker.
            truth.submits("executor", "submit", shout, [(word,)])
            future = executor.submit(shout, word)
            print("main:", future.result(timeout=60))
        truth.serving("executor", executor)
    truth.retired("executor", state="closed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
