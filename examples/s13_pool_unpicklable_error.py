"""A task raises an exception that can be pickled and not unpickled: it ends the thread of the Pool that takes the results.

Watch for: the task ended, and get() waits on, as it would for the results of all other tasks: nobody takes them any more. `--callback`
is the same by another way: a callback that raises, for callbacks run in that thread.
The cure (`--cure`): an exception that says how it is made again (`__reduce__`), and a callback that keeps its errors to itself.
"""

import argparse
import multiprocessing as mp

import _truth as truth


class Refused(Exception):
    """Its arguments are pickled as it hands them to Exception, one; it is made again with that one, and asks for two."""

    def __init__(self, who: str, why: str) -> None:
        super().__init__(f"{who}: {why}")
        self.who, self.why = who, why


class RefusedWithCare(Refused):
    def __reduce__(self) -> tuple:
        return type(self), (self.who, self.why)


@truth.task
def refuse(name: str) -> None:
    raise Refused(name, "not today")


@truth.task
def refuse_with_care(name: str) -> None:
    raise RefusedWithCare(name, "not today")


@truth.task
def greet(name: str) -> str:
    return f"hello {name}"


def store(greeting: str) -> None:
    raise ConnectionError("no such host: archive")


def store_with_care(greeting: str) -> None:
    try:
        store(greeting)
    except ConnectionError as error:
        print(f"main: {error!r}")


def ready_pool():
    """A Pool with a worker that has begun: what is then waited for in vain does not hang on how long that took."""
    pool = mp.Pool(2)
    truth.pool("pool", pool, workers=2)
    truth.submits("pool", "apply", greet, [("everybody",)])
    pool.apply(greet, ("everybody",))
    return pool


def give_up(pool) -> None:
    """What is left to do with such a Pool: its terminate() says that it cannot, and ends no worker."""
    try:
        pool.terminate()
    except AssertionError:
        print("main: the Pool cannot be terminated")
    for worker in mp.active_children():
        worker.terminate()
        worker.join()
    truth.retired("pool", pool, state="terminated")


def fail(hold: float) -> None:
    pool = ready_pool()
    truth.submits("pool", "apply_async", refuse, [("ann",)], answered=False)
    answer = pool.apply_async(refuse, ("ann",))
    try:
        answer.get(timeout=hold)
    except mp.TimeoutError:
        print("main: no answer, and there never will be")
    give_up(pool)


def fail_in_callback(hold: float) -> None:
    pool = ready_pool()
    truth.submits("pool", "apply_async", greet, [("ann",)])
    answer = pool.apply_async(greet, ("ann",), callback=store)
    try:
        print("main:", answer.get(timeout=hold))
    except mp.TimeoutError:
        print("main: no answer, and there never will be")
    give_up(pool)


def cure() -> None:
    with mp.Pool(2) as pool:
        truth.pool("pool", pool, workers=2)
        truth.submits("pool", "apply_async", refuse_with_care, [("ann",)])
        answer = pool.apply_async(refuse_with_care, ("ann",))
        try:
            answer.get()
        except Refused as error:
            print(f"main: {error!r}")
        truth.submits("pool", "apply_async", greet, [("ann",)])
        answer = pool.apply_async(greet, ("ann",), callback=store_with_care)
        print("main:", answer.get())
        pool.close()
        pool.join()
        truth.retired("pool", pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--hold", type=float, default=1.0, metavar="SECONDS", help="wait so long in vain (1)")
    parser.add_argument("--callback", action="store_true", help="a callback that raises")
    parser.add_argument("--cure", action="store_true", help="nothing that ends the thread")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    cure() if options.cure else fail_in_callback(options.hold) if options.callback else fail(options.hold)
