"""A reader in `while True: get()` that never ends by itself and must be terminated.

Watch for: after the last message `reader` is blocked in get() on a queue that nobody will write to again, and the main process
waits in a join with a timeout. terminate() ends it, but it dies inside get(), holding the queue's reading
lock: nobody can ever get() from this queue again. The cure: a sentinel, as in s15_queue.py.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def read_forever(jobs, answers) -> None:
    truth.running()
    while True:
        job = jobs.get()
        truth.got("jobs", job)
        answer = job * job
        truth.put("answers", answer)
        answers.put(answer)


def main() -> None:
    jobs = mp.Queue()
    truth.made("jobs", "Queue")
    answers = mp.Queue()
    truth.made("answers", "Queue")
    reader = mp.Process(target=read_forever, args=(jobs, answers), name="reader")
    reader.start()
    truth.started(reader)
    for job in range(1, 6):
        jobs.put(job)
        truth.put("jobs", job)
    for _ in range(5):
        answer = answers.get()
        truth.got("answers", answer)
        print(f"main: {answer}")
    reader.join(timeout=1.0)
    print("main: the reader is still there, so I terminate it" if reader.is_alive() else "main: the reader has ended")
    reader.terminate()
    reader.join()
    truth.ended(reader)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
