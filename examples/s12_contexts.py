"""Three start methods side by side in one program, by get_context.

Watch for: each worker's badge says its own method, and their lanes show what it costs: the time between the start and the first
line of the worker is a fraction of a millisecond with fork and many milliseconds with spawn.
"""

import multiprocessing as mp
import time

import _truth as truth


def work(answers, begun: float) -> None:
    truth.running()
    answer = (mp.current_process().name, time.monotonic() - begun)
    answers.put(answer)
    truth.put(f"answers of {answer[0]}", answer)


def main() -> None:
    for method in sorted(mp.get_all_start_methods()):
        context = mp.get_context(method)
        answers = context.SimpleQueue()
        truth.made(f"answers of {method}-worker", "SimpleQueue")
        worker = context.Process(target=work, args=(answers, time.monotonic()), name=f"{method}-worker")
        worker.start()
        truth.started(worker, method=method)
        answer = answers.get()
        truth.got(f"answers of {answer[0]}", answer)
        worker.join()
        truth.ended(worker)
        print(f"{answer[0]}: first line after {answer[1] * 1000:.1f} ms")


if __name__ == "__main__":
    main()
