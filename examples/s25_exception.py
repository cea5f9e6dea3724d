"""An exception that nobody catches in a child: exit code 1.

Watch for: the traceback in the details of `parser`, its lines lead to the source; the parent learns nothing but the exit
code. What else shall come back, the child must send.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def parse(text: str) -> int:
    truth.raising("ValueError", "invalid literal for int() with base 10: 'twelve'")
    return int(text)


def work(texts) -> None:
    truth.running()
    print(sum(parse(text) for text in texts))


def main() -> None:
    child = mp.Process(target=work, args=(["twelve", "7"],), name="parser")
    child.start()
    truth.started(child)
    child.join()
    truth.ended(child)
    print(f"main: exit code {child.exitcode}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
