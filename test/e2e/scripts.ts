/** Python scripts that the end-to-end tests put into their workspaces. Each says in the terminal or a file what it did. */

/** Two children and a queue; writes what it knows into truth.json and waits for `go` before it ends. */
export const TALK = `import json, os, sys, time
from multiprocessing import Process, Queue, Pipe

def produce(jobs, count):
    for number in range(count):
        jobs.put({'number': number, 'text': 'hello %d' % number})
    jobs.put(None)

def consume(jobs, answer):
    got = 0
    while jobs.get() is not None:
        got += 1
    answer.send(('got', got))
    while not os.path.exists('go'):
        time.sleep(0.05)
    sys.exit(3)

if __name__ == '__main__':
    jobs = Queue()
    here, there = Pipe()
    producer = Process(target=produce, args=(jobs, 25), name='producer')
    consumer = Process(target=consume, args=(jobs, there), name='consumer', daemon=True)
    producer.start()
    consumer.start()
    answer = here.recv()
    truth = {'main': os.getpid(), 'producer': producer.pid, 'consumer': consumer.pid, 'answer': answer}
    with open('truth.json.part', 'w') as file:
        json.dump(truth, file)
    os.rename('truth.json.part', 'truth.json')
    print('written by', os.getpid(), flush=True)
    producer.join()
    consumer.join()
    print('over', flush=True)
`;

/** Two children, one with a child of its own, that sleep until they are ended. */
export const SLEEPERS = `import json, os, time
from multiprocessing import Process

def nap():
    while True:
        time.sleep(0.2)

def with_child():
    inner = Process(target=nap, name='inner')
    inner.start()
    with open('inner.pid', 'w') as file:
        file.write(str(inner.pid))
    inner.join()

if __name__ == '__main__':
    first = Process(target=nap, name='first')
    outer = Process(target=with_child, name='outer')
    first.start()
    outer.start()
    with open('pids.part', 'w') as file:
        json.dump({'main': os.getpid(), 'first': first.pid, 'outer': outer.pid}, file)
    os.rename('pids.part', 'pids.json')
    first.join()
    print('first ended', first.exitcode, flush=True)
    outer.join()
    print('outer ended', outer.exitcode, flush=True)
`;

/** Asks for a line in the terminal and echoes it. */
export const ASKS = `import sys
from multiprocessing import Process

def say(text):
    with open('said.txt', 'w') as file:
        file.write(text)

if __name__ == '__main__':
    text = input('your words: ')
    with open('tty.txt', 'w') as file:
        file.write('%s %s' % (sys.stdin.isatty(), sys.stdout.isatty()))
    child = Process(target=say, args=(text,), name='says')
    child.start()
    child.join()
`;

/** Sends messages for as long as the test needs; counts into a file. */
export const TICKS = `import os, time
from multiprocessing import Process, Queue

def tick(ticks):
    number = 0
    while not os.path.exists('stop'):
        number += 1
        ticks.put(number)
        time.sleep(0.05)
    ticks.put(None)

if __name__ == '__main__':
    ticks = Queue()
    clock = Process(target=tick, args=(ticks,), name='clock')
    clock.start()
    with open('pid', 'w') as file:
        file.write(str(os.getpid()))
    got = 0
    while ticks.get() is not None:
        got += 1
    clock.join()
    with open('count', 'w') as file:
        file.write(str(got))
`;

/** One child that sends seven messages, and ends by itself. */
export const SHORT = `from multiprocessing import Process, Queue

def send(numbers):
    for number in range(7):
        numbers.put(number)

if __name__ == '__main__':
    numbers = Queue()
    sender = Process(target=send, args=(numbers,), name='sender')
    sender.start()
    print(sum(numbers.get() for _ in range(7)), flush=True)
    sender.join()
`;

/** One child of a telling name that lives until the file `over` is there. */
export const twin = (name: string): string => `import os, time
from multiprocessing import Process

def live():
    while not os.path.exists('over'):
        time.sleep(0.05)

if __name__ == '__main__':
    child = Process(target=live, name='${name}')
    child.start()
    child.join()
`;

/** Writes every byte there is to the terminal, in wild order and with half escape sequences. */
export const BINARY = `import os, sys
from multiprocessing import Process

def shout():
    for _ in range(20):
        os.write(1, bytes(range(256)) + os.urandom(2000) + b'\\x1b]0;')

if __name__ == '__main__':
    child = Process(target=shout, name='shouts')
    child.start()
    child.join()
    sys.exit(5)
`;

/**
 * A pool whose tasks answer, raise, and wait for a lock that the main process holds until the file `go` is there; a manager's dict; a
 * segment of shared memory.
 */
export const WORKSHOP = `import os, time
from multiprocessing import Lock, Manager, Pool, shared_memory

def begin(lock):
    global bench
    bench = lock

def square(number):
    return number * number

def spoil(number):
    raise ValueError('no use for %d' % number)

def work(number):
    with bench:
        return number

if __name__ == '__main__':
    hammer = Lock()
    plans = Manager().dict()
    board = shared_memory.SharedMemory(create=True, size=1000)
    with Pool(2, begin, (hammer,)) as helpers:
        hammer.acquire()
        helpers.map(square, range(6), chunksize=2)
        plans['a'] = 1
        failing = helpers.apply_async(spoil, (7,))
        failing.wait()
        waiting = helpers.apply_async(work, (8,))
        with open('pid', 'w') as file:
            file.write(str(os.getpid()))
        while not os.path.exists('go'):
            time.sleep(0.05)
        hammer.release()
        print('got', waiting.get(), flush=True)
    board.close()
    board.unlink()
`;

/** Two processes that take two locks in two orders, and wait for each other until they are ended. */
export const DEADLOCK = `from multiprocessing import Barrier, Lock, Process

def sell(stock, ledger, both_hold):
    with stock:
        both_hold.wait()
        with ledger:
            print('sold')

def count(stock, ledger, both_hold):
    with ledger:
        both_hold.wait()
        with stock:
            print('counted')

if __name__ == '__main__':
    stock = Lock()
    ledger = Lock()
    both_hold = Barrier(2)
    seller = Process(target=sell, args=(stock, ledger, both_hold), name='seller')
    counter = Process(target=count, args=(stock, ledger, both_hold), name='counter')
    seller.start()
    counter.start()
    seller.join()
    counter.join()
`;

/** Leaves a child that maps a segment of shared memory, both nobody's; alone (`leak.py`) only the segment. Says in a file what it left. */
export const LEAVES = `import json, os, sys, time
from multiprocessing import Process, resource_tracker, shared_memory

def stay(name):
    os.setsid()
    mapped = shared_memory.SharedMemory(name)
    resource_tracker.unregister(mapped._name, 'shared_memory')
    tell(name, os.getpid())
    time.sleep(600)

def tell(name, pid):
    file = os.path.basename(__file__) + '.json'
    with open(file + '.part', 'w') as out:
        json.dump({'name': name, 'pid': pid}, out)
    os.rename(file + '.part', file)

if __name__ == '__main__':
    segment = shared_memory.SharedMemory(create=True, size=3000000)
    resource_tracker.unregister(segment._name, 'shared_memory')
    if __file__.endswith('leak.py'):
        tell(segment.name, 0)
    else:
        Process(target=stay, args=(segment.name,), name='stays').start()
        while not os.path.exists(os.path.basename(__file__) + '.json'):
            time.sleep(0.05)
    os._exit(0)
`;

/** A worker takes three jobs, waits for a fourth and is killed; another one does the rest. Goes on while there is no file `go`. */
export const KILLED_WORKER = `import os, time
from multiprocessing import Process, Queue

def work(jobs, count):
    for _ in range(count):
        jobs.get()

if __name__ == '__main__':
    jobs = Queue()
    first = Process(target=work, args=(jobs, 4), name='first')
    first.start()
    for number in range(3):
        jobs.put(number)
    time.sleep(2)
    first.kill()
    first.join()
    # The killed one took the first queue's lock with it.
    more = Queue()
    second = Process(target=work, args=(more, 2), name='second')
    second.start()
    time.sleep(0.5)
    for number in range(2):
        more.put(number)
    second.join()
    with open('over', 'w') as file:
        file.write('over')
    while not os.path.exists('go'):
        time.sleep(0.05)
`;
