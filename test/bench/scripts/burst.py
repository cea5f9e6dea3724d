"""Starts COUNT processes as fast as it can, each with its own exit code, then joins them. Prints "pid name code" a line."""
import multiprocessing
import sys
import time


def work(number: int) -> None:
    time.sleep(0.3)
    sys.exit(number % 7)


if __name__ == "__main__":
    count, hold = int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work, args=(number,), name=f"burst-{number}") for number in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for worker in workers:
        print(worker.pid, worker.name, worker.exitcode)
    sys.stdout.flush()
    time.sleep(hold)
