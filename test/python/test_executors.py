"""concurrent.futures.process: what is told of executors, their jobs, tasks, results and waits, and that a script does not notice."""

import inspect
import os
import re
import signal
import sys
import time
import unittest
from concurrent.futures import process

import reader
from pool_support import BROKEN, CANCELLED, NOT_SENT, RAISED, SHUTDOWN, TIMED_OUT, PoolTest, without_fork_warning
from process_support import METHODS

FUNCTIONS = '''
    import concurrent.futures, functools, multiprocessing, os, signal, sys, threading, time, traceback
    from concurrent.futures import process

    def same(x):
        return x

    def add(x, y=1):
        return x + y

    def fail(x):
        raise ValueError('failed on %d' % x)

    def slow(seconds):
        time.sleep(seconds)
        return seconds

    def die(how):
        eval(how)

    def die_when(file, how):
        # Not before all is submitted: the executor refuses what comes after it broke.
        while not os.path.exists(file):
            time.sleep(.01)
        die(how)

    def executor(workers, **named):
        return concurrent.futures.ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(sys.argv[1]), **named)  # made
'''

#: Whether the library breaks an executor for other reasons, too, and says which: in later releases of 3.14.
SAYS_WHY = sys.version_info >= (3, 9) and len(inspect.signature(process._ExecutorManagerThread.terminate_broken).parameters) > 2


def plain_text(text):
    """Without addresses."""
    return re.sub(r'0x[0-9a-f]+', '0x', text)


class Jobs(PoolTest):
    def test_what_is_submitted_is_told_with_its_function_method_and_line(self):
        for method in METHODS:
            with self.subTest(method):
                run = self.run_script(FUNCTIONS + '''
    def main():
        with executor(2) as pool:
            print(pool.submit(add, 1, y=2).result())  # submitted
            print(list(pool.map(same, range(5), chunksize=2)))  # in chunks
            print(list(pool.map(max, [1, 2], [2, 1])))  # singly
            print(list(pool.map(same, [])))
            print(pool.submit(functools.partial(add, 3), 4).result())  # partially

    if __name__ == '__main__':
        main()
''', [method])
                self.assertEqual(('3\n[0, 1, 2, 3, 4]\n[2, 2]\n[]\n7\n', '', 0), (run.out, run.err, run.code))
                pool = self.pool(run)
                self.assertEqual(('ProcessPoolExecutor', None, 2, 0), (pool.kind, pool.initializer, pool.workers, pool.limit))
                self.assertLine(run, pool.image, pool.record.site, '# made')
                channels = {r.obj: pool.image.text(r.s1) for r in pool.image.of(reader.CHANNEL_NEW)}
                self.assertEqual(('Queue', 'SimpleQueue'), (channels[pool.obj], channels[pool.record.a]))
                jobs = self.jobs(run)
                self.assertEqual(
                    [('submit', '__main__.add')] + [('map', '__main__.same')] * 3 + [('map', 'builtins.max')] * 2 + [('submit', '__main__.add')],
                    [(job.method, job.function) for job in jobs])
                self.assertEqual(list(range(7)), [job.number for job in jobs])
                self.assertEqual([1] * 7, [job.tasks for job in jobs])
                for job, mark in zip(jobs, ['# submitted'] + ['# in chunks'] * 3 + ['# singly'] * 2 + ['# partially']):
                    self.assertLine(run, job.image, job.record.site, mark)
                tasks = self.tasks(run)
                self.assertEqual([(job.number, 0, job.function) for job in jobs], [(t.job, t.index, t.function) for t in tasks])
                self.assertEqual([1, 2, 2, 1, 1, 1, 1], [t.items for t in tasks])
                self.assertEqual([0] * 7, [t.end.flags for t in tasks])
                self.assertEqual({number: (0, None) for number in range(7)}, self.results(run))
                self.assertOrder(run)
                self.assertEqual([SHUTDOWN], self.states(run, pool.obj))
                workers = self.records(run, reader.POOL_WORKER)
                self.assertEqual({(pool.obj, 0)}, {(r.obj, r.flags) for _image, r in workers})
                self.assertIn(len(workers), (1, 2))

    def test_the_bell_of_the_executors_own_thread_is_no_traffic(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with executor(1) as pool:
            print(sum(pool.map(same, range(20))))
''', ['fork'])
        self.assertEqual(('190\n', ''), (run.out, run.err))
        bells = [r.obj for r in run.root.of(reader.CHANNEL_NEW) if run.root.text(r.s1) == 'Pipe']
        self.assertEqual(1, len(bells))
        self.assertEqual([], [r for _image, r in self.records(run, reader.SEND, reader.RECV, reader.POLL) if r.obj in bells])
        self.assertEqual(20, len([r for r in run.root.of(reader.RECV) if r.obj == self.pool(run).record.a]))

    def test_threads_that_submit_at_once_get_their_own_jobs(self):
        run = self.run_script(FUNCTIONS + '''
    def work(name, function, pool, answers):
        for i in range(60):
            answers[name, i] = pool.submit(function, -i)

    if __name__ == '__main__':
        answers = {}
        with executor(2) as pool:
            threads = [threading.Thread(target=work, args=(f.__name__, f, pool, answers)) for f in (same, add, abs)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            results = {key: future.result() for key, future in answers.items()}
        print(all(value == {'same': -i, 'add': 1 - i, 'abs': i}[name] for (name, i), value in results.items()), len(results))
''', ['fork'])
        self.assertEqual(('True 180\n', ''), (run.out, run.err))
        jobs = {job.number: job.function for job in self.jobs(run)}
        self.assertEqual(list(range(180)), sorted(jobs))
        self.assertEqual(jobs, {task.job: task.function for task in self.tasks(run)})
        self.assertEqual(set(jobs), set(self.results(run)))
        self.assertOrder(run)

    def test_a_subclass_that_submits_otherwise_is_told_by_its_name(self):
        run = self.run_script(FUNCTIONS + '''
    class Own(concurrent.futures.ProcessPoolExecutor):
        def __init__(self, number):
            super().__init__(number, mp_context=multiprocessing.get_context(sys.argv[1]))

        def submit(self, fn, *args, **kwargs):
            return super().submit(add, fn, *args, **kwargs)

    if __name__ == '__main__':
        with Own(1) as pool:  # own made
            print(pool.submit(4).result())
''', ['fork'])
        self.assertEqual(('5\n', ''), (run.out, run.err))
        pool = self.pool(run)
        self.assertEqual('__main__.Own', pool.kind)
        self.assertLine(run, pool.image, pool.record.site, '# own made')
        self.assertEqual([('submit', '__main__.add')], [(job.method, job.function) for job in self.jobs(run)])

    def test_executors_of_threads_and_futures_of_nobody_are_none_of_ours(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            print(list(threads.map(add, [1, 2])))
            futures = [threads.submit(slow, .01) for _ in range(3)]
            print(len(concurrent.futures.wait(futures).done), len(list(concurrent.futures.as_completed(futures))))
        alone = concurrent.futures.Future()
        alone.set_result(5)
        print(alone.result(), type(alone._condition))
''', ['fork'])
        self.assertEqual(("[2, 3]\n3 3\n5 <class 'threading.Condition'>\n", ''), (run.out, run.err))
        self.assertEqual([], self.records(run, *range(72, 80)))


class Outcomes(PoolTest):
    def test_exceptions_are_ends_and_results(self):
        for method in METHODS:
            run = self.run_script(FUNCTIONS + '''
    def leave(x):
        sys.exit(x)

    if __name__ == '__main__':
        with executor(1) as pool:
            for function in (fail, leave, same):
                print(type(pool.submit(function, 3).exception()).__name__)
''', [method])
            self.assertEqual(('ValueError\nSystemExit\nNoneType\n', ''), (run.out, run.err))
            said = [(RAISED, 'ValueError: failed on 3'), (RAISED, 'SystemExit: 3'), (0, None)]
            self.assertEqual(said, [(task.end.flags, task.error) for task in self.tasks(run)])
            self.assertEqual(said, [result for _job, result in sorted(self.results(run).items())])

    def test_a_result_that_cannot_be_sent_is_one_end_with_the_reason(self):
        plain, run = self.both(FUNCTIONS + '''
    class Pickled:
        count = 0
        def __reduce__(self):
            Pickled.count += 1
            raise TypeError('pickled %d times' % Pickled.count)

    class Unpicklable(Exception):
        def __reduce__(self):
            raise TypeError('no error either')

    def give(x):
        return Pickled()

    def throw(x):
        raise Unpicklable(x)

    if __name__ == '__main__':
        with executor(1) as pool:
            for function in (give, throw, give, same):
                print(repr(pool.submit(function, 1).exception()))
''', ['fork'])
        self.assertEqual((plain.out, plain.err, 0), (run.out, run.err, run.code))
        self.assertEqual(
            [(NOT_SENT, 'TypeError: pickled 1 times', None), (NOT_SENT | RAISED, 'TypeError: no error either', 'Unpicklable: 1'),
             (NOT_SENT, 'TypeError: pickled 2 times', None), (0, None, None)],
            [(task.end.flags, task.error, task.image.text(task.end.s2)) for task in self.tasks(run)])
        self.assertEqual((RAISED, 'TypeError: pickled 1 times'), self.results(run)[0])

    def test_a_task_that_cannot_be_sent_is_a_job_without_a_task(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with executor(1) as pool:
            print(type(pool.submit(lambda: 1).exception()).__name__ in ('AttributeError', 'PicklingError'), pool.submit(same, 2).result())
''', ['fork'])
        self.assertEqual(('True 2\n', ''), (run.out, run.err))
        self.assertEqual(['__main__.<lambda>', '__main__.same'], [job.function for job in self.jobs(run)])
        self.assertEqual([1], [task.job for task in self.tasks(run)])
        self.assertEqual([RAISED, 0], [flags for _job, (flags, _text) in sorted(self.results(run).items())])

    def test_cancelled_futures_are_jobs_without_tasks(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with executor(1) as pool:
            futures = [pool.submit(slow, .3) for _ in range(6)]
            print(futures[-1].cancel(), futures[-1].cancel(), futures[-1].cancelled())
            if sys.version_info >= (3, 9):
                pool.shutdown(cancel_futures=True)
            else:
                for future in futures:
                    future.cancel()
        print([number for number, future in enumerate(futures) if future.cancelled()])
''', ['fork'])
        self.assertEqual('', run.err)
        first, cancelled = run.out.splitlines()
        self.assertEqual('True True True', first)
        cancelled = eval(cancelled)
        self.assertGreater(len(cancelled), 1)
        self.assertEqual({n: (CANCELLED if n in cancelled else 0, None) for n in range(6)}, self.results(run))
        self.assertEqual([n for n in range(6) if n not in cancelled], [task.job for task in self.tasks(run)])

    def test_a_worker_that_dies_breaks_the_executor_and_leaves_its_task_without_an_end(self):
        for method in METHODS:
            for how in ('os.kill(os.getpid(), signal.SIGKILL)', 'os._exit(3)'):
                with self.subTest((method, how)):
                    run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = executor(1)
        print(pool.submit(same, 1).result())
        all_there = '%s.%d' % (os.path.abspath(__file__), os.getpid())
        futures = [pool.submit(die_when, all_there, sys.argv[2])] + [pool.submit(slow, .1) for _ in range(5)]
        open(all_there, 'w').close()
        for future in futures:
            print(type(future.exception()).__name__)
        try:
            pool.submit(same, 1)
        except process.BrokenProcessPool:
            print('refused')
        pool.shutdown()
''', [method, how])
                    self.assertEqual(('1\n' + 'BrokenProcessPool\n' * 6 + 'refused\n', ''), (run.out, run.err))
                    pool = self.pool(run)
                    broken, = [r for r in pool.image.of(reader.POOL_STATE) if r.flags == BROKEN]
                    self.assertEqual(pool.obj, broken.obj)
                    self.assertEqual('A child process terminated abruptly', pool.image.text(broken.s1))
                    self.assertEqual({BROKEN, SHUTDOWN}, set(self.states(run, pool.obj)))
                    self.assertEqual([('__main__.same', False), ('__main__.die_when', True)], [(t.function, t.end is None) for t in self.tasks(run)])
                    results = self.results(run)
                    self.assertEqual([0] + [RAISED] * 6, [results[n][0] for n in range(7)])
                    self.assertTrue(results[1][1].startswith('BrokenProcessPool: A process in the process pool was terminated abruptly'), results[1])

    def test_a_result_that_cannot_be_read_breaks_the_executor_and_says_why(self):
        run = self.run_script(FUNCTIONS + '''
    def refuse(pid):
        if os.getpid() == pid:
            raise LookupError('not here')
        return 1

    class Refused:
        def __init__(self, pid):
            self.pid = pid
        def __reduce__(self):
            return refuse, (self.pid,)

    def give(pid):
        return Refused(pid)

    if __name__ == '__main__':
        pool = executor(1)
        print(type(pool.submit(give, os.getpid()).exception()).__name__)
        pool.shutdown()
''', ['fork'])
        self.assertEqual(('BrokenProcessPool\n', ''), (run.out, run.err))
        broken, = [r for r in run.root.of(reader.POOL_STATE) if r.flags == BROKEN]
        expected = 'A child process terminated abruptly' + (': LookupError: not here' if sys.version_info >= (3, 9) else '')
        self.assertEqual(expected, run.root.text(broken.s1))
        self.assertEqual([0], [task.end.flags for task in self.tasks(run)])

    @unittest.skipUnless(SAYS_WHY, 'such jobs wait for ever before gh-152967, which is in 3.14 and 3.15')
    def test_an_executor_that_breaks_without_a_worker_s_death_says_why(self):
        plain, run = self.both(FUNCTIONS + '''
    def main():
        pool = executor(1, max_tasks_per_child=1)
        futures = [pool.submit(slow, .5), pool.submit(same, 1)]
        del pool
        print(futures[0].result())
        print(futures[1].exception())

    if __name__ == '__main__':
        main()
''', ['spawn'])
        self.assertEqual((plain.out, plain.err), (run.out, run.err))
        why = run.out.splitlines()[1]
        self.assertIn('garbage collected', why)
        broken, = [r for r in run.root.of(reader.POOL_STATE) if r.flags == BROKEN]
        self.assertEqual(why, run.root.text(broken.s1))
        self.assertEqual({0: (0, None), 1: (RAISED, 'BrokenProcessPool: ' + why)}, self.results(run))

    @unittest.skipUnless(SAYS_WHY, 'such jobs wait for ever before gh-119592, which is in 3.14 and 3.15')
    def test_an_executor_that_cannot_replace_its_last_worker_says_why(self):
        plain, run = self.both(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = executor(1, max_tasks_per_child=1)
        futures = [pool.submit(slow, .5), pool.submit(same, 1)]
        def refuse(*args):
            raise OSError('no room')
        process._spawn_worker = refuse
        print(futures[0].result())
        print(futures[1].exception())
        pool.shutdown()
''', ['spawn'])
        self.assertEqual((plain.out, plain.err), (run.out, run.err))
        broken, = [r for r in run.root.of(reader.POOL_STATE) if r.flags == BROKEN]
        self.assertEqual(run.out.splitlines()[1].rstrip('.') + ': OSError: no room', run.root.text(broken.s1))


class Workers(PoolTest):
    def test_an_initializer_is_named_timed_and_its_failure_told(self):
        for method in ('fork', 'spawn'):
            plain, run = self.both(FUNCTIONS + '''
    def prepare(seconds):
        time.sleep(seconds)

    def refuse():
        raise RuntimeError('not today')

    if __name__ == '__main__':
        with executor(1, initializer=prepare, initargs=(.05,)) as pool:
            print(pool.submit(same, 1).result())
        with executor(1, initializer=refuse) as pool:
            print(type(pool.submit(same, 1).exception()).__name__)
''', [method])
            self.assertEqual(plain.out, run.out)
            self.assertIn('RuntimeError: not today', run.err)
            if sys.version_info >= (3, 11):
                self.assertEqual(plain.err, run.err)
            good, bad = self.pools(run)
            self.assertEqual(['__main__.prepare', '__main__.refuse'], [good.initializer, bad.initializer])
            workers = {r.obj: (image, r) for image, r in self.records(run, reader.POOL_WORKER)}
            self.assertEqual(0, workers[good.obj][1].flags)
            self.assertGreaterEqual(workers[good.obj][1].t1 - workers[good.obj][1].t0, 50000000)
            image, failed = workers[bad.obj]
            self.assertEqual((1, 'RuntimeError: not today'), (failed.flags, image.text(failed.s1)))
            self.assertEqual([SHUTDOWN, BROKEN], sorted(self.states(run, bad.obj)))

    @unittest.skipIf(sys.version_info < (3, 11), 'came with 3.11')
    def test_a_worker_is_replaced_after_its_number_of_tasks(self):
        run = self.run_script(FUNCTIONS + '''
    def who(x):
        return os.getpid()

    if __name__ == '__main__':
        with executor(1, max_tasks_per_child=2) as pool:
            print([pool.submit(who, n).result() for n in range(5)])
''', ['spawn'])
        self.assertEqual('', run.err)
        pids = eval(run.out)
        self.assertEqual((1, 2), (self.pool(run).workers, self.pool(run).limit))
        self.assertEqual(pids, [task.image.pid for task in self.tasks(run)])
        self.assertEqual(3, len(set(pids)))

    def test_an_executor_in_a_forked_child_is_told_by_that_child(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with executor(1) as pool:
            print(pool.submit(same, 1).result(), flush=True)
        if os.fork() == 0:
            with executor(1) as pool:
                print(pool.submit(add, 1).result(), flush=True)
            os._exit(0)
        os.wait()
''', ['fork'])
        self.assertEqual(('1\n2\n', ''), (run.out, without_fork_warning(run.err)))
        one, two = self.pools(run)
        self.assertEqual((run.root.pid, run.root.pid), (one.image.pid, two.image.ppid))
        self.assertEqual([(one.obj, '__main__.same'), (two.obj, '__main__.add')], [(j.record.obj, j.function) for j in self.jobs(run)])


class Waiting(PoolTest):
    def test_waits_are_told_with_job_timeout_and_line(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = executor(2)
        future = pool.submit(slow, .4)
        try:
            future.result(timeout=.05)  # too soon
        except concurrent.futures.TimeoutError:
            print('too soon')
        try:
            future.result(timeout=0)
        except concurrent.futures.TimeoutError:
            print('looked')
        future.exception()  # in the end
        future.result()
        futures = [pool.submit(slow, seconds) for seconds in (.1, .3)]
        concurrent.futures.wait(futures, timeout=.01)  # all of them
        for _ in concurrent.futures.as_completed(futures):  # one by one
            pass
        list(pool.map(slow, [.1]))  # mapped
        pool.shutdown()
''', ['fork'])
        self.assertEqual(('too soon\nlooked\n', ''), (run.out, run.err))
        waits = run.root.of(reader.TASK_WAIT)
        self.assertEqual({self.pool(run).obj}, {r.obj for r in waits})
        self.assertEqual(
            [(0, 50000000, TIMED_OUT), (0, -1, 0), (-1, 10000000, TIMED_OUT), (-1, -1, 0), (-1, -1, 0), (3, -1, 0)],
            [(r.a, r.b, r.flags) for r in waits])
        for record, mark in zip(waits, ('# too soon', '# in the end', '# all of them', '# one by one', '# one by one', '# mapped')):
            self.assertLine(run, run.root, record.site, mark)
        self.assertGreaterEqual(waits[0].t1 - waits[0].t0, 50000000)

    def test_a_wait_for_jobs_of_several_pools_names_none(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with executor(1) as one, executor(1) as two, concurrent.futures.ThreadPoolExecutor(1) as threads:
            one.submit(same, 1).result(), two.submit(same, 1).result()
            concurrent.futures.wait([one.submit(slow, .2), two.submit(slow, .2)])  # two pools
            concurrent.futures.wait([threads.submit(slow, .2), two.submit(slow, .1)])  # threads as well
''', ['fork'])
        self.assertEqual('', run.err)
        _one, two = self.pools(run)
        waits = [r for r in run.root.of(reader.TASK_WAIT) if r.a == -1]
        self.assertEqual([0, two.obj], [r.obj for r in waits])

    def slot(self, text, op):
        """The main thread's slot while it waits."""
        script = self.write(text)
        folder = self.new_folder()
        process = self.start(script, ['fork'], folder=folder, start_new_session=True)
        try:
            end = time.monotonic() + 15
            while time.monotonic() < end:
                for image in reader.read_folder(folder):
                    for slot in image.slots:
                        if image.pid == process.pid and slot.number == 0 and slot.op == op and (op != reader.TASK_WAIT or slot.operand):
                            return image, slot
                time.sleep(.02)
            return self.fail('nobody waits')
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def test_who_waits_is_in_a_slot(self):
        for wait, job, timeout in (('future.result(50)', 1, True), ('future.exception()', 1, False),
                                   ('concurrent.futures.wait([future])', (1 << 64) - 1, False)):
            with self.subTest(wait):
                image, slot = self.slot(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = executor(1)
        pool.submit(same, 1).result()
        future = pool.submit(slow, 60)
        %s
''' % wait, reader.TASK_WAIT)
                self.assertEqual((image.one(reader.POOL_NEW).obj, job), (slot.obj, slot.operand))
                self.assertEqual(timeout, slot.deadline > 0)

    def test_who_shuts_down_is_in_a_slot(self):
        image, slot = self.slot(FUNCTIONS + '''
    if __name__ == '__main__':
        with executor(1) as pool:
            pool.submit(slow, 60)
''', reader.POOL_STATE)
        self.assertEqual((image.one(reader.POOL_NEW).obj, SHUTDOWN), (slot.obj, slot.flags))


class Unnoticed(PoolTest):
    TRACEBACKS = FUNCTIONS + '''
    def attempt(call):
        try:
            print(call())
        except BaseException:
            traceback.print_exc()

    def result(future):
        """When it is there: whether `result` must wait shows in its traceback."""
        concurrent.futures.wait([future])
        return future.result()

    def give(x):
        return lambda: 0

    if __name__ == '__main__':
        with executor(1) as pool:
            attempt(lambda: result(pool.submit(fail, 1)))
            attempt(lambda: result(pool.submit(give, 1)))
            attempt(lambda: result(pool.submit(lambda: 1)))
            attempt(lambda: pool.submit())
            attempt(lambda: pool.map())
            attempt(lambda: list(pool.map(same, 3)))
            attempt(lambda: list(pool.map(same, [1], chunksize=0)))
            attempt(lambda: pool.submit(slow, .2).result(timeout=.01))
            attempt(lambda: pool.submit(slow, .2).exception(timeout=.01))
            attempt(lambda: list(concurrent.futures.as_completed([pool.submit(slow, .1)], timeout=-1))[5])
            attempt(lambda: concurrent.futures.wait([pool.submit(same, 1)], return_when='NEVER'))
            attempt(lambda: concurrent.futures.wait([1]))
            future = pool.submit(same, 1)
            attempt(lambda: result(future))
            attempt(lambda: future.set_running_or_notify_cancel())
            attempt(lambda: future.set_result(2))
        attempt(lambda: pool.submit(same, 1))
        pool = executor(1)
        attempt(lambda: result(pool.submit(die, 'os._exit(1)')))
        attempt(lambda: pool.submit(same, 1))
        pool.shutdown()
        attempt(lambda: executor(0))
        attempt(lambda: executor(1, initializer=5))
        attempt(lambda: executor(1, no_such=5))
'''

    def test_tracebacks_are_those_of_a_plain_run(self):
        for method in METHODS:
            with self.subTest(method):
                plain, run = self.both(self.TRACEBACKS, [method])
                texts = [re.sub(r'at 0x\w+|Future \d+', '', re.sub(r'(_base.py", line) \d+, in (result|exception)', r'\1 N, in \2', one.err)) for one in (plain, run)]
                if sys.version_info >= (3, 15):
                    # Which of the workers that died are named depends on whether they were reaped already.
                    texts = [re.sub(r"concurrent\S+_RemoteTraceback: \n'''\n(Process \d+ terminated abruptly.*\n)+\nThe above .*\n\n", '', each) for each in texts]
                self.assertEqual((plain.code, plain_text(plain.out)), (run.code, plain_text(run.out)))
                if sys.version_info < (3, 11):
                    texts[1] = re.sub(r'  File "[^"]*procession_runtime[^"]*", line \d+, in \w+\n    .*\n', '', texts[1])
                self.assertEqual(*texts)

    def test_futures_results_and_executors_are_freed_as_in_a_plain_run(self):
        plain, run = self.both(FUNCTIONS + '''
    import gc, weakref
    class Thing:
        def __call__(self, x):
            return x

    class Error(Exception):
        pass

    def throw(x):
        raise Error(x)

    def gone(*references):
        end = time.monotonic() + 5
        while time.monotonic() < end and any(reference() is not None for reference in references):
            time.sleep(.01)
        return [reference() is None for reference in references]

    if __name__ == '__main__':
        gc.disable()
        pool = executor(1)
        thing, function = Thing(), Thing()
        future = pool.submit(function, thing)
        answer = future.result()
        waited = pool.submit(slow, .1)
        concurrent.futures.wait([waited])
        for done in concurrent.futures.as_completed([waited]):
            pass
        failed = pool.submit(throw, 1)
        error = weakref.ref(failed.exception())
        references = [weakref.ref(x) for x in (thing, function, answer, future, waited, failed)]
        del thing, function, answer, future, waited, done, failed
        print('at once', gone(*references), gone(error))
        reference = weakref.ref(pool)
        manager = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
        del pool
        print('executor', gone(reference))
        for thread in manager:
            thread.join(5)
        print(threading.active_count() - len([t for t in manager if t.is_alive()]))
''', ['fork'])
        self.assertEqual((plain.out, '', 0), (run.out, run.err, run.code))
        self.assertIn('at once [True', run.out)

    def test_names_signatures_and_pickles_are_those_of_a_plain_run(self):
        plain, run = self.both('''
            import inspect, concurrent.futures.process as process, concurrent.futures._base as base, pickle, sys, threading
            def look(name, thing):
                print(name, inspect.signature(thing), thing.__module__, thing.__qualname__, thing.__doc__)
                try:
                    print(pickle.loads(pickle.dumps(thing)) is thing, pickle.dumps(thing, 2))
                except Exception as error:
                    print(type(error).__name__)
            for module in (process, base):
                print(sorted(vars(module)))
                for name, thing in sorted(vars(module).items()):
                    if inspect.isfunction(thing) and thing.__module__ == module.__name__:
                        look(name, thing)
                    elif inspect.isclass(thing) and thing.__module__ == module.__name__:
                        print(name, sorted(vars(thing)))
                        for member, value in sorted(vars(thing).items()):
                            if inspect.isfunction(value):
                                look(name + '.' + member, value)
            if __name__ == '__main__':
                with process.ProcessPoolExecutor(1) as pool:
                    future = pool.submit(abs, -1)
                    print(future.result(), sorted(vars(future)), sorted(vars(pool)), type(future._condition), isinstance(future._condition, threading.Condition))
            print(sorted(name for name in sys.modules if 'procession' in name))
        ''')
        self.assertEqual((0, ''), (run.code, run.err))
        self.assertEqual(plain.out, run.out)

    def test_a_function_may_be_submitted_with_arguments_of_any_name(self):
        plain, run = self.both(FUNCTIONS + '''
    def named(**named):
        return sorted(named.items())

    if __name__ == '__main__':
        with executor(1) as pool:
            print(pool.submit(named, self=1, fn=2, future=3, args=4, kwargs=5, executor=6).result())
''', ['fork'])
        self.assertEqual((plain.out, plain.err, 0), (run.out, run.err, run.code))


if __name__ == '__main__':
    unittest.main()
