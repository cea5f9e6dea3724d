"""joblib: its own loky workers, multiprocessing's Pool, and an array that the workers map from a file."""

import os
import sys
import time

import numpy
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor


def work(n):
    time.sleep(0.02)
    return os.getpid(), n * n


def total(array, part):
    return os.getpid(), float(array[part::4].sum())


if __name__ == "__main__":
    for backend in ("loky", "multiprocessing"):
        with parallel_config(backend, n_jobs=2):
            answers = Parallel()(delayed(work)(n) for n in range(20))
        print(backend, [result for _, result in answers])
        for pid in sorted({pid for pid, _ in answers}):
            print("worker", pid)
    array = numpy.arange(400_000, dtype=float)
    answers = Parallel(n_jobs=2, max_nbytes=1000)(delayed(total)(array, part) for part in range(4))
    print("parts", [result for _, result in answers])
    get_reusable_executor().shutdown(wait=True)
    sys.exit(7)
