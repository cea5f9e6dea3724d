"""The parent joins a child that still has data to hand over: a deadlock.

Watch for: the finding `join-before-drain`. `child` has put more than a pipe holds (64 KB), so its feeder thread is blocked
writing to `results`, and the child cannot end before its feeder; the main process waits in join() and does not read. Here
the join has a timeout (`--hold`), else this would never end.
The cure: get() what is in the queue, then join.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def compute(results) -> None:
    truth.running()
    for number in range(6):
        result = f"{number}:" + "." * 50_000
        results.put(result)
        truth.put("results", result)
    print("child: all put", flush=True)


def main(seconds: float) -> None:
    results = mp.Queue()
    truth.made("results", "Queue")
    child = mp.Process(target=compute, args=(results,), name="child")
    child.start()
    truth.started(child)
    child.join(timeout=seconds)  # the mistake
    print("main: " + ("the child cannot end" if child.is_alive() else "the child has ended"))
    for _ in range(6):
        truth.got("results", results.get())
    child.join()
    truth.ended(child)
    print(f"main: joined it after reading, exit code {child.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=2.5, metavar="SECONDS", help="how long to stay deadlocked")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold)
