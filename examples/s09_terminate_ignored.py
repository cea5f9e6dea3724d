"""terminate() has no effect: the script has a handler for SIGTERM that only takes a note, and every child has it too.

Watch for: `stubborn` gets SIGTERM and works on; the main process waits in join() in vain and has to kill it: -9 SIGKILL. Under fork a
child inherits the handlers of its parent, under spawn and forkserver it imports the script, which sets the handler again.
The cure, with --cure: the child resets the handler before it begins.
"""

import argparse
import multiprocessing as mp
import signal
import time

import _truth as truth

asked_to_stop = False


def take_note(number, frame) -> None:
    global asked_to_stop
    asked_to_stop = True  # only the main process ever looks at it


signal.signal(signal.SIGTERM, take_note)


def work(still_here, cure: bool) -> None:
    truth.running()
    if cure:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    still_here.send("at work")
    truth.put("watch", "at work")
    while True:
        time.sleep(0.05)


def main(seconds: float, cure: bool) -> None:
    watch, still_here = mp.Pipe(duplex=False)
    truth.made("watch", "Pipe", duplex=False)
    stubborn = mp.Process(target=work, args=(still_here, cure), name="stubborn")
    stubborn.start()
    truth.started(stubborn)
    words = watch.recv()
    truth.got("watch", words)
    time.sleep(0.2)  # it has said so, and is at work now
    stubborn.terminate()
    stubborn.join(timeout=seconds)
    if stubborn.is_alive():
        print(f"main: still there after {seconds} s, so I kill it")
        stubborn.kill()
        stubborn.join()
    truth.ended(stubborn)
    print(f"main: exit code {stubborn.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="reset the handler in the child")
    parser.add_argument("--hold", type=float, default=6.0, metavar="SECONDS", help="how long to wait for it")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold, options.cure)
