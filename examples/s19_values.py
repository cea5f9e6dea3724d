"""Value and Array: numbers and structures in memory that several processes share, each with a lock of its own.

Watch for: what is shared, its type and size, and the lock that comes with it. `counter.value += 1` is a read and a write, so
it needs `counter.get_lock()` around it: the lock says how often somebody had to wait. `low` and `high` share one lock, RawValue and
RawArray have none.
"""

import argparse
import ctypes
import multiprocessing as mp
import time

import _truth as truth


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double)]


def work(ready, counter, points, squares) -> None:
    truth.running()
    truth.put("ready", "soon")
    ready.send("soon")
    truth.waits("counter's lock")
    with counter.get_lock():
        truth.waited("counter's lock")
        truth.holds("counter's lock")
        counter.value += 1
        truth.releases("counter's lock")
    for index, point in enumerate(points):
        point.x += index
        point.y = -point.x
    for index in range(len(squares)):
        squares[index] = index * index


def main() -> None:
    counter = mp.Value("i", 41)
    truth.value("counter", "Value", "c_int", 4, lock="counter's lock")
    low = mp.Value("d", 0.5)
    truth.value("low", "Value", "c_double", 8, lock="low's lock")
    high = mp.Value(ctypes.c_double, 1.5, lock=low.get_lock())
    truth.value("high", "Value", "c_double", 8, lock="low's lock")
    points = mp.Array(Point, [(1.0, 2.0), (3.0, 4.0)])
    truth.value("points", "Array", "Point[2]", 32, lock="points' lock")
    squares = mp.RawArray("l", 5)
    truth.value("squares", "RawArray", "c_long[5]", 40)
    flag = mp.RawValue(ctypes.c_bool, True)
    truth.value("flag", "RawValue", "c_bool", 1)
    free = mp.Value("h", 7, lock=False)
    truth.value("free", "Value", "c_short", 2)

    told, ready = mp.Pipe(duplex=False)
    truth.made("ready", "Pipe", duplex=False)
    worker = mp.Process(target=work, args=(ready, counter, points, squares), name="worker")
    with counter.get_lock():
        truth.holds("counter's lock")
        worker.start()
        truth.started(worker, line=-4)
        truth.got("ready", told.recv())
        truth.until_waiting(worker, "counter's lock")
        time.sleep(0.1)
        print(f"main: while I hold the lock, counter stays {counter.value}")
        truth.releases("counter's lock")
    worker.join()
    truth.ended(worker)
    print(f"main: counter {counter.value}, squares {squares[:]}, points {[(point.x, point.y) for point in points]}")
    print(f"main: from {low.value} to {high.value}, {flag.value}, {free.value}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
