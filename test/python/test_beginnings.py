"""What a Python writes that has nothing to tell but that it began and ended, and how the journal goes on where it has more."""

import os
import sys
import unittest

import reader
from harmless_support import HarmlessTest

SHOW = '''
    import sys
    loaded = next(type(f).find_spec.__globals__ for f in sys.meta_path if type(f).__module__ == '_procession.boot')['_loaded']
    print('core' in loaded, 'procession' in open('/proc/self/maps').read() if sys.platform == 'linux' else False)
'''


class Beginnings(HarmlessTest):
    def types(self, image):
        return [record.type for record in image.records if record.type != 60]

    def test_a_python_that_has_no_processes_maps_no_journal_and_yet_tells_its_begin_and_end(self):
        run = self.run_script(SHOW + '''
    import traceback, threading, json, subprocess
    print('core' in loaded)
''', args=['one', 'two words'])
        self.assertEqual('False False\nFalse\n', run.out)
        image, = run.images
        self.assertEqual([reader.BOOT, reader.EXIT], self.types(image))
        boot, end = image.one(reader.BOOT), image.one(reader.EXIT)
        self.assertEqual((image.opened, image.opened, image.ppid), (boot.t0, boot.t1, boot.a))
        self.assertEqual((0, -1, 2, 0), (end.obj, end.a, end.flags, end.thread))
        self.assertGreater(end.t0, boot.t0)
        self.assertEqual('two words', image.text(boot.s1).split('\0')[-1])
        self.assertEqual(0, image.dropped)

    def test_the_first_that_has_something_to_tell_goes_on_in_the_same_file(self):
        for text in (
                'import multiprocessing', 'import subprocess; subprocess.call([sys.executable, "-c", ""])', 'os.kill(os.getppid(), 0)',
                'os.fork() or os._exit(0); os.wait()', 'os.seteuid(os.geteuid())', 'sys.exit(3)', 'raise ValueError("no")'):
            with self.subTest(text):
                run = self.run_script('''
    import os, sys
    import traceback
    %s
''' % text)
                self.assertEqual([1], sorted({[image.pid for image in run.images].count(pid) for pid in {image.pid for image in run.images}}))
                self.assertEqual((0, 0), (run.root.unknown, run.root.dropped))
                self.assertEqual((reader.BOOT, reader.EXIT), (self.types(run.root)[0], self.types(run.root)[-1]))

    def test_an_exception_that_nobody_caught_is_told_though_nothing_else_was(self):
        run = self.assertSame('''
    raise ValueError('not today')
''')
        image, = run.images
        self.assertEqual([reader.BOOT, reader.EXCEPTION, reader.EXIT], self.types(image))
        self.assertEqual(1, image.one(reader.EXIT).a)

    def test_the_truth_of_an_exception_that_nobody_caught_is_not_asked_for(self):
        run = self.assertSame('''
    class Odd(Exception):
        def __bool__(self):
            print('asked')
            return False
        __len__ = __bool__
    raise Odd('not today')
''')
        self.assertEqual([reader.BOOT, reader.EXCEPTION, reader.EXIT], self.types(run.root))

    def test_the_first_seat_is_the_main_threads_whoever_came_first(self):
        run = self.run_script('''
    import threading
    def first():
        import multiprocessing
        multiprocessing.Pipe()
    thread = threading.Thread(target=first, name='the first')
    thread.start()
    thread.join()
    import multiprocessing
    multiprocessing.Pipe()
''')
        image, = run.images
        threads = [record.thread for record in image.of(reader.CHANNEL_NEW)]
        self.assertEqual(['the first'], [image.text(record.s1) for record in image.of(reader.THREAD)])
        self.assertEqual([image.one(reader.THREAD).thread, 0], threads)
        self.assertNotEqual(0, threads[0])

    def test_threads_that_have_something_to_tell_at_once_all_tell_it(self):
        run = self.run_script('''
    import os, sys, threading
    sys.setswitchinterval(1e-5)
    ready = threading.Barrier(8)
    def tell():
        ready.wait()
        os.kill(os.getppid(), 0)
        import multiprocessing.connection
        multiprocessing.connection.Pipe()
    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
''')
        image, = run.images
        self.assertEqual(8, len(image.of(reader.CHANNEL_NEW)))
        self.assertEqual(0, image.dropped)

    def test_a_fork_by_os_alone_is_told_by_both_sides(self):
        run = self.assertSame('''
    import os
    pid = os.fork()
    if not pid:
        os.kill(os.getppid(), 0)
        os._exit(4)
    print(os.waitpid(pid, 0)[1])
''')
        root, child = run.root, next(image for image in run.images if image.made_by_fork)
        self.assertEqual((root.pid, root.start), (child.ppid, child.parent_start))
        self.assertEqual([child.pid], [record.a for record in root.of(reader.FORK)])
        self.assertEqual(4, child.one(reader.EXIT).a)

    @unittest.skipUnless(sys.platform == 'linux', 'a C library by name')
    def test_a_fork_that_is_not_pythons_before_anything_was_told_makes_a_journal_of_its_own(self):
        run = self.run_script('''
    import ctypes, os
    fork = ctypes.PyDLL(None).fork
    pid = fork()
    if not pid:
        import multiprocessing
        multiprocessing.Pipe()
        os._exit(0)
    print(pid, os.waitpid(pid, 0)[1])
''')
        pid, status = map(int, run.out.split())
        self.assertEqual(0, status)
        child = run.image_of(pid)
        self.assertTrue(child.made_by_fork)
        self.assertEqual(run.root.start, child.parent_start)
        self.assertEqual(1, len(child.of(reader.CHANNEL_NEW)))
        self.assertEqual([], run.root.of(reader.CHANNEL_NEW))

    @unittest.skipUnless(hasattr(os, 'geteuid') and os.geteuid() == 0, 'only root may become somebody else')
    def test_who_becomes_another_user_first_is_recorded_all_the_same(self):
        run = self.run_script('''
    import os
    os.setgid(65534)
    os.setuid(65534)
    os.kill(os.getpid(), 0)
    print(os.geteuid(), flush=True)
    os._exit(5)
''')
        self.assertEqual(('65534\n', 5), (run.out, run.code))
        self.assertEqual(5, run.root.one(reader.EXIT).a)

    def test_a_journal_that_cannot_be_gone_on_with_is_left_alone_and_counts_what_it_lost(self):
        run = self.run_script('''
    import os, sys
    finder = next(f for f in sys.meta_path if type(f).__module__ == '_procession.boot')
    names = type(finder).find_spec.__globals__
    def refuse(*_):
        raise OSError('not now')
    load = names['load']
    def without_core(wanted):
        if 'core' in wanted:
            raise OSError('not now')
        return load(wanted)
    names['load'] = without_core
    import multiprocessing, subprocess
    one, other = multiprocessing.Pipe()
    one.send('text')
    print(other.recv(), subprocess.call([sys.executable, '-c', 'pass']))
    pid = os.fork()
    if not pid:
        os._exit(0)
    print(os.waitpid(pid, 0)[1])
''', quiet=False)
        self.assertEqual(('text 0\n0\n', '', 0), (run.out, run.err, run.code))
        root = run.root
        self.assertEqual([reader.BOOT], self.types(root))
        self.assertEqual(1, root.dropped)

    def test_the_journal_that_was_begun_survives_an_interrupt_while_it_is_made(self):
        run = self.run_script('''
    import os, sys
    names = next(type(f).find_spec.__globals__ for f in sys.meta_path if type(f).__module__ == '_procession.boot')
    load = names['load']
    def interrupted(wanted):
        names['load'] = load
        raise KeyboardInterrupt
    names['load'] = interrupted
    try:
        os.kill(os.getppid(), 0)
    except KeyboardInterrupt:
        print('interrupted')
    import multiprocessing
    multiprocessing.Pipe()
''')
        self.assertEqual('interrupted\n', run.out)
        self.assertEqual(1, len(run.root.of(reader.CHANNEL_NEW)))

    def test_what_a_signal_handler_does_while_it_is_made_is_counted_and_done(self):
        run = self.run_script('''
    import os, sys, signal
    names = next(type(f).find_spec.__globals__ for f in sys.meta_path if type(f).__module__ == '_procession.boot')
    load = names['load']
    def disturbed(wanted):
        if 'core' in wanted:
            names['load'] = load
            os.kill(os.getppid(), 0)
            print('done')
        return load(wanted)
    names['load'] = disturbed
    os.kill(os.getpid(), 0)
''', quiet=False)
        self.assertEqual('done\n', run.out)
        self.assertEqual(1, run.root.dropped)
        self.assertEqual(reader.EXIT, run.root.records[-1].type)


if __name__ == '__main__':
    unittest.main()
