"""SharedMemoryManager: a manager's process that unlinks, when it ends, all shared memory that was made through it.

Watch for: the manager's process, and that both segments are unlinked although the script never does it.
"""

import argparse
import multiprocessing as mp
from multiprocessing.managers import SharedMemoryManager
from multiprocessing.shared_memory import ShareableList, SharedMemory

import _truth as truth


def add_up(numbers_name: str, answer_name: str) -> None:
    truth.running()
    numbers = ShareableList(name=numbers_name)
    truth.maps("numbers")
    answer = SharedMemory(answer_name)
    truth.maps("answer")
    answer.buf[0] = sum(numbers)
    answer.close()
    truth.maps("answer", False)
    numbers.shm.close()
    truth.maps("numbers", False)


def main() -> None:
    with SharedMemoryManager() as manager:
        truth.manager(manager)
        numbers = manager.ShareableList([1, 2, 3, 4])
        truth.segment("numbers", numbers, kind="ShareableList")
        answer = manager.SharedMemory(size=64)
        truth.segment("answer", answer)
        worker = mp.Process(target=add_up, args=(numbers.shm.name, answer.name), name="worker")
        worker.start()
        truth.started(worker)
        worker.join()
        truth.ended(worker)
        print(f"main: {answer.buf[0]}")
        numbers.shm.close()
        truth.maps("numbers", False)
        answer.close()
        truth.maps("answer", False)
    truth.unlinked("numbers")
    truth.unlinked("answer")
    truth.managers_ended()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
