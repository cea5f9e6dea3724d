"""subprocess children beside multiprocessing: one tree for all of them.

Watch for: a subprocess that is a Python program is followed like any other process (it has a child of its own here); one
that is not Python is there with its command line. `isolated` runs with -I, which makes Python ignore
its environment: Procession cannot look inside and says why.
"""

import argparse
import multiprocessing as mp
import subprocess
import sys
import time

import _truth as truth

INNER = """
import os, sys, time
child = os.fork()
if child == 0:
    time.sleep(0.2)
    os._exit(4)
os.waitpid(child, 0)
sys.exit(3)
"""


def work() -> None:
    truth.running()
    time.sleep(0.3)


def main() -> None:
    worker = mp.Process(target=work, name="worker")
    worker.start()
    truth.started(worker)
    python = subprocess.Popen([sys.executable, "-c", INNER])
    truth.forked(python.pid, "subprocess")
    sleep = subprocess.Popen(["sleep", "1.5"])
    truth.forked(sleep.pid, "subprocess")
    isolated = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(2.5)"])
    truth.forked(isolated.pid, "isolated")
    worker.join()
    truth.ended(worker)
    for name, process in (("python", python), ("sleep", sleep), ("isolated", isolated)):
        process.wait()
        truth.ended(process.pid, exitcode=process.returncode)
        print(f"{name}: exit code {process.returncode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
