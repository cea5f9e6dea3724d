"""Everything a Process object tells: name, pid, exitcode, daemon, is_alive, authkey.

Watch for: the same facts in the panel, live. The authkey is a secret: Procession does not record its value anywhere.
"""

import argparse
import multiprocessing as mp
import sys
import time

import _truth as truth


def work(code: int) -> None:
    truth.running()
    time.sleep(0.2)
    sys.exit(code)


def describe(process: mp.Process, when: str) -> None:
    pid = "no pid yet" if process.pid is None else "a pid"
    print(f"{when:>8}: {process.name}: {pid}, alive {process.is_alive()}, exitcode {process.exitcode}, "
          f"daemon {process.daemon}, authkey of {len(process.authkey)} bytes")


def main() -> None:
    mp.current_process().authkey = b"correct horse battery staple"
    worker = mp.Process(target=work, args=(3,))
    worker.name = "renamed-worker"
    worker.daemon = True
    describe(worker, "created")
    worker.start()
    truth.started(worker, line=-5)
    describe(worker, "running")
    worker.join()
    truth.ended(worker)
    describe(worker, "joined")

    sleeper = mp.Process(target=time.sleep, args=(60,), name="sleeper")
    sleeper.start()
    truth.started(sleeper)
    sleeper.terminate()
    sleeper.join()
    truth.ended(sleeper)
    describe(sleeper, "ended")  # a negative exit code is the signal's number


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
