"""The main process itself is ended by a signal; its child is left alone.

Watch for: the main process ends with -15 SIGTERM, without tidying up: nobody terminates or joins `child`, which becomes an orphan
for a moment. The command line's own exit status is 143, that is 128 + 15, as in a shell.
"""

import argparse
import multiprocessing as mp
import os
import signal
import time

import _truth as truth


def work() -> None:
    truth.running()
    time.sleep(1.2)
    truth.note("outlived_main")


def main() -> None:
    child = mp.Process(target=work, name="child")
    child.start()
    truth.started(child)
    time.sleep(0.5)
    print("main: good night", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
