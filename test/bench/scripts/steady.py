"""Sends a steady number of messages a second through pipes: RATE messages in all, over PAIRS pairs, for SECONDS.

Each message makes two records (a send and a receive). Prints how many were sent.
"""
import multiprocessing
import sys
import time


def write(conn, rate: float, seconds: float, done) -> None:
    sent = 0
    began = time.monotonic()
    while True:
        passed = time.monotonic() - began
        if passed >= seconds:
            break
        for _ in range(int(passed * rate) - sent):
            conn.send(sent)
            sent += 1
        time.sleep(0.01)
    conn.send(None)
    done.send(sent)


def read(conn) -> None:
    while conn.recv() is not None:
        pass


if __name__ == "__main__":
    rate, pairs, seconds = float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    context = multiprocessing.get_context("fork")
    total, workers, results = 0, [], []
    for _ in range(pairs):
        reader, writer = context.Pipe(False)
        result, done = context.Pipe(False)
        workers.append(context.Process(target=read, args=(reader,)))
        workers.append(context.Process(target=write, args=(writer, rate / pairs, seconds, done)))
        results.append(result)
    for worker in workers:
        worker.start()
    for result in results:
        total += result.recv()
    for worker in workers:
        worker.join()
    print(total)
