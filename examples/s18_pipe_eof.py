"""A one-way Pipe, both processes closing the end they do not use: the reader gets EOFError at the end.

Watch for: who holds which end, and the end of file. Forget one of the two close() lines and the reader waits
for ever: see s18_pipe_left_open.py.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def read(receiver, sender) -> None:
    truth.running()
    sender.close()  # the child only reads
    while True:
        try:
            line = receiver.recv()
        except EOFError:
            truth.note("eof", channel="lines")
            print("reader: end of file")
            break
        truth.got("lines", line)
        print(f"reader: {line}")


def main() -> None:
    receiver, sender = mp.Pipe(duplex=False)
    truth.made("lines", "Pipe", duplex=False)
    reader = mp.Process(target=read, args=(receiver, sender), name="reader")
    reader.start()
    truth.started(reader)
    receiver.close()  # the parent only writes
    for line in ("to be", "or not to be"):
        sender.send(line)
        truth.put("lines", line)
    sender.close()
    reader.join()
    truth.ended(reader)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
