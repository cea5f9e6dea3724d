"""ProcessPoolExecutor: submit, as_completed, map with and without chunks.

Watch for: three workers, a task for each submit(), and for each chunk of a map(). The workers' lanes show who ran what; a future's
result() is a wait of the main process.
"""

import argparse
import multiprocessing as mp
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import _truth as truth


def prepare() -> None:
    time.sleep(0.01)


@truth.task
def count_letters(word: str) -> int:
    time.sleep(0.02 * len(word))
    return len(word)


@truth.task
def add(left: int, right: int) -> int:
    return left + right


def main() -> None:
    words = ("a", "procession", "of", "processes")
    with ProcessPoolExecutor(max_workers=3, initializer=prepare) as executor:
        truth.pool("executor", executor, workers=3, initializer=prepare)
        futures = {}
        for word in words:
            truth.submits("executor", "submit", count_letters, [(word,)])
            futures[executor.submit(count_letters, word)] = word
        print("as completed:", sorted((future.result(), futures[future]) for future in as_completed(futures)))
        truth.submits("executor", "map", count_letters, ["one", "four", "eleven"])
        print("map:", list(executor.map(count_letters, ["one", "four", "eleven"])))
        truth.submits("executor", "map", add, zip(range(7), range(10, 17)), chunk=3)
        print("map in chunks:", list(executor.map(add, range(7), range(10, 17), chunksize=3)))
        truth.serving("executor", executor)
    truth.retired("executor", state="closed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
