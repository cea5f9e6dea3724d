"""All ways to give work to a Pool: map, starmap, imap, imap_unordered, apply, and the ones that do not wait.

Watch for: a task for each chunk (the map of 8 numbers in chunks of 3 makes three tasks), the method that each was
given by, and the main process waiting for a result. imap hands its results out one by one, in order;
imap_unordered as they come; a callback runs in the main process when the whole result is there.
"""

import argparse
import multiprocessing as mp

import _truth as truth


@truth.task
def square(number: int) -> int:
    return number * number


@truth.task
def power(base: int, exponent: int) -> int:
    return base**exponent


def main() -> None:
    pool = mp.Pool(2)
    truth.pool("pool", pool, workers=2)

    truth.submits("pool", "map", square, range(8), chunk=3)
    print("map:", pool.map(square, range(8), chunksize=3))
    truth.submits("pool", "starmap", power, [(2, 3), (3, 2), (5, 2)])
    print("starmap:", pool.starmap(power, [(2, 3), (3, 2), (5, 2)], chunksize=1))
    truth.submits("pool", "imap", square, range(10, 14))
    for number in pool.imap(square, range(10, 14)):
        print("imap:", number)
    truth.submits("pool", "imap_unordered", square, range(20, 25), chunk=2)
    print("imap_unordered:", sorted(pool.imap_unordered(square, range(20, 25), chunksize=2)))
    truth.submits("pool", "apply", power, [(7, 2)])
    print("apply:", pool.apply(power, (7, 2)))

    heard = []
    truth.submits("pool", "apply_async", power, [(6, 2)])
    one = pool.apply_async(power, (6, 2), callback=heard.append)
    truth.submits("pool", "map_async", square, range(30, 33))
    many = pool.map_async(square, range(30, 33), chunksize=1, callback=heard.extend)
    truth.submits("pool", "starmap_async", power, [(1, 1), (2, 2)])
    pairs = pool.starmap_async(power, [(1, 1), (2, 2)], chunksize=1)
    print("async:", one.get(), many.get(), pairs.get())
    print("callbacks heard:", sorted(heard))

    pool.close()
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
