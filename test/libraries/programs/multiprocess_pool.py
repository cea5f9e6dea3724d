"""multiprocess, the copy of multiprocessing that pickles by dill: what multiprocessing could not send."""

import os
import sys
import time

import multiprocess

if __name__ == "__main__":
    multiprocess.set_start_method(sys.argv[1])
    here, there = multiprocess.Pipe()
    child = multiprocess.Process(target=lambda end: end.send(("from a lambda", os.getpid())), args=(there,), name="lambda")
    child.start()
    text, pid = here.recv()
    child.join()
    print(text, child.exitcode)
    print("worker", pid)
    with multiprocess.Pool(2) as pool:
        answers = pool.map(lambda n: (time.sleep(0.02), os.getpid(), n * n), range(20), chunksize=1)
        print([answer[-1] for answer in answers])
        for pid in sorted({answer[1] for answer in answers}):
            print("worker", pid)
        pool.close()
        pool.join()
    with multiprocess.Manager() as manager:
        shared = manager.dict(a=1)
        shared.update(b=2)
        print(dict(shared))
