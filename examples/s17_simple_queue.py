"""SimpleQueue: no feeder thread, no capacity, no timeout. put() writes to the pipe itself.

Watch for: `questions` and `answers` as channels like any queue. A put that finds the pipe full (64 KB) blocks in
the caller, here visibly: the last question is large and the child is slow to read.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def answer(questions, answers) -> None:
    truth.running()
    time.sleep(0.4)
    while True:
        question = questions.get()
        truth.got("questions", question)
        if question is None:
            break
        reply = (len(question), question[:12])
        answers.put(reply)
        truth.put("answers", reply)


def main() -> None:
    questions = mp.SimpleQueue()
    truth.made("questions", "SimpleQueue")
    answers = mp.SimpleQueue()
    truth.made("answers", "SimpleQueue")
    oracle = mp.Process(target=answer, args=(questions, answers), name="oracle")
    oracle.start()
    truth.started(oracle)
    for question in ("why?", "how long is this?", "and this? " * 20_000):
        questions.put(question)
        truth.put("questions", question)
    for _ in range(3):
        reply = answers.get()
        truth.got("answers", reply)
        print(f"main: {reply[0]} characters: {reply[1]}")
    questions.put(None)
    truth.put("questions", None)
    oracle.join()
    truth.ended(oracle)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
