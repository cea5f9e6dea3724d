"""The ways to end a process, and their exit codes.

Watch for: each row's exit code in words: return, sys.exit with nothing, a number and a text, os._exit, which skips all
tidying up, and abort(). The main process itself leaves with 4, and so does `procession run`.
"""

import argparse
import multiprocessing as mp
import os
import sys

import _truth as truth


def leave(how: str) -> None:
    truth.running()
    if how == "sys.exit()":
        sys.exit()
    if how == "sys.exit(3)":
        sys.exit(3)
    if how == "sys.exit(text)":
        sys.exit("child: a text goes to standard error and means 1")
    if how == "os._exit(5)":
        os._exit(5)
    if how == "os.abort()":
        os.abort()


def main() -> None:
    for how in ("return", "sys.exit()", "sys.exit(3)", "sys.exit(text)", "os._exit(5)", "os.abort()"):
        child = mp.Process(target=leave, args=(how,), name=how)
        child.start()
        truth.started(child)
        child.join()
        truth.ended(child)
        print(f"{how:>15}: exit code {child.exitcode}")
    truth.ended(os.getpid(), exitcode=4)
    sys.exit(4)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
