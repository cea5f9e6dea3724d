"""A bounded Queue between several producers and several consumers, ended by sentinels.

Watch for: the depth of `jobs` against its capacity of 4: the producers are faster, so it is full most of the time and
they wait in put(). Each message's way is listed with its latency. One `None` for each consumer says
that there is no more to come.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def produce(jobs, name: str) -> None:
    truth.running()
    for number in range(12):
        job = {"from": name, "number": number, "payload": "x" * 40 * number}
        jobs.put(job)
        truth.put("jobs", job)


def consume(jobs, results) -> None:
    truth.running()
    done = 0
    while True:
        job = jobs.get()
        truth.got("jobs", job)
        if job is None:
            break
        time.sleep(0.02)  # the work
        result = (mp.current_process().name, job["from"], job["number"])
        results.put(result)
        truth.put("results", result)
        done += 1
    print(f"{mp.current_process().name} did {done} jobs")


def main() -> None:
    jobs = mp.Queue(maxsize=4)
    truth.made("jobs", "Queue", maxsize=4)
    results = mp.Queue()
    truth.made("results", "Queue")
    producers = [mp.Process(target=produce, args=(jobs, n), name=n) for n in ("producer-a", "producer-b")]
    for producer in producers:
        producer.start()
        truth.started(producer, line=-3)
    consumers = [mp.Process(target=consume, args=(jobs, results), name=f"consumer-{n}") for n in (1, 2, 3)]
    for consumer in consumers:
        consumer.start()
        truth.started(consumer, line=-3)

    for producer in producers:
        producer.join()
        truth.ended(producer)
    for _ in consumers:
        jobs.put(None)
        truth.put("jobs", None)
    for _ in range(24):
        truth.got("results", results.get())  # before the join: see s15_join_before_drain.py
    for consumer in consumers:
        consumer.join()
        truth.ended(consumer)
    print("main: all 24 results are here")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
