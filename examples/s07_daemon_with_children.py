"""A daemonic process that tries to start a child: AssertionError.

Watch for: the finding `daemon-with-children`, the traceback in the details of `daemon`, and the line of the `start()` that
was refused. Daemons are terminated at exit without being asked, so their children would be left as orphans;
multiprocessing does not allow it.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def nothing() -> None:
    pass


def start_a_child() -> None:
    truth.running()
    child = mp.Process(target=nothing, name="grandchild")
    truth.raising("AssertionError", "daemonic processes are not allowed to have children")
    child.start()


def main() -> None:
    daemon = mp.Process(target=start_a_child, name="daemon", daemon=True)
    daemon.start()
    truth.started(daemon)
    daemon.join()
    truth.ended(daemon)
    print(f"main: the daemon ended with exit code {daemon.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
