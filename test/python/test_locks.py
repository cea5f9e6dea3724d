"""Locks, semaphores, conditions, events and barriers: what is told of them, who holds and who waits, and that nothing else changes."""

import os
import re
import signal
import sys
import time
import unittest

from channel_support import ChannelTest
from reader import LOCK_FREED, LOCK_HELD, LOCK_NEW, LOCK_WAIT, SYNC_TELL, SYNC_WAIT, VALUE_NEW

INTERNAL = 2
GAVE_UP = 1
TIMED_OUT, BROKEN, LEFT, AT_ONCE = 1, 2, 4, 8
NOTIFY, SET, CLEAR, ABORT, RESET = 1, 2, 3, 4, 5
NO_LIMIT = NO_INDEX = ALL = -1
KINDS = ('Lock', 'RLock', 'Semaphore', 'BoundedSemaphore', 'Condition', 'Event', 'Barrier')
BOTH = ('fork', 'spawn')


class LockTest(ChannelTest):
    def made(self, ran):
        """{line's text: (image, record)} of the user's objects, and {id: kind} of the library's own."""
        with open(ran.script) as file:
            lines = file.read().split('\n')
        mine, internal = {}, {}
        for image, record in ran.records(LOCK_NEW):
            if record.flags & INTERNAL:
                internal[record.obj] = image.text(record.s1)
            else:
                place = image.place(record.site)
                self.assertEqual(ran.script, place.file)
                self.assertNotIn(lines[place.line - 1].strip(), mine)
                mine[lines[place.line - 1].strip()] = (image, record)
        return mine, internal

    def only(self, ran, kind):
        """Id of the only object of this kind that the script made."""
        found = [r.obj for i, r in ran.records(LOCK_NEW) if i.text(r.s1) == kind and not r.flags & INTERNAL]
        self.assertEqual(1, len(found), kind)
        return found[0]

    def child(self, ran):
        """The image of the only child of multiprocessing."""
        found = [i for i in ran.images[1:] if not any('tracker' in word for word in i.argv)]
        self.assertEqual(1, len(found))
        return found[0]

    def watch(self, text, *args):
        """Starts a script that does not end by itself; it is killed at the end of the test."""
        ran = self.begin(text, *args)
        self.addCleanup(self.end, ran)
        return ran

    def now(self, ran, find):
        """What `find(images)` gives once it is true, of what is in the journals just then."""
        def look():
            try:
                return find(ran.images)
            except (AssertionError, KeyError, IndexError, OSError):
                return None
        return self.until('%s\n%r' % (find, [(i.held, i.slots) for i in ran.images]) if ran.images else 'no image', look)

    def both(self, text, *args):
        """Output of a script that must be the same with and without."""
        plain, watched = self.run_script(text, *args, watched=False), self.run_script(text, *args)
        self.assertEqual(*[
            [re.sub(r'0x[0-9a-f]{6,}', '0x', text.replace(ran.script, 'script')) for text in (ran.out, ran.err)] for ran in (plain, watched)])
        return watched


class Made(LockTest):
    TEXT = '''
        import multiprocessing, sys

        def use(*all):
            print([type(one).__name__ for one in all])
            for one in all[:4]:
                with one:
                    pass
            with all[4]:
                all[4].wait(0)
            all[5].is_set()

        if __name__ == '__main__':
            context = multiprocessing.get_context(sys.argv[1])
            all = (
                context.Lock(),  # Lock
                context.RLock(),  # RLock
                context.Semaphore(3),  # Semaphore
                context.BoundedSemaphore(4),  # BoundedSemaphore
                context.Condition(),  # Condition
                context.Event(),  # Event
                context.Barrier(2),  # Barrier
            )
            child = context.Process(target=use, args=all)
            child.start()
            child.join()
            print(child.exitcode)
    '''

    def test_every_kind_is_told_at_its_line_with_its_first_value_and_its_lock(self):
        for method in ('fork', 'spawn', 'forkserver'):
            with self.subTest(method):
                ran = self.run_script(self.TEXT, method)
                self.assertIn('0', ran.out)
                mine, internal = self.made(ran)
                by_kind = {}
                for image, record in mine.values():
                    by_kind[image.text(record.s1)] = record
                    self.assertPlace(ran, image, record, '# ' + image.text(record.s1))
                self.assertEqual(set(KINDS), set(by_kind))
                self.assertEqual([0, 0, 3, 4, 0, 0, 2], [by_kind[kind].a for kind in KINDS])
                self.assertEqual({'fork': {2}}.get(method, {3}), {r.obj >> 48 for r in by_kind.values()})
                self.assertEqual(['RLock', 'Lock', 'RLock'], [internal[by_kind[kind].b] for kind in KINDS[4:]])
                self.assertEqual(3, len(internal))
                self.assertEqual({0}, {by_kind[kind].b for kind in KINDS[:4]})
                self.assertEqual(10, len({r.obj for _, r in ran.records(LOCK_NEW)}))

    def test_a_child_that_received_them_knows_them_by_the_same_ids_when_it_uses_them(self):
        ran = self.run_script(self.TEXT, 'spawn')
        image = next(i for i in ran.images if i.of(LOCK_HELD))
        told = {image.text(r.s1): r for r in image.of(LOCK_HELD)}
        mine, internal = self.made(ran)
        ids = {i.text(r.s1): r for i, r in mine.values()}
        for kind in KINDS[2:6]:
            self.assertEqual((ids[kind].obj, ids[kind].b), (told[kind].obj, told[kind].b))
        self.assertLessEqual({r.obj for r in image.of(LOCK_HELD)}, {r.obj for _, r in ran.records(LOCK_NEW)})
        self.assertEqual(len(image.of(LOCK_HELD)), len({r.obj for r in image.of(LOCK_HELD)}))
        # Never used: not told.
        self.assertNotIn('Barrier', told)
        self.assertEqual({}, image.held)

    def test_a_users_own_lock_in_a_condition_stays_the_users(self):
        ran = self.run_script('''
            import multiprocessing
            lock = multiprocessing.get_context('fork').Lock()
            condition = multiprocessing.get_context('fork').Condition(lock)
            with condition:
                condition.notify()
        ''')
        mine, internal = self.made(ran)
        self.assertEqual({}, internal)
        self.assertEqual(self.only(ran, 'Lock'), next(r.b for i, r in mine.values() if i.text(r.s1) == 'Condition'))

    def test_the_lock_of_a_value_is_told_at_the_values_line_and_named_by_the_value(self):
        ran = self.run_script('''
            import multiprocessing
            context = multiprocessing.get_context('fork')
            value = context.Value('i', 7)  # here
            with value.get_lock():
                value.value += 1
            print(value.value)
        ''')
        (image, lock), = ran.records(LOCK_NEW)
        self.assertPlace(ran, image, lock, '# here')
        self.assertEqual((0, 'RLock'), (lock.flags, image.text(lock.s1)))
        values = [r for _, r in ran.records(VALUE_NEW)]
        self.assertIn(lock.obj, [r.b for r in values])

    def test_a_subclass_is_told_at_the_line_that_makes_the_object(self):
        ran = self.run_script('''
            import multiprocessing
            from multiprocessing import synchronize
            class Mine(synchronize.Lock):
                def __init__(self):
                    super().__init__(ctx=multiprocessing.get_context('fork'))
            class MyEvent(synchronize.Event):
                def __init__(self):
                    super().__init__(ctx=multiprocessing.get_context('fork'))
            class MyCondition(synchronize.Condition):
                def __init__(self):
                    super().__init__(ctx=multiprocessing.get_context('fork'))
            Mine()  # lock
            MyEvent()  # event
            MyCondition()  # condition
        ''')
        for kind, text in (('Lock', '# lock'), ('Event', '# event'), ('Condition', '# condition')):
            (image, record), = [(i, r) for i, r in ran.records(LOCK_NEW) if i.text(r.s1) == kind and not r.flags & INTERNAL]
            self.assertPlace(ran, image, record, text)

    def test_what_the_library_makes_for_its_queues_leaves_nothing(self):
        for method in BOTH:
            with self.subTest(method):
                ran = self.run_script('''
                    import multiprocessing, sys

                    def use(simple, joinable, bounded):
                        simple.put(joinable.get())
                        joinable.task_done()
                        bounded.put(simple.get())
                        # They are the library's own, as they are where they were made.
                        for lock in (simple._rlock, joinable._rlock, bounded._rlock, joinable._unfinished_tasks, joinable._cond._lock):
                            assert lock.release == lock._semlock.release, lock
                        assert simple._wlock.acquire == simple._wlock._semlock.acquire
                        assert joinable._cond.acquire == joinable._cond._lock._semlock.acquire

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        simple, joinable, bounded = context.SimpleQueue(), context.JoinableQueue(), context.Queue(2)
                        joinable.put('x')
                        child = context.Process(target=use, args=(simple, joinable, bounded))
                        child.start()
                        joinable.join()
                        print(bounded.get())
                        child.join()
                        print(child.exitcode)
                        with context.Pool(2) as pool:
                            print(pool.map(abs, [1, -2]))
                ''', method)
                self.assertEqual('x\n0\n[1, 2]\n', ran.out)
                self.assertEqual([], ran.records(LOCK_NEW, LOCK_HELD, LOCK_WAIT, LOCK_FREED, SYNC_WAIT, SYNC_TELL))
                self.assertEqual([{}], [held for held in [image.held for image in ran.images] if held][:1] or [{}])
                self.assertFalse(any(image.held_unseen for image in ran.images))


class Waits(LockTest):
    def test_who_waits_for_a_lock_how_long_and_where(self):
        for method in BOTH:
            for kind in KINDS[:4]:
                with self.subTest((method, kind)):
                    ran = self.run_script('''
                        import multiprocessing, sys, time

                        def use(lock, ready):
                            ready.send(1)
                            if sys.argv[2] == 'RLock':
                                lock.acquire()  # waits
                                lock.release()
                            else:
                                with lock: ready.send(2)  # waits too

                        if __name__ == '__main__':
                            context = multiprocessing.get_context(sys.argv[1])
                            lock = getattr(context, sys.argv[2])()
                            here, there = context.Pipe()
                            lock.acquire()
                            child = context.Process(target=use, args=(lock, there))
                            child.start()
                            here.recv()
                            time.sleep(0.3)
                            lock.release()
                            child.join()
                            print(child.pid)
                    ''', method, kind)
                    (image, wait), = ran.records(LOCK_WAIT)
                    self.assertEqual(int(ran.out), image.pid)
                    self.assertEqual((self.only(ran, kind), NO_LIMIT, 0, 0), (wait.obj, wait.a, wait.b, wait.flags))
                    self.assertPlace(ran, image, wait, '# waits\n' if kind == 'RLock' else '# waits too')
                    self.assertGreater(wait.t1 - wait.t0, 100000000)
                    self.assertEqual([], ran.records(LOCK_FREED))
                    self.assertEqual([{}, []], [ran.images[0].held, image.slots])

    def test_a_wait_that_is_given_up_and_tries_that_do_not_wait(self):
        ran = self.both('''
            import multiprocessing
            lock = multiprocessing.get_context('fork').Lock()
            print(lock.acquire(), lock.acquire(False), lock.acquire(block=False), lock.acquire(0), lock.acquire(True, 0), lock.acquire(True, -1))
            print(lock.acquire(True, 0.25))  # gives up
            print(lock.acquire(timeout=0.125))  # so does this
            lock.release()
            print(lock.acquire(True, 5), lock.release(), lock.acquire(1, timeout=7), lock.release())
        ''')
        waits = ran.records(LOCK_WAIT)
        self.assertEqual([(GAVE_UP, 250000000), (GAVE_UP, 125000000)], [(r.flags, r.a) for _, r in waits])
        for (image, record), text in zip(waits, ('# gives up', '# so does this')):
            self.assertPlace(ran, image, record, text)
            self.assertGreaterEqual(record.t1 - record.t0, record.a - 1000000)

    def test_who_waits_now_and_until_when(self):
        for line, limit in (('lock.acquire()', 0), ('lock.__enter__()', 0), ('lock.acquire(timeout=50)', 50)):
            with self.subTest(line):
                ran = self.watch('''
                    import multiprocessing, time
                    def use(lock):
                        %s
                    context = multiprocessing.get_context('fork')
                    lock = context.Lock()
                    lock.acquire()
                    context.Process(target=use, args=(lock,), daemon=True).start()
                    time.sleep(60)
                ''' % line)
                image, slot = self.now(ran, lambda images: [(i, s) for i in images for s in i.slots if s.op == LOCK_WAIT][0])
                obj = self.only(ran, 'Lock')
                self.assertEqual(obj, slot.obj)
                self.assertNotEqual(ran.child.pid, image.pid)
                self.assertEqual('use', image.place(slot.site).function)
                if limit:
                    self.assertAlmostEqual(limit, (slot.deadline - slot.since) / 1e9, delta=0.1)
                else:
                    self.assertEqual(0, slot.deadline)
                self.assertEqual([obj], list(ran.images[0].held.values()))
                self.assertEqual({}, image.held)

    def test_an_interrupted_wait_leaves_no_lock_and_no_slot(self):
        ran = self.both('''
            import multiprocessing, signal, traceback
            context = multiprocessing.get_context('fork')
            class Rang(Exception):
                pass
            def ring(*_):
                raise Rang
            def hold(lock):
                lock.acquire()
            signal.signal(signal.SIGALRM, ring)
            for make in (context.Lock, context.RLock, context.Semaphore, context.BoundedSemaphore):
                lock = make()
                owner = context.Process(target=hold, args=(lock,))
                owner.start()
                owner.join()
                for wait in (lock.acquire, lock.__enter__, lambda: lock.acquire(True, 30)):
                    signal.setitimer(signal.ITIMER_REAL, 0.1)
                    try:
                        wait()
                    except Rang:
                        print('rang')
                print(lock)
                if make != context.RLock:
                    lock.release()
                    print(lock.acquire(False))
                    lock.release()
        ''')
        self.assertEqual(({}, 12), (ran.images[0].held, len(ran.records(LOCK_WAIT))))
        self.assertEqual({GAVE_UP}, {r.flags for _, r in ran.records(LOCK_WAIT)})
        self.assertEqual([], ran.images[0].slots)

    def test_signals_at_any_moment_never_leave_a_word_for_a_free_lock(self):
        ran = self.run_script('''
            import multiprocessing, random, signal, time
            context = multiprocessing.get_context('fork')
            class Rang(Exception):
                pass
            armed = False
            def ring(*_):
                global armed
                if armed:
                    armed = False
                    raise Rang
            locks = [context.Lock(), context.RLock(), context.BoundedSemaphore(1)]
            signal.signal(signal.SIGALRM, ring)
            end = time.monotonic() + 1.5
            rang = 0
            while time.monotonic() < end:
                armed = True
                try:
                    signal.setitimer(signal.ITIMER_REAL, random.random() * 0.0005 + 0.00001)
                    while True:
                        for lock in locks:
                            if lock.acquire(False):
                                lock.release()
                            with lock:
                                pass
                except Rang:
                    rang += 1
                for lock in locks:
                    # What an interrupt left acquired, as it does without us.
                    while lock._semlock._count() > 0:
                        lock.release()
            print(rang > 10, [lock.acquire(False) for lock in locks])
            for lock in locks:
                lock.release()
        ''')
        self.assertEqual('True [True, True, True]\n', ran.out)
        self.assertEqual(({}, []), (ran.images[0].held, ran.images[0].slots))


class Holders(LockTest):
    def test_the_holder_is_known_while_it_holds_and_after_it_was_killed(self):
        for method in BOTH:
            for kind in KINDS[:4]:
                with self.subTest((method, kind)):
                    ran = self.watch('''
                        import multiprocessing, sys, time

                        def hold(lock, ready):
                            with lock:
                                pass
                            lock.acquire()
                            ready.send(1)
                            time.sleep(60)

                        if __name__ == '__main__':
                            context = multiprocessing.get_context(sys.argv[1])
                            lock = getattr(context, sys.argv[2])()
                            here, there = context.Pipe()
                            child = context.Process(target=hold, args=(lock, there), daemon=True)
                            child.start()
                            here.recv()
                            print(child.pid, flush=True)
                            lock.acquire()
                    ''', method, kind)
                    pid = int(ran.child.stdout.readline())
                    # The parent waits for it.
                    self.now(ran, lambda images: [s for s in images[0].slots if s.op == LOCK_WAIT][0])
                    obj = self.only(ran, kind)
                    holder = next(i for i in ran.images if i.pid == pid)
                    self.assertEqual([obj], list(holder.held.values()))
                    self.assertEqual({}, ran.images[0].held)
                    os.kill(pid, signal.SIGKILL)
                    time.sleep(0.2)
                    holder = next(i for i in ran.images if i.pid == pid)
                    self.assertEqual([obj], list(holder.held.values()))
                    self.assertEqual(obj, ran.images[0].slots[0].obj)

    def test_a_child_does_not_hold_what_its_parent_held_when_it_was_forked(self):
        ran = self.run_script('''
            import multiprocessing, os, sys, threading, time
            context = multiprocessing.get_context('fork')
            kinds = [context.Lock(), context.RLock(), context.Semaphore(2), context.BoundedSemaphore(2)]
            held, over = threading.Event(), threading.Event()
            def hold():
                for lock in kinds:
                    lock.acquire()
                held.set()
                over.wait()
                for lock in kinds:
                    lock.release()
            thread = threading.Thread(target=hold)
            thread.start()
            held.wait()
            mine = context.Lock()
            def use():
                # It has a journal, by the first use of a lock of its own.
                mine.acquire()
                print([lock.acquire(False) for lock in kinds], flush=True)
                mine.release()
                os._exit(0)
            child = context.Process(target=use)
            child.start()
            child.join()
            over.set()
            thread.join()
        ''')
        self.assertEqual('[False, False, True, True]\n', ran.out)
        child = self.child(ran)
        ids = {i.text(r.s1): r.obj for i, r in ran.records(LOCK_NEW)}
        self.assertEqual({ids['Semaphore'], ids['BoundedSemaphore']}, set(child.held.values()))
        self.assertEqual({}, ran.images[0].held)
        self.assertEqual([], ran.records(LOCK_FREED))

    def test_an_rlock_is_held_until_its_outermost_release(self):
        script = '''
            import multiprocessing, time
            lock = multiprocessing.get_context('fork').RLock()
            for _ in range(3):
                with lock:
                    with lock:
                        lock.acquire()
                        lock.release()
            %s
            print('here', flush=True)
            time.sleep(60)
        '''
        for lines, held in (
                ('lock.acquire(); lock.acquire(); lock.release()', 1), ('lock.acquire(); lock.acquire(); lock.release(); lock.release()', 0),
                ('lock.__enter__(); lock.acquire(); lock.__exit__()', 1), ('lock.__enter__(); lock.acquire(); lock.__exit__(); lock.release()', 0)):
            with self.subTest(lines):
                ran = self.watch(script % lines)
                ran.child.stdout.readline()
                self.assertEqual([self.only(ran, 'RLock')] * held, list(ran.images[0].held.values()))
                self.assertEqual([], ran.records(LOCK_FREED))

    def test_a_semaphore_is_held_as_long_as_one_unit_is(self):
        script = '''
            import multiprocessing, time
            lock = multiprocessing.get_context('fork').Semaphore(3)
            %s
            print('here', flush=True)
            time.sleep(60)
        '''
        for lines, held in (
                ('lock.acquire(); lock.acquire(); lock.release()', 1), ('lock.acquire(); lock.acquire(); lock.release(); lock.release()', 0),
                ('lock.__enter__(); lock.acquire(); lock.__exit__(None, None, None)', 1), ('lock.__enter__(); lock.__exit__()', 0)):
            with self.subTest(lines):
                ran = self.watch(script % lines)
                ran.child.stdout.readline()
                self.assertEqual([self.only(ran, 'Semaphore')] * held, list(ran.images[0].held.values()))
                self.assertEqual([], ran.records(LOCK_FREED))

    def test_who_releases_what_it_does_not_hold_is_told_once(self):
        for method in BOTH:
            with self.subTest(method):
                ran = self.run_script('''
                    import multiprocessing, sys, time

                    def use(lock, semaphore):
                        for _ in range(3):
                            semaphore.release()  # foreign unit
                        lock.release()  # foreign
                        with lock:
                            pass
                        semaphore.acquire()
                        time.sleep(0.3)
                        semaphore.release()

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        lock, semaphore = context.Lock(), context.Semaphore(0)
                        lock.acquire()
                        child = context.Process(target=use, args=(lock, semaphore))
                        child.start()
                        child.join()
                        print([semaphore.acquire(False) for _ in range(4)], lock.acquire(False))
                        for _ in range(2):
                            semaphore.release()
                ''', method)
                self.assertEqual('[True, True, True, False] True\n', ran.out)
                freed = ran.records(LOCK_FREED)
                self.assertEqual([self.only(ran, 'Semaphore'), self.only(ran, 'Lock')], [r.obj for _, r in freed])
                for (image, record), text in zip(freed, ('# foreign unit', '# foreign\n')):
                    self.assertPlace(ran, image, record, text)
                child = freed[0][0]
                self.assertNotEqual(ran.child.pid, child.pid)
                self.assertEqual({}, child.held)
                # It has three units, and gave two back.
                self.assertIn(self.only(ran, 'Semaphore'), ran.images[0].held.values())

    def test_who_releases_what_was_released_in_its_stead_does_not_hold_it(self):
        ran = self.run_script('''
            import multiprocessing
            context = multiprocessing.get_context('fork')
            def use(locks):
                for lock in locks:
                    lock.release()
            locks = [context.Lock(), context.Lock()]
            locks[0].acquire()
            locks[1].__enter__()
            child = context.Process(target=use, args=(locks,))
            child.start()
            child.join()
            for release in (locks[0].release, locks[1].__exit__):
                try:
                    release()
                except ValueError as error:
                    print(error)
            for lock in locks:
                with lock:
                    pass
        ''')
        self.assertEqual('semaphore or lock released too many times\n' * 2, ran.out)
        self.assertEqual(2, len(self.child(ran).of(LOCK_FREED)))
        self.assertEqual(({}, []), (ran.images[0].held, ran.images[0].of(LOCK_FREED)))

    def test_a_plain_fork_does_not_hold_either_and_says_so_when_it_releases(self):
        ran = self.run_script('''
            import multiprocessing, os
            context = multiprocessing.get_context('fork')
            lock, recursive = context.Lock(), context.RLock()
            lock.acquire()
            recursive.acquire()
            if os.fork() == 0:
                lock.release()
                recursive.release()
                os._exit(0)
            os.wait()
            print(lock.acquire(False))
            recursive.release()
        ''')
        self.assertEqual('True\n', ran.out)
        child = self.child(ran)
        self.assertEqual([self.only(ran, 'Lock'), self.only(ran, 'RLock')], [r.obj for r in child.of(LOCK_FREED)])
        self.assertEqual({}, child.held)

    def test_many_threads_leave_the_words_as_they_are(self):
        ran = self.run_script('''
            import multiprocessing, sys, threading
            sys.setswitchinterval(1e-5)
            context = multiprocessing.get_context('fork')
            locks = [context.Lock(), context.RLock(), context.Semaphore(3), context.BoundedSemaphore(2)]
            kept = context.Semaphore(8)
            kept.acquire()
            def use():
                for i in range(1500):
                    with locks[i % 4]:
                        pass
                    locks[(i + 1) % 4].acquire()
                    locks[(i + 1) % 4].release()
                    kept.acquire()
                    kept.release()
            def run():
                threads = [threading.Thread(target=use) for _ in range(6)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            run()
            child = context.Process(target=run)
            child.start()
            child.join()
            print(child.exitcode, [lock.acquire(False) for lock in locks])
            for lock in locks:
                lock.release()
        ''')
        self.assertEqual('0 [True, True, True, True]\n', ran.out)
        semaphore = max(r.obj for _, r in ran.records(LOCK_NEW))
        self.assertEqual([semaphore], list(ran.images[0].held.values()))
        self.assertEqual({}, self.child(ran).held)
        self.assertEqual([], ran.records(LOCK_FREED))

    def test_threads_of_a_child_that_are_the_first_at_once(self):
        ran = self.run_script('''
            import multiprocessing, sys, threading
            sys.setswitchinterval(1e-6)
            context = multiprocessing.get_context('fork')
            locks = [context.Lock(), context.RLock(), context.Semaphore(3), context.BoundedSemaphore(2)]
            def use(n):
                for i in range(20):
                    with locks[(n + i) % 4]:
                        pass
                    locks[(n + i + 1) % 4].acquire()
                    locks[(n + i + 1) % 4].release()
            def run():
                threads = [threading.Thread(target=use, args=(n,)) for n in range(6)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            for _ in range(40):
                child = context.Process(target=run)
                child.start()
                child.join()
                assert child.exitcode == 0
        ''')
        self.assertEqual('', ran.err)
        self.assertEqual([], [image.held for image in ran.images if image.held])
        self.assertEqual([], ran.records(LOCK_FREED))

    def test_more_locks_than_there_are_words(self):
        ran = self.run_script('''
            import multiprocessing, os
            context = multiprocessing.get_context('fork')
            locks = [context.Lock() for _ in range(600)]
            for lock in locks:
                with lock:
                    pass
            for lock in locks[:300] + locks[550:]:
                lock.acquire()
            def use():
                with locks[10]:
                    pass
                with locks[590]:
                    pass
                locks[5].acquire(False)
                os._exit(0)
            for lock in locks[:300] + locks[550:]:
                lock.release()
            locks[7].acquire()
            child = context.Process(target=use)
            child.start()
            child.join()
            for lock in locks[550:]:
                lock.release()
        '''.replace('locks[590]', 'locks[590]').replace('''
            for lock in locks[550:]:
                lock.release()
        ''', '''
            print(locks[599].acquire(False), locks[5].acquire(False))
        '''))
        self.assertEqual('True False\n', ran.out)
        ids = [r.obj for _, r in ran.records(LOCK_NEW)]
        self.assertEqual(600, len(set(ids)))
        root, child = ran.images[0], self.child(ran)
        self.assertEqual((True, [ids[7]]), (root.held_unseen, list(root.held.values())))
        self.assertEqual((True, [ids[5]]), (child.held_unseen, list(child.held.values())))
        self.assertEqual([], ran.records(LOCK_FREED))

    def test_locks_that_come_and_go_give_their_words_back(self):
        ran = self.run_script('''
            import multiprocessing, os
            context = multiprocessing.get_context('fork')
            for make in (context.Lock, context.RLock, context.Semaphore, context.Condition):
                for _ in range(600):
                    with make():
                        pass
            kept = context.Lock()
            def use():
                for _ in range(600):
                    with context.RLock():
                        pass
                kept.acquire()
                os._exit(0)
            child = context.Process(target=use)
            child.start()
            child.join()
        ''')
        self.assertEqual([False, False], [image.held_unseen for image in ran.images])
        self.assertEqual([{}, 1], [ran.images[0].held, len(self.child(ran).held)])

    def test_past_the_budget_the_words_and_slots_go_on(self):
        ran = self.begin('''
            import multiprocessing, threading, time
            context = multiprocessing.get_context('fork')
            lock, other = context.Lock(), context.Lock()
            lock.acquire()
            for _ in range(3000):
                lock.acquire(True, 1e-6)
            lock.release()
            other.acquire()
            print('here', flush=True)
            other.acquire()
        ''', options='budget=120000')
        self.addCleanup(self.end, ran)
        ran.child.stdout.readline()
        slot = self.now(ran, lambda images: [s for s in images[0].slots if s.op == LOCK_WAIT][0])
        ids = [r.obj for _, r in ran.records(LOCK_NEW)]
        image = ran.images[0]
        self.assertEqual((ids[1], [ids[1]]), (slot.obj, list(image.held.values())))
        waits = image.of(LOCK_WAIT)
        self.assertGreater(len(waits), 100)
        self.assertEqual(3000, len(waits) + image.dropped)


class Syncs(LockTest):
    def test_the_waits_and_calls_of_a_condition(self):
        for method in BOTH:
            with self.subTest(method):
                ran = self.run_script('''
                    import multiprocessing, sys, time

                    def use(condition, value, ready):
                        with condition:
                            ready.send(1)
                            print(condition.wait(), flush=True)  # for ever
                            ready.send(2)
                            print(condition.wait_for(lambda: value.value == 7, 30), flush=True)  # for 7
                        with condition:
                            print(condition.wait(0.125), flush=True)  # not so long

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        condition, value = context.Condition(), context.Value('i', 0, lock=False)
                        here, there = context.Pipe()
                        child = context.Process(target=use, args=(condition, value, there))
                        child.start()
                        here.recv()
                        time.sleep(0.2)
                        with condition:
                            condition.notify()  # one
                        here.recv()
                        time.sleep(0.2)
                        with condition:
                            value.value = 7
                            condition.notify_all()  # all
                        child.join()
                ''', method)
                self.assertEqual('True\nTrue\nFalse\n', ran.out)
                obj = self.only(ran, 'Condition')
                waits = ran.records(SYNC_WAIT)
                self.assertEqual([(obj, NO_INDEX, 0), (obj, NO_INDEX, 0), (obj, NO_INDEX, TIMED_OUT)], [(r.obj, r.b, r.flags) for _, r in waits])
                self.assertEqual((NO_LIMIT, 125000000), (waits[0][1].a, waits[2][1].a))
                self.assertLess(29e9, waits[1][1].a)
                for (image, record), text in zip(waits, ('# for ever', '# for 7', '# not so long')):
                    self.assertPlace(ran, image, record, text)
                    self.assertGreater(record.t1 - record.t0, 90000000)
                    self.assertNotEqual(ran.child.pid, image.pid)
                tells = ran.records(SYNC_TELL)
                self.assertEqual([(obj, 1, NOTIFY), (obj, ALL, NOTIFY)], [(r.obj, r.a, r.flags) for _, r in tells])
                for (image, record), text in zip(tells, ('# one', '# all')):
                    self.assertPlace(ran, image, record, text)
                    self.assertEqual(ran.child.pid, image.pid)
                # Getting the lock back is a part of the wait.
                inner = [r for _, r in ran.records(LOCK_WAIT) if r.t0 >= waits[0][1].t0 and r.t1 <= waits[0][1].t1 and r.thread == waits[0][1].thread]
                self.assertEqual([], [r for r in inner if r in waits[0][0].records])
                self.assertEqual([], ran.records(LOCK_FREED))
                self.assertEqual({()}, {tuple(image.held) for image in ran.images})

    def test_who_waits_in_a_condition_has_given_up_its_lock(self):
        ran = self.watch('''
            import multiprocessing
            condition = multiprocessing.get_context('fork').Condition()
            with condition:
                with condition:
                    condition.wait(70)  # here
        ''')
        image, slot = self.now(ran, lambda images: [(i, s) for i in images for s in i.slots if s.op == SYNC_WAIT][0])
        self.assertEqual(self.only(ran, 'Condition'), slot.obj)
        self.assertAlmostEqual(70, (slot.deadline - slot.since) / 1e9, delta=0.1)
        self.assertEqual(ran.line('# here'), image.place(slot.site).line)
        self.assertEqual({}, self.now(ran, lambda images: [images[0]])[0].held)

    def test_an_event(self):
        for method in BOTH:
            with self.subTest(method):
                ran = self.run_script('''
                    import multiprocessing, sys, time

                    def use(event, ready):
                        print(event.is_set(), event.wait(0.125), flush=True)  # not so long
                        ready.send(1)
                        print(event.wait(), flush=True)  # for ever
                        event.clear()  # clears

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        event = context.Event()
                        here, there = context.Pipe()
                        child = context.Process(target=use, args=(event, there))
                        child.start()
                        here.recv()
                        time.sleep(0.2)
                        event.set()  # sets
                        child.join()
                        print(event.is_set())
                ''', method)
                self.assertEqual('False False\nTrue\nFalse\n', ran.out)
                obj = self.only(ran, 'Event')
                waits = ran.records(SYNC_WAIT)
                self.assertEqual([(obj, 125000000, TIMED_OUT), (obj, NO_LIMIT, 0)], [(r.obj, r.a, r.flags) for _, r in waits])
                for (image, record), text in zip(waits, ('# not so long', '# for ever')):
                    self.assertPlace(ran, image, record, text)
                tells = sorted(ran.records(SYNC_TELL), key=lambda pair: pair[1].t0)
                self.assertEqual([(obj, SET), (obj, CLEAR)], [(r.obj, r.flags) for _, r in tells])
                for (image, record), text in zip(tells, ('# sets', '# clears')):
                    self.assertPlace(ran, image, record, text)

    def test_who_waits_for_an_event_or_at_a_barrier(self):
        for kind, made in (('Event', 'Event()'), ('Barrier', 'Barrier(2)')):
            with self.subTest(kind):
                ran = self.watch('''
                    import multiprocessing
                    multiprocessing.get_context('fork').%s.wait()
                ''' % made)
                image, slot = self.now(ran, lambda images: [(i, s) for i in images for s in i.slots if s.op == SYNC_WAIT][0])
                self.assertEqual((self.only(ran, kind), 0), (slot.obj, slot.deadline))
                self.assertEqual(ran.script, image.place(slot.site).file)

    def test_a_barrier(self):
        for method in BOTH:
            with self.subTest(method):
                ran = self.run_script('''
                    import multiprocessing, sys, threading, time

                    def use(barrier, ready):
                        barrier.wait()  # first
                        for _ in range(2):
                            try:
                                barrier.wait()  # then
                            except threading.BrokenBarrierError:
                                print('broken', flush=True)
                            ready.send(1)

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        barrier = context.Barrier(2)
                        here, there = context.Pipe()
                        child = context.Process(target=use, args=(barrier, there))
                        child.start()
                        indexes = barrier.wait()
                        time.sleep(0.2)
                        barrier.abort()  # aborts
                        here.recv()
                        here.recv()
                        child.join()
                        barrier.reset()  # resets
                        try:
                            barrier.wait(0.125)  # alone
                        except threading.BrokenBarrierError:
                            print('alone', barrier.broken)
                ''', method)
                self.assertEqual('broken\nbroken\nalone True\n', ran.out)
                obj = self.only(ran, 'Barrier')
                waits = ran.records(SYNC_WAIT)
                self.assertEqual({obj}, {r.obj for _, r in waits})
                at = lambda text: [r for i, r in waits if i.place(r.site).line == ran.line(text)]
                self.assertEqual({0, 1}, {r.b for r in at('indexes = ') + at('# first')})
                self.assertEqual([0, AT_ONCE], sorted(r.flags for r in at('indexes = ') + at('# first')))
                self.assertEqual([(BROKEN, NO_INDEX), (BROKEN | AT_ONCE, NO_INDEX)], sorted((r.flags, r.b) for r in at('# then')))
                self.assertEqual([(BROKEN | TIMED_OUT, 125000000, NO_INDEX)], [(r.flags, r.a, r.b) for r in at('# alone')])
                tells = ran.records(SYNC_TELL)
                self.assertEqual([(obj, ABORT), (obj, RESET)], [(r.obj, r.flags) for _, r in tells])

    def test_a_barriers_action_is_no_wait(self):
        ran = self.run_script('''
            import multiprocessing, threading, time
            context = multiprocessing.get_context('fork')
            lock = context.Lock()
            def act():
                lock.acquire(True, 0.125)  # in the action
            lock.acquire()
            barrier = context.Barrier(1, action=act)
            print(barrier.wait())
        ''')
        (image, wait), = ran.records(LOCK_WAIT)
        self.assertPlace(ran, image, wait, '# in the action')
        (_, around), = ran.records(SYNC_WAIT)
        self.assertEqual((0, AT_ONCE), (around.b, around.flags))
        self.assertLessEqual(around.t0, wait.t0)

    def test_a_wait_without_the_lock_or_left_by_an_exception(self):
        ran = self.both('''
            import multiprocessing, signal
            class Rang(Exception):
                pass
            def ring(*_):
                raise Rang
            signal.signal(signal.SIGALRM, ring)
            context = multiprocessing.get_context('fork')
            condition, event, barrier = context.Condition(), context.Event(), context.Barrier(2)
            for call in (condition.wait, condition.notify, condition.notify_all):
                try:
                    call()
                except AssertionError as error:
                    print(error)
            for call in (lambda: condition.wait(), event.wait, barrier.wait):
                with condition:
                    signal.setitimer(signal.ITIMER_REAL, 0.1)
                    try:
                        call()
                    except Rang:
                        print('rang')
        ''')
        self.assertEqual([LEFT] * 3, [r.flags for _, r in ran.records(SYNC_WAIT)])
        self.assertEqual([], ran.records(SYNC_TELL))
        self.assertEqual(([], {}), (ran.images[0].slots, ran.images[0].held))


class Harmless(LockTest):
    def test_calls_of_every_form_end_as_they_do_without(self):
        self.both('''
            import decimal, fractions, multiprocessing
            context = multiprocessing.get_context('fork')
            class Loud:
                def __repr__(self): raise SystemExit
                __eq__ = __len__ = __bool__ = __repr__
            class Number(float):
                def __repr__(self): raise SystemExit
                __eq__ = __le__ = __lt__ = __gt__ = __mul__ = __bool__ = __float__ = __repr__
            class Odd:
                def __init__(self, value): self.value = value
                def __float__(self):
                    print('asked', end=' ')
                    return self.value
            def tell(call, *args, **named):
                try:
                    return call(*args, **named)
                except Exception as error:
                    return type(error).__name__, str(error) if not isinstance(error, TypeError) else ''
            for make in (context.Lock, context.RLock, context.Semaphore, context.BoundedSemaphore):
                lock = make()
                for args, named in (
                        ((), {}), ((False,), {}), ((0,), {}), ((True, 0), {}), ((True, -3), {}), ((True, 0.01), {}), ((), {'timeout': 0.01}),
                        ((), {'block': False}), ((), {'block': True, 'timeout': 0}), ((False, 5), {}), ((1, 0.01), {}), ((2, 0.01), {}),
                        (('x', 0.01), {}), ((None,), {}), ((0.0,), {}), ((True, 'x'), {}), ((True, [0]), {}), ((True, 10 ** 400), {}),
                        ((True, decimal.Decimal('0.01')), {}), ((True, fractions.Fraction(1, 100)), {}), ((True, Number(0.01)), {}),
                        ((True, True and 0), {}), ((True, Odd(0.01)), {}), ((False, Odd(0.01)), {}), ((True, Odd('x')), {}), ((False, 'x'), {}),
                        ((1, 2, 3), {}), ((), {'blocking': True}), ((True,), {'block': True}), ((-1, 0.01), {}), ((2 ** 40, 0.01), {})):
                    print(tell(lock.acquire, *args, **named), end=' ')
                print(lock)
                for args in ((), (), (1,), ()):
                    print(tell(lock.release, *args), end=' ')
                print(lock)
                print(tell(lock.__enter__), tell(lock.__exit__, None, None, None), lock)
                print(tell(lock.__enter__), tell(lock.__exit__), tell(lock.__exit__), tell(lock.__enter__, 1), lock)
        ''')

    def test_what_can_be_asked_of_them_is_the_same(self):
        self.both('''
            import inspect, multiprocessing, pickle
            from multiprocessing import synchronize
            context = multiprocessing.get_context('fork')
            def ask(what):
                try:
                    return what()
                except Exception as error:
                    return type(error).__name__, str(error)
            for kind in ('SemLock', 'Lock', 'RLock', 'Semaphore', 'BoundedSemaphore', 'Condition', 'Event', 'Barrier'):
                one = getattr(synchronize, kind)
                for name in ('__init__', '__enter__', '__exit__', '__getstate__', '__setstate__', '_make_methods', 'acquire', 'release', 'wait', 'wait_for',
                             'notify', 'notify_all', 'set', 'clear', 'is_set', 'abort', 'reset', '_break'):
                    function = getattr(one, name, None)
                    if kind != 'Event' or name not in ('__getstate__', '__setstate__'):
                        print(kind, name, ask(lambda: str(inspect.signature(function))), getattr(function, '__qualname__', None), getattr(function, '__doc__', None))
            for make in (context.Lock, context.RLock, context.Semaphore, context.Condition):
                lock = make()
                for name in ('acquire', 'release'):
                    method = getattr(lock, name)
                    print(method.__name__, method.__qualname__, method.__doc__, method.__module__, ask(lambda: str(inspect.signature(method))))
            for make in (context.Lock, context.RLock, context.Semaphore, context.BoundedSemaphore, context.Condition, context.Event):
                print(ask(lambda: pickle.dumps(make())))
            lock = context.Lock()
            with lock as got:
                print(got, lock)
            print(lock)
        ''')

    def test_what_goes_over_the_wire_is_the_same(self):
        self.both('''
            import multiprocessing, re
            from multiprocessing import context as contexts, reduction, synchronize, util
            context = multiprocessing.get_context('spawn')
            synchronize.SemLock._make_name = staticmethod(lambda names=iter(range(1000)): '/procession-%d-%d' % (__import__('os').getppid() and 0, next(names)) + NAME)
            NAME = '-%x' % id(object())
            class Popen:
                def duplicate_for_child(self, handle):
                    return handle
            things = [context.Lock(), context.RLock(), context.Semaphore(2), context.BoundedSemaphore(2), context.Condition(), context.Event()]
            contexts.set_spawning_popen(Popen())
            for one in things:
                with one if hasattr(one, '__enter__') else context.Lock():
                    data = bytes(reduction.ForkingPickler.dumps(one))
                # Handles are addresses.
                print(type(one).__name__, re.sub(rb'\\x8a.|K.|M..|J....|\\x8a\\x08........|[0-9a-f]{8,}', b'#', data.replace(NAME.encode(), b'NAME'))[:40], len(data) - data.count(b'x') * 0 > 50)
                state = one.__getstate__() if not isinstance(one, synchronize.Event) else one.__dict__
                print(sorted(state) if isinstance(state, dict) else [type(part).__name__ for part in state])
        ''')

    def test_a_lock_goes_with_its_last_reference(self):
        self.both('''
            import gc, multiprocessing, weakref
            gc.disable()
            for method in ('fork', 'spawn'):
                context = multiprocessing.get_context(method)
                for make in (context.Lock, context.RLock, context.Semaphore, context.BoundedSemaphore, context.Condition, context.Event):
                    lock = make()
                    if hasattr(lock, '__enter__'):
                        with lock:
                            pass
                        lock.acquire()
                        lock.release()
                        try:
                            lock.release()
                            lock.__exit__(None, None, None)
                        except (ValueError, AssertionError):
                            pass
                    else:
                        lock.set(), lock.wait(), lock.clear(), lock.wait(0.01)
                    seen = weakref.ref(lock)
                    del lock
                    print(make.__name__, seen())
        ''')

    @unittest.skipIf(sys.version_info < (3, 11), 'before 3.11 a traceback shows a frame of ours')
    def test_tracebacks_are_the_same(self):
        self.both('''
            import multiprocessing, signal, sys, threading, traceback
            context = multiprocessing.get_context('fork')
            def ring(*_):
                raise KeyboardInterrupt
            signal.signal(signal.SIGALRM, ring)
            def inside(lock):
                with lock:
                    lock.release()
            def alarm(call):
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                call()
            def enter(lock):
                with lock:
                    pass
            def broken():
                raise ValueError('action')
            lock, recursive, bounded, condition, event = context.Lock(), context.RLock(), context.BoundedSemaphore(1), context.Condition(), context.Event()
            taken = context.Lock()
            taken.acquire()
            for call in (
                    lock.release, lambda: lock.__exit__(None, None, None), lambda: inside(lock), recursive.release, lambda: inside(recursive),
                    lambda: recursive.__exit__(None, None, None), bounded.release, lambda: inside(bounded), condition.release, condition.wait,
                    condition.notify, lambda: lock.acquire(True, 'x'), lambda: alarm(lambda: enter(taken)), lambda: alarm(taken.acquire),
                    lambda: alarm(lambda: taken.acquire(timeout=5)), lambda: alarm(event.wait), lambda: alarm(lambda: event.wait(5)),
                    lambda: context.Barrier(1, action=broken).wait(), lambda: context.Barrier(2).wait(0.01), lambda: context.Semaphore(-1),
                    lambda: alarm(context.Barrier(2).wait)):
                try:
                    call()
                    print('nothing')
                except BaseException:
                    traceback.print_exc(file=sys.stdout)
        ''')

    def test_a_child_that_can_have_no_journal_uses_them_as_before(self):
        ran = self.begin('''
            import multiprocessing, os, shutil
            context = multiprocessing.get_context('fork')
            kinds = [context.Lock(), context.RLock(), context.Semaphore(1), context.BoundedSemaphore(1), context.Condition()]
            event, barrier, other = context.Event(), context.Barrier(1), context.Lock()
            queue = context.SimpleQueue()
            other.acquire()
            shutil.rmtree(os.environ['PROCESSION_RUN'])
            def use():
                for lock in kinds:
                    for _ in range(2):
                        with lock:
                            pass
                        print(lock.acquire(), lock.release(), lock.acquire(False), lock.release(), lock)
                with kinds[4]:
                    print(kinds[4].wait(0.01), kinds[4].notify_all())
                print(event.wait(0.01), event.set(), event.wait(), event.clear(), barrier.wait(), other.release(), flush=True)
                queue.put(1)
                print(queue.get(), flush=True)
            child = context.Process(target=use)
            child.start()
            child.join()
            print(child.exitcode, other.acquire(False))
        ''')
        out, err = ran.child.communicate(timeout=60)
        self.assertEqual(('', ['0', 'True']), (err, out.split()[-2:]))
        self.assertEqual('False None\nFalse None True None 0 None\n1\n0 True\n', out[out.index('False None\n'):])
        self.assertEqual(10, out.count('True None True None <'))

    def test_subclasses_and_replacements_work_as_before(self):
        self.both('''
            import multiprocessing, unittest.mock
            from multiprocessing import synchronize
            context = multiprocessing.get_context('fork')
            class Loud(synchronize.Lock):
                def __init__(self):
                    super().__init__(ctx=context)
                def __enter__(self):
                    print('enter', end=' ')
                    return super().__enter__()
                def __exit__(self, *args):
                    print('exit', end=' ')
                    return super().__exit__(*args)
            class Wrapped(synchronize.RLock):
                def _make_methods(self):
                    super()._make_methods()
                    acquire = self.acquire
                    self.acquire = lambda *args: (print('acquire', end=' '), acquire(*args))[1]
            class Bare(synchronize.Semaphore):
                def _make_methods(self):
                    self.acquire, self.release = self._semlock.acquire, self._semlock.release
            class Empty(synchronize.Lock):
                def __init__(self):
                    pass
            class Other(synchronize.SemLock):
                def __init__(self):
                    super().__init__(synchronize.SEMAPHORE, 1, 1, ctx=context)
            for lock in (Loud(), Wrapped(ctx=context), Bare(2, ctx=context), Other()):
                with lock:
                    print(lock.acquire(False), end=' ')
                print(type(lock).__name__, lock.acquire(), lock.release(), lock._semlock._get_value())
            for name in ('__enter__', '__exit__'):
                try:
                    getattr(Empty(), name)()
                except AttributeError as error:
                    print(error)
            with unittest.mock.patch('multiprocessing.Lock') as mocked:
                with multiprocessing.Lock() as got:
                    print(mocked.called)
            with unittest.mock.patch.object(synchronize.Lock, '__enter__', lambda self: 'mine'):
                lock = context.Lock()
                print(lock.__enter__())
            lock = context.Lock()
            lock.acquire = lambda: 'own'
            print(lock.acquire())
            with lock:
                print(lock)
        ''')


if __name__ == '__main__':
    unittest.main()
