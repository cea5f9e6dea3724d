"""Logging from several processes into one place: a QueueHandler in each process, a QueueListener in the main one.

Watch for: each log record is a message in `records`. Only the main process writes, so no lines are mixed up. (Procession itself
uses no logging and changes none.)
"""

import argparse
import logging
import logging.handlers
import multiprocessing as mp
import sys

import _truth as truth


class Sender(logging.handlers.QueueHandler):
    def enqueue(self, record) -> None:
        super().enqueue(record)
        truth.put("records", record)


class Receiver(logging.handlers.QueueListener):
    def handle(self, record) -> None:
        truth.got("records", record)
        super().handle(record)


def work(records) -> None:
    truth.running()
    logger = logging.getLogger("work")
    logger.addHandler(Sender(records))
    logger.setLevel(logging.DEBUG)
    for number in range(3):
        logger.info("%s, step %d", mp.current_process().name, number)
    try:
        [].pop()
    except IndexError:
        logger.exception("%s: something went wrong", mp.current_process().name)


def main() -> None:
    records = mp.Queue()
    truth.made("records", "Queue")
    screen = logging.StreamHandler(sys.stdout)
    screen.setFormatter(logging.Formatter("%(levelname)s from %(processName)s: %(message)s"))
    receiver = Receiver(records, screen)
    receiver.start()
    workers = [mp.Process(target=work, args=(records,), name=f"worker-{number}") for number in (1, 2)]
    for worker in workers:
        worker.start()
        truth.started(worker, line=-3)
    for worker in workers:
        worker.join()
        truth.ended(worker)
    truth.put("records", None)  # stop() puts it, and the listening thread takes it
    receiver.stop()
    truth.got("records", None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
