"""A target and an argument that cannot be pickled.

Watch for: under fork both work, since the child has a copy of everything. Under spawn and forkserver start() raises
in the parent before any child exists, so there is no row for it.
The cure: a function at the top of a module, and arguments that pickle.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def count(numbers) -> None:
    truth.running()
    print(f"child: {sum(numbers)}")


def main() -> None:
    lambda_child = mp.Process(target=lambda: print("child: from a lambda"), name="lambda-child")
    generator_child = mp.Process(target=count, args=((n for n in range(5)),), name="generator-child")
    for line, child in ((-9, lambda_child), (-8, generator_child)):
        try:
            child.start()
        except Exception as error:  # TypeError, AttributeError or PicklingError, by version
            print(f"main: {child.name} could not start: {type(error).__name__}")
            truth.note("not_started", name=child.name)
            continue
        truth.started(child, line=line)
        child.join()
        truth.ended(child)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
