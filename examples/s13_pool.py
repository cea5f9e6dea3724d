"""A Pool of four workers and five tasks: the fifth runs on a worker that is free again.

Watch for: four workers under the main process, the first four tasks side by side on their lanes, and the fifth after one of
them. Each task has its queue time, from the call of map() to its begin, and its run time. close() says that nothing more will
come, join() waits until all is done.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


@truth.task
def develop(number: int) -> str:
    time.sleep(0.15)
    return f"photo {number}"


def main() -> None:
    pool = mp.Pool(processes=4)
    truth.pool("pool", pool, workers=4)
    truth.submits("pool", "map", develop, range(1, 6))
    photos = pool.map(develop, range(1, 6), chunksize=1)
    print(f"main: {', '.join(photos)}")
    pool.close()
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
