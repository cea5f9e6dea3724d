"""loky: the reusable executor, a function that only cloudpickle can send, and a worker that dies."""

import os
import signal

from loky import get_reusable_executor
from loky.process_executor import TerminatedWorkerError

if __name__ == "__main__":
    executor = get_reusable_executor(max_workers=2)
    offset = 100
    answers = list(executor.map(lambda n: (os.getpid(), n + offset), range(12)))
    print([result for _, result in answers])
    for pid in sorted({pid for pid, _ in answers}):
        print("worker", pid)
    doomed = executor.submit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    try:
        doomed.result()
    except TerminatedWorkerError:
        print("a worker was terminated")
    executor = get_reusable_executor(max_workers=2)
    pid, answer = executor.submit(lambda: (os.getpid(), "again")).result()
    print(answer)
    print("worker", pid)
    executor.shutdown(wait=True)
