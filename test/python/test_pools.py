"""multiprocessing.pool: what is told of pools, jobs, tasks, results and waits, and that a script does not notice."""

import os
import re
import signal
import sys
import time
import unittest

import reader
from pool_support import CLOSE, JOIN, NOT_SENT, RAISED, RESULTS_DIED, TERMINATE, TIMED_OUT, PoolTest, without_fork_warning
from process_support import METHODS

FUNCTIONS = '''
    import functools, multiprocessing, os, signal, sys, time, traceback
    from multiprocessing import pool as pools

    def same(x):
        return x

    def add(x, y=1):
        return x + y

    def fail(x):
        raise ValueError('failed on %d' % x)

    def slow(seconds):
        time.sleep(seconds)
        return seconds

    def who(x):
        time.sleep(.02)
        return os.getpid()

    class Callable:
        def method(self, x):
            return x

        def __call__(self, x):
            return x

    def context():
        return multiprocessing.get_context(sys.argv[1])
'''


def plain_text(text):
    """Without addresses, and without the line at which `get` found out whether it had to wait."""
    return re.sub(r'0x[0-9a-f]+', '0x', text)


class Jobs(PoolTest):
    def test_each_way_to_submit_is_told_with_its_function_method_line_and_tasks(self):
        for method in METHODS:
            with self.subTest(method):
                run = self.run_script(FUNCTIONS + '''
    def main():
        pool = context().Pool(2)  # made
        pool.map(same, range(10), 3)  # map
        pool.starmap(add, [(1, 2), (3, 4)], 1)  # starmap
        pool.map_async(same, range(4), 2).get()  # map_async
        pool.starmap_async(add, [(1, 2)]).get()  # starmap_async
        pool.apply(add, (1,), {'y': 3})  # apply
        pool.apply_async(same, (1,)).get()  # apply_async
        list(pool.imap(same, range(3)))  # imap
        list(pool.imap_unordered(same, range(5), 2))  # imap_unordered
        pool.map(same, [])  # nothing
        list(pool.imap(same, []))  # no iteration
        pool.close()  # closed
        pool.join()  # joined

    if __name__ == '__main__':
        main()
''', [method])
                self.assertEqual((0, ''), (run.code, run.err))
                pool = self.pool(run)
                self.assertEqual(('Pool', None, 2, 0), (pool.kind, pool.initializer, pool.workers, pool.limit))
                self.assertLine(run, pool.image, pool.record.site, '# made')
                carried = [r for r in pool.image.of(reader.CHANNEL_NEW) if r.obj in (pool.obj, pool.record.a)]
                self.assertEqual([(2, 'SimpleQueue')] * 2, [(r.flags, pool.image.text(r.s1)) for r in carried])
                self.assertNotEqual(pool.obj, pool.record.a)
                jobs = self.jobs(run)
                self.assertEqual([
                    ('map', '__main__.same', 4), ('starmap', '__main__.add', 2), ('map_async', '__main__.same', 2),
                    ('starmap_async', '__main__.add', 1), ('apply', '__main__.add', 1), ('apply_async', '__main__.same', 1),
                    ('imap', '__main__.same', -1), ('imap_unordered', '__main__.same', -1), ('map', '__main__.same', 0),
                    ('imap', '__main__.same', -1),
                ], [(job.method, job.function, job.tasks) for job in jobs])
                self.assertEqual(list(range(10)), [job.number for job in jobs])
                for job, mark in zip(jobs, ('map', 'starmap', 'map_async', 'starmap_async', 'apply', 'apply_async', 'imap', 'imap_unordered',
                                            'nothing', 'no iteration')):
                    self.assertLine(run, job.image, job.record.site, '# %s\n' % mark)
                    self.assertEqual(pool.obj, job.record.obj)
                self.assertEqual({job.number: (0, None) for job in jobs}, self.results(run))
                self.assertEqual({
                    0: [3, 3, 3, 1], 1: [1, 1], 2: [2, 2], 3: [1], 4: [1], 5: [1], 6: [1, 1, 1], 7: [2, 2, 1],
                }, {job.number: [t.items for t in self.tasks(run) if t.job == job.number] for job in jobs[:8]})
                for job in jobs:
                    tasks = [t for t in self.tasks(run) if t.job == job.number]
                    self.assertEqual(list(range(len(tasks))), [t.index for t in tasks])
                    self.assertEqual({job.function} if tasks else set(), {t.function for t in tasks})
                    self.assertEqual([0] * len(tasks), [t.end.flags for t in tasks])
                self.assertOrder(run)
                self.assertEqual([CLOSE, JOIN], self.states(run, pool.obj))
                for flag, mark in ((CLOSE, '# closed'), (JOIN, '# joined')):
                    state, = [r for r in pool.image.of(reader.POOL_STATE) if r.flags == flag]
                    self.assertLine(run, pool.image, state.site, mark)
                workers = [(image, r) for image, r in self.records(run, reader.POOL_WORKER)]
                self.assertEqual([(pool.obj, 0)] * 2, [(r.obj, r.flags) for _image, r in workers])

    def assertLine(self, outcome, image, site, text):
        place = image.place(site)
        self.assertIsNotNone(place, 'no line')
        with open(outcome.script) as file:
            line = file.read().split('\n')[place.line - 1] + '\n'
        self.assertIn(text, line)
        self.assertEqual(os.path.basename(outcome.script), os.path.basename(place.file))

    def test_the_bell_of_the_pools_own_thread_is_no_traffic(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with context().Pool(1) as pool:
            for i in range(20):
                pool.apply(same, (i,))
''', ['fork'])
        self.assertEqual((0, ''), (run.code, run.err))
        pool = self.pool(run)
        used = [r.obj for r in run.root.of(reader.SEND, reader.RECV)]
        self.assertEqual({pool.obj, pool.record.a}, set(used))
        self.assertGreaterEqual(used.count(pool.record.a), 20)

    def test_functions_are_called_by_the_names_that_their_author_gave_them(self):
        run = self.run_script(FUNCTIONS + '''
    def decorated(function):
        @functools.wraps(function)
        def inner(*args):
            return function(*args)
        return inner

    @decorated
    def one(x):
        return x

    @decorated
    def two(x):
        return x

    class Inner(functools.partial):
        pass

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            for function in (one, two, one, functools.partial(add, 3), functools.partial(functools.partial(max, 3), 4), Inner(same), Callable().method,
                             Callable(), Callable, str.upper, 'abc'.startswith, len, dict.fromkeys):
                pool.map(function, ['a'] if function in (str.upper, len, dict.fromkeys) or function == 'abc'.startswith else [1] if function is not Callable else [])
''', ['fork'])
        self.assertEqual((0, ''), (run.code, run.err))
        names = [
            '__main__.one', '__main__.two', '__main__.one', '__main__.add', 'builtins.max', '__main__.same', '__main__.Callable.method',
            '__main__.Callable', '__main__.Callable', 'builtins.str.upper', 'str.startswith', 'builtins.len', 'dict.fromkeys']
        self.assertEqual(names, [job.function for job in self.jobs(run)])
        begun = {task.job: task.function for task in self.tasks(run)}
        self.assertEqual([name for number, name in enumerate(names) if number != 8], [begun[job] for job in sorted(begun)])

    def test_nothing_of_the_users_objects_is_run(self):
        plain, run = self.both(FUNCTIONS + '''
    def tell(what):
        os.write(1, ('%s %s\\n' % (os.getpid() == main, what)).encode())

    class Meta(type):
        def __getattribute__(cls, name):
            if name in ('__name__', '__qualname__', '__module__'):
                tell(name)
            return type.__getattribute__(cls, name)

    class Loud(metaclass=Meta):
        def __getattr__(self, name):
            if not name.startswith('__'):
                tell(name)
            raise AttributeError(name)

        def __call__(self, x):
            return self

        def __eq__(self, other):
            tell('eq')
            return False

        __hash__ = None

        def __repr__(self):
            tell('repr')
            return 'loud'

        def __len__(self):
            tell('len')
            return 1

        def __bool__(self):
            tell('bool')
            return True

        @property
        def __class__(self):
            tell('class')
            return int

        def __reduce__(self):
            tell('reduce')
            return Loud, ()

    class Error(Exception):
        def __str__(self):
            tell('str')
            return 'error'

        def __bool__(self):
            tell('bool of error')
            return True

    def error(x):
        raise Error(x)

    main = os.getpid()
    if __name__ == '__main__':
        sys.stdout.flush()
        with context().Pool(1) as pool:
            loud = Loud()
            print(type(pool.apply(loud, (loud,))), type(pool.map(loud, [1, loud])[0]))
            for call in (lambda: pool.apply(error, (1,)), lambda: pool.map(error, [1])):
                try:
                    call()
                except Error as e:
                    print(e.args)
''', ['fork'])
        # Parent and worker print at the same time.
        self.assertEqual((sorted(plain.out.splitlines()), '', 0), (sorted(run.out.splitlines()), run.err, run.code))
        self.assertIn('False reduce', plain.out)
        self.assertEqual(['Error', 'Error'], [task.error for task in self.tasks(run) if task.end.flags])
        self.assertEqual(['__main__.Loud', '__main__.Loud', '__main__.error', '__main__.error'], [job.function for job in self.jobs(run)])

    def test_threads_that_submit_at_once_get_their_own_jobs(self):
        run = self.run_script(FUNCTIONS + '''
    import threading
    if __name__ == '__main__':
        pool = context().Pool(2)
        jobs = {}
        def submit(name, function):
            jobs[name] = [pool.apply_async(function, (i,))._job for i in range(200)]
        threads = [threading.Thread(target=submit, args=pair) for pair in (('same', same), ('add', add), ('slow', abs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pool.close()
        pool.join()
        print(jobs)
''', ['fork'])
        self.assertEqual((0, ''), (run.code, run.err))
        truth = {job: name for name, numbers in eval(run.out).items() for job in numbers}
        self.assertEqual(600, len(truth))
        names = {'__main__.same': 'same', '__main__.add': 'add', 'builtins.abs': 'slow'}
        self.assertEqual(truth, {job.number: names[job.function] for job in self.jobs(run)})
        self.assertEqual(truth, {task.job: names[task.function] for task in self.tasks(run)})
        self.assertOrder(run)

    def test_a_submission_inside_of_a_submission_is_told_apart(self):
        run = self.run_script(FUNCTIONS + '''
    def items():
        yield pool.apply(add, (1,))  # inner
        yield 5

    if __name__ == '__main__':
        with context().Pool(1) as pool, context().Pool(1) as other:
            print(pool.map(same, items()), other.map(add, items()))  # outer
''', ['fork'])
        self.assertEqual(('[2, 5] [3, 6]\n', ''), (run.out, run.err))
        self.assertEqual(
            [('apply', '__main__.add', 1), ('map', '__main__.same', 2), ('apply', '__main__.add', 1), ('map', '__main__.add', 2)],
            [(job.method, job.function, job.tasks) for job in self.jobs(run)])
        one, two = self.pools(run)
        self.assertEqual([one.obj, one.obj, one.obj, two.obj], [job.record.obj for job in self.jobs(run)])

    def test_threads_pools_are_none_of_ours(self):
        run = self.run_script(FUNCTIONS + '''
    import multiprocessing.dummy
    if __name__ == '__main__':
        for make in (pools.ThreadPool, multiprocessing.dummy.Pool):
            with make(2) as pool:
                print(pool.map(same, range(4)), pool.apply(add, (1,)), list(pool.imap(same, 'ab')), sorted(pool.imap_unordered(same, range(5), 2)))
                pool.close()
                pool.join()
''', ['fork'])
        self.assertEqual(("[0, 1, 2, 3] 2 ['a', 'b'] [0, 1, 2, 3, 4]\n" * 2, ''), (run.out, run.err))
        self.assertEqual([], self.records(run, *range(72, 80)))


class Outcomes(PoolTest):
    def test_an_exception_is_the_end_of_its_task_and_the_result_of_its_job(self):
        for method in METHODS:
            run = self.run_script(FUNCTIONS + '''
    def attempt(call):
        try:
            call()
        except Exception as error:
            print(type(error).__name__)

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            attempt(lambda: pool.apply(fail, (7,)))
            attempt(lambda: pool.map(fail, [1, 2, 3], 2))
            attempt(lambda: list(pool.imap(fail, [8])))
''', [method])
            self.assertEqual(('ValueError\n' * 3, '', 0), (run.out, run.err, run.code))
            self.assertEqual(
                [(0, 'failed on 7'), (1, 'failed on 1'), (1, 'failed on 3'), (2, 'failed on 8')],
                [(task.job, task.error[len('ValueError: '):]) for task in self.tasks(run)])
            self.assertEqual([RAISED] * 4, [task.end.flags for task in self.tasks(run)])
            results = self.results(run)
            self.assertEqual([(RAISED, 'ValueError: failed on 7'), (RAISED, 'ValueError: failed on 1'), (0, None)], [results[n] for n in range(3)])

    def test_a_result_that_cannot_be_sent_is_one_end_with_the_reason(self):
        plain, run = self.both(FUNCTIONS + '''
    class Pickled:
        count = 0
        def __reduce__(self):
            Pickled.count += 1
            raise TypeError('pickled %d times' % Pickled.count)
        def __repr__(self):
            return 'it'

    class Unpicklable(Exception):
        def __reduce__(self):
            raise TypeError('no error either')

    def give(x):
        return Pickled()

    def throw(x):
        raise Unpicklable(x)

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            for function in (give, throw, give, same):
                try:
                    print(pool.apply(function, (1,)))
                except Exception as error:
                    print(error)
''', ['fork'])
        self.assertEqual((plain_text(plain.out), plain.err, plain.code), (plain_text(run.out), run.err, run.code))
        self.assertEqual(
            [(NOT_SENT, 'TypeError: pickled 1 times', None), (NOT_SENT | RAISED, 'TypeError: no error either', 'Unpicklable: 1'),
             (NOT_SENT, 'TypeError: pickled 2 times', None), (0, None, None)],
            [(task.end.flags, task.error, task.image.text(task.end.s2)) for task in self.tasks(run)])
        self.assertEqual([RAISED, RAISED, RAISED, 0], [flags for _job, (flags, _text) in sorted(self.results(run).items())])
        self.assertIn('pickled 1 times', self.results(run)[0][1])

    def test_a_task_that_cannot_be_sent_is_a_job_without_a_task(self):
        for method in METHODS:
            run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with context().Pool(1) as pool:
            for call in (lambda: pool.apply(lambda: 1), lambda: pool.map(lambda x: x, [1, 2], 1)):
                try:
                    call()
                except Exception as error:
                    print('failed')
            print(pool.apply(same, (4,)))
''', [method])
            self.assertEqual(('failed\nfailed\n4\n', ''), (run.out, run.err))
            jobs = self.jobs(run)
            self.assertEqual(['__main__.<lambda>.<locals>.<lambda>'] * 2 + ['__main__.same'], [job.function for job in jobs])
            results = self.results(run)
            self.assertEqual([RAISED, RAISED, 0], [results[job.number][0] for job in jobs])
            self.assertIn('local object', results[0][1])
            self.assertEqual([2], [task.job for task in self.tasks(run)])

    def test_an_iterable_that_raises_is_told_by_the_task_that_the_library_makes_of_it(self):
        plain, run = self.both(FUNCTIONS + '''
    def items():
        yield 1
        raise LookupError('no more')

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            results = pool.imap(same, items())
            print(next(results))
            try:
                next(results)
            except LookupError as error:
                print(error)
''', ['fork'])
        self.assertEqual((plain.out, plain.err), (run.out, run.err))
        self.assertEqual(
            [('__main__.same', 0), ('multiprocessing.pool._helper_reraises_exception', RAISED)],
            [(task.function, task.end.flags) for task in self.tasks(run)])

    def test_a_worker_that_is_killed_leaves_its_task_without_an_end(self):
        for how in ('os.kill(os.getpid(), signal.SIGKILL)', 'os._exit(3)', 'sys.exit(4)'):
            with self.subTest(how):
                run = self.run_script(FUNCTIONS + '''
    def die(x):
        %s

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            lost = pool.apply_async(die, (1,))
            print(pool.apply(same, (2,)))
            try:
                lost.get(.3)
            except multiprocessing.TimeoutError:
                print('lost')
''' % how, ['fork'])
                self.assertEqual('2\nlost\n', run.out)
                self.assertEqual([('__main__.die', True), ('__main__.same', False)], [(t.function, t.end is None) for t in self.tasks(run)])
                self.assertEqual({1: (0, None)}, self.results(run))
                self.assertEqual([0, 0], [r.flags for _image, r in self.records(run, reader.POOL_WORKER)])

    def test_terminating_in_the_middle_leaves_tasks_without_an_end_and_ends_of_what_was_done(self):
        for method in METHODS:
            run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = context().Pool(2)
        long = pool.map_async(slow, [60, 60], 1)
        pool.apply_async(same, (1,))
        time.sleep(1.5)
        pool.terminate()
        pool.join()
''', [method])
            self.assertEqual((0, ''), (run.code, run.err))
            self.assertEqual([('__main__.slow', True)] * 2, [(t.function, t.end is None) for t in self.tasks(run)])
            self.assertEqual({}, self.results(run))
            self.assertEqual([TERMINATE, JOIN], self.states(run, self.pool(run).obj))

    def test_all_ends_are_told_of_a_pool_that_is_terminated_right_after_its_last_result(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        for _ in range(20):
            with context().Pool(2) as pool:
                pool.map(same, range(8), 1)
''', ['fork'])
        self.assertEqual((0, ''), (run.code, run.err))
        tasks = self.tasks(run)
        self.assertEqual(160, len(tasks))
        self.assertEqual([], [task for task in tasks if task.end is None])

    def test_callbacks_are_called_as_in_a_plain_run(self):
        plain, run = self.both(FUNCTIONS + '''
    def broken(x):
        raise ArithmeticError('in a callback')

    if __name__ == '__main__':
        pool = context().Pool(1)
        pool.apply_async(same, (1,), callback=lambda x: print('ok', x, flush=True)).get()
        pool.apply_async(fail, (1,), error_callback=lambda x: print('error', x, flush=True)).wait()
        pool.map_async(same, [1, 2], callback=lambda x: print('all', x, flush=True)).wait()
        result = pool.apply_async(same, (3,), callback=broken)
        try:
            result.get(.5)
        except multiprocessing.TimeoutError:
            print('never')
        # What it died of is on its way to stderr.
        pool._result_handler.join(60)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
''', ['fork'])
        self.assertEqual(plain.out, run.out)
        if sys.version_info >= (3, 11):
            self.assertEqual(plain.err, run.err)
        self.assertIn('in a callback', run.err)
        self.assertEqual([(0, 0), (1, RAISED), (2, 0), (3, 0)], sorted((job, flags) for job, (flags, _text) in self.results(run).items()))

    def died(self, run):
        """(job, jobs without a result, text) of what was told of the thread that takes results."""
        return [(r.a, r.b, image.text(r.s1)) for image, r in self.records(run, reader.POOL_STATE) if r.flags == RESULTS_DIED]

    def test_a_result_that_cannot_be_unpickled_is_told_as_the_end_of_the_thread_that_takes_results(self):
        for method in METHODS:
            with self.subTest(method):
                plain, run = self.both(FUNCTIONS + '''
    class Unwilling(Exception):
        def __init__(self, a, b):
            super().__init__(a)

    def unwilling(x):
        raise Unwilling(x, x)

    if __name__ == '__main__':
        pool = context().Pool(1)
        pool.apply(same, (1,))
        first = pool.apply_async(unwilling, (1,))
        second = pool.apply_async(same, (2,))
        for result in (first, second):
            try:
                result.get(.3)
            except multiprocessing.TimeoutError:
                print('never')
        try:
            pool.terminate()
        except AssertionError as error:
            print(error)
        sys.stdout.flush()
        sys.stderr.flush()
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        os._exit(0)
''', [method])
                self.assertEqual(plain.out, run.out)
                # What follows are the resource tracker's complaints of what os._exit left, with names made up.
                before = [re.match(r"(?s).*argument: 'b'", without_fork_warning(one.err)).group() for one in (plain, run)]
                self.assertEqual(before[0], before[1])
                self.assertIn('never', run.out)
                (job, left, text), = self.died(run)
                self.assertEqual((-1, 2), (job, left))
                self.assertRegex(text, r"^TypeError: .*__init__\(\) missing 1 required positional argument: 'b'$")
                self.assertEqual([0], sorted(self.results(run)))

    def test_a_callback_that_raises_is_told_with_its_job_and_line(self):
        for call, tasks in (('apply_async(same, (3,)', 1), ('map_async(same, [1, 2], 1', 2), ('starmap_async(add, [(1, 2)]', 1)):
            with self.subTest(call):
                run = self.run_script(FUNCTIONS + '''
    def broken(x):
        raise ArithmeticError('in a callback')  # here

    if __name__ == '__main__':
        pool = context().Pool(1)
        pool.apply(same, (1,))
        result = pool.%s, callback=broken)
        pool._result_handler.join()
        sys.stderr.flush()
        os._exit(0)
''' % call, ['fork'])
                self.assertEqual([(1, 1, 'ArithmeticError: in a callback')], self.died(run))
                record, = [r for r in run.root.of(reader.POOL_STATE) if r.flags == RESULTS_DIED]
                self.assertLine(run, run.root, record.site, '# here')
                self.assertIn('in a callback', run.err)

    def test_the_users_excepthook_is_asked_as_in_a_plain_run_and_what_ends_the_thread_in_silence_is_told(self):
        plain, run = self.both(FUNCTIONS + '''
    import threading
    def leave(x):
        sys.exit(3)

    def broken(x):
        raise ArithmeticError('in a callback')

    if __name__ == '__main__':
        threading.excepthook = lambda args: print('hook', args.exc_type.__name__, args.thread is pool._result_handler, flush=True)
        for callback in (leave, broken):
            pool = context().Pool(1)
            pool.apply_async(same, (3,), callback=callback)
            pool._result_handler.join()
        sys.stdout.flush()
        os._exit(0)
''', ['fork'])
        self.assertEqual((plain.out, ''), (run.out, run.err))
        self.assertIn('hook ArithmeticError True', run.out)
        self.assertEqual([(0, 1, 'SystemExit: 3'), (1, 1, 'ArithmeticError: in a callback')], self.died(run))

    def test_a_result_that_cannot_be_pickled_and_a_thread_pool_end_no_thread(self):
        run = self.run_script(FUNCTIONS + '''
    def lambda_of(x):
        return lambda: x

    def broken(x):
        raise ArithmeticError('in a callback')

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            try:
                pool.apply(lambda_of, (1,))
            except pools.MaybeEncodingError as error:
                print('told')
            print(pool.apply(same, (2,)))
        threads = pools.ThreadPool(1)
        threads.apply_async(same, (1,), callback=broken)
        threads._result_handler.join()
        sys.stdout.flush()
        os._exit(0)
''', ['fork'])
        self.assertEqual('told\n2\n', run.out)
        self.assertEqual([], self.died(run))


class Workers(PoolTest):
    def test_a_worker_is_replaced_after_its_number_of_tasks(self):
        for method in ('fork', 'spawn'):
            run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with context().Pool(1, maxtasksperchild=2) as pool:
            print(pool.map(who, range(5), 1))
''', [method])
            self.assertEqual('', run.err)
            pids = eval(run.out)
            self.assertEqual((1, 2), (self.pool(run).workers, self.pool(run).limit))
            self.assertEqual(pids, [task.image.pid for task in self.tasks(run)])
            self.assertEqual(3, len(set(pids)))
            serving = [image.pid for image, _record in self.records(run, reader.POOL_WORKER)]
            self.assertEqual(len(serving), len(set(serving)))
            self.assertLessEqual(set(pids), set(serving))

    def test_an_initializer_is_named_timed_and_its_failure_told(self):
        for method in ('fork', 'spawn'):
            run = self.run_script(FUNCTIONS + '''
    def prepare(seconds):
        time.sleep(seconds)

    def refuse():
        first = tries() == 0
        with open(sys.argv[2], 'a') as file:
            file.write('.')
        if not first:
            raise RuntimeError('not today')
        raise OSError(5, 'the first one')

    def tries():
        return os.path.getsize(sys.argv[2]) if os.path.exists(sys.argv[2]) else 0

    if __name__ == '__main__':
        with context().Pool(1, prepare, (.05,)) as pool:
            pool.apply(same, (1,))
        pool = context().Pool(1, refuse)
        end = time.monotonic() + 60
        # The third is made when the second has ended.
        while tries() < 3 and time.monotonic() < end:
            time.sleep(.05)
        pool.terminate()
''', [method, os.path.join(self.home, 'first-' + method)])
            self.assertEqual(0, run.code)
            good, bad = self.pools(run)
            self.assertEqual(['__main__.prepare', '__main__.refuse'], [good.initializer, bad.initializer])
            workers = self.records(run, reader.POOL_WORKER)
            served, = [r for _image, r in workers if r.obj == good.obj]
            self.assertEqual(0, served.flags)
            self.assertGreaterEqual(served.t1 - served.t0, 50000000)
            failed = [(r.flags, image.text(r.s1)) for image, r in workers if r.obj == bad.obj]
            self.assertEqual((1, 'OSError: [Errno 5] the first one'), failed[0])
            self.assertEqual({(1, 'RuntimeError: not today')}, set(failed[1:]))

    def test_workers_that_never_had_a_task_serve_and_end(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = context().Pool(3)
        pool.close()
        pool.join()
''', ['fork'])
        self.assertEqual([0, 0, 0], [r.flags for _image, r in self.records(run, reader.POOL_WORKER)])
        self.assertEqual([], self.tasks(run))

    def test_a_pool_inside_of_a_worker_is_a_pool_of_its_own(self):
        run = self.run_script(FUNCTIONS + '''
    def inner(x):
        with context().Pool(1) as pool:
            return pool.map(same, [x, x])

    class Context(type(multiprocessing.get_context('fork'))):
        class Process(multiprocessing.get_context('fork').Process):
            daemon = property(lambda self: False, lambda self, value: None)

    if __name__ == '__main__':
        pool = pools.Pool(1, context=Context())
        print(pool.apply(inner, (5,)))
        pool.close()
        pool.join()
''', ['fork'])
        self.assertEqual(('[5, 5]\n', ''), (run.out, run.err))
        outer, inner = self.pools(run)
        if outer.image.pid != run.root.pid:
            outer, inner = inner, outer
        self.assertEqual(run.root.pid, outer.image.pid)
        self.assertEqual(inner.image.pid, [t for t in self.tasks(run) if t.function == '__main__.inner'][0].image.pid)
        self.assertEqual({inner.obj}, {t.begin.obj for t in self.tasks(run) if t.function == '__main__.same'})

    def test_a_pool_made_in_a_forked_child_is_told_by_that_child(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with context().Pool(1) as pool:
            pool.map(same, [1])
            if os.fork() == 0:
                with context().Pool(1) as own:
                    print(own.map(add, [1]), flush=True)
                os._exit(0)
            os.wait()
''', ['fork'], flags=['-Wignore'])
        self.assertEqual(('[2]\n', ''), (run.out, run.err))
        one, two = self.pools(run)
        self.assertEqual((run.root.pid, run.root.pid), (one.image.pid, two.image.ppid))
        self.assertEqual([(one.obj, '__main__.same'), (two.obj, '__main__.add')], [(j.record.obj, j.function) for j in self.jobs(run)])

    def test_a_subclass_of_pool_is_told_by_its_name_at_the_line_that_makes_it(self):
        run = self.run_script(FUNCTIONS + '''
    class Own(pools.Pool):
        def __init__(self, number):
            super().__init__(number, context=context())

        def twice(self, function, items):
            return self._map_async(function, items, pools.mapstar, 1).get()

        def raw(self, function, x):
            result = pools.ApplyResult(self, None, None)
            self._taskqueue.put(([(result._job, 0, function, (x,), {})], None))
            return result

    if __name__ == '__main__':
        pool = Own(1)  # own made
        print(pool.twice(same, [1, 2]))
        print(pool.raw(add, 1).get())  # raw
        pool.terminate()
''', ['fork'])
        self.assertEqual(('[1, 2]\n2\n', ''), (run.out, run.err))
        pool = self.pool(run)
        self.assertEqual('__main__.Own', pool.kind)
        self.assertLine(run, pool.image, pool.record.site, '# own made')
        self.assertEqual([('_map_async', '__main__.same', 2), (None, None, 1)], [(j.method, j.function, j.tasks) for j in self.jobs(run)])
        self.assertEqual({0: (0, None), 1: (0, None)}, self.results(run))


class Waiting(PoolTest):
    def test_waits_are_told_with_job_timeout_and_line(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with context().Pool(1) as pool:
            result = pool.apply_async(slow, (.4,))
            try:
                result.get(.05)  # too soon
            except multiprocessing.TimeoutError:
                print('too soon')
            result.wait(0)
            result.ready()
            result.get()  # in the end
            result.get()
            iterator = pool.imap(slow, [.1, 0])
            try:
                iterator.next(.01)  # impatient
            except multiprocessing.TimeoutError:
                print('impatient')
            print(list(iterator))  # iterated
            pool.map(slow, [.05])  # mapped
''', ['fork'])
        self.assertEqual(('too soon\nimpatient\n[0.1, 0]\n', ''), (run.out, run.err))
        waits = run.root.of(reader.TASK_WAIT)
        self.assertEqual({self.pool(run).obj}, {r.obj for r in waits})
        first = [(r.a, r.b, r.flags) for r in waits[:3]]
        self.assertEqual([(0, 50000000, TIMED_OUT), (0, -1, 0), (1, 10000000, TIMED_OUT)], first)
        for record, mark in zip(waits, ('# too soon', '# in the end', '# impatient', '# iterated')):
            self.assertLine(run, run.root, record.site, mark)
        self.assertLine(run, run.root, waits[-1].site, '# mapped')
        self.assertGreaterEqual(waits[0].t1 - waits[0].t0, 50000000)
        self.assertGreater(waits[1].t1 - waits[1].t0, 100000000)
        self.assertEqual([], [r for r in waits if not r.flags and r.t1 - r.t0 < 50000])

    def slot(self, text, op, wanted):
        """The main thread's slot while it is in this operation, and as wanted."""
        script = self.write(text)
        folder = self.new_folder()
        process = self.start(script, ['fork'], folder=folder, start_new_session=True)
        try:
            end = time.monotonic() + 15
            while time.monotonic() < end:
                for image in reader.read_folder(folder):
                    for slot in image.slots:
                        if image.pid == process.pid and slot.number == 0 and slot.op == op and wanted(slot):
                            return image, slot
                time.sleep(.02)
            return self.fail('nobody waits')
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def test_who_waits_for_a_result_is_in_a_slot(self):
        image, slot = self.slot(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = context().Pool(1)
        pool.apply(same, (1,))
        pool.apply_async(slow, (60,)).get(50)
''', reader.TASK_WAIT, lambda slot: slot.deadline)
        self.assertEqual((image.one(reader.POOL_NEW).obj, 1), (slot.obj, slot.operand))
        self.assertAlmostEqual(50e9, slot.deadline - slot.since, delta=1e9)

    def test_who_iterates_over_results_is_in_a_slot(self):
        image, slot = self.slot(FUNCTIONS + '''
    if __name__ == '__main__':
        for x in context().Pool(1).imap_unordered(slow, [60]):
            pass
''', reader.TASK_WAIT, lambda slot: True)
        self.assertEqual((image.one(reader.POOL_NEW).obj, 0, 0), (slot.obj, slot.operand, slot.deadline))

    def test_who_joins_a_pool_is_in_a_slot(self):
        image, slot = self.slot(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = context().Pool(1)
        pool.apply_async(slow, (60,))
        pool.close()
        pool.join()
''', reader.POOL_STATE, lambda slot: slot.flags != CLOSE)
        self.assertEqual((image.one(reader.POOL_NEW).obj, JOIN), (slot.obj, slot.flags))


class States(PoolTest):
    def test_what_is_done_with_a_pool_is_told_once_it_is_done(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = context().Pool(1)
        try:
            pool.join()
        except ValueError as error:
            print(error)
        pool.close()
        pool.close()
        pool.join()
        with context().Pool(1) as second:  # left
            second.close()
        third = context().Pool(1)
        del third
''', ['fork'])
        self.assertEqual('Pool is still running\n', run.out)
        one, two, three = self.pools(run)
        self.assertEqual([CLOSE, JOIN], self.states(run, one.obj))
        self.assertEqual([CLOSE, TERMINATE], self.states(run, two.obj))
        self.assertEqual([], self.states(run, three.obj))

    def test_an_interrupt_in_the_middle_ends_as_in_a_plain_run(self):
        text = FUNCTIONS + '''
    def child(x):
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    if __name__ == '__main__':
        pool = context().Pool(1, child, (1,))
        def late(*_):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, .3)
        try:
            pool.map(slow, [60])
        finally:
            print('interrupted', flush=True)
            pool.terminate()
            pool.join()
'''
        plain, run = self.both(text, ['fork'])
        self.assertEqual((plain.code, plain.out), (run.code, run.out))
        if sys.version_info >= (3, 11):
            self.assertEqual(plain.err, run.err)
        wait, = run.root.of(reader.TASK_WAIT)
        self.assertEqual((0, 0), (wait.a, wait.flags))
        self.assertEqual([TERMINATE, JOIN], self.states(run, self.pool(run).obj))


class Unnoticed(PoolTest):
    TRACEBACKS = FUNCTIONS + '''
    def items():
        yield 1
        raise LookupError('no more')

    def attempt(call):
        try:
            print(call())
        except BaseException:
            traceback.print_exc()

    def later(call):
        """After its result is there: whether `get` must wait shows in its traceback."""
        def inner():
            result = call()
            result.wait()
            return result.get()
        return inner

    if __name__ == '__main__':
        pool = context().Pool(1)
        attempt(later(lambda: pool.apply_async(fail, (1,))))
        attempt(later(lambda: pool.map_async(fail, [1, 2])))
        attempt(later(lambda: pool.starmap_async(fail, [(1,), (2,)])))
        attempt(lambda: pool.apply(fail, (1,)))
        attempt(lambda: pool.map(fail, [3]))
        attempt(lambda: pool.starmap(add, [(1, '')]))
        attempt(lambda: list(pool.imap(fail, [1])))
        attempt(lambda: list(pool.imap(fail, [1], 2)))
        attempt(lambda: list(pool.imap_unordered(same, items())))
        attempt(lambda: pool.map(same, items()))
        attempt(later(lambda: pool.apply_async(lambda: 1)))
        attempt(lambda: pool.map(lambda x: x, [1]))
        attempt(lambda: pool.map(same, 3))
        attempt(lambda: pool.imap(same, [1], 0))
        attempt(lambda: pool.imap_unordered(same, [1], chunksize=-1))
        attempt(lambda: pool.apply_async())
        attempt(lambda: pool.apply(same, no_such=1))
        attempt(lambda: pool.apply_async(slow, (.2,)).get(timeout=.01))
        attempt(lambda: pool.imap(slow, [.2]).next(timeout=.01))
        attempt(lambda: pool.join())
        pool.close()
        attempt(lambda: pool.map(same, [1]))
        attempt(lambda: pool.apply(same, (1,)))
        attempt(lambda: pool.__enter__())
        pool.join()
        with context().Pool(1) as other:
            attempt(lambda: other.map(same, [1], 'x'))
        attempt(lambda: context().Pool(0))
        attempt(lambda: context().Pool(1, 5))
        attempt(lambda: context().Pool(no_such=1))
        with pools.ThreadPool(1) as threads:
            attempt(lambda: threads.map(fail, [1]))
            attempt(lambda: threads.apply(fail, (1,)))
            attempt(lambda: list(threads.imap(fail, [1])))
        attempt(lambda: threads.map(fail, [1]))
'''

    def test_tracebacks_are_those_of_a_plain_run(self):
        for method in METHODS:
            with self.subTest(method):
                plain, run = self.both(self.TRACEBACKS, [method])
                self.assertEqual((plain.code, plain_text(plain.out)), (run.code, plain_text(run.out)))
                if sys.version_info >= (3, 11):
                    self.assertEqual(plain_text(plain.err), plain_text(run.err))
                    continue
                # The hooks' frames are there; what lies between and below them is the same.
                err = re.sub(r'  File "[^"]*procession_runtime[^"]*", line \d+, in \w+\n    .*\n', '', run.err)
                self.assertEqual(plain_text(plain.err), plain_text(err))
                # A task's own failing passes no hook.
                remote = re.findall(r'RemoteTraceback: \n"""\n(.*?)"""', run.err, re.S)
                self.assertGreaterEqual(len(remote), 6)
                self.assertNotIn('procession_runtime', ''.join(remote))

    def test_pools_results_and_arguments_are_freed_as_in_a_plain_run(self):
        plain, run = self.both(FUNCTIONS + '''
    import gc, threading, weakref
    class Thing:
        def __call__(self, x):
            return x

    class Error(Exception):
        pass

    def throw(x):
        raise Error(x)

    def gone(*references):
        return [reference() is None for reference in references]

    def settled(*references):
        end = time.monotonic() + 5
        while time.monotonic() < end and not all(gone(*references)):
            time.sleep(.01)
        return gone(*references)

    if __name__ == '__main__':
        gc.disable()
        pool = context().Pool(1)
        thing, function = Thing(), Thing()
        result = pool.map_async(function, [thing])
        single = pool.apply_async(function, (thing,))
        answer = result.get()
        single.get()
        iterator = pool.imap(function, [thing])
        list(iterator)
        pool.apply(same, (1,))
        references = [weakref.ref(x) for x in (thing, function, answer[0], result, single, iterator)]
        del thing, function, answer, result, single, iterator
        print('at once', settled(*references))
        try:
            pool.apply(throw, (1,))
        except Error as error:
            failed = weakref.ref(error)
        print('error', gone(failed), len(gc.garbage))
        reference = weakref.ref(pool)
        pool.terminate()
        pool.join()
        del pool
        gc.collect()
        print('pool', gone(reference), gone(failed))
        print([thread.name for thread in threading.enumerate()])
''', ['fork'])
        self.assertEqual((plain.out, '', 0), (run.out, run.err, run.code))
        self.assertIn('at once [True, True, True', run.out)

    def test_warnings_of_a_pool_that_nobody_closed_are_those_of_a_plain_run(self):
        plain, run = self.both(FUNCTIONS + '''
    if __name__ == '__main__':
        pool = context().Pool(1)
        pool.map(same, [1])
        pool = None
        context().Pool(1)
        time.sleep(.2)
''', ['fork'], flags=['-Wall', '-X', 'tracemalloc=3'])
        self.assertEqual(plain_text(plain.out), plain_text(run.out))
        self.assertIn('unclosed running multiprocessing pool', run.err)
        self.assertEqual(
            *[sorted(re.findall(r'^(?:.*/)?([\w.]+):\d+: (\w*Warning.*)$', plain_text(without_fork_warning(one.err)), re.M)) for one in (plain, run)])

    def test_names_signatures_and_pickles_are_those_of_a_plain_run(self):
        plain, run = self.both('''
            import inspect, multiprocessing.pool as module, pickle, sys, threading
            def look(name, thing):
                print(name, inspect.signature(thing), thing.__module__, thing.__qualname__, thing.__doc__)
                try:
                    print(pickle.loads(pickle.dumps(thing)) is thing, pickle.dumps(thing, 2))
                except Exception as error:
                    print(type(error).__name__)
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
                with module.Pool(1) as pool:
                    result, iterator = pool.apply_async(abs, (1,)), pool.imap(abs, [1])
                    print(sorted(vars(pool)), sorted(vars(result)), sorted(vars(iterator)))
                    print(isinstance(result._event, threading.Event), type(result._event), isinstance(iterator._cond, threading.Condition), type(iterator._cond))
                    result.get(), list(iterator)
            print(sorted(name for name in sys.modules if 'procession' in name))
        ''')
        self.assertEqual((0, ''), (run.code, run.err))
        self.assertEqual(plain.out, run.out)

    def test_recursion_limits_of_tasks_are_near_those_of_a_plain_run(self):
        plain, run = self.both(FUNCTIONS + '''
    def deep(x):
        return deep(x + 1) if x < 10000 else x

    def depth(x):
        try:
            return depth(x + 1)
        except RecursionError:
            return x

    if __name__ == '__main__':
        with context().Pool(1) as pool:
            print(pool.apply(depth, (0,)))
            try:
                pool.apply(deep, (0,))
            except RecursionError as error:
                print(error)
''', ['spawn'])
        self.assertEqual('', run.err)
        self.assertAlmostEqual(int(plain.out.split()[0]), int(run.out.split()[0]), delta=3)
        self.assertEqual(RAISED, self.tasks(run)[1].end.flags)
        self.assertIn('RecursionError', self.tasks(run)[1].error)


class Bounded(PoolTest):
    def test_past_the_budget_tasks_count_as_dropped_and_the_script_goes_on(self):
        run = self.run_script(FUNCTIONS + '''
    if __name__ == '__main__':
        with context().Pool(2) as pool:
            print(sum(pool.map(same, range(6000), 1)))
''', ['fork'], options='preview=0,budget=600000', quiet=False)
        self.assertEqual((str(sum(range(6000))) + '\n', ''), (run.out, run.err))
        self.assertEqual([], [note for image in run.images for note in image.notes])
        told = len(self.records(run, reader.TASK_BEGIN, reader.TASK_END))
        self.assertLess(told, 12000)
        self.assertGreater(sum(image.dropped for image in run.images), 0)
        self.assertGreaterEqual(sum(image.dropped for image in run.images if image is not run.root) + told, 12000)
        self.assertEqual([TERMINATE], self.states(run, self.pool(run).obj))


if __name__ == '__main__':
    unittest.main()
