"""Pebble: a pool whose tasks are killed at their timeout, and a decorated function with a process of its own."""

import os
import time
from concurrent.futures import TimeoutError

from pebble import ProcessPool, concurrent


def work(n):
    time.sleep(0.02)
    return os.getpid(), n * n


@concurrent.process
def alone():
    return os.getpid(), "alone"


if __name__ == "__main__":
    with ProcessPool(max_workers=2) as pool:
        answers = list(pool.map(work, range(20)).result())
        print([result for _, result in answers], flush=True)
        for pid in sorted({pid for pid, _ in answers}):
            print("worker", pid)
        late = pool.schedule(time.sleep, args=[30], timeout=0.5)
        try:
            late.result()
        except TimeoutError:
            print("over its time", flush=True)
    pid, answer = alone().result()
    print(answer)
    print("worker", pid)
