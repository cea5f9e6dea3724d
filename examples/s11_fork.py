"""os.fork directly: it returns twice, once in each process.

Watch for: three rows of kind fork under the main process, one of them with a child of its own, and their exit codes: 7
by os._exit, 0, and SIGKILL. multiprocessing is not used at all.
"""

import os
import signal
import time

import _truth as truth


def main() -> None:
    child = os.fork()
    if child == 0:
        truth.running()
        time.sleep(0.2)
        os._exit(7)
    truth.forked(child)
    pid, status = os.waitpid(child, 0)
    truth.ended(pid, exitcode=os.WEXITSTATUS(status))
    print(f"first child: exit code {os.WEXITSTATUS(status)}", flush=True)

    child = os.fork()
    if child == 0:
        truth.running()
        grandchild = os.fork()
        if grandchild == 0:
            truth.running()
            os._exit(0)
        truth.forked(grandchild)
        os.waitpid(grandchild, 0)
        truth.ended(grandchild, exitcode=0)
        os._exit(0)
    truth.forked(child)
    os.waitpid(child, 0)
    truth.ended(child, exitcode=0)
    print("second child: had a child of its own", flush=True)

    child = os.fork()
    if child == 0:
        truth.running()
        time.sleep(60)
        os._exit(0)
    truth.forked(child)
    os.kill(child, signal.SIGKILL)
    pid, status = os.waitpid(child, 0)
    truth.ended(pid, exitcode=-os.WTERMSIG(status))
    print(f"third child: ended by signal {os.WTERMSIG(status)}", flush=True)


if __name__ == "__main__":
    main()
