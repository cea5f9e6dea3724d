"""A Pool that nobody closes: at its end the interpreter terminates its workers, whatever they are doing.

Watch for: the worker that was ended by the main process (-15 SIGTERM), and the task that is lost with it: its answer was never
asked for. The cure (`--cure`): close() and join(), which wait for it.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth

pool = None


@truth.task
def write(name: str, seconds: float) -> str:
    time.sleep(seconds)
    return f"wrote {name}"


def main(cure: bool) -> None:
    global pool
    pool = mp.Pool(1)
    truth.pool("pool", pool, workers=1)
    truth.submits("pool", "apply", write, [("letter", 0.1)])
    print("main:", pool.apply(write, ("letter", 0.1)))
    seconds = 0.5 if cure else 60.0
    truth.submits("pool", "apply_async", write, [("book", seconds)])
    pool.apply_async(write, ("book", seconds))
    time.sleep(0.3)  # so that the worker has taken it
    for worker in mp.active_children():
        truth.until_asleep(worker)
        truth.ended(worker, 0 if cure else -15)
    if cure:
        pool.close()
        pool.join()
        truth.retired("pool", pool)
    else:
        truth.note("retired", pool="pool", state="open")
        print("main: I leave")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="close the pool and wait for it")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
