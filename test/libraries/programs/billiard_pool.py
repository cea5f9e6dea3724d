"""billiard, Celery's copy of multiprocessing: processes, a queue, and a pool whose tasks have a time limit."""

import os
import time

import billiard


def work(n):
    time.sleep(0.02)
    return os.getpid(), n * n


def answer(queue):
    queue.put(("from the child", os.getpid()))


def linger():
    time.sleep(30)


if __name__ == "__main__":
    queue = billiard.Queue()
    child = billiard.Process(target=answer, args=(queue,), name="answerer")
    child.start()
    text, pid = queue.get()
    child.join()
    print(text, child.exitcode)
    print("worker", pid)
    pool = billiard.Pool(2)
    answers = pool.map(work, range(20), chunksize=1)
    print([result for _, result in answers])
    for pid in sorted({pid for pid, _ in answers}):
        print("worker", pid)
    pool.close()
    pool.join()
    pool = billiard.Pool(1, timeout=1)
    try:
        pool.apply_async(linger).get()
    except Exception as error:  # of a class that billiard makes up around the one that was raised
        print(str(error).strip().splitlines()[-2])
    pool.terminate()
    pool.join()
