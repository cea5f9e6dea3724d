"""Starts COUNT processes that wait in get() on one queue for SECONDS, then ends them with sentinels."""
import multiprocessing
import sys
import time


def wait(queue) -> None:
    queue.get()


if __name__ == "__main__":
    count, seconds = int(sys.argv[1]), float(sys.argv[2])
    context = multiprocessing.get_context("fork")
    jobs = context.Queue()
    workers = [context.Process(target=wait, args=(jobs,)) for _ in range(count)]
    for worker in workers:
        worker.start()
    print("ready", flush=True)
    time.sleep(seconds)
    for _ in workers:
        jobs.put(None)
    for worker in workers:
        worker.join()
