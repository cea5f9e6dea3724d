"""A parent is killed by SIGKILL; its child, though daemonic, runs on as an orphan.

Watch for: `boss` ends with -9 SIGKILL. Daemonic children are ended when their parent leaves in an orderly way;
SIGKILL leaves no time for that, so `worker` runs on. It looks at `parent_process()` and ends by itself when it has seen enough.
"""

import argparse
import multiprocessing as mp
import os
import signal
import time

import _truth as truth


def work(still_here, seconds: float) -> None:
    truth.running()
    still_here.send("working")
    truth.put("watch", "working")
    parent = mp.parent_process()
    while parent.is_alive():
        time.sleep(0.05)
    print(f"worker: {parent.name} is gone, I carry on for {seconds} s", flush=True)
    time.sleep(seconds)
    truth.ended(os.getpid(), exitcode=0)


def lead(still_here, seconds: float) -> None:
    truth.running()
    worker = mp.Process(target=work, args=(still_here, seconds), name="worker", daemon=True)
    worker.start()
    truth.started(worker)
    still_here.close()
    time.sleep(60)


def main(seconds: float) -> None:
    watch, still_here = mp.Pipe(duplex=False)
    truth.made("watch", "Pipe", duplex=False)
    boss = mp.Process(target=lead, args=(still_here, seconds), name="boss")
    boss.start()
    truth.started(boss)
    still_here.close()
    message = watch.recv()
    truth.got("watch", message)
    time.sleep(0.2)
    os.kill(boss.pid, signal.SIGKILL)
    boss.join()
    truth.ended(boss)
    print(f"main: boss ended with {boss.exitcode}", flush=True)
    try:
        watch.recv()
    except EOFError:  # the worker held the last writing end
        print("main: the worker has ended, too")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=2.0, metavar="SECONDS", help="how long the orphan runs")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold)
