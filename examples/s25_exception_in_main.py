"""An exception in the main process while a child is at work.

Watch for: the main process fails at once, with a traceback, but it does not end: at its exit multiprocessing joins the
child that is not daemonic, and so the exit code 1 comes only when the child is done.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def work() -> None:
    truth.running()
    time.sleep(0.6)
    print("child: done")


def main() -> None:
    child = mp.Process(target=work, name="child")
    child.start()
    truth.started(child)
    truth.ended(child, exitcode=0)
    settings = {"colour": "blue"}
    truth.raising("KeyError", "'color'")
    print(settings["color"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
