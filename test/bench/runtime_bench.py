"""What instrumentation costs: throughput with it over throughput without, on empty loops.

Two workers of one Python stay alive side by side, one plain and one instrumented, and take turns on many short slices,
each pair in alternating order: what else runs on the machine meets both alike. Several such couples follow one another. The figure
is the median of all pairs' ratios. Beside it stands the same of the processor time (of the worker and its children), which a busy machine disturbs
less, and which leaves out what a process only waits for. Loops: `queue` (one process puts batches and gets them back, so that all of the cost is counted),
`queue2` (one process puts, another gets), `simplequeue`, `pipe`, `map` (Pool.map of a function that does nothing, chunksize=1, two workers),
`submit` (the same by ProcessPoolExecutor), `lock` (`with` a Lock that nobody else wants), `acquire` (its acquire called by
name; what it releases with is the semaphore's own method, so that only the acquire differs), `release` (both called by name),
`fork`, `spawn` and `forkserver` (start and join of an empty child). `start` is no loop: milliseconds that a Python which imports nothing takes more to
start and end, the median of the pairs' differences.

    python test/bench/runtime_bench.py [--json] [--python PATH] [--repeats N] [--loops queue,pipe] [--preview N]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

if sys.platform != 'win32':
    import resource

HERE = os.path.dirname(os.path.abspath(__file__))
RUNTIME = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'runtime')
# Iterations of one slice: some 25 to 100 milliseconds each. Where several threads and processes hand on to one another, slices scatter widely: there are more of them.
SLICES = {
    'queue': 6000, 'queue2': 8000, 'simplequeue': 8000, 'pipe': 8000, 'map': 3000, 'submit': 800, 'lock': 150000, 'acquire': 150000, 'release': 150000,
    'fork': 30, 'spawn': 2, 'forkserver': 10,
}
PAIRS = {
    'queue': 63, 'queue2': 35, 'simplequeue': 63, 'pipe': 63, 'map': 252, 'submit': 252, 'lock': 63, 'acquire': 63, 'release': 63,
    'fork': 49, 'spawn': 21, 'forkserver': 35,
}
#: Workers are started anew so many times: how a process's memory lies, and how its threads fall into step, is luck that lasts as long as it does.
ROUNDS = 7
START = 'start'
START_PAIRS = 81
OBJECTS = 'PROCESSION_BENCH_OBJECTS'
# When the collector comes is luck of how many objects there are, and a collection of the second generation that comes to each child costs
# a tenth of a forkserver's start. It comes with each 7,700th object or so. So each round has another number of them, in its processes and in
# their children, which import this file.
COLLECTED = 7700
_objects = [[] for _ in range(int(os.environ.get(OBJECTS, '0')))]


class Loops:
    """The loops, as the worker runs them. Each returns seconds a round."""

    def __init__(self):
        import multiprocessing

        self.context = multiprocessing.get_context('fork')
        self.spawn_context = multiprocessing.get_context('spawn')
        self.server_context = multiprocessing.get_context('forkserver')
        self.pool = self.executor = None
        self.one_lock = self.context.Lock()
        self.one = self.context.Queue()
        self.simple_one = self.context.SimpleQueue()
        self.reader, self.writer = self.context.Pipe(False)

    def queue(self, count):
        queue = self.one
        began = time.perf_counter()
        for _ in range(count // 500):
            for i in range(500):
                queue.put(i)
            for _i in range(500):
                queue.get()
        return time.perf_counter() - began

    def queue2(self, count):
        jobs, answers = self.context.Queue(), self.context.SimpleQueue()
        consumer = self.context.Process(target=consume, args=(jobs, answers, count))
        consumer.start()
        answers.get()
        began = time.perf_counter()
        for i in range(count):
            jobs.put(i)
        answers.get()
        seconds = time.perf_counter() - began
        consumer.join()
        return seconds

    def simplequeue(self, count):
        queue = self.simple_one
        began = time.perf_counter()
        for i in range(count):
            queue.put(i)
            queue.get()
        return time.perf_counter() - began

    def pipe(self, count):
        writer, reader = self.writer, self.reader
        began = time.perf_counter()
        for i in range(count):
            writer.send(i)
            reader.recv()
        return time.perf_counter() - began

    def map(self, count):
        if self.pool is None:
            self.pool = self.context.Pool(2)
        began = time.perf_counter()
        self.pool.map(abs, range(count), chunksize=1)
        return time.perf_counter() - began

    def submit(self, count):
        if self.executor is None:
            import concurrent.futures

            self.executor = concurrent.futures.ProcessPoolExecutor(2, self.context)
        submit = self.executor.submit
        began = time.perf_counter()
        for future in [submit(abs, i) for i in range(count)]:
            future.result()
        return time.perf_counter() - began

    def lock(self, count):
        lock = self.one_lock
        began = time.perf_counter()
        for _ in range(count):
            with lock:
                pass
        return time.perf_counter() - began

    def acquire(self, count):
        acquire, release = self.one_lock.acquire, self.one_lock._semlock.release
        began = time.perf_counter()
        for _ in range(count):
            acquire()
            release()
        return time.perf_counter() - began

    def release(self, count):
        lock = self.one_lock
        began = time.perf_counter()
        for _ in range(count):
            lock.acquire()
            lock.release()
        return time.perf_counter() - began

    def fork(self, count):
        return self._start_and_join(self.context, count)

    def spawn(self, count):
        return self._start_and_join(self.spawn_context, count)

    def forkserver(self, count):
        return self._start_and_join(self.server_context, count)

    def close(self):
        if self.pool is not None:
            self.pool.terminate()
        if self.executor is not None:
            self.executor.shutdown()

    def _start_and_join(self, context, count):
        began = time.perf_counter()
        for _ in range(count):
            child = context.Process(target=nothing)
            child.start()
            child.join()
        return time.perf_counter() - began


def consume(jobs, answers, count):
    answers.put(0)
    for _ in range(count):
        jobs.get()
    answers.put(0)


def nothing():
    pass


def processor_seconds():
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4]) if sys.platform == 'win32' else sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def work():
    """A worker: lines of `loop count` come in, seconds go out."""
    loops = Loops()
    for line in sys.stdin:
        name, count = line.split()
        before = processor_seconds()
        seconds = getattr(loops, name)(int(count))
        print(seconds, processor_seconds() - before, flush=True)
    loops.close()


def environment(folder, preview, boot):
    """As it is; with a folder to write to, that of an instrumented process."""
    env = {name: value for name, value in os.environ.items() if not name.startswith('PROCESSION_')}
    if folder:
        env['PYTHONPATH'] = boot + (os.pathsep + env['PYTHONPATH'] if env.get('PYTHONPATH') else '')
        env['PROCESSION_RUN'] = folder
        env['PROCESSION_OPTIONS'] = 'preview=%d,budget=%d' % (preview, 4 << 30)
    return env


def temporary_folder():
    return tempfile.mkdtemp(prefix='procession-bench-', dir='/dev/shm' if os.path.isdir('/dev/shm') else None)


def measure_start(python, repeats, boot):
    """{plain (ms), more (ms), low, high, pairs}: a Python that does nothing, from its start to its end."""
    folder = temporary_folder()
    try:
        environments = environment(None, 0, boot), environment(folder, 200, boot)

        def once(env):
            began = time.perf_counter()
            subprocess.check_call([python, '-c', 'pass'], env=env)
            return (time.perf_counter() - began) * 1000

        for env in environments:
            once(env)
        plain, more = [], []
        for number in range(repeats or START_PAIRS):
            first, second = environments if number % 2 else environments[::-1]
            times = {id(first): once(first), id(second): once(second)}
            without, with_it = (times[id(env)] for env in environments)
            plain.append(without)
            more.append(with_it - without)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        'plain': round(statistics.median(plain), 1), 'more': round(statistics.median(more), 2),
        'low': quartile(more, 1), 'high': quartile(more, 3), 'pairs': len(more),
    }


class Worker:
    """One Python that stays, instrumented when it has a folder to write to."""

    def __init__(self, python, folder, preview, boot, objects):
        env = dict(environment(folder, preview, boot), **{OBJECTS: str(objects)})
        self.child = subprocess.Popen([python, os.path.abspath(__file__), '--worker'], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)

    def run(self, name, count):
        self.child.stdin.write('%s %d\n' % (name, count))
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            raise SystemExit('the worker ended in %s' % name)
        return tuple(float(part) for part in answer.split())

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def measure_two(python, name, count, pairs, preview, boot, objects):
    """[(without, with it)], each (seconds, processor seconds), of two workers that are started for it and have so many objects more."""
    # A folder for these two: a bench writes more than a run may.
    folder = temporary_folder()
    plain, watched = Worker(python, None, 0, boot, objects), Worker(python, folder, preview, boot, objects)
    found = []
    try:
        for worker in (plain, watched):
            worker.run(name, max(count // 4, 1))
        if not os.listdir(folder):
            raise SystemExit('the instrumented worker wrote no journal in %s' % folder)
        for number in range(pairs):
            if number % 2:
                with_it = watched.run(name, count)
                without = plain.run(name, count)
            else:
                without = plain.run(name, count)
                with_it = watched.run(name, count)
            found.append((without, with_it))
    finally:
        plain.close()
        watched.close()
        shutil.rmtree(folder, ignore_errors=True)
    return found


def measure(python, names, repeats, preview, boot):
    """{loop: {ratio, plain (rounds a second), pairs}}"""
    found = {}
    for name in names:
        count = SLICES[name]
        ratios, processor_ratios, rates = [], [], []
        pairs = repeats or PAIRS[name]
        rounds = min(ROUNDS, pairs)
        for number in range(rounds):
            for without, with_it in measure_two(python, name, count, pairs // rounds + (number < pairs % rounds), preview, boot, COLLECTED * number // rounds):
                ratios.append(without[0] / with_it[0])
                processor_ratios.append(without[1] / max(with_it[1], 1e-9))
                rates.append(count / without[0])
        found[name] = {
            'ratio': round(statistics.median(ratios), 3), 'plain': round(statistics.median(rates)), 'pairs': len(ratios),
            'processor': round(statistics.median(processor_ratios), 3), 'low': quartile(ratios, 1), 'high': quartile(ratios, 3),
        }
    return found


def quartile(values, which):
    """The lower (1) or upper (3) quartile."""
    return round(sorted(values)[len(values) * which // 4], 3)


def main():
    parser = argparse.ArgumentParser(description='Throughput with instrumentation over throughput without.')
    parser.add_argument('--json', action='store_true', help='one JSON object on standard output')
    parser.add_argument('--python', default=sys.executable, help='the Python to measure (default: this one)')
    parser.add_argument('--repeats', type=int, default=0, help='pairs a loop (default: 15 to 61)')
    parser.add_argument('--loops', default=','.join([*SLICES, START]), help='which loops (default: all)')
    parser.add_argument('--preview', type=int, default=200, help='bytes of a preview (default: 200, as in a run)')
    parser.add_argument('--boot', default=os.path.join(RUNTIME, 'boot'), help='folder of the sitecustomize to measure (default: the project\'s)')
    parser.add_argument('--worker', action='store_true', help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work()
        return
    # As every run does beforehand: with PYTHONDONTWRITEBYTECODE each process would compile the runtime for itself.
    subprocess.check_call([options.python, '-m', 'compileall', '-q', os.path.dirname(options.boot)])
    names = options.loops.split(',')
    found = measure(options.python, [name for name in names if name != START], options.repeats, options.preview, options.boot)
    start = measure_start(options.python, options.repeats, options.boot) if START in names else None
    version = subprocess.check_output([options.python, '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'], universal_newlines=True).strip()
    if options.json:
        print(json.dumps({'python': version, 'loops': found, 'start': start}))
        return
    print('Python %s' % version)
    print('%-12s %12s %14s %15s %15s' % ('loop', 'plain /s', 'with / without', 'quartiles', 'processor time'))
    for name, figure in found.items():
        print('%-12s %12s %14.2f %7.2f to %.2f %15.2f' % (
            name, format(figure['plain'], ','), figure['ratio'], figure['low'], figure['high'], figure['processor']))
    if start is not None:
        print('a start of Python: %.1f ms, %.2f more with it (quartiles %.2f to %.2f)' % (start['plain'], start['more'], start['low'], start['high']))


if __name__ == '__main__':
    main()
