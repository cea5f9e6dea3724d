"""terminate() sends SIGTERM, kill() sends SIGKILL: exit codes -15 and -9.

Watch for: the exit codes in words. `polite` has a handler for SIGTERM, tidies up, and ends with 0 after the very
same terminate(); nothing can handle SIGKILL.
"""

import argparse
import multiprocessing as mp
import signal
import sys
import time

import _truth as truth


def work(ready) -> None:
    truth.running()
    truth.tells(f"{mp.current_process().name}'s ready", "set")
    ready.set()
    time.sleep(60)


def work_politely(ready) -> None:
    truth.running()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    truth.tells("polite's ready", "set")
    ready.set()
    while True:
        time.sleep(0.05)  # not one long sleep: a signal that comes just before it begins would not cut it short


def main() -> None:
    for name, target, end in (
        ("terminated", work, mp.Process.terminate),
        ("killed", work, mp.Process.kill),
        ("polite", work_politely, mp.Process.terminate),
    ):
        ready = mp.Event()
        truth.lock(f"{name}'s ready", "Event", sure=False)
        process = mp.Process(target=target, args=(ready,), name=name)
        process.start()
        truth.started(process)
        ready.wait()
        end(process)
        process.join()
        truth.ended(process)
        print(f"{name}: exit code {process.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
