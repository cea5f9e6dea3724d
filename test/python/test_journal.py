"""The journal itself: segments, strings, threads, counters, and what happens when room runs out."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import reader
from process_support import ScriptTest

# The runtime's core as the script's hooks have it, found by way of the finder.
CORE = '''
    import os, sys
    core = next(type(f).find_spec.__globals__ for f in sys.meta_path if type(f).__module__ == '_procession.boot')['begin']()
'''

# Threads that begin to write together and are waited for.
TOGETHER = CORE + '''
    import threading
    sys.setswitchinterval(1e-5)
    def together(count, work, meanwhile=None):
        ready = threading.Barrier(count)
        def begin(number):
            ready.wait()
            work(number)
            # None leaves its slot to another before all have written.
            ready.wait()
        threads = [threading.Thread(target=begin, args=(n,), name='worker %d' % n) for n in range(count)]
        for thread in threads:
            thread.start()
        if meanwhile is not None:
            meanwhile()
        for thread in threads:
            thread.join()
'''


class Segments(ScriptTest):
    def test_records_go_on_from_segment_to_segment_without_a_gap(self):
        run = self.run_script(CORE + '''
    for number in range(100000):
        core.emit_message(40, 0, number, number, 1, number, -1, 0)
''')
        root = run.root
        puts = root.of(reader.PUT)
        self.assertEqual(list(range(100000)), [r.a for r in puts])
        self.assertEqual({-1}, {r.b for r in puts})
        names = sorted(os.listdir(run.folder))
        self.assertEqual([65536, 1 << 20, 4 << 20, 4 << 20], [os.path.getsize(os.path.join(run.folder, n)) for n in names])

    def test_threads_that_write_at_once_lose_nothing_and_have_slots_of_their_own(self):
        run = self.run_script(TOGETHER + '''
    def work(thread):
        for number in range(thread * 6000, thread * 6000 + 6000):
            core.emit(46, 0, 1, 1, 1, number, 0, core.site(1), core.intern('text %d' % (number % 100)))
    together(8, work)
''')
        root, done = self.numbered(run, 48000, 100)
        named = {r.thread: root.text(r.s1) for r in root.of(reader.THREAD)}
        for slot, name in named.items():
            self.assertEqual({name}, {'worker %d' % (r.a // 6000) for r in done if r.thread == slot})
        self.assertEqual(8, len({r.thread for r in done}))

    def test_a_new_segment_never_lets_a_record_far_before_the_string_that_it_names(self):
        run = self.run_script(TOGETHER + '''
    def work(thread):
        for number in range(thread * 5000, thread * 5000 + 5000):
            core.emit(46, 0, 1, 1, 1, number, 0, 0, core.intern('text %d' % (number % 5000)))
    together(8, work)
''')
        # The reader refuses such a record.
        self.numbered(run, 40000, 5000)

    def numbered(self, run, count, texts):
        """(root, its TASK_DONE records), which must be numbered from 0 to `count` and name their texts, in any order."""
        root = run.root
        done = root.of(reader.TASK_DONE)
        # Not assertEqual, whose account of a difference would take minutes.
        self.assertTrue(sorted(r.a for r in done) == list(range(count)), (len(done), count))
        self.assertTrue(all(root.text(r.s1) == 'text %d' % (r.a % texts) for r in done))
        return root, done

    def test_forks_while_other_threads_write_lose_nothing_on_either_side(self):
        run = self.run_script(TOGETHER + '''
    going = True
    counts = [0] * 3
    def work(thread):
        number = 0
        while going:
            core.emit(46, 0, 1, 1, thread, number, 0, 0, core.intern('text %d' % number))
            number += 1
        counts[thread] = number
    def fork():
        global going
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                core.emit(46, 0, 1, 1, 9, 0, 0, 0, core.intern('child'))
                os._exit(0)
            os.waitpid(pid, 0)
        going = False
    together(3, work, fork)
    print(*counts)
''')
        root = run.root
        for thread, count in enumerate(map(int, run.out.split())):
            numbers = [r.a for r in root.of(reader.TASK_DONE) if r.obj == thread]
            # Not assertEqual, whose account of a difference would take minutes.
            self.assertTrue(sorted(numbers) == list(range(count)), (len(numbers), count))
        self.assertTrue(all(root.text(r.s1) == 'text %d' % r.a for r in root.of(reader.TASK_DONE)))
        children = [image for image in run.images if image.pid != root.pid]
        self.assertEqual(['child'] * 20, [image.text(image.one(reader.TASK_DONE).s1) for image in children])

    def test_a_threads_slot_is_free_again_when_it_ended(self):
        run = self.run_script(CORE + '''
    import threading
    for _ in range(200):
        thread = threading.Thread(target=core.slot_begin, args=(42, 0, 7, 0, 0, 0))
        thread.start()
        thread.join()
    assert core.slot_begin(10, 0, 1, 2, 3, 0)
    assert not core.slot_begin(42, 0, 1, 2, 3, 0)
    core.slot_end()
    assert core.slot_begin(11, 1, 4, 5, 6, core.site(1))
''')
        self.assertEqual(200, len(run.root.of(reader.THREAD)))
        slot, = run.root.slots
        self.assertEqual((0, 11, 1, 4, 5, 6, run.root.pid), (slot.number, slot.op, slot.flags, slot.obj, slot.operand, slot.deadline, slot.thread))

    def test_beyond_64_threads_a_thread_has_no_slot_but_its_records(self):
        run = self.run_script(CORE + '''
    import threading
    ready = threading.Barrier(80)
    def work():
        core.emit(46, 0, 1, 1, 0, 0, 0, 0)
        core.slot_begin(42, 0, 0, 0, 0, 0)
        core.slot_end()
        ready.wait()
    threads = [threading.Thread(target=work) for _ in range(80)]
    [t.start() for t in threads]
    [t.join() for t in threads]
''')
        threads = [r.thread for r in run.root.of(reader.TASK_DONE)]
        self.assertEqual(80, len(threads))
        self.assertEqual(63, len(set(threads) - {0xFFFFFFFF}))
        self.assertEqual(17, threads.count(0xFFFFFFFF))

    def test_strings_of_every_kind_come_back(self):
        texts = ['', 'x', 'x' * 44, 'x' * 45, 'ü' * 300, '\ud800 lone', 'line\nline\0nul', '漢字' * 3000]
        run = self.run_script(CORE + '''
    for text in %s:
        core.emit(46, 0, 1, 1, 0, 0, 0, 0, core.intern(text), core.intern(text))
''' % ascii(texts))
        self.assertEqual('', run.err)
        got = [run.root.text(r.s1) for r in run.root.of(reader.TASK_DONE)]
        self.assertEqual([None, 'x', 'x' * 44, 'x' * 45, 'ü' * 300, '? lone', 'line\nline\0nul'], got[:-1])
        # Not assertEqual, whose account of a difference would take minutes.
        self.assertTrue(('漢字' * 3000).encode()[:16384].decode('utf-8', 'ignore') == got[-1], got[-1][-100:])

    def test_a_forked_child_never_writes_into_its_parents_file(self):
        run = self.run_script(CORE + '''
    import gc, threading
    class Late:
        def __del__(self):
            core.emit(46, 0, 1, 1, os.getpid(), 0, 0, core.site(1), core.intern('late'))
    stop = threading.Event()
    def hold():
        late = Late()
        core.emit(46, 0, 1, 1, os.getpid(), 0, 0, core.site(1))
        core.slot_begin(42, 0, 7, 0, 0, 0)
        stop.wait()
        core.slot_end()
    threads = [threading.Thread(target=hold) for _ in range(4)]
    [t.start() for t in threads]
    for _ in range(20):
        pid = os.fork()
        if pid == 0:
            gc.collect()
            for _ in range(2000):
                core.emit(46, 0, 1, 1, os.getpid(), 0, 0, core.site(1), core.intern('text'))
            os._exit(0)
        os.waitpid(pid, 0)
        core.emit(46, 0, 1, 1, os.getpid(), 0, 0, core.site(1), core.intern('text'))
    import struct
    with open('/proc/self/maps') as maps:
        mine = next(line.split()[-1] for line in maps if '/%d-' % os.getpid() in line)
    with open(mine, 'rb') as file:
        data = file.read()
    print(sum(struct.unpack_from('<Q', data, 4096 + 128 * n)[0] != 0 for n in range(64)))
    stop.set()
    [t.join() for t in threads]
''', flags=['-Wignore'])
        self.assertEqual('4\n', run.out)
        self.assertEqual(21, len(run.images))
        for image in run.images:
            self.assertEqual({image.pid}, {r.obj for r in image.of(reader.TASK_DONE)})
            self.assertEqual(0, max(0, image.holes - (832 + 16320)))
        self.assertEqual(4 + 20 + 4, len(run.root.of(reader.TASK_DONE)))

    def test_a_process_killed_at_any_moment_leaves_a_readable_journal(self):
        script = self.write(CORE + '''
    print('ready', flush=True)
    number = 0
    while True:
        core.emit(46, 0, number, number, 1, number, 0, core.site(1), core.intern('text %d' % number))
        number += 1
''')
        for _ in range(6):
            folder = self.new_folder()
            process = self.start(script, folder=folder)
            process.stdout.readline()
            time.sleep(0.15)
            process.kill()
            process.communicate()
            image, = reader.read_folder(folder)
            done = image.of(reader.TASK_DONE)
            self.assertGreater(len(done), 100)
            self.assertEqual(list(range(len(done))), [r.a for r in done])
            self.assertTrue(all(image.text(r.s1) == 'text %d' % r.a for r in done))


class Room(ScriptTest):
    def total(self, image):
        """(recorded + counted) puts, gets, sent, received, bytes sent, bytes received, of object 7."""
        rows = [c for c in image.counters if c.obj == 7]
        row = rows[0] if rows else reader.Counter(7, 0, 0, 0, 0, 0, 0)
        sends = [r for r in image.of(reader.SEND) if r.obj == 7]
        receives = [r for r in image.of(reader.RECV) if r.obj == 7]
        return (
            row.puts + len([r for r in image.of(reader.PUT) if r.obj == 7]), row.gets + len([r for r in receives if r.flags & 1]),
            row.sent + len(sends), row.received + len(receives), row.bytes_sent + sum(r.a for r in sends),
            row.bytes_received + sum(r.a for r in receives))

    MESSAGES = CORE + '''
    for number in range(60000):
        core.emit_message(40, 0, 1, 1, 7, number, 0, 0)
        core.emit_message(41, 0, 1, 1, 7, 10, 0, 0)
        core.emit_message(42, 1, 1, 1, 7, 10, 0, 0)
        if number % 100 == 0:
            core.emit(13, 0, 1, 1, 0, number, 0, 0)
'''

    def test_past_the_budget_messages_are_counted_and_the_rest_goes_on(self):
        run = self.run_script(self.MESSAGES, options='budget=2000000')
        root = run.root
        self.assertEqual((60000, 60000, 60000, 60000, 600000, 600000), self.total(root))
        self.assertEqual(600, len(root.of(reader.EXEC)))
        self.assertEqual([7], [r.obj for r in root.of(reader.COUNTING)])
        self.assertGreater(root.counting_since, root.opened)
        size = sum(os.path.getsize(os.path.join(run.folder, n)) for n in os.listdir(run.folder))
        self.assertLessEqual(size, 2000000 * 9 // 8)
        self.assertGreater(len(root.of(reader.PUT)), 1000)

    def test_past_an_eighth_more_than_the_budget_the_rest_is_counted_as_dropped(self):
        run = self.run_script(CORE + '''
    for number in range(60000):
        core.emit(13, 0, 1, 1, 0, number, 0, 0)
''', options='budget=400000', quiet=False)
        root = run.root
        noted = len(root.of(reader.EXEC))
        # Its own EXIT is one of the dropped.
        self.assertEqual(60000 + 1, noted + root.dropped + len(root.of(reader.EXIT)))
        size = sum(os.path.getsize(os.path.join(run.folder, n)) for n in os.listdir(run.folder))
        self.assertLessEqual(size, 400000 * 9 // 8)

    def test_more_channels_than_the_table_has_rows_share_the_last_one(self):
        run = self.run_script(CORE + '''
    for _ in range(3):
        for channel in range(1, 101):
            core.count(channel, core.COUNT_SENT, 5)
''')
        rows = {c.obj: c for c in run.root.counters}
        self.assertEqual(60, len(rows))
        self.assertEqual(300, sum(c.sent for c in rows.values()))
        self.assertEqual(1500, sum(c.bytes_sent for c in rows.values()))
        self.assertEqual(3 * 41, rows[(1 << 53) - 1].sent)

    def test_a_child_of_a_process_that_counts_counts_too(self):
        run = self.run_script(self.MESSAGES + '''
    pid = os.fork()
    if pid == 0:
        core.emit_message(41, 0, 1, 1, 7, 10, 0, 0)
        os._exit(0)
    os.waitpid(pid, 0)
''', options='budget=2000000')
        child = run.images[1]
        self.assertEqual((0, 0, 1, 0, 10, 0), self.total(child))
        self.assertEqual([], child.of(reader.SEND))
        self.assertGreater(child.counting_since, 0)

    def test_a_file_size_limit_in_the_middle_of_a_run_is_like_a_full_budget(self):
        run = self.run_script(CORE + '''
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (500000, 500000))
''' + self.MESSAGES)
        self.assertEqual(0, run.code, run.err)
        self.assertEqual((60000, 60000, 60000, 60000, 600000, 600000), self.total(run.root))
        self.assertEqual(600, len(run.root.of(reader.EXEC)))

    @unittest.skipUnless(sys.platform == 'linux' and os.geteuid() == 0, 'mounting needs root')
    def test_full_shared_memory_in_the_middle_of_a_run_costs_records_and_nothing_else(self):
        place = tempfile.mkdtemp(prefix='procession-shm-')
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'none', place], stderr=subprocess.PIPE)
        if done.returncode:
            os.rmdir(place)
            raise unittest.SkipTest('no mounting here: %r' % done.stderr)
        try:
            folder = os.path.join(place, 'run')
            os.mkdir(folder)
            run = self.run_script(self.MESSAGES + '''
    with open(%r, 'wb', 0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError as error:
            print(error.errno)
    children = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        print(os.waitpid(pid, 0)[1])
    for number in range(20000):
        core.emit(13, 0, 1, 1, 0, number, 0, 0)
''' % os.path.join(place, 'filler'), folder=folder, quiet=False)
            self.assertEqual(('%d\n0\n0\n0\n' % errno.ENOSPC, '', 0), (run.out, run.err, run.code))
            self.assertEqual(1, len(run.images))
            self.assertEqual((60000, 60000, 60000, 60000, 600000, 600000), self.total(run.root))
            root = run.root
            # 3 forks, 3 reaped, 3 waits, the end
            others = sum(len(root.of(kind)) for kind in (reader.FORK, reader.REAPED, reader.JOIN, reader.EXIT))
            self.assertEqual(600 + 20000 + 10, len(root.of(reader.EXEC)) + others + root.dropped)
            self.assertGreater(root.dropped, 1000)
        finally:
            subprocess.run(['umount', place])
            shutil.rmtree(place, True)

    def test_no_room_at_all_is_no_journal_and_no_trouble(self):
        run = self.run_script('''
            import os, resource
            if os.fork() == 0:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
                if os.fork() == 0:
                    os._exit(0)
                os._exit(os.wait()[1])
            print(os.wait()[1])
        ''', quiet=False)
        self.assertEqual(('0\n', ''), (run.out, run.err))
        self.assertEqual(2, len(run.images))


class Interrupted(ScriptTest):
    def test_a_signal_handler_that_writes_in_the_middle_of_a_write_does_no_harm(self):
        run = self.run_script(CORE + '''
    import signal
    count = 0
    def handler(*_):
        global count
        count += 1
        core.emit(13, 0, 1, 1, 0, count, 0, core.site(1), core.intern('handler %d' % count))
    signal.signal(signal.SIGALRM, handler)
    for number in range(40000):
        if number % 10 == 0:
            signal.setitimer(signal.ITIMER_REAL, 0.000001 * (1 + number % 70))
        core.emit(46, 0, 1, 1, 1, number, 0, 0, core.intern('text %d' % number))
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    print(count)
''', quiet=False)
        root = run.root
        self.assertEqual([], root.notes)
        self.assertEqual(0, root.dropped)
        self.assertEqual(list(range(40000)), sorted(r.a for r in root.of(reader.TASK_DONE)))
        self.assertEqual(list(range(1, int(run.out) + 1)), sorted(r.a for r in root.of(reader.EXEC)))


if __name__ == '__main__':
    unittest.main()
