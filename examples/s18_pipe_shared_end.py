"""One end of a Pipe shared by several processes that all write to it.

Watch for: three writers on one end. A Connection has no lock of its own: they take turns by a Lock here. Without the
lock the bytes of large messages would mix. A Queue does this for you.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def report(lock, sender, name: str) -> None:
    truth.running()
    for number in range(10):
        message = (name, number, "." * 100 * number)
        with lock:
            sender.send(message)
        truth.put("reports", message)


def main() -> None:
    receiver, sender = mp.Pipe(duplex=False)
    truth.made("reports", "Pipe", duplex=False)
    lock = mp.Lock()
    truth.lock("lock", "Lock", sure=False)
    names = ("north", "south", "west")
    reporters = [mp.Process(target=report, args=(lock, sender, name), name=name) for name in names]
    for reporter in reporters:
        reporter.start()
        truth.started(reporter, line=-3)
    sender.close()
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
    mp.set_start_method(parser.parse_args().method)
    main()
