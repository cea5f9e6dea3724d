"""Ctrl-C in the middle of a Pool: the terminal sends SIGINT to every process of the group, workers too.

Watch for: each worker's task raises KeyboardInterrupt; the worker ends with a traceback and exit code 1, and its task is lost.
The Pool starts new workers at once, and only terminate() ends that. The main process ends with 130. The cure: s28_ctrl_c_ignored.py.
"""

import argparse
import multiprocessing as mp
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import wait

import _truth as truth

at_work = None
heard = threading.Event()


def take_queue(queue) -> None:
    global at_work
    at_work = queue


@truth.task
def work(number: int) -> None:
    truth.put("at_work", number)
    at_work.put(number)
    truth.raising("KeyboardInterrupt", "")
    time.sleep(60)


def press_ctrl_c(queue, workers) -> None:
    for _ in range(2):
        truth.got("at_work", queue.get())
    time.sleep(0.3)  # the workers have said that they are about to sleep; let them
    for process in (*workers, mp.current_process()):
        truth.until_asleep(process)
    os.killpg(os.getpgrp(), signal.SIGINT)
    while not heard.wait(3.0):  # seen to sleep on, rarely and for a reason not found: one presses again
        os.kill(os.getpid(), signal.SIGINT)


def main() -> None:
    queue = mp.SimpleQueue()
    truth.made("at_work", "SimpleQueue")
    pool = mp.Pool(2, initializer=take_queue, initargs=(queue,))
    truth.pool("pool", pool, workers=2, initializer=take_queue)
    workers = mp.active_children()
    truth.submits("pool", "map", work, [1, 2], line=4)
    keyboard = threading.Thread(target=press_ctrl_c, args=(queue, workers))
    keyboard.start()
    try:
        pool.map(work, [1, 2], chunksize=1)
    except KeyboardInterrupt:
        heard.set()
        for worker in workers:
            wait([worker.sentinel])
        time.sleep(0.5)  # meanwhile the Pool replaces them; terminate() in the middle of that can hang (seen on Python 3.8)
        truth.until_pool_rests(pool)
        print("main: interrupted, the workers have said their last words, I end the pool")  # a worker forked now would print it too
        pool.terminate()
        pool.join()
        truth.retired("pool", pool)
        sys.exit(130)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
