"""One start method for the whole program, by set_start_method.

Watch for: the method on each row. With `--method spawn` a helper process appears, the resource tracker, and with
`--method forkserver` a second one: the fork server, which is the operating system's parent of every worker although
MainProcess started them. Helpers are folded away; open them to see.
"""

import argparse
import multiprocessing as mp
import os

import _truth as truth


def work() -> None:
    truth.running()
    method = mp.get_start_method()
    parent = mp.parent_process()
    whose = "it is my parent's" if parent.pid == os.getppid() else "it is not my parent's, but the fork server's"
    print(f"{mp.current_process().name}: started by {parent.name} with {method}; my ppid: {whose}")


def main() -> None:
    print(f"main: {mp.get_start_method()} of {', '.join(sorted(mp.get_all_start_methods()))}")
    for _ in range(3):
        worker = mp.Process(target=work)
        worker.start()
        truth.started(worker)
        worker.join()
        truth.ended(worker)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
