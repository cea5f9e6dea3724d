"""An initializer that raises: each worker of the Pool dies before its first task, and the Pool makes new ones for ever.

Watch for: workers that come and go with exit code 1, and a task that no worker ever takes: the main process waits, and nothing tells
it why but the tracebacks. (From the seventh worker on the initializer waits instead, so that this example ends quietly.)
The cure (`--cure`): an initializer that catches its error and keeps it, and tasks that raise it: then get() does.
"""

import argparse
import multiprocessing as mp
import os
import time

import _truth as truth

FAILING = 6
problem = None


def number() -> int:
    return int(mp.current_process().name.rpartition("-")[2])


def connect() -> None:
    process = mp.current_process()
    if number() > FAILING:
        time.sleep(60)
    truth.note("worker", pool="pool", child=os.getpid(), name=process.name, daemon=process.daemon)
    truth.ended(os.getpid(), 1)
    truth.raising("ConnectionError", "no such host: archive")
    raise ConnectionError("no such host: archive")


def connect_with_care() -> None:
    global problem
    problem = ConnectionError("no such host: archive")


@truth.task
def store(name: str) -> None:
    if problem is not None:
        raise problem


def fail() -> None:
    pool = mp.Pool(2, initializer=connect)
    truth.pool("pool", pool, workers=2, initializer=connect)
    truth.submits("pool", "apply_async", store, [("photo",)])
    answer = pool.apply_async(store, ("photo",))
    try:
        answer.get(timeout=0.5)
    except mp.TimeoutError:
        pass
    waiting = []
    while len(waiting) < 2:
        time.sleep(0.05)
        waiting = [worker for worker in mp.active_children() if int(worker.name.rpartition("-")[2]) > FAILING]
    for worker in waiting:
        truth.until_asleep(worker)
    print("main: no answer within half a second")  # not before: a worker forked while it is printed would print it too
    truth.serving("pool", pool)
    pool.terminate()
    pool.join()
    truth.retired("pool", pool)


def cure() -> None:
    pool = mp.Pool(2, initializer=connect_with_care)
    truth.pool("pool", pool, workers=2, initializer=connect_with_care)
    truth.submits("pool", "apply_async", store, [("photo",)])
    answer = pool.apply_async(store, ("photo",))
    try:
        answer.get()
    except ConnectionError as error:
        print(f"main: {error!r}")
    pool.close()
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="keep the initializer's error for the tasks")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    cure() if options.cure else fail()
