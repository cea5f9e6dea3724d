"""A variable changed in a child stays unchanged in the parent.

Watch for: two processes and no channel between them. Under fork the child has a copy of the parent's memory, under spawn
it imports the module anew; either way nothing comes back by itself. What shall come back needs a Queue or a Pipe.
"""

import argparse
import multiprocessing as mp

import _truth as truth

shopping = ["bread", "butter"]


def add_eggs() -> None:
    truth.running()
    shopping.append("eggs")
    print(f"child:  {shopping}")


def main() -> None:
    child = mp.Process(target=add_eggs)
    child.start()
    truth.started(child)
    child.join()
    truth.ended(child)
    print(f"parent: {shopping}  (no eggs here)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
