"""put() of something that cannot be pickled: the put succeeds, the message is lost.

Watch for: the finding `put-not-picklable` with the line of the put(). The feeder thread pickles later, prints a
traceback to standard error, drops the item and goes on: 3 put, 2 got. A SimpleQueue would have raised at once.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def produce(results) -> None:
    truth.running()
    results.put("first")
    truth.put("results", "first")
    results.put(lambda: "second")
    truth.put_lost("results")
    time.sleep(0.3)  # were the process to end now, the feeder thread would drop everything that follows, too
    results.put("third")
    truth.put("results", "third")


def main() -> None:
    results = mp.Queue()
    truth.made("results", "Queue")
    producer = mp.Process(target=produce, args=(results,), name="producer")
    producer.start()
    truth.started(producer)
    for _ in range(2):
        result = results.get()
        truth.got("results", result)
        print(f"main: {result}")
    producer.join()
    truth.ended(producer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
