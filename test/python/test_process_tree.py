"""Processes of multiprocessing, by every start method: what the parent says and what the child says."""

import os
import re
import signal
import sys
import unittest

import reader
from process_support import METHODS, ScriptTest

METHOD_FLAG = {'fork': 1, 'spawn': 2, 'forkserver': 3}

TREE = '''
    import multiprocessing, os, sys

    def tell(child):
        # In one piece, whatever PYTHONUNBUFFERED says: others write meanwhile.
        os.write(1, ('%s %s %s %s\\n' % (child.name, child.pid, child.exitcode, os.getpid())).encode())

    def leaf(code):
        sys.exit(code)

    def fail():
        raise LookupError('nothing\\nhere')

    def nest(method):
        child = multiprocessing.get_context(method).Process(target=leaf, args=(4,), name='grandchild')
        child.start()
        child.join()
        tell(child)

    class Own(multiprocessing.get_context(sys.argv[1]).Process):
        def __init__(self):
            super().__init__(name='own')

        def run(self):
            os._exit(9)

    if __name__ == '__main__':
        context = multiprocessing.get_context(sys.argv[1])
        first = context.Process(target=leaf, args=(3,), daemon=True)  # first made
        second = context.Process(target=fail, name='second')
        third = context.Process(target=nest, args=(sys.argv[1],))
        fourth = Own()  # own made
        for child in (first, second, third, fourth):
            child.start()  # started
        for child in (first, second, third, fourth):
            child.join()  # joined
            tell(child)
'''


QUIET = '''
    import multiprocessing, os, sys, time
    context = multiprocessing.get_context('fork')

    def nothing():
        time.sleep(.03)

    def puts(queue):
        queue.put(1)

    def forks():
        if os.fork() == 0:
            os._exit(0)
        os.wait()

    if __name__ == '__main__':
        queue = context.Queue()
        for target, args in ((nothing, ()), (puts, (queue,)), (forks, ())):
            child = context.Process(target=target, args=args)
            child.start()
            child.join()
            print(child.pid)
'''


LATE = '''
    import atexit, multiprocessing, os, sys, time

    def puts(queue):
        queue.put(b"x" * 1000000)
        # Given up by multiprocessing before 3.13, and there a handler as any other.
        atexit.register(forks)

    def forks():
        if os.fork() == 0:
            os._exit(5)
        os.wait()

    if __name__ == '__main__':
        context = multiprocessing.get_context(sys.argv[1])
        queue = context.Queue()
        child = context.Process(target=puts, args=(queue,))
        child.start()
        while queue._reader.poll() is False:
            time.sleep(.01)
        time.sleep(.6)
        queue.get()
        child.join()
        print(child.pid, child.exitcode)
'''


class Late(ScriptTest):
    def check(self, method):
        run = self.run_script(LATE, [method])
        pid, code = map(int, run.out.split())
        self.assertEqual(0, code, run.err)
        end = run.image_of(pid).one(reader.BOOTSTRAP_END)
        # What it put was in its feeder until somebody took it.
        self.assertGreaterEqual(end.t1 - end.t0, 600000000)
        for image in run.images:
            if image.ppid == pid:
                self.assertEqual([], [record for record in image.records if record.type == reader.BOOTSTRAP_END])

    def test_a_child_has_ended_when_its_feeders_have_under_fork(self):
        self.check('fork')

    def test_a_child_has_ended_when_its_feeders_have_under_spawn(self):
        self.check('spawn')

    def test_a_child_has_ended_when_its_feeders_have_under_forkserver(self):
        self.check('forkserver')


class Quiet(ScriptTest):
    def test_only_a_forked_child_that_tells_of_something_has_a_journal(self):
        run = self.run_script(QUIET)
        silent, puts, forks = map(int, run.out.split())
        ended, = reader.read_quiet(run.folder)
        self.assertEqual((silent, 0, run.root.pid), (ended.pid, ended.code, ended.parent))
        self.assertGreaterEqual(ended.t1 - ended.t0, 29000000)
        for pid in (puts, forks):
            image = run.image_of(pid)
            self.assertEqual(run.root.pid, image.one(reader.BOOTSTRAP).a)
            self.assertEqual(0, image.one(reader.BOOTSTRAP_END).a)
        # The grandchild by os.fork names its parent by what that never had to look up before.
        grandchild = next(image for image in run.images if image.ppid == forks)
        self.assertEqual(run.image_of(forks).start, grandchild.parent_start)
        self.assertEqual(4, len(run.images))

    def test_where_its_end_cannot_be_added_to_the_others_it_has_a_journal_too(self):
        def a_folder(path):
            os.mkdir(path)

        def a_full_file(path):
            with open(path, 'wb') as file:
                file.truncate(4 << 20)

        def a_torn_file(path):
            with open(path, 'wb') as file:
                file.truncate(63)

        for spoil in (a_folder, a_full_file, a_torn_file):
            with self.subTest(spoil.__name__):
                folder = self.new_folder()
                spoil(os.path.join(folder, 'quiet'))
                run = self.run_script(QUIET, folder=folder)
                silent = run.image_of(int(run.out.split()[0]))
                self.assertEqual(0, silent.one(reader.BOOTSTRAP_END).a)
                self.assertEqual('__main__.nothing', silent.text(silent.one(reader.BOOTSTRAP).s2))


class Tree(ScriptTest):
    def check(self, method):
        run = self.run_script(TREE, [method])
        self.assertEqual(0, run.code, run.err)
        said = {name: (int(pid), int(code), int(parent)) for name, pid, code, parent in map(str.split, run.out.splitlines())}
        starts = {}
        for image in run.images:
            for record in image.of(reader.START):
                starts[image.text(record.s1)] = image, record
        self.assertEqual(set(said), set(starts))
        for name, (pid, code, parent) in said.items():
            image, start = starts[name]
            self.assertEqual((parent, pid), (image.pid, start.a))
            self.assertEqual(METHOD_FLAG[method], start.flags & 3)
            reaped = [r for r in image.of(reader.REAPED) if r.a == pid and r.flags == 1]
            self.assertEqual([code], [r.b for r in reaped])
            joins = [r for r in image.of(reader.JOIN) if r.a == pid]
            # None where a later start has reaped it, as multiprocessing does.
            self.assertIn([(r.b, r.flags) for r in joins], ([(-1, 0)], []))
            self.assertLess(start.t0, reaped[0].t0)
            if method == 'fork' and code in (3, 4):
                # It had nothing to tell but its end.
                ended, = [end for end in reader.read_quiet(run.folder) if end.pid == pid]
                self.assertEqual((code, parent), (ended.code, ended.parent))
                self.assertTrue(start.t0 < ended.t0 < ended.t1 < reaped[0].t0)
                self.assertNotIn(pid, [image.pid for image in run.images])
                continue
            child = run.image_of(pid)
            bootstrap = child.one(reader.BOOTSTRAP)
            self.assertEqual((parent, start.flags, name), (bootstrap.a, bootstrap.flags, child.text(bootstrap.s1)))
            self.assertEqual(image.text(start.s2), child.text(bootstrap.s2))
            if name == 'own':
                self.assertEqual(9, child.one(reader.EXIT).a)
            else:
                self.assertEqual(code, child.one(reader.BOOTSTRAP_END).a)
        root = run.root
        first = next(name for name in said if name.endswith('Process-1') and said[name][2] == root.pid)
        self.assertEqual(4, starts[first][1].flags & 4)
        self.assertEqual(0, starts['second'][1].flags & 4)
        self.assertLine(run, root, starts[first][1].b, '# first made')
        self.assertLine(run, root, starts['own'][1].b, '# own made')
        self.assertLine(run, root, starts[first][1].site, '# started')
        for join in root.of(reader.JOIN):
            self.assertLine(run, root, join.site, '# joined')
        self.assertEqual('__main__.leaf', root.text(starts[first][1].s2))
        self.assertEqual('__main__.Own.run', root.text(starts['own'][1].s2))
        return run, said

    def test_fork_children_are_told_by_both_sides(self):
        run, said = self.check('fork')
        for name, (pid, code, parent) in said.items():
            if code in (3, 4):
                continue
            child = run.image_of(pid)
            self.assertTrue(child.made_by_fork)
            self.assertEqual((parent, run.image_of(parent).start), (child.ppid, child.parent_start))

    def test_a_fork_is_told_with_the_number_of_other_threads_and_other_starts_are_not(self):
        for method, threads in (('fork', 2), ('spawn', 0), ('forkserver', 0)):
            with self.subTest(method):
                run = self.run_script('''
                    import multiprocessing, os, sys, threading
                    def work(): pass
                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        enough = threading.Event()
                        def start():
                            process = context.Process(target=work, daemon=True)
                            process.start()
                            process.join()
                            if not os.fork():
                                os._exit(0)
                            os.wait()
                        start()
                        others = [threading.Thread(target=enough.wait) for _ in range(2)]
                        for other in others:
                            other.start()
                        start()
                        enough.set()
                        for other in others:
                            other.join()
                ''', [method])
                first, second = run.root.of(reader.START)
                self.assertEqual([METHOD_FLAG[method] | 4] * 2, [r.flags & 255 for r in (first, second)])
                self.assertEqual([0, threads], [r.flags >> 8 for r in (first, second)])
                self.assertEqual([(0, 0), (2, 0)], [(r.b, r.flags) for r in run.root.of(reader.FORK)])

    def test_spawn_children_and_the_tracker_are_told(self):
        run, _ = self.check('spawn')
        spawned = [r for i in run.images for r in i.of(reader.SPAWNED)]
        self.assertEqual([1, 1, 1, 1, 1], sorted(r.flags for r in spawned if r.flags == 1))
        for record in spawned:
            run.image_of(record.a)

    def test_forkserver_children_name_the_requester_as_parent_and_the_server_as_ancestor(self):
        run, said = self.check('forkserver')
        server = [r.a for i in run.images for r in i.of(reader.SPAWNED) if r.flags == 2]
        self.assertTrue(server)
        for _name, (pid, _code, parent) in said.items():
            child = run.image_of(pid)
            self.assertIn(child.ppid, server)
            self.assertNotEqual(parent, child.ppid)
            self.assertEqual(1, len([r for r in run.image_of(child.ppid).of(reader.FORK) if r.a == pid and r.flags == 1]))

    def test_helpers_are_told_apart_whatever_the_scripts_arguments_are(self):
        run = self.run_script('''
            import multiprocessing, sys
            def work():
                pass
            if __name__ == '__main__':
                child = multiprocessing.get_context('forkserver').Process(target=work)
                child.start()
                child.join()
                print(sys.argv[1:])
        ''', ['spawn_main', '-c', 'from multiprocessing.spawn import spawn_main'])
        self.assertEqual("['spawn_main', '-c', 'from multiprocessing.spawn import spawn_main']\n", run.out)
        self.assertEqual([2, 3], sorted(r.flags for r in run.root.of(reader.SPAWNED)))

    def test_an_exception_in_a_child_is_noted_as_it_was_printed(self):
        for method in METHODS:
            with self.subTest(method):
                plain, run = self.both(TREE, [method])
                image = next(i for i in run.images for r in i.of(reader.EXCEPTION))
                record = image.one(reader.EXCEPTION)
                self.assertEqual(1, record.flags)
                self.assertEqual('LookupError\nnothing\nhere', image.text(record.s1))
                self.assertLine(run, image, record.site, "raise LookupError")
                printed = run.err[run.err.index('Process second:\n') + len('Process second:\n'):]
                self.assertEqual(printed, image.text(record.s2))
                self.assertEqual(plain.err, run.err)


class Starting(ScriptTest):
    def test_a_start_that_fails_says_why(self):
        run = self.run_script('''
            import multiprocessing
            def work():
                pass
            def inner():
                child = multiprocessing.Process(target=work, name='grandchild')
                try:
                    child.start()  # refused
                except AssertionError:
                    pass
            class Forgetful(multiprocessing.Process):
                def __init__(self):
                    pass
            if __name__ == '__main__':
                multiprocessing.set_start_method('fork')
                child = multiprocessing.Process(target=inner, daemon=True)
                child.start()
                child.join()
                spawn = multiprocessing.get_context('spawn')
                for wrong in (spawn.Process(target=lambda: None), Forgetful()):
                    try:
                        wrong.start()
                    except Exception as error:
                        print(type(error).__name__)
        ''')
        self.assertEqual(0, run.code, run.err)
        failed = {i.text(r.s1): (i, r) for i in run.images for r in i.of(reader.START_FAILED)}
        image, record = failed['grandchild']
        self.assertEqual('AssertionError: daemonic processes are not allowed to have children', image.text(record.s2))
        self.assertLine(run, image, record.site, '# refused')
        self.assertEqual(3, len(failed))
        self.assertEqual(2, len([r for r in run.root.of(reader.START_FAILED)]))

    def test_a_start_that_fails_shows_the_tracebacks_of_a_plain_run(self):
        text = '''
            import multiprocessing
            if __name__ == '__main__':
                child = multiprocessing.get_context('spawn').Process(target=lambda: None)
                child.start()
        '''
        plain, run = self.both(text)
        self.assertEqual(plain.code, run.code)
        if sys.version_info >= (3, 11):
            self.assertEqual(*[re.sub('0x[0-9a-f]+', '0x', one.err) for one in (plain, run)])
        else:
            kept = [line for line in run.err.splitlines() if 'procession_runtime' not in line]
            self.assertEqual(plain.err.splitlines()[-1].split(' at ')[0], kept[-1].split(' at ')[0])

    def test_a_process_object_is_pickled_as_in_a_plain_run(self):
        plain, run = self.both('''
            import multiprocessing, os
            from multiprocessing.reduction import ForkingPickler
            from multiprocessing import context, spawn
            def work():
                pass
            if __name__ == '__main__':
                child = multiprocessing.get_context('spawn').Process(target=work, name='x')
                child._config['authkey'] = b'k'
                child._parent_pid = child._identity = 0
                context.set_spawning_popen(True)
                child._config.pop('authkey')
                print(sorted(child.__dict__), bytes(ForkingPickler.dumps(child)))
        ''')
        self.assertEqual(0, run.code, run.err)
        self.assertEqual(plain.out, run.out)

    def test_the_authkey_is_nowhere_in_the_journals(self):
        for method in METHODS:
            run = self.run_script('''
                import multiprocessing, sys
                def work():
                    pass
                if __name__ == '__main__':
                    multiprocessing.current_process().authkey = b'mind-the-gap-of-the-key'
                    child = multiprocessing.get_context(sys.argv[1]).Process(target=work)
                    child.start()
                    child.join()
            ''', [method])
            self.assertEqual(0, run.code, run.err)
            for name in os.listdir(run.folder):
                with open(os.path.join(run.folder, name), 'rb') as file:
                    self.assertNotIn(b'mind-the-gap', file.read())


class Ending(ScriptTest):
    def test_terminate_and_kill_are_signals_and_exit_codes(self):
        run = self.run_script('''
            import multiprocessing, time
            if __name__ == '__main__':
                for how in ('terminate', 'kill'):
                    child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))
                    child.start()
                    getattr(child, how)()  # sent
                    child.join()
        ''')
        self.assertEqual(0, run.code, run.err)
        root = run.root
        self.assertEqual([signal.SIGTERM, signal.SIGKILL], [r.b for r in root.of(reader.SIGNAL)])
        self.assertEqual([-15, -9], [r.b for r in root.of(reader.REAPED)])
        self.assertEqual([r.a for r in root.of(reader.SIGNAL)], [r.a for r in root.of(reader.REAPED)])
        self.assertLine(run, root, root.of(reader.SIGNAL)[0].site, '# sent')

    def test_a_join_that_times_out_says_so_and_is_not_a_reaping(self):
        run = self.run_script('''
            import multiprocessing, time
            if __name__ == '__main__':
                child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(0.4,))
                child.start()
                child.join(0.05)
                print(child.is_alive(), child.exitcode)
                child.join()
                child.join()
        ''')
        self.assertEqual('True None\n', run.out)
        joins = run.root.of(reader.JOIN)
        self.assertEqual([(50000000, 1), (-1, 0)], [(r.b, r.flags) for r in joins])
        self.assertGreaterEqual(joins[0].t1 - joins[0].t0, 50000000)
        self.assertEqual(1, len(run.root.of(reader.REAPED)))

    def test_a_child_that_one_thread_joins_and_another_asks_for_is_reaped_at_the_line_of_the_one_that_did(self):
        run = self.run_script('''
            import multiprocessing, threading, time
            if __name__ == '__main__':
                for _ in range(25):
                    child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(0.02,))
                    child.start()
                    def joins():
                        child.join()
                    thread = threading.Thread(target=joins)
                    thread.start()
                    def asks():
                        while child.is_alive():
                            pass
                    asks()
                    thread.join()
        ''')
        root = run.root
        joiners = {r.thread for r in root.of(reader.JOIN)}
        reaped = [r for r in root.of(reader.REAPED) if r.flags == 1]
        self.assertTrue(reaped)
        self.assertTrue(joiners)
        self.assertEqual(
            ['joins' if r.thread in joiners else 'asks' for r in reaped],
            [root.place(r.site)[2].split('.')[-1] for r in reaped])

    def test_what_nobody_joined_is_told_apart_when_it_is_joined_at_exit(self):
        run = self.run_script('''
            import multiprocessing, time
            def work():
                pass
            def parent():
                joined, left = (multiprocessing.Process(target=work) for _ in range(2))
                joined.start(); joined.join()
                left.start()
                print(joined.pid, left.pid, flush=True)
            if __name__ == '__main__':
                multiprocessing.set_start_method('fork')
                child = multiprocessing.Process(target=parent)
                child.start(); child.join()
                parent()
        ''')
        joined, left = (set(map(int, pids)) for pids in zip(*map(str.split, run.out.splitlines())))
        reaped = {r.a: r.flags for image in run.images for r in image.of(reader.REAPED)}
        self.assertEqual({1}, {reaped[pid] for pid in joined})
        self.assertEqual({9}, {reaped[pid] for pid in left})

    def test_who_waits_in_a_join_is_in_a_slot_while_it_waits(self):
        script = self.write('''
            import multiprocessing, time
            if __name__ == '__main__':
                child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))
                child.start()
                print(child.pid, flush=True)
                child.join(50)
        ''')
        folder = self.new_folder()
        process = self.start(script, folder=folder)
        try:
            pid = int(process.stdout.readline())
            slots = self.slots_of(folder, process.pid)
            self.assertEqual([(0, reader.JOIN, pid)], [(s.number, s.op, s.operand) for s in slots])
            self.assertEqual(process.pid, slots[0].thread)
            self.assertAlmostEqual(50e9, slots[0].deadline - slots[0].since, delta=1e9)
        finally:
            process.kill()
            # It holds the other end of the output, too.
            os.kill(pid, signal.SIGKILL)
            process.communicate()

    def slots_of(self, folder, pid):
        import time
        end = time.monotonic() + 10
        while time.monotonic() < end:
            slots = [s for i in reader.read_folder(folder) if i.pid == pid for s in i.slots]
            if slots:
                return slots
            time.sleep(0.02)
        return self.fail('nobody waits')


if __name__ == '__main__':
    unittest.main()
