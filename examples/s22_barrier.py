"""Barrier: nobody goes on before all are there.

Watch for: `ann` and `bob` wait at `meeting`, which needs three; the main process comes last and lets all go. Then they wait
again and the main process aborts the meeting: both get a BrokenBarrierError, instead of waiting for ever.
"""

import argparse
import multiprocessing as mp
import threading

import _truth as truth


def attend(coming, meeting) -> None:
    truth.running()
    name = mp.current_process().name
    for number in (1, 2):
        truth.put("coming", (name, number))
        coming.put((name, number))
        truth.waits("meeting")
        try:
            meeting.wait()
            truth.waited("meeting")
            print(f"{name}: we met", flush=True)
        except threading.BrokenBarrierError:
            truth.waited("meeting")
            print(f"{name}: the meeting was called off", flush=True)


def main() -> None:
    meeting = mp.Barrier(3)
    truth.lock("meeting", "Barrier", value=3)
    coming = mp.SimpleQueue()
    truth.made("coming", "SimpleQueue")
    ann = mp.Process(target=attend, args=(coming, meeting), name="ann")
    ann.start()
    truth.started(ann)
    truth.got("coming", coming.get())
    truth.until_waiting(ann, "meeting")
    bob = mp.Process(target=attend, args=(coming, meeting), name="bob")
    bob.start()
    truth.started(bob)
    truth.got("coming", coming.get())
    truth.until_waiting(bob, "meeting")
    meeting.wait()
    for _ in range(2):
        truth.got("coming", coming.get())
    for attendee in (ann, bob):
        truth.until_waiting(attendee, "meeting")
    truth.tells("meeting", "abort")
    meeting.abort()
    for attendee in (ann, bob):
        attendee.join()
        truth.ended(attendee)
    print(f"main: is it broken? {meeting.broken}")
    truth.tells("meeting", "reset")
    meeting.reset()
    print(f"main: and now? {meeting.broken}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
