"""Ctrl-C in the middle of a Pool, done well: the workers ignore SIGINT, and the main process alone decides.

Watch for: nobody but the main process minds the signal; it says that nothing more will come, and waits until the work at hand is done. No
traceback, no lost task.
"""

import argparse
import multiprocessing as mp
import os
import signal
import threading
import time

import _truth as truth

at_work = None
heard = threading.Event()


def ignore_ctrl_c(queue) -> None:
    global at_work
    at_work = queue
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@truth.task
def work(number: int) -> int:
    truth.put("at_work", number)
    at_work.put(number)
    time.sleep(1.0)
    return number * number


def press_ctrl_c(queue) -> None:
    for _ in range(2):
        truth.got("at_work", queue.get())
    time.sleep(0.1)  # let the main process begin to wait
    truth.until_asleep(mp.current_process())
    os.killpg(os.getpgrp(), signal.SIGINT)
    while not heard.wait(0.4):  # seen to sleep on, rarely and for a reason not found: one presses again
        os.kill(os.getpid(), signal.SIGINT)


def main() -> None:
    queue = mp.SimpleQueue()
    truth.made("at_work", "SimpleQueue")
    pool = mp.Pool(2, initializer=ignore_ctrl_c, initargs=(queue,))
    truth.pool("pool", pool, workers=2, initializer=ignore_ctrl_c)
    truth.submits("pool", "map_async", work, [1, 2])
    result = pool.map_async(work, [1, 2], chunksize=1)
    keyboard = threading.Thread(target=press_ctrl_c, args=(queue,))
    keyboard.start()
    try:
        print("main:", result.get())
    except KeyboardInterrupt:
        heard.set()
        print("main: interrupted, no more work, but what was begun will be done")
        pool.close()
        pool.join()
        print("main:", result.get())
    heard.set()
    keyboard.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
