"""A Barrier whose last party never comes: the others wait for ever.

Watch for: the meeting needs two. `ann` meets the main process, and then waits for `bob`, who ends before he comes: she waits for ever, and
the main process waits in join() for her; an alarm ends her after a while. The cure: a timeout, which breaks the barrier (`--cure`), or abort() by whoever sees a party die.
"""

import argparse
import multiprocessing as mp
import signal
import threading

import _truth as truth


def attend(meeting, cure: bool, hold: int) -> None:
    truth.running()
    truth.waits("meeting")
    meeting.wait()
    truth.waited("meeting")
    truth.waits("meeting")
    if not cure:
        signal.alarm(hold)  # nothing else ends the wait
    try:
        meeting.wait(timeout=1.5 if cure else None)
    except threading.BrokenBarrierError:
        truth.waited("meeting", in_vain=True)
        print("ann: bob does not come", flush=True)


def stay_away() -> None:
    truth.running()


def main(cure: bool, hold: int) -> None:
    meeting = mp.Barrier(2)
    truth.lock("meeting", "Barrier", value=2)
    ann = mp.Process(target=attend, args=(meeting, cure, hold), name="ann")
    ann.start()
    truth.started(ann)
    truth.until_waiting(ann, "meeting")
    meeting.wait()
    bob = mp.Process(target=stay_away, name="bob")
    bob.start()
    truth.started(bob)
    bob.join()
    truth.ended(bob)
    ann.join()
    truth.ended(ann)
    print(f"main: ann ended with {ann.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="wait with a timeout")
    parser.add_argument("--hold", type=int, default=4, metavar="SECONDS", help="how long to wait (4)")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure, options.hold)
