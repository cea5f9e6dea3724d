"""fork and exec: the child becomes another program, its pid stays.

Watch for: one row for each child, although two programs ran in it one after the other; the command line tells
the second. The last child is no Python any more after its exec.
"""

import os
import shutil
import sys
import time

import _truth as truth


def run(*command: str) -> None:
    child = os.fork()
    if child == 0:
        truth.running()
        time.sleep(0.1)
        os.execv(command[0], list(command))
    truth.forked(child)
    _, status = os.waitpid(child, 0)
    truth.ended(child, exitcode=os.WEXITSTATUS(status))
    print(f"{os.path.basename(command[0])} ended with exit code {os.WEXITSTATUS(status)}", flush=True)


def main() -> None:
    run(sys.executable, "-c", "import time, sys; time.sleep(0.3); sys.exit(5)")
    sleep = shutil.which("sleep")
    if sleep is not None:
        run(sleep, "0.4")


if __name__ == "__main__":
    main()
