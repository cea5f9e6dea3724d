"""Several processes, all started before the first is joined.

Watch for: the lanes lie beside each other. The main process waits for `worker-1` first although `worker-3` has long
ended: its wait says which child it waits for, and the later joins return at once.
Compare with s04_join_too_early.py, which does the same work in twice the time.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def work(seconds: float) -> None:
    truth.running()
    time.sleep(seconds)


def main() -> None:
    begin = time.perf_counter()
    seconds = (0.6, 0.4, 0.2)
    workers = [mp.Process(target=work, args=(s,), name=f"worker-{n}") for n, s in enumerate(seconds, 1)]
    for worker in workers:
        worker.start()
        truth.started(worker, line=-3)
    for worker in workers:
        worker.join()
        truth.ended(worker)
        print(f"{worker.name} joined after {time.perf_counter() - begin:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
