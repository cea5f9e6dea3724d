"""A SharedMemory that nobody unlinks: it leaks.

Watch for: two segments, one unlinked, one leaked. At the very end the resource tracker, one of multiprocessing's helper processes,
notices the leaked one, says so on standard error and removes it; without a tracker it would stay until the machine is restarted.
The cure: `finally: memory.unlink()` (`--cure`), or a SharedMemoryManager (s21_manager.py).
"""

import argparse
import multiprocessing as mp
from multiprocessing.shared_memory import SharedMemory

import _truth as truth


def fill(name: str) -> None:
    truth.running()
    memory = SharedMemory(name)
    truth.maps("forgotten")
    memory.buf[0] = 7
    memory.close()
    truth.maps("forgotten", False)


def main(cure: bool) -> None:
    tidy = SharedMemory(create=True, size=4096)
    truth.segment("tidy", tidy)
    forgotten = SharedMemory(create=True, size=8192)
    truth.segment("forgotten", forgotten)
    worker = mp.Process(target=fill, args=(forgotten.name,), name="worker")
    worker.start()
    truth.started(worker)
    worker.join()
    truth.ended(worker)
    print(f"main: the worker wrote {forgotten.buf[0]}")
    tidy.close()
    truth.maps("tidy", False)
    tidy.unlink()
    truth.unlinked("tidy")
    forgotten.close()  # closed, but not unlinked
    truth.maps("forgotten", False)
    if cure:
        forgotten.unlink()
        truth.unlinked("forgotten")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="unlink both")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
