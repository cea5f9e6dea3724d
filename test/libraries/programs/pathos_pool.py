"""pathos: the process pool on multiprocess, and the parallel pool on ppft, which talks to subprocesses by their pipes."""

from pathos.pools import ParallelPool, ProcessPool


def pid_and_square(n):
    import os
    import time
    time.sleep(0.02)
    return os.getpid(), n * n


if __name__ == "__main__":
    for kind in (ProcessPool, ParallelPool):
        pool = kind(nodes=2)
        answers = list(pool.map(pid_and_square, range(20)))
        print(kind.__name__, [result for _, result in answers])
        for pid in sorted({pid for pid, _ in answers}):
            print("worker", pid)
        pool.close()
        pool.join()
        pool.clear()
