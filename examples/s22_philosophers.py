"""Dining philosophers: each takes the left fork, then waits for the right one, which a neighbour holds. Nobody ever eats.

Watch for: the cycle. Each of `forks` has one holder and one waiter, and the waiter holds the next fork. Nothing moves any more and
join() would never return. So the main process leaves by os._exit; the philosophers see that and leave a moment later.
The cure, with --cure: all take the lower fork first, so the last philosopher takes the right one before the left one.
"""

import argparse
import multiprocessing as mp
import os
import threading
import time

import _truth as truth

SEATS = 3


def leave_after_main(main_is_there) -> None:
    try:
        main_is_there.recv()
    except EOFError:  # the main process held the only writing end
        time.sleep(1.0)
        truth.note("outlived_main")
        os._exit(1)


def starve(seat: int, forks, all_seated, hungry, main_is_there, writing_end) -> None:
    truth.running()
    writing_end.close()
    threading.Thread(target=leave_after_main, args=(main_is_there,), daemon=True).start()
    left, right = seat, (seat + 1) % SEATS
    with forks[left]:
        truth.holds(f"fork {left}")
        all_seated.wait()  # to make sure that it happens: otherwise it happens once in a while
        truth.put("hungry", seat)
        hungry.put(seat)
        truth.waits(f"fork {right}")
        with forks[right]:
            print(f"philosopher {seat} eats")


def dine(seat: int, forks) -> None:
    truth.running()
    lower, higher = sorted((seat, (seat + 1) % SEATS))
    for _ in range(20):
        with forks[lower]:
            with forks[higher]:
                time.sleep(0.001)
    print(f"philosopher {seat} has eaten 20 times")


def main(cure: bool) -> None:
    forks = [mp.Lock() for _ in range(SEATS)]
    for number in range(SEATS):
        truth.lock(f"fork {number}", "Lock", line=-2, sure=not cure)
    if cure:
        philosophers = [mp.Process(target=dine, args=(seat, forks), name=f"philosopher-{seat}") for seat in range(SEATS)]
        for philosopher in philosophers:
            philosopher.start()
            truth.started(philosopher, line=-3)
        for philosopher in philosophers:
            philosopher.join()
            truth.ended(philosopher)
        return

    all_seated = mp.Barrier(SEATS)
    truth.lock("all_seated", "Barrier", value=SEATS, sure=False)
    hungry = mp.SimpleQueue()
    truth.made("hungry", "SimpleQueue")
    main_is_there, writing_end = mp.Pipe(duplex=False)
    truth.made("main_is_there", "Pipe", duplex=False)
    shared = (forks, all_seated, hungry, main_is_there, writing_end)
    philosophers = [mp.Process(target=starve, args=(seat, *shared), name=f"philosopher-{seat}") for seat in range(SEATS)]
    for philosopher in philosophers:
        philosopher.start()
        truth.started(philosopher, line=-3)
    for _ in philosophers:
        truth.got("hungry", hungry.get())
    for seat, philosopher in enumerate(philosophers):
        truth.until_waiting(philosopher, f"fork {(seat + 1) % SEATS}")
    philosophers[0].join(timeout=0.3)
    print(f"main: {sum(philosopher.is_alive() for philosopher in philosophers)} philosophers sit there and starve", flush=True)
    os._exit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="take the lower fork first")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
