"""Puts one message every PERIOD seconds, COUNT in all, and writes "number wall-clock-ms" of each put to FILE.

The bench reads from the page when the number of puts shown there first reached each number.
"""
import multiprocessing
import sys
import time


def consume(queue) -> None:
    while queue.get() is not None:
        pass


if __name__ == "__main__":
    count, period, file = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    context = multiprocessing.get_context("fork")
    ticks = context.Queue()
    consumer = context.Process(target=consume, args=(ticks,), name="consumer")
    consumer.start()
    # The panel opens in the meantime.
    time.sleep(float(sys.argv[4]))
    with open(file, "w") as log:
        for number in range(1, count + 1):
            ticks.put(number)
            log.write(f"{number} {time.time() * 1000:.3f}\n")
            log.flush()
            time.sleep(period)
    ticks.put(None)
    consumer.join()
