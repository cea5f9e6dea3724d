"""Puts COUNT small messages through one queue, from one process to another, as fast as it can; then stays for HOLD seconds."""
import multiprocessing
import sys
import time


def consume(queue) -> None:
    while queue.get() is not None:
        pass


if __name__ == "__main__":
    count, hold = int(sys.argv[1]), float(sys.argv[2])
    context = multiprocessing.get_context("fork")
    jobs = context.Queue()
    consumer = context.Process(target=consume, args=(jobs,), name="consumer")
    consumer.start()
    for number in range(count - 1):
        jobs.put(number)
    jobs.put(None)
    consumer.join()
    print("done", flush=True)
    time.sleep(hold)
