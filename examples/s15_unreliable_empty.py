"""A consumer takes queue.Empty for the end, while the messages are still on their way.

Watch for: main has put 2 parcels when `collector` begins, but the feeder thread still pickles the first one (more than half a second each, as for big
data). get_nowait() raises Empty, the collector believes it and leaves; nobody ever receives the parcels.
The cure, with --cure: a sentinel, and get() that waits for it.
"""

import argparse
import multiprocessing as mp
import queue  # the exceptions live here
import time

import _truth as truth


class Parcel:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"Parcel {self.name}"

    def __reduce__(self):
        time.sleep(0.7)
        return Parcel, (self.name,)


def collect(parcels, all_put, ready, cure: bool) -> None:
    truth.running()
    truth.tells("ready", "set")
    ready.set()
    all_put.wait()
    if cure:
        for parcel in iter(parcels.get, None):
            truth.got("parcels", parcel)
            print(f"collector: {parcel}")
        truth.got("parcels", None)
        return
    try:
        while True:
            parcel = parcels.get_nowait()
            truth.got("parcels", parcel)
            print(f"collector: {parcel}")
    except queue.Empty:
        print("collector: empty, so that was all")


def main(cure: bool) -> None:
    parcels = mp.Queue()
    truth.made("parcels", "Queue")
    all_put = mp.Event()
    truth.lock("all_put", "Event", sure=False)
    ready = mp.Event()
    truth.lock("ready", "Event", sure=False)
    collector = mp.Process(target=collect, args=(parcels, all_put, ready, cure), name="collector")
    collector.start()
    truth.started(collector)
    ready.wait()
    items = [Parcel("books"), Parcel("shoes")] + ([None] if cure else [])
    for item in items:
        parcels.put(item)
    truth.tells("all_put", "set")
    all_put.set()
    collector.join()
    truth.ended(collector)
    for item in items:
        truth.put("parcels", item)
    if not cure:
        time.sleep(2.0)  # by then the feeder thread has written both
    print(f"main: the collector has left, and the queue is {'empty' if parcels.empty() else 'not empty at all'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="end with a sentinel")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
