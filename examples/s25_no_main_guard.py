"""No `if __name__ == "__main__"`: the classic mistake under spawn and forkserver.

Watch for: the finding `no-main-guard`. The child has to import this file to find `work`, runs into the same start() again,
and multiprocessing refuses with a RuntimeError: `Process-1` ends with exit code 1. Under fork nothing is imported anew and
all goes well, which is why this survives until somebody runs it on another system or on Python 3.14.
The cure: put everything below the functions under the guard, as all the other examples do.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def work() -> None:
    truth.running()
    print("child: at work")


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--method", choices=mp.get_all_start_methods())
context = mp.get_context(parser.parse_args().method)
process = context.Process(target=work)
process.start()
truth.started(process)
process.join()
truth.ended(process)
print(f"main: exit code {process.exitcode}")
