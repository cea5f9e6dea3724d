"""ProcessPoolExecutor: an exception in a task, and a future that is cancelled before it runs.

Watch for: one task with its error, one that never got a worker because it was cancelled. The executor hands work out a little
ahead: what it has handed out counts as running and cannot be cancelled any more, though it may still wait in the queue.
"""

import argparse
import multiprocessing as mp
import time
from concurrent.futures import CancelledError, ProcessPoolExecutor

import _truth as truth

gate = None


def prepare(shared_gate) -> None:
    global gate
    gate = shared_gate


@truth.task
def wait_at_gate(name: str) -> str:
    data = gate.recv_bytes()
    truth.got_bytes("gate", data)
    return f"{name} went through"


@truth.task
def read(text: str) -> int:
    return int(text)


def main() -> None:
    way_in, way_out = mp.Pipe(duplex=False)
    truth.made("gate", "Pipe", duplex=False)
    with ProcessPoolExecutor(max_workers=1, initializer=prepare, initargs=(way_in,)) as executor:
        truth.pool("executor", executor, workers=1, initializer=prepare)
        truth.submits("executor", "submit", wait_at_gate, [("first",)])
        first = executor.submit(wait_at_gate, "first")
        behind = []
        for number in range(6):
            truth.submits("executor", "submit", read, [(str(number),)], outcome="cancelled" if number == 5 else None)
            behind.append(executor.submit(read, str(number)))
        truth.serving("executor", executor)
        while not first.running():
            time.sleep(0.01)
        print(f"main: the last one is cancelled: {behind[5].cancel()}; the first one not: {first.cancel()}")
        way_out.send_bytes(b"open")
        truth.put_bytes("gate", b"open")
        print("main:", first.result(), [future.result() for future in behind[:5]])
        try:
            behind[5].result()
        except CancelledError:
            print("main: a cancelled future has no result")
        truth.submits("executor", "submit", read, [("ten",)])
        failing = executor.submit(read, "ten")
        print(f"main: {failing.exception()!r}")
    truth.retired("executor", state="closed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
