"""One Process from a function: start it, join it.

Watch for: two rows, `MainProcess` and under it `greeter`. Both tell their own pid and their parent's; compare them with
the panel. The row's source link leads to the line that made the Process. While the child works, the main process's
lane says `join(greeter)`.
"""

import argparse
import multiprocessing as mp
import os
import time

import _truth as truth


def greet(name: str) -> None:
    truth.running()
    print(f"child:  hello {name}, I am {os.getpid()} and my parent is {os.getppid()}")
    time.sleep(0.3)


def main() -> None:
    print(f"parent: I am {os.getpid()}")
    greeter = mp.Process(target=greet, args=("world",), name="greeter")
    greeter.start()
    truth.started(greeter)
    greeter.join()
    truth.ended(greeter)
    print(f"parent: {greeter.name} ended with exit code {greeter.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
