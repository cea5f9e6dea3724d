"""Two processes write to one end of a Pipe at the same time, without a lock.

Watch for: `north` and `south` both stand in send(), because nobody reads and the pipe is full. A Connection has no lock of its own: these
messages are small enough to be written in one piece, longer ones would mix, and the reader would get garbage. The cure: a lock
around send() (`--cure`, and s18_pipe_shared_end.py), one pipe for each writer, or a Queue, which has a lock.
"""

import argparse
import contextlib
import multiprocessing as mp
import time

import _truth as truth

MESSAGES = 20  # more of them than the pipe has room for: neither can end before somebody reads


def report(lock, sender, name: str) -> None:
    truth.running()
    for number in range(MESSAGES):
        message = (name, number, "." * 4000)
        with lock or contextlib.nullcontext():
            sender.send(message)
        truth.put("reports", message)


def main(cure: bool) -> None:
    receiver, sender = mp.Pipe(duplex=False)
    truth.made("reports", "Pipe", duplex=False)
    lock = None
    if cure:
        lock = mp.Lock()
        truth.lock("lock", "Lock", sure=False)
    names = ("north", "south")
    reporters = [mp.Process(target=report, args=(lock, sender, name), name=name) for name in names]
    for reporter in reporters:
        reporter.start()
        truth.started(reporter, line=-3)
    sender.close()
    for reporter in reporters:
        truth.until_asleep(reporter)
    time.sleep(1)  # time enough for both to come to the full pipe
    count = 0
    while True:
        try:
            message = receiver.recv()
        except EOFError:
            truth.note("eof", channel="reports")
            break
        truth.got("reports", message)
        count += 1
    for reporter in reporters:
        reporter.join()
        truth.ended(reporter)
    print(f"main: {count} reports from {len(names)} reporters")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="take turns by a lock")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
