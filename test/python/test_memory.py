"""Shared memory: who made a segment, who maps it, whether it was removed; values and arrays; what the resource tracker knows."""

import ctypes
import signal
import sys
import unittest
from collections import Counter

from channel_support import METHODS, ChannelTest
from process_support import ScriptTest
from reader import LOCK_NEW, SEGMENT_CLOSED, SEGMENT_NEW, SEGMENT_UNLINKED, TRACKED, VALUE_NEW
from harmless_support import plain_text
from test_managers import hash48

CREATED, UNTRACKED = 1, 4
REGISTER, UNREGISTER = 1, 2
SEGMENTS = SEGMENT_NEW, SEGMENT_CLOSED, SEGMENT_UNLINKED


class Segments(ChannelTest):
    def life(self, image):
        """What an image did with segments, in order: (type, flags, name or None)."""
        return [(r.type, r.flags, image.text(r.s1)) for r in image.of(*SEGMENTS)]

    def test_a_segment_is_told_by_all_who_map_it_by_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script("""
                    import multiprocessing, sys
                    from multiprocessing.shared_memory import SharedMemory

                    def work(name):
                        segment = SharedMemory(name)  # attached
                        segment.buf[0] = 7
                        segment.close()  # let go

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        segment = SharedMemory(create=True, size=5000)  # made
                        child = context.Process(target=work, args=(segment.name,))
                        child.start()
                        child.join()
                        print(segment.buf[0], segment.name)
                        segment.close()  # closed
                        segment.close()
                        segment.unlink()  # removed
                """, method)
                seven, name = ran.out.split()
                self.assertEqual('7', seven)
                obj = 5 << 48 | hash48(name)
                main = ran.images[0]
                child, = [i for i in ran.images[1:] if i.of(SEGMENT_NEW)]
                self.assertEqual({obj}, {r.obj for _, r in ran.records(*SEGMENTS)})
                self.assertEqual([(SEGMENT_NEW, CREATED, name), (SEGMENT_CLOSED, 0, None), (SEGMENT_UNLINKED, 0, None)], self.life(main))
                self.assertEqual([(SEGMENT_NEW, 0, name), (SEGMENT_CLOSED, 0, None)], self.life(child))
                self.assertEqual({5000: 2}, Counter(r.a for _, r in ran.records(SEGMENT_NEW)))
                for image, texts in ((main, ('made', 'closed', 'removed')), (child, ('attached', 'let go'))):
                    for record, text in zip(image.of(*SEGMENTS), texts):
                        self.assertPlace(ran, image, record, '# ' + text)
                self.assertEqual({'SharedMemory'}, {i.text(r.s2) for i, r in ran.records(SEGMENT_NEW)})
                # Up to 3.12, and by default later, one who attaches registers too.
                tracked = [(i.pid, r.flags) for i, r in ran.records(TRACKED) if r.obj == obj]
                self.assertEqual(sorted([(main.pid, REGISTER), (main.pid, UNREGISTER), (child.pid, REGISTER)]), sorted(tracked))
                self.assertEqual({('/' + name, 'shared_memory')}, {(i.text(r.s1), i.text(r.s2)) for i, r in ran.records(TRACKED) if r.obj == obj})

    def test_a_list_is_one_segment_and_says_so(self):
        ran = self.run_script("""
            from multiprocessing.shared_memory import ShareableList
            import pickle
            made = ShareableList([1, 2.5, 'three'])  # made
            other = ShareableList(name=made.shm.name)  # attached
            third = pickle.loads(pickle.dumps(made))
            print(other[2], third[0])
            for one in (third, other, made):
                one.shm.close()
            made.shm.unlink()
        """)
        self.assertEqual('three 1\n', ran.out)
        image = ran.images[0]
        new = image.of(SEGMENT_NEW)
        self.assertEqual([(CREATED, 'ShareableList'), (0, 'ShareableList'), (0, 'ShareableList')], [(r.flags, image.text(r.s2)) for r in new])
        self.assertEqual(1, len({r.obj for r in new}))
        self.assertPlace(ran, image, new[0], '# made')
        self.assertPlace(ran, image, new[1], '# attached')
        self.assertEqual((3, 1), (len(image.of(SEGMENT_CLOSED)), len(image.of(SEGMENT_UNLINKED))))

    @unittest.skipIf(sys.version_info < (3, 13), 'track is new in 3.13')
    def test_one_that_is_not_tracked_says_so(self):
        ran = self.run_script("""
            from multiprocessing.shared_memory import SharedMemory
            made = SharedMemory(create=True, size=10, track=False)
            other = SharedMemory(made.name)
            other.close()
            made.close()
            made.unlink()
        """)
        image = ran.images[0]
        self.assertEqual([CREATED | UNTRACKED, 0], [r.flags for r in image.of(SEGMENT_NEW)])
        self.assertEqual([REGISTER], [r.flags for r in image.of(TRACKED)])

    def test_one_that_cannot_be_made_mapped_or_closed_is_not_told(self):
        ran = self.run_script("""
            from multiprocessing.shared_memory import SharedMemory
            for attempt in (lambda: SharedMemory('no-such-segment'), lambda: SharedMemory(create=True, size=0), lambda: SharedMemory()):
                try:
                    attempt()
                except (OSError, ValueError) as error:
                    print(type(error).__name__)
            made = SharedMemory(create=True, size=10)
            view = made.buf[1:2]
            try:
                made.close()
            except BufferError:
                print('in use')
            view.release()
            made.close()
            made.unlink()
            try:
                made.unlink()
            except FileNotFoundError:
                print('gone')
        """)
        self.assertEqual('FileNotFoundError\nValueError\nValueError\nin use\ngone\n', ran.out)
        image = ran.images[0]
        self.assertEqual([SEGMENT_NEW, SEGMENT_CLOSED, SEGMENT_UNLINKED], [r.type for r in image.of(*SEGMENTS)])

    def test_one_that_is_never_removed_stays_registered(self):
        ran = self.run_script("""
            from multiprocessing.shared_memory import SharedMemory
            kept = SharedMemory(create=True, size=10)
        """)
        self.assertIn('leaked shared_memory', ran.err)
        image = ran.images[0]
        # The interpreter's end lets go of it.
        self.assertEqual([SEGMENT_NEW, SEGMENT_CLOSED], [r.type for r in image.of(*SEGMENTS)])
        self.assertEqual([REGISTER], [r.flags for r in image.of(TRACKED)])

    def test_a_killed_process_closes_nothing(self):
        ran = self.begin("""
            import os, signal, sys
            from multiprocessing.shared_memory import SharedMemory
            kept = SharedMemory(create=True, size=10)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
        ran.child.communicate(timeout=60)
        self.assertEqual(-signal.SIGKILL, ran.child.returncode)
        self.assertEqual([SEGMENT_NEW], [r.type for r in ran.images[0].of(*SEGMENTS)])

    def test_those_of_a_manager_are_told_where_they_are_made_and_by_the_server_that_removes_them(self):
        for method in ('fork', 'spawn'):
            with self.subTest(method):
                ran = self.run_script("""
                    import multiprocessing, sys
                    from multiprocessing.managers import SharedMemoryManager
                    if __name__ == '__main__':
                        with SharedMemoryManager(ctx=multiprocessing.get_context(sys.argv[1])) as manager:
                            segment = manager.SharedMemory(100)  # a segment
                            numbers = manager.ShareableList([1, 2])  # a list
                            print(segment.name, numbers.shm.name)
                            segment.close()
                            numbers.shm.close()
                """, method)
                names = ran.out.split()
                main = ran.images[0]
                server, = [i for i in ran.images[1:] if i.of(SEGMENT_NEW)]
                first, second = main.of(SEGMENT_NEW)
                self.assertEqual(names, [main.text(first.s1), main.text(second.s1)])
                self.assertEqual(['SharedMemory', 'ShareableList'], [main.text(first.s2), main.text(second.s2)])
                self.assertPlace(ran, main, first, '# a segment')
                self.assertPlace(ran, main, second, '# a list')
                self.assertEqual(2, len(main.of(SEGMENT_CLOSED)))
                self.assertEqual([], main.of(SEGMENT_UNLINKED))
                self.assertEqual({first.obj, second.obj}, {r.obj for r in server.of(SEGMENT_UNLINKED)})

    def test_semaphores_that_the_tracker_knows_are_told_with_their_names(self):
        ran = self.run_script("""
            import multiprocessing
            if __name__ == '__main__':
                lock = multiprocessing.get_context('spawn').Lock()  # the lock
                print(lock._semlock.name)
                del lock
        """)
        name = ran.out.strip()
        image = ran.images[0]
        first, second = image.of(TRACKED)
        self.assertEqual((REGISTER, UNREGISTER), (first.flags, second.flags))
        self.assertEqual({(name, 'semaphore')}, {(image.text(r.s1), image.text(r.s2)) for r in (first, second)})
        self.assertEqual({3 << 48 | hash48(name)}, {first.obj, second.obj})
        self.assertPlace(ran, image, first, '# the lock')


class Values(ChannelTest):
    SIZES = {
        'c_double': ctypes.sizeof(ctypes.c_double), 'c_int': ctypes.sizeof(ctypes.c_int), 'c_char[7]': 7,
        'c_int[10]': 10 * ctypes.sizeof(ctypes.c_int), 'c_int[2][3]': 6 * ctypes.sizeof(ctypes.c_int), 'c_wchar': ctypes.sizeof(ctypes.c_wchar),
    }

    def test_each_value_and_array_is_one_record_with_its_type_and_bytes(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script("""
                    import ctypes, multiprocessing, sys
                    from multiprocessing import sharedctypes

                    class Point(ctypes.Structure):
                        _fields_ = [('x', ctypes.c_double), ('y', ctypes.c_double)]

                    def work(number, numbers, point):
                        with number.get_lock():
                            number.value += 1
                        numbers[0] = 5
                        point.x = 2

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        number = context.Value('d', 1.5)  # Value c_double
                        numbers = context.Array('i', range(10))  # Array c_int[10]
                        raw = context.RawValue(ctypes.c_int, 3)  # RawValue c_int
                        point = context.RawValue(Point, 1, 2)  # RawValue Point
                        points = context.RawArray(Point, 3)  # RawArray Point[3]
                        free = context.Value('i', lock=False)  # Value c_int
                        text = context.Array('c', b'letters')  # Array c_char[7]
                        grid = sharedctypes.Array(ctypes.c_int * 3, 2)  # Array c_int[2][3]
                        locked = context.Value(Point, 1, 2, lock=context.Lock())  # Value Point
                        copied = sharedctypes.copy(points)  # RawArray Point[3]
                        letter = sharedctypes.copy(context.RawValue('u'))  # RawValue c_wchar
                        child = context.Process(target=work, args=(number, numbers, point))
                        child.start()
                        child.join()
                        print(number.value, numbers[0], point.x, text.value)
                """, method)
                self.assertEqual("2.5 5 2.0 b'letters'\n", ran.out)
                main = ran.images[0]
                values = [(i, r) for i, r in ran.records(VALUE_NEW)]
                self.assertEqual({main.pid}, {i.pid for i, _ in values})
                told = []
                with open(ran.script) as file:
                    lines = file.read().split('\n')
                for _, record in values:
                    kind, type_ = main.text(record.s1), main.text(record.s2)
                    told.append('%s %s' % (kind, type_))
                    place = main.place(record.site)
                    self.assertEqual(told[-1], lines[place.line - 1].partition('  # ')[2])
                    point = {'Point': 16, 'Point[3]': 48}
                    self.assertEqual(dict(self.SIZES, **point)[type_], record.a)
                wanted = [line.partition('  # ')[2] for line in lines if '  # ' in line]
                # The one that was copied and thrown away has a record too.
                self.assertEqual(sorted(wanted + ['RawValue c_wchar']), sorted(told))
                self.assertEqual(len(values), len({r.obj for _, r in values}))
                self.assertEqual({2}, {r.obj >> 48 for _, r in values})
                locks = {r.obj for r in main.of(LOCK_NEW)}
                for _, record in values:
                    locked = main.text(record.s1) in ('Value', 'Array') and 'free =' not in lines[main.place(record.site).line - 1]
                    if locks or not locked:
                        self.assertEqual(locked, record.b in locks, main.place(record.site))

    def test_what_cannot_be_made_raises_as_it_did(self):
        ran = self.run_script("""
            import multiprocessing
            for attempt in (lambda: multiprocessing.Value('no such'), lambda: multiprocessing.Array('i', 'text'),
                            lambda: multiprocessing.Value('i', lock='no lock')):
                try:
                    attempt()
                except Exception as error:
                    print(type(error).__name__)
        """)
        self.assertEqual('TypeError\nTypeError\nAttributeError\n', ran.out)
        self.assertEqual([], ran.records(VALUE_NEW))


class Unnoticed(ScriptTest):
    def assertSame(self, text, args=(), **named):
        plain, run = self.both(text, args, **named)
        self.assertEqual((plain_text(plain.out), plain_text(plain.err), plain.code), (plain_text(run.out), plain_text(run.err), run.code))
        return run

    def test_the_trackers_complaints_are_those_of_a_plain_run(self):
        for method in METHODS:
            with self.subTest(method):
                run = self.assertSame('''
                    import multiprocessing, os, sys
                    from multiprocessing.shared_memory import SharedMemory
                    name = 'procession-test-%d' % os.getppid()
                    def work():
                        other = SharedMemory(name)
                        other.close()
                    if __name__ == '__main__':
                        kept = SharedMemory(name, create=True, size=10)
                        child = multiprocessing.get_context(sys.argv[1]).Process(target=work)
                        if sys.argv[1] == 'fork':
                            child.start()
                            child.join()
                        else:
                            lock = multiprocessing.get_context(sys.argv[1]).Lock()
                        kept.close()
                ''', [method])
                self.assertIn('leaked', run.err)

    def test_functions_of_the_library_keep_their_names_signatures_and_pickles(self):
        self.assertSame('''
            import inspect, multiprocessing, pickle, sys
            from multiprocessing import resource_tracker, shared_memory, sharedctypes
            for one in (shared_memory.SharedMemory, shared_memory.SharedMemory.__init__, shared_memory.SharedMemory.close,
                        shared_memory.SharedMemory.unlink, shared_memory.ShareableList, sharedctypes.Value, sharedctypes.Array,
                        sharedctypes.RawValue, sharedctypes.RawArray, sharedctypes.copy, resource_tracker.ResourceTracker._send,
                        resource_tracker.register):
                print(one.__module__, one.__qualname__, one.__doc__, inspect.signature(one))
            segment = shared_memory.SharedMemory(create=True, size=10, name='procession-names')
            print(segment, pickle.dumps(segment), sorted(vars(segment)))
            segment.close()
            segment.unlink()
            print(pickle.dumps(sharedctypes.Value), sorted(vars(multiprocessing.Value('i', 1))))
            print(sorted(sys.modules))
        ''')

    @unittest.skipIf(sys.version_info < (3, 11), 'before 3.11 a hook cannot leave a traceback')
    def test_tracebacks_are_those_of_a_plain_run(self):
        self.assertSame('''
            import multiprocessing, traceback
            from multiprocessing import resource_tracker, shared_memory
            def attempt(call):
                try:
                    call()
                except BaseException:
                    traceback.print_exc()
            attempt(lambda: shared_memory.SharedMemory('no-such-segment'))
            attempt(lambda: shared_memory.SharedMemory(1, 2, 3, 4, 5))
            attempt(lambda: multiprocessing.Value('no such'))
            attempt(lambda: multiprocessing.Array('i', lock=3))
            attempt(lambda: multiprocessing.RawArray('i', -1))
            attempt(lambda: resource_tracker.register('x' * 600, 'semaphore'))
            attempt(lambda: resource_tracker.register('only a name'))
        ''')

    def test_segments_that_go_with_the_interpreter_go_in_silence(self):
        self.assertSame('''
            import sys
            from multiprocessing import shared_memory
            class Own(shared_memory.SharedMemory):
                def close(self):
                    super().close()
            kept = Own(create=True, size=100)
            kept.unlink()
            circle = [Own(create=True, size=100)]
            circle.append(circle)
            circle[0].unlink()
            sys.modules['kept'] = kept
            print('made')
        ''')


if __name__ == '__main__':
    unittest.main()
