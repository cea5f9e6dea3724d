"""The program ends with messages left in a queue.

Watch for: `letters` ends with 3 undelivered messages. Nobody is told: the exit codes are all 0. What is left in a queue when
the last process ends is gone.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def write(letters) -> None:
    truth.running()
    for number in range(5):
        letter = f"letter {number}"
        letters.put(letter)
        truth.put("letters", letter)


def main() -> None:
    letters = mp.Queue()
    truth.made("letters", "Queue")
    writer = mp.Process(target=write, args=(letters,), name="writer")
    writer.start()
    truth.started(writer)
    for _ in range(2):
        letter = letters.get()
        truth.got("letters", letter)
        print(f"main: read {letter}")
    writer.join()
    truth.ended(writer)
    print("main: that is enough for today")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
