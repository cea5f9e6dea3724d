"""The kernel kills a child that uses more CPU time than its limit allows: exit code -9, and nobody of this program sent that.

Watch for: `glutton` ends by SIGKILL in the middle of its work, without a word, just as when memory runs out; the finding can only guess
why. With --cure the limit is a soft one: then SIGXCPU comes first, which the child can handle.
"""

import argparse
import multiprocessing as mp
import resource
import signal
import sys

import _truth as truth


def compute(cure: bool) -> None:
    truth.running()
    if cure:
        signal.signal(signal.SIGXCPU, lambda number, frame: sys.exit("glutton: that took too long, I leave"))
    used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + 1, used + (5 if cure else 1)))
    while True:
        sum(range(10_000))


def main(cure: bool) -> None:
    child = mp.Process(target=compute, args=(cure,), name="glutton")
    child.start()
    truth.started(child)
    child.join()
    truth.ended(child)
    print(f"main: glutton ended with {child.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="handle the signal that comes before")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
