"""A child that crashes in C: segmentation fault, exit code -11.

Watch for: -11 SIGSEGV and no Python traceback: there was no time for one. What the child had sent before is there. To see
where it was, run with PYTHONFAULTHANDLER=1.
"""

import argparse
import ctypes
import multiprocessing as mp

import _truth as truth


def crash(results) -> None:
    truth.running()
    results.put("last words")
    truth.put("results", "last words")
    ctypes.string_at(0)  # reads address 0


def main() -> None:
    results = mp.SimpleQueue()
    truth.made("results", "SimpleQueue")
    child = mp.Process(target=crash, args=(results,), name="crasher")
    child.start()
    truth.started(child)
    child.join()
    truth.ended(child)
    words = results.get()
    truth.got("results", words)
    print(f"main: exit code {child.exitcode}, it said: {words}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
