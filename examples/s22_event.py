"""Event: everybody waits until it is set; who comes later need not wait.

Watch for: two runners wait for `start`, and are told at the same moment. wait() of a set Event returns at once; after clear()
one waits again.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def run(ready, start) -> None:
    truth.running()
    truth.put("ready", mp.current_process().name)
    ready.put(mp.current_process().name)
    truth.waits("start")
    start.wait()
    truth.waited("start")


def main() -> None:
    start = mp.Event()
    truth.lock("start", "Event")
    ready = mp.SimpleQueue()
    truth.made("ready", "SimpleQueue")
    runners = [mp.Process(target=run, args=(ready, start), name=name) for name in ("left", "right")]
    for runner in runners:
        runner.start()
        truth.started(runner, line=-3)
        truth.got("ready", ready.get())
        truth.until_waiting(runner, "start")
    time.sleep(0.1)
    print(f"main: set: {start.is_set()}; on your marks")
    truth.tells("start", "set")
    start.set()
    for runner in runners:
        runner.join()
        truth.ended(runner)
    print(f"main: set: {start.is_set()}, so I need not wait: {start.wait()}")
    truth.tells("start", "clear")
    start.clear()
    truth.waits("start")
    print(f"main: now I do, and in vain: {start.wait(timeout=0.2)}")
    truth.waited("start", in_vain=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
