"""Leaving a with statement ends a Pool at once, in the middle of its tasks.

Watch for: two workers that were ended by their pool (-15 SIGTERM), each with a task that is lost. That is what the with statement
of a Pool does, and nothing is wrong here: the first answer was all that was wanted. Who wants all of them calls close() and
join() inside of it.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth

at_work = None


def take_queue(queue) -> None:
    global at_work
    at_work = queue


@truth.task
def search(seconds: int) -> str:
    truth.put("at_work", seconds)
    at_work.put(seconds)
    time.sleep(seconds)
    return f"found after {seconds} s"


def main() -> None:
    queue = mp.SimpleQueue()
    truth.made("at_work", "SimpleQueue")
    with mp.Pool(2, initializer=take_queue, initargs=(queue,)) as pool:
        truth.pool("pool", pool, workers=2, initializer=take_queue)
        truth.submits("pool", "apply_async", search, [(0,)])
        first = pool.apply_async(search, (0,))
        for seconds in (60, 61):
            truth.submits("pool", "apply_async", search, [(seconds,)])
            pool.apply_async(search, (seconds,))
        for _ in range(3):
            truth.got("at_work", queue.get())
        time.sleep(0.3)  # the workers have said that they are about to sleep; let them
        for worker in mp.active_children():
            truth.until_asleep(worker)
        print(f"main: {first.get()}, and that is enough")
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
