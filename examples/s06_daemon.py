"""A daemonic process, ended when the main process ends.

Watch for: `heartbeat` carries the daemon badge. It never returns by itself: when the main process is done,
multiprocessing terminates it, so its exit code is -15 (SIGTERM). That is an orderly end and no crash. `report` is not
daemonic: the main process waits for it at its own end, although nothing joins it here.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def beat() -> None:
    truth.running()
    while True:
        time.sleep(0.1)


def write_report() -> None:
    truth.running()
    time.sleep(0.5)
    print("report: written")


def main() -> None:
    heartbeat = mp.Process(target=beat, name="heartbeat", daemon=True)
    heartbeat.start()
    truth.started(heartbeat)
    report = mp.Process(target=write_report, name="report")
    report.daemon = False  # must be set before start
    report.start()
    truth.started(report, line=-3)
    time.sleep(0.7)
    print("main: done, leaving without a join")
    truth.ended(report, exitcode=0)
    truth.ended(heartbeat, exitcode=-15)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
