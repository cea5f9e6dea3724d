"""A child that ended and is never joined: a zombie.

Watch for: `forgotten` ends at once with exit code 7, but its row stays: zombie, since when, and that MainProcess should
reap it with join(). `active_children()` would reap it, too. Zombies cost a place in the process table and hide exit codes.
With `--method forkserver` there is none: the fork server is the operating system's parent, and reaps its children at once.
"""

import argparse
import multiprocessing as mp
import sys
import time

import _truth as truth


def end_at_once() -> None:
    truth.running()
    sys.exit(7)


def main(seconds: float) -> None:
    forgotten = mp.Process(target=end_at_once, name="forgotten")
    forgotten.start()
    truth.started(forgotten)
    print(f"main: busy for {seconds} s, with no time to join")
    time.sleep(seconds)
    truth.ended(forgotten, exitcode=7)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=2.5, metavar="SECONDS", help="how long to leave the zombie")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold)
