"""mpire: a pool with shared objects, a worker's own state, and an exception that comes back."""

import os
import sys
import time

from mpire import WorkerPool


def work(shared, n):
    time.sleep(0.02)
    return os.getpid(), shared[n % len(shared)] + n


def fail(shared, n):
    raise LookupError("no %d" % n)


if __name__ == "__main__":
    with WorkerPool(n_jobs=2, start_method=sys.argv[1], shared_objects=[10, 20, 30]) as pool:
        answers = pool.map(work, range(20), chunk_size=1)
        print([result for _, result in answers])
        for pid in sorted({pid for pid, _ in answers}):
            print("worker", pid)
        try:
            pool.map(fail, [4])
        except LookupError as error:
            print("LookupError", str(error).strip().splitlines()[-1])
