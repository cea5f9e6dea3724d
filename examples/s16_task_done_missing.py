"""A consumer ends without task_done() for an item: the queue's join() waits for ever.

Watch for: `cook` gets all four orders and calls task_done() for three. The main process stands in `orders.join()`, and nobody is left
who could end that; an alarm ends the main process after a while. The cure: task_done() in a finally clause (`--cure`).
"""

import argparse
import multiprocessing as mp
import signal

import _truth as truth


def prepare(order: str) -> None:
    if order == "fish":
        raise ValueError(f"no {order} today")
    print(f"cook: {order} is ready", flush=True)


def cook(orders, count: int, cure: bool) -> None:
    truth.running()
    for _ in range(count):
        order = orders.get()
        truth.got("orders", order)
        try:
            prepare(order)
            if not cure:
                truth.note("task_done", channel="orders")
                orders.task_done()
        except ValueError as error:
            print(f"cook: {error}", flush=True)
        finally:
            if cure:
                truth.note("task_done", channel="orders")
                orders.task_done()


def main(cure: bool, hold: int) -> None:
    orders = mp.JoinableQueue()
    truth.made("orders", "JoinableQueue")
    menu = ("soup", "bread", "cake", "fish")
    cook_process = mp.Process(target=cook, args=(orders, len(menu), cure), name="cook")
    cook_process.start()
    truth.started(cook_process)
    for order in menu:
        orders.put(order)
        truth.put("orders", order)
    cook_process.join()
    truth.ended(cook_process)
    if not cure:
        signal.alarm(hold)  # nothing else ends the wait
    orders.join()
    print("main: everything is served", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="call task_done in a finally clause")
    parser.add_argument("--hold", type=int, default=4, metavar="SECONDS", help="how long to wait (4)")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure, options.hold)
