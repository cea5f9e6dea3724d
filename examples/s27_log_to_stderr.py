"""log_to_stderr: multiprocessing tells what it does itself.

Watch for: on standard error the library's own lines, level DEBUG: processes that start and end, semaphores, feeder threads,
finalizers. They are the same with Procession as without; compare them with the panel.
"""

import argparse
import logging
import multiprocessing as mp

import _truth as truth


def work(jobs, total) -> None:
    truth.running()
    job = jobs.get()
    truth.got("jobs", job)
    with total.get_lock():
        total.value += job
    mp.get_logger().info("I did %d", job)


def main() -> None:
    logger = mp.log_to_stderr()
    logger.setLevel(logging.DEBUG)
    total = mp.Value("i", 0)
    truth.value("total", "Value", "c_int", 4, lock="total's lock")
    jobs = mp.Queue()
    truth.made("jobs", "Queue")
    for job in (3, 4):
        worker = mp.Process(target=work, args=(jobs, total), name=f"worker-{job}")
        worker.start()
        truth.started(worker)
        jobs.put(job)
        truth.put("jobs", job)
        worker.join()
        truth.ended(worker)
    print(f"main: {total.value}")
    jobs.close()
    jobs.join_thread()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
