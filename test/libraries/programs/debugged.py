"""For debugpy: a child in which the test sets a breakpoint."""

import multiprocessing
import os
import sys


def work(queue, n):
    square = n * n
    queue.put((os.getpid(), square))  # breakpoint


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    queue = context.Queue()
    child = context.Process(target=work, args=(queue, 12), name="debugged")
    child.start()
    pid, square = queue.get()
    child.join()
    print("square", square, "exit code", child.exitcode)
    print("worker", pid)
