"""A pipe for each question, and none is closed: the process runs out of descriptors.

Watch for: the collector, whose limit of open files is lowered here so that it comes to it soon: Pipe() raises OSError. With `--catch` it
catches that, and stays at its limit for a while. With `--slow` the questions come one by one for half a minute, and no limit is
near: that they are ever more is likely a leak. The cure (`--cure`): close both ends when they are not needed any more.
"""

import argparse
import multiprocessing as mp
import time
from typing import Any, List

import _truth as truth

try:
    import resource
except ImportError:  # not on Windows
    resource = None


def ask(asked: List[Any], questions: int, pause: float) -> None:
    truth.raising("OSError", "[Errno 24] Too many open files", line=3) if not pause else None
    try:
        for _ in range(questions):
            asked.append(mp.Pipe())  # the mistake: nobody closes them
            time.sleep(pause)
    finally:
        many = len(asked)
        if not pause:
            asked.pop()  # what comes now needs a descriptor
        for number in range(many):
            truth.made(f"question {number}", "Pipe", line=-7, duplex=True)


def collect() -> None:
    """At the limit, where the next Pipe() raises."""
    truth.running()
    resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))
    ask([], 1000, 0)


def collect_and_stay(hold: float) -> None:
    truth.running()
    resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))
    asked = []
    time.sleep(2.5)  # so that it is seen with few
    try:
        while True:
            asked.append(mp.Pipe())
    except OSError as error:
        print("collector:", error, flush=True)
    time.sleep(hold)
    many = len(asked)
    asked.clear()
    for number in range(many):
        truth.made(f"question {number}", "Pipe", line=-7, duplex=True)


def collect_slowly() -> None:
    truth.running()
    ask([], 300, 0.1)


def collect_and_close() -> None:
    truth.running()
    for number in range(300):
        here, there = mp.Pipe()
        truth.made(f"question {number}", "Pipe", duplex=True)
        here.close()
        there.close()
        time.sleep(0.01)


def main(target: Any, *args: Any) -> None:
    collector = mp.Process(target=target, args=args, name="collector")
    collector.start()
    truth.started(collector)
    collector.join()
    truth.ended(collector)
    print("main: the collector ended with", collector.exitcode)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=4.0, metavar="SECONDS", help="with --catch: stay at the limit for so long (4)")
    parser.add_argument("--catch", action="store_true", help="catch the error")
    parser.add_argument("--slow", action="store_true", help="far from the limit, for 30 seconds")
    parser.add_argument("--cure", action="store_true", help="close each pipe")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    if options.cure:
        main(collect_and_close)
    elif options.catch:
        main(collect_and_stay, options.hold)
    else:
        main(collect_slowly if options.slow else collect)
