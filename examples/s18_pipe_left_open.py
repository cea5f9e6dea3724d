"""The reader still holds the writing end of its own pipe and so waits for ever.

Watch for: the finding `pipe-end-left-open`. The main process has closed its writing end, but `reader` has one, too, and
it is the very process that is blocked reading. No end of file can come. The main process gives up after a while
(`--hold`) and terminates it. The cure: close the end that a process does not use (s18_pipe_eof.py).
"""

import argparse
import multiprocessing as mp

import _truth as truth


def read(receiver, sender) -> None:  # the mistake: sender is not closed here
    truth.running()
    while True:
        try:
            line = receiver.recv()
        except EOFError:
            print("reader: end of file")
            break
        truth.got("lines", line)
        print(f"reader: {line}", flush=True)


def main(seconds: float) -> None:
    receiver, sender = mp.Pipe(duplex=False)
    truth.made("lines", "Pipe", duplex=False)
    reader = mp.Process(target=read, args=(receiver, sender), name="reader")
    reader.start()
    truth.started(reader)
    receiver.close()
    for line in ("to be", "or not to be"):
        sender.send(line)
        truth.put("lines", line)
    sender.close()
    reader.join(timeout=seconds)
    print("main: the reader " + ("does not end, so I terminate it" if reader.is_alive() else "has ended"))
    reader.terminate()
    reader.join()
    truth.ended(reader)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=2.5, metavar="SECONDS", help="how long to let the reader hang")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.hold)
