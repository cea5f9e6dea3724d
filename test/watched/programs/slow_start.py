"""Whoever is spawned imports this for some seconds, before it gets what it was given. Everything here is well.

    python slow_start.py METHOD CASE
"""

import multiprocessing as mp
import sys
import time
from concurrent.futures import ProcessPoolExecutor

if __name__ != "__main__":
    time.sleep(2.5)


def put(queue):
    queue.put(1)


def send(connection):
    connection.send(1)


def receive(connection):
    connection.recv()


def take(queue):
    queue.get()


def take_and_tell(queue):
    queue.get()
    queue.task_done()


def hand_on(source, sink):
    sink.put(source.get())


def come(barrier):
    barrier.wait()


def set_event(event):
    event.set()


def notify(condition):
    with condition:
        condition.notify()


def release(lock):
    lock.release()


def same(item):
    return item


def with_child(function, *things):
    """A process of its own, that is joined when the block is left."""
    process = mp.Process(target=function, args=things)
    process.start()
    return process


def queue():
    jobs = mp.Queue()
    child = with_child(put, jobs)
    jobs.get()
    child.join()


def simple_queue():
    jobs = mp.SimpleQueue()
    child = with_child(put, jobs)
    jobs.get()
    child.join()


def pipe():
    here, there = mp.Pipe()
    child = with_child(send, there)
    here.recv()
    child.join()


def sent_and_closed():
    reader, writer = mp.Pipe(duplex=False)
    child = with_child(receive, reader)
    reader.close()
    writer.send(1)
    writer.close()
    child.join()


def joinable():
    jobs = mp.JoinableQueue()
    jobs.put(1)
    child = with_child(take_and_tell, jobs)
    jobs.join()
    child.join()


def barrier():
    gate = mp.Barrier(2)
    child = with_child(come, gate)
    gate.wait()
    child.join()


def event():
    happened = mp.Event()
    child = with_child(set_event, happened)
    happened.wait()
    child.join()


def condition():
    changed = mp.Condition()
    with changed:
        child = with_child(notify, changed)
        changed.wait()
    child.join()


def semaphore():
    free = mp.Semaphore(0)
    child = with_child(release, free)
    free.acquire()
    child.join()


def lock_as_signal():
    done = mp.Lock()
    done.acquire()
    child = with_child(release, done)
    done.acquire()
    child.join()


def large_item():
    jobs = mp.Queue()
    jobs.put(b"x" * 1_000_000)
    child = with_child(take, jobs)
    jobs.close()
    jobs.join_thread()
    child.join()


def two_in_a_row():
    first, second = mp.Queue(), mp.Queue()
    children = with_child(hand_on, first, second), with_child(put, first)
    second.get()
    for child in children:
        child.join()


def manager():
    with mp.Manager() as shared:
        jobs = shared.Queue()
        child = with_child(put, jobs)
        jobs.get()
        child.join()


def pool():
    with mp.Pool(2) as workers:
        workers.map(same, range(4))
        workers.close()
        workers.join()


def executor():
    with ProcessPoolExecutor(2) as workers:
        list(workers.map(same, range(4)))


CASES = (
    queue, simple_queue, pipe, sent_and_closed, joinable, barrier, event, condition, semaphore, lock_as_signal, large_item, two_in_a_row,
    manager, pool, executor)

if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    {case.__name__: case for case in CASES}[sys.argv[2]]()
