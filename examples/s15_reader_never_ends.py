"""The main process joins a reader that is in `while True: get()`, and has put nothing to say that this was all.

Watch for: `reader` waits in get() for a message that nobody will send, since the only one who could, the main process, waits for the
reader's end. Here an alarm clock ends the wait after a while; without it, nothing ever would.
The cure, with --cure: a sentinel.
"""

import argparse
import multiprocessing as mp
import signal

import _truth as truth


class Alarm(Exception):
    """The alarm clock rang."""


def ring(signum, frame) -> None:
    raise Alarm


def read(jobs) -> None:
    truth.running()
    while True:
        job = jobs.get()
        truth.got("jobs", job)
        if job is None:
            break
        print(f"reader: {job}", flush=True)


def main(cure: bool) -> None:
    jobs = mp.Queue()
    truth.made("jobs", "Queue")
    reader = mp.Process(target=read, args=(jobs,), name="reader")
    reader.start()
    truth.started(reader)
    for job in (1, 2, 3) + ((None,) if cure else ()):
        truth.put("jobs", job)
        jobs.put(job)
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(4)
    try:
        reader.join()
    except Alarm:
        print("main: I waited long enough", flush=True)
        reader.terminate()
        reader.join()
    signal.alarm(0)
    truth.ended(reader)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="put a sentinel at the end")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
