"""Sleep, computing, and both: in one process, in two threads, in two processes. What is fastest?

Watch for: the processor time of each process, and the lanes. Who sleeps needs no process: threads do as well. Who computes gains
by processes only, as many as there are cores, because threads of one interpreter take turns. The start of a process costs time,
too: it must be worth it.
"""

import argparse
import multiprocessing as mp
import threading
import time

import _truth as truth


def rest() -> None:
    time.sleep(0.1)


def compute() -> None:
    total = 0
    for number in range(1_500_000):
        total += number * number


def both() -> None:
    total = 0
    for _ in range(4):
        time.sleep(0.015)
        for number in range(250_000):
            total += number * number


WORK = {"sleep": rest, "compute": compute, "both": both}


def work_in_process(kind: str) -> None:
    truth.running()
    WORK[kind]()


def in_one_process(kind: str) -> None:
    for _ in range(2):
        WORK[kind]()


def in_threads(kind: str) -> None:
    threads = [threading.Thread(target=WORK[kind]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_processes(kind: str) -> None:
    workers = [mp.Process(target=work_in_process, args=(kind,), name=f"{kind}-{number}") for number in (1, 2)]
    for worker in workers:
        worker.start()
        truth.started(worker, line=-3)
    for worker in workers:
        worker.join()
        truth.ended(worker)


def main() -> None:
    for kind in WORK:
        for way in (in_one_process, in_threads, in_processes):
            begun = time.perf_counter()
            way(kind)
            print(f"{kind} {way.__name__}: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
