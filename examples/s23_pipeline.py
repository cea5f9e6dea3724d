"""A pipeline at speed: producers in Processes, consumers in a Pool, many small JSON messages through a JoinableQueue.

Watch for: the rate of `lines`, its depth, and the bottleneck at a glance: producers wait in put() when consumers are slower.
join() of the queue returns when each message was not only taken but also dealt with.
"""

import argparse
import json
import multiprocessing as mp

import _truth as truth

MESSAGES = 400
lines = None


def produce(name: str, queue) -> None:
    truth.running()
    for number in range(MESSAGES):
        line = json.dumps({"from": name, "number": number, "temperature": 20 + number % 7})
        queue.put(line)
        truth.put("lines", line)


def take_queue(queue) -> None:
    global lines
    lines = queue


@truth.task
def consume(name: str) -> int:
    warm = 0
    while True:
        line = lines.get()
        truth.got("lines", line)
        if line is not None:
            warm += json.loads(line)["temperature"] > 23
        truth.note("task_done", channel="lines")
        lines.task_done()
        if line is None:
            return warm


def main() -> None:
    queue = mp.JoinableQueue(maxsize=50)
    truth.made("lines", "JoinableQueue", maxsize=50)
    pool = mp.Pool(2, initializer=take_queue, initargs=(queue,))
    truth.pool("pool", pool, workers=2, initializer=take_queue)
    truth.submits("pool", "map_async", consume, ["first", "second"])
    warm = pool.map_async(consume, ["first", "second"], chunksize=1)
    producers = [mp.Process(target=produce, args=(name, queue), name=name) for name in ("kitchen", "cellar", "attic")]
    for producer in producers:
        producer.start()
        truth.started(producer, line=-3)
    for producer in producers:
        producer.join()
        truth.ended(producer)
    queue.join()
    for _ in range(2):
        queue.put(None)
        truth.put("lines", None)
    queue.join()
    print(f"main: {sum(warm.get())} of {len(producers) * MESSAGES} measurements were warm")
    pool.close()
    pool.join()
    truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
