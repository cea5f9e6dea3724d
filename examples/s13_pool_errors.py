"""What can go wrong in a Pool's task, and how the caller hears of it.

Watch for: tasks marked as failed, each with its error. An exception comes back to the caller at get(); in a map what
follows it in its chunk is never run, while the other chunks are. A result that cannot be pickled is an error, too.
join() before close() is refused, and so is work for a closed pool.
"""

import argparse
import multiprocessing as mp

import _truth as truth


@truth.task
def invert(number: int) -> float:
    return 1 / number


@truth.task
def strange(number: int):
    return lambda: number


def main() -> None:
    pool = mp.Pool(2)
    truth.pool("pool", pool, workers=2)

    truth.submits("pool", "apply_async", invert, [(0,)])
    failing = pool.apply_async(invert, (0,), error_callback=lambda error: print(f"error_callback: {error!r}"))
    try:
        failing.get()
    except ZeroDivisionError as error:
        print(f"get: {error!r}")

    truth.submits("pool", "map_async", invert, [4, 0.0, 2, 1, 5, 8], chunk=3)
    halfway = pool.map_async(invert, [4, 0.0, 2, 1, 5, 8], chunksize=3)
    try:
        halfway.get()
    except ZeroDivisionError as error:
        print(f"map: {error!r}, the chunk's third item was not run")

    truth.submits("pool", "apply_async", strange, [(1,)], outcome="error")
    unsendable = pool.apply_async(strange, (1,))
    try:
        unsendable.get()
    except Exception as error:
        print(f"a result that cannot be pickled: {type(error).__name__}")

    try:
        pool.join()
    except ValueError as error:
        print(f"join without close: {error!r}")
    pool.close()
    try:
        pool.apply(invert, (7,))
    except ValueError as error:
        print(f"apply after close: {error!r}")
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
