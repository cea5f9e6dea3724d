"""maxtasksperchild: a worker leaves after some tasks, and a new one takes its place.

Watch for: workers that did two tasks and then ended with exit code 0, and others, with higher numbers, after them. Use it where
a task leaves something behind, memory for one. The initializer runs in each new worker again.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth

done = 0


def prepare(greeting: str) -> None:
    global done
    done = 0


@truth.task
def count(number: int) -> int:
    global done
    done += 1
    time.sleep(0.02)
    return done


def main() -> None:
    pool = mp.Pool(2, initializer=prepare, initargs=("hello",), maxtasksperchild=2)
    truth.pool("pool", pool, workers=2, tasks_per_worker=2, initializer=prepare)
    truth.submits("pool", "map", count, range(6))
    how_many = pool.map(count, range(6), chunksize=1)
    pool.close()
    pool.join()
    truth.retired("pool", pool)
    print(f"main: no worker did more than {max(how_many)} tasks")  # a worker forked while it is printed would print it too


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
