"""A worker is killed in the middle of a task: nobody answers, and get() without a timeout would wait for ever.

Watch for: the worker that ended with -9 SIGKILL (as the system does when memory runs out), its task, which is lost, and the new
worker in its place: a Pool goes on as if nothing had happened. The cures: a timeout for get(), or ProcessPoolExecutor,
which notices (s14_executor_broken.py).
"""

import argparse
import multiprocessing as mp
import os
import signal

import _truth as truth


@truth.task
def greet(name: str) -> str:
    return f"hello {name}"


@truth.task
def vanish(name: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def main() -> None:
    pool = mp.Pool(2)
    truth.pool("pool", pool, workers=2)
    truth.submits("pool", "apply_async", vanish, [("gone",)])
    lost = pool.apply_async(vanish, ("gone",))
    try:
        lost.get(timeout=0.5)
    except mp.TimeoutError:
        truth.replaced("pool", pool)  # a worker forked while we print would print it too
        print("main: no answer within half a second, and there never will be")
    truth.submits("pool", "apply", greet, [("again",)])
    print("main:", pool.apply(greet, ("again",)))
    pool.terminate()  # close() and join() would wait for the lost task for ever
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
