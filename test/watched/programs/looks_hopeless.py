"""Waits that take seconds and look as if they would never end; and ends that nobody looks at for a while. Everything here is well.

    python looks_hopeless.py METHOD CASE
"""

import multiprocessing as mp
import os
import queue as queues
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Client, Listener

LONG = 2.5
#: Sends the number 1 as multiprocessing does, on the descriptor that is its argument.
WRITER = "import os, pickle, struct, sys, time; time.sleep(%s); data = pickle.dumps(1); os.write(int(sys.argv[1]), struct.pack('!i', len(data)) + data)"


def same(item):
    return item


def sleep():
    time.sleep(LONG)


def end():
    pass


def put_later(queue):
    time.sleep(LONG)
    queue.put(1)


def send_what_is_handed_on(queue):
    time.sleep(LONG)
    queue.get().send(1)


def serve(address):
    with Listener(address, "AF_UNIX") as listener, listener.accept() as connection:
        connection.recv()


def consume_slowly(queue):
    while queue.get() is not None:
        time.sleep(0.7)


def ask_with_timeout(queue):
    while True:
        try:
            if queue.get(timeout=0.3) is None:
                return
        except queues.Empty:
            continue


def come_late(barrier, seconds):
    time.sleep(seconds)
    barrier.wait()


def started(function, *things, daemon=None):
    process = mp.Process(target=function, args=things, daemon=daemon)
    process.start()
    return process


def thread_puts():
    jobs = mp.Queue()
    thread = threading.Thread(target=put_later, args=(jobs,))
    thread.start()
    jobs.get()
    thread.join()


def timer_puts():
    jobs = mp.Queue()
    signal.signal(signal.SIGALRM, lambda *_: jobs.put(1))
    signal.setitimer(signal.ITIMER_REAL, LONG)
    jobs.get()


def thread_sends():
    here, there = mp.Pipe()
    thread = threading.Timer(LONG, there.send, (1,))
    thread.start()
    here.recv()
    thread.join()


def program_writes():
    reader, writer = mp.Pipe(duplex=False)
    program = subprocess.Popen([sys.executable, "-c", WRITER % LONG, str(writer.fileno())], pass_fds=[writer.fileno()])
    reader.recv()
    program.wait()


def end_handed_on():
    here, there = mp.Pipe()
    jobs = mp.Queue()
    child = started(send_what_is_handed_on, jobs)
    jobs.put(there)
    here.recv()
    child.join()


def server_at_rest():
    with tempfile.TemporaryDirectory() as folder:
        address = os.path.join(folder, "socket")
        child = started(serve, address)
        time.sleep(LONG)
        with Client(address, "AF_UNIX") as connection:
            connection.send(1)
        child.join()


def pool_at_rest():
    with mp.Pool(2) as workers:
        workers.map(same, range(4))
        time.sleep(LONG)
        workers.map(same, range(4))
        workers.close()
        workers.join()


def executor_at_rest():
    with ProcessPoolExecutor(2) as workers:
        workers.submit(same, 1).result()
        time.sleep(LONG)
        workers.submit(same, 2).result()


def long_join():
    started(sleep).join()


def late_join():
    children = [started(end) for _ in range(12)]
    time.sleep(LONG)
    for child in children:
        child.join()


def slow_consumer():
    jobs = mp.Queue(2)
    child = started(consume_slowly, jobs)
    for _ in range(5):
        jobs.put(b"x" * 100_000)
    jobs.put(None)
    child.join()


def barrier_filling():
    gate = mp.Barrier(3)
    children = [started(come_late, gate, seconds) for seconds in (0, LONG)]
    gate.wait()
    for child in children:
        child.join()


def timeout_in_a_loop():
    jobs = mp.Queue()
    child = started(ask_with_timeout, jobs)
    time.sleep(LONG)
    jobs.put(None)
    child.join()


def idle_consumer_ended():
    jobs = mp.Queue()
    child = started(consume_slowly, jobs)
    time.sleep(LONG)
    child.terminate()
    child.join()
    jobs.close()


def idle_daemon():
    jobs = mp.Queue()
    started(consume_slowly, jobs, daemon=True)
    time.sleep(LONG)


def plain_read():
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        time.sleep(LONG)
        os.write(writer, b"x")
        os._exit(0)
    os.read(reader, 1)
    os.waitpid(child, 0)


CASES = (
    thread_puts, thread_sends, timer_puts, program_writes, end_handed_on, server_at_rest, pool_at_rest, executor_at_rest, long_join, late_join, slow_consumer,
    barrier_filling, timeout_in_a_loop, idle_consumer_ended, idle_daemon, plain_read)

if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    {case.__name__: case for case in CASES}[sys.argv[2]]()
