"""A JoinableQueue with a daemonic consumer: task_done for each item, join waits for all of them.

Watch for: the unfinished count of `orders` goes up with each put and down with each task_done(); the main process waits in
the queue's join() until it is 0. The consumer never ends by itself and need not: it is a daemon.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def cook(orders) -> None:
    truth.running()
    while True:
        order = orders.get()
        truth.got("orders", order)
        time.sleep(0.03)
        print(f"cook: {order} is ready", flush=True)
        truth.note("task_done", channel="orders")
        orders.task_done()


def main() -> None:
    orders = mp.JoinableQueue(maxsize=5)
    truth.made("orders", "JoinableQueue", maxsize=5)
    cook_process = mp.Process(target=cook, args=(orders,), name="cook", daemon=True)
    cook_process.start()
    truth.started(cook_process)
    for number in range(1, 13):
        order = f"soup {number}"
        orders.put(order)
        truth.put("orders", order)
    print("main: everything is ordered", flush=True)
    orders.join()
    print("main: everything is served", flush=True)
    truth.ended(cook_process, exitcode=-15)  # the daemon goes when the main process goes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
