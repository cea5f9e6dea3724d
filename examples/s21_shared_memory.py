"""SharedMemory and ShareableList: two processes look at the same bytes; nothing is sent.

Watch for: each segment with its name and size, and which processes map it. close() ends one process's own view, unlink()
removes the name: exactly one process should call it, when all are done.
"""

import argparse
import multiprocessing as mp
from multiprocessing.shared_memory import ShareableList, SharedMemory

import _truth as truth


def darken(picture_name: str, facts_name: str) -> None:
    truth.running()
    picture = SharedMemory(picture_name)
    truth.maps("picture")
    for index in range(1000):
        picture.buf[index] = picture.buf[index] // 2
    facts = ShareableList(name=facts_name)
    truth.maps("facts")
    facts[0] = facts[0] + 1
    facts[2] = "dark"
    facts.shm.close()
    truth.maps("facts", False)
    picture.close()
    truth.maps("picture", False)


def main() -> None:
    picture = SharedMemory(create=True, size=10_000)
    truth.segment("picture", picture)
    picture.buf[:1000] = bytes([200]) * 1000
    facts = ShareableList([0, 2.5, "light", None])
    truth.segment("facts", facts, kind="ShareableList")
    print(f"main: before: {picture.buf[999]}, {list(facts)}")
    worker = mp.Process(target=darken, args=(picture.name, facts.shm.name), name="worker")
    worker.start()
    truth.started(worker)
    worker.join()
    truth.ended(worker)
    print(f"main: after: {picture.buf[999]}, {list(facts)}")
    for name, memory in (("picture", picture), ("facts", facts.shm)):
        memory.close()
        truth.maps(name, False)
        memory.unlink()
        truth.unlinked(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
