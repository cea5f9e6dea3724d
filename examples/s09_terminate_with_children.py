"""A process that has a child of its own is terminated. The child runs on as an orphan.

Watch for: `supervisor` ends by SIGTERM; from that moment `worker` is an orphan: no process of this program waits for it
or could end it. terminate() ends one process and not the tree under it.
The cure, with --cure: a SIGTERM handler in the supervisor that ends its child first. An Event that they all watch does it as well.
"""

import argparse
import multiprocessing as mp
import os
import signal
import sys
import time

import _truth as truth


def work(still_here, seconds: float) -> None:
    truth.running()
    still_here.send(os.getpid())
    truth.put("watch", os.getpid())
    time.sleep(seconds)
    truth.ended(os.getpid(), exitcode=0)


def supervise(still_here, seconds: float, cure: bool) -> None:
    truth.running()
    worker = mp.Process(target=work, args=(still_here, seconds), name="worker")
    worker.start()
    truth.started(worker)
    still_here.close()

    def end_worker_first(number, frame) -> None:
        worker.terminate()
        worker.join()
        truth.ended(worker)
        sys.exit(0)

    if cure:
        signal.signal(signal.SIGTERM, end_worker_first)
    worker.join()


def main(seconds: float, cure: bool) -> None:
    watch, still_here = mp.Pipe(duplex=False)
    truth.made("watch", "Pipe", duplex=False)
    supervisor = mp.Process(target=supervise, args=(still_here, seconds, cure), name="supervisor")
    supervisor.start()
    truth.started(supervisor)
    still_here.close()
    worker_pid = watch.recv()
    truth.got("watch", worker_pid)
    time.sleep(0.2)  # the supervisor is in its join by now
    supervisor.terminate()
    supervisor.join()
    truth.ended(supervisor)
    print(f"main: supervisor ended with {supervisor.exitcode}, its worker {worker_pid} {'has ended before it' if cure else 'is an orphan now'}")
    try:
        watch.recv()
    except EOFError:  # the worker held the last writing end
        print("main: the worker has ended, too")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=2.0, metavar="SECONDS", help="how long the worker works")
    parser.add_argument("--cure", action="store_true", help="end the worker, too")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold, options.cure)
