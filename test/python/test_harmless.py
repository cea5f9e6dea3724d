"""A script must not be able to tell that it is watched, but for what docs/differences.md lists."""

import os
import sys
import unittest

from harmless_support import HarmlessTest
from process_support import LAUNCH, METHODS, ScriptTest

# Printed by the script and by its children: whatever the runtime could leave behind.
LOOK = '''
    import sys
    modules = sorted(sys.modules)
    import os
    names = sorted(k for k in globals() if k != 'modules')

    def look(where):
        import gc, signal, threading, warnings
        own = os.open('/proc/self/fd', os.O_RDONLY)
        fds = [(fd, os.readlink('/proc/self/fd/' + fd).split(':')[0]) for fd in os.listdir(own) if fd != str(own)]
        os.close(own)
        print(where, 'fds', sorted(fds))
        print(where, 'path', sys.path, 'hooks', sys.excepthook is sys.__excepthook__, sys.path_hooks, sorted(sys.path_importer_cache))
        print(where, 'handlers', [(s, str(signal.getsignal(s))) for s in range(1, signal.NSIG)])
        print(where, 'tasks', len(os.listdir('/proc/self/task')), signal.set_wakeup_fd(-1), signal.pthread_sigmask(0, ()), sys.getrecursionlimit())
        print(where, 'switch', sys.getswitchinterval(), gc.isenabled(), gc.get_threshold(), threading.stack_size(), threading.settrace, len(threading._dangling))
        print(where, 'threads', threading.enumerate(), sys.gettrace(), sys.getprofile(), sys.flags, sys.argv)
        print(where, 'warnings', len(warnings.filters), gc.callbacks, sys.dont_write_bytecode, sys.pycache_prefix)
        print(where, 'cwd', os.getcwd(), os.umask(0o22), 'site', 'sitecustomize' in sys.modules, flush=True)
'''


class Harmless(HarmlessTest):
    def test_descriptors_paths_handlers_and_threads_are_those_of_a_plain_run(self):
        self.assertSame(LOOK + "look('main')\nprint(names)\n".replace('\n', '\n    '))

    def test_modules_before_the_first_line_are_those_of_a_plain_run(self):
        plain, run = self.both('import sys\nprint(sorted(sys.modules))')
        more = set(eval(run.out)) - set(eval(plain.out))
        # Before 3.10 atexit keeps its callbacks with the module object.
        self.assertEqual(set() if sys.version_info >= (3, 10) else {'atexit'}, more)
        self.assertEqual(set(), set(eval(plain.out)) - set(eval(run.out)))

    def test_a_child_is_like_that_too(self):
        for method in METHODS:
            with self.subTest(method):
                self.assertSame(LOOK + '''
    import multiprocessing
    if __name__ == '__main__':
        child = multiprocessing.get_context(sys.argv[1]).Process(target=look, args=('child',))
        child.start()
        child.join()
        look('main')
''', [method])

    def test_an_image_after_exec_and_a_subprocess_are_like_that_too(self):
        self.assertSame(LOOK + '''
    import subprocess
    if len(sys.argv) == 1:
        print(subprocess.run([sys.executable, __file__, 'subprocess'], stdout=subprocess.PIPE, close_fds=False).stdout.decode())
        look('main')
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, __file__, 'exec'])
    look(sys.argv[1])
''')

    def test_modules_after_every_import_are_those_of_a_plain_run(self):
        plain, run = self.both('''
            import sys
            import asyncio, concurrent.futures, concurrent.futures.process, concurrent.futures.thread, logging.handlers, multiprocessing
            import multiprocessing.connection, multiprocessing.dummy, multiprocessing.forkserver, multiprocessing.heap, multiprocessing.managers
            import multiprocessing.pool, multiprocessing.queues, multiprocessing.resource_sharer, multiprocessing.resource_tracker
            import multiprocessing.shared_memory, multiprocessing.sharedctypes, multiprocessing.spawn, multiprocessing.synchronize, subprocess
            print(sorted(sys.modules))
        ''')
        self.assertEqual(set(eval(plain.out)), set(eval(run.out)))

    def test_development_mode_and_every_warning_say_what_they_say_in_a_plain_run(self):
        for method in METHODS:
            with self.subTest(method):
                self.assertSame('''
                    import multiprocessing, subprocess, sys, threading, warnings
                    from concurrent.futures import ProcessPoolExecutor
                    def work(n):
                        warnings.warn('in a worker', stacklevel=2)
                        return n
                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        over = threading.Event()
                        threading.Thread(target=over.wait).start()
                        process = context.Process(target=work, args=(1,))
                        process.start()
                        process.join()
                        with context.Pool(1) as pool:
                            print(pool.map(work, [1]), pool.apply(work, (2,)))
                            # Else it depends on who is quicker whether Python 3.8, whose standard error is buffered, says the warnings.
                            pool.close()
                            pool.join()
                        with ProcessPoolExecutor(1, mp_context=context) as executor:
                            print(list(executor.map(work, [3])))
                        queue = context.Queue()
                        queue.put(4)
                        print(queue.get())
                        reader, writer = context.Pipe()
                        del reader, writer
                        child = subprocess.Popen([sys.executable, '-c', ''])
                        del child
                        over.set()
                        print('end', flush=True)
                ''', [method], several=True, flags=['-Xdev', '-Walways'])

    def test_nothing_of_ours_is_closed_or_lost_when_the_script_closes_every_descriptor(self):
        run = self.assertSame('''
            import os, sys
            os.closerange(3, 1024)
            mine = [os.open(__file__, os.O_RDONLY) for _ in range(20)]
            pid = os.fork()
            if pid == 0:
                os.closerange(3, 1024)
                mine = [os.open(__file__, os.O_RDONLY) for _ in range(20)]
                import gc
                gc.collect()
                print(all(os.fstat(fd) for fd in mine), flush=True)
                os._exit(0)
            os.waitpid(pid, 0)
            print(all(os.fstat(fd) for fd in mine))
        ''')
        self.assertEqual(2, len(run.images))

    def test_modules_that_we_needed_first_are_whole_when_the_script_asks(self):
        self.assertSame('''
            import mmap, struct, _struct, atexit, zlib, itertools, collections
            print(mmap.mmap(-1, 10).size(), struct.pack('<I', 5), issubclass(mmap.error, OSError))
            try:
                struct.unpack('<I', b'')
            except struct.error as error:
                print(error)
            @atexit.register
            def late():
                print('late', zlib.crc32(b'x'))
        ''')

    def test_a_fork_with_threads_warns_about_the_scripts_line(self):
        run = self.assertSame('''
            import os, threading, time
            threading.Thread(target=time.sleep, args=(0.3,)).start()
            if os.fork() == 0:
                os._exit(0)
            os.wait()
            os.fork.__call__
        ''', flags=['-Wdefault'])
        if sys.version_info >= (3, 12):
            self.assertIn('script.py:4: DeprecationWarning', run.err)

    @unittest.skipIf(sys.version_info < (3, 11), 'before 3.11 a hook cannot leave a traceback')
    def test_tracebacks_through_hooks_are_those_of_a_plain_run(self):
        self.assertSame('''
            import os, multiprocessing, subprocess, traceback
            def attempt(call):
                try:
                    call()
                except BaseException:
                    traceback.print_exc()
            if __name__ == '__main__':
                attempt(lambda: os.waitpid(-1, 0))
                attempt(lambda: os.wait())
                attempt(lambda: os.kill(2 ** 22 + 1, 9))
                attempt(lambda: os.execv('/nowhere', ['x']))
                attempt(lambda: os.posix_spawn('/nowhere', ['x'], {}))
                attempt(lambda: subprocess.Popen(['/nowhere']))
                attempt(lambda: subprocess.run(['sleep', '9'], timeout=0))
                attempt(lambda: multiprocessing.Process(no_such_argument=1))
                child = multiprocessing.get_context('fork').Process(target=print)
                child.start()
                attempt(child.start)
                attempt(lambda: child.join('soon'))
                child.join()
        ''')

    def test_functions_of_the_library_keep_their_names_and_signatures(self):
        self.assertSame('''
            import inspect, multiprocessing.process, multiprocessing.util, os, pickle, subprocess
            base = multiprocessing.process.BaseProcess
            for one in (base.start, base._bootstrap, base.__init__, multiprocessing.util.spawnv_passfds, subprocess.Popen._wait, os.kill, os.waitpid):
                print(one.__module__, one.__qualname__, one.__doc__, inspect.signature(one))
            print(pickle.loads(pickle.dumps(os.kill)) is os.kill)
        ''')

    def test_subinterpreters_are_left_alone(self):
        self.assertSame('''
            try:
                import _xxsubinterpreters as interpreters
            except ImportError:
                import _interpreters as interpreters
            other = interpreters.create()
            print(interpreters.run_string(other, 'import sys, os; print(len(sys.meta_path), os.fork)'))
        ''')


class Customised(ScriptTest):
    def outcomes(self, text, flags=()):
        """(plain, watched) with the user's own sitecustomize."""
        users = os.path.join(self.home, 'users')
        os.makedirs(users, exist_ok=True)
        with open(os.path.join(users, 'sitecustomize.py'), 'w') as file:
            file.write(text)
        script = 'import sys; print(sys.modules["sitecustomize"].__file__ if "sitecustomize" in sys.modules else None, sys.path)'
        plain = self.run_script(script, watched=False, env={'PYTHONPATH': users}, flags=flags)
        from process_support import BOOT
        return plain, self.run_script(script, env={'PYTHONPATH': BOOT + os.pathsep + users}, flags=flags)

    def test_the_users_sitecustomize_runs_as_if_it_were_the_only_one(self):
        plain, run = self.outcomes('import sys\nprint("mine", __name__, __file__, sys.path)')
        self.assertEqual((plain.out, plain.err), (run.out, run.err))
        self.assertIn('mine', run.out)
        self.assertEqual(1, len(run.images))

    def test_its_errors_are_shown(self):
        for text in ('raise ValueError("mine")', 'import no_such_module', 'this is no python'):
            with self.subTest(text):
                plain, run = self.outcomes(text)
                self.assertEqual((plain.code, plain.out, plain.err), (run.code, run.out, run.err))
                self.assertIn('sitecustomize', run.err)


class Broken(ScriptTest):
    def test_a_run_folder_that_does_not_exist_or_is_none_changes_nothing(self):
        text = 'import os, multiprocessing\nprint(os.getpid() > 0, multiprocessing.Process)\nif os.fork() == 0: os._exit(0)\nprint(os.wait()[1])'
        plain = self.run_script(text, watched=False)
        blocked = os.path.join(self.home, 'a-file')
        with open(blocked, 'w'):
            pass
        for folder in (os.path.join(self.home, 'nowhere'), blocked, '/proc', ''):
            with self.subTest(folder):
                run = self.run_script(text, folder=folder, quiet=False) if folder else self.run_script(text, watched=False, env={'PROCESSION_RUN': ''})
                self.assertEqual((plain.code, plain.out, plain.err), (run.code, run.out, run.err))

    def test_a_run_folder_that_goes_away_while_the_script_runs_changes_nothing(self):
        run = self.run_script('''
            import multiprocessing, os, shutil
            def work():
                print('child', flush=True)
            if __name__ == '__main__':
                shutil.rmtree(os.environ['PROCESSION_RUN'])
                for method in ('fork', 'spawn'):
                    child = multiprocessing.get_context(method).Process(target=work)
                    child.start()
                    child.join()
                    print(child.exitcode, flush=True)
        ''', quiet=False)
        self.assertEqual(('child\n0\nchild\n0\n', '', 0), (run.out, run.err, run.code))


class Launched(ScriptTest):
    FLAGS = (['-I'], ['-E'], ['-S'], ['-E', '-s', '-B'])

    def test_a_script_is_run_as_the_interpreter_runs_it(self):
        text = '''
            import sys
            print(__name__, __file__, __spec__, __package__, __doc__, sorted(globals()), sys.argv, sys.path)
            print(type(__loader__).__name__ if not isinstance(__loader__, type) else __loader__)
            def inner():
                raise ValueError(sys.modules['__main__'].inner is inner)
            inner()
        '''
        for flags in self.FLAGS:
            with self.subTest(flags):
                plain, run = self.both(text, ['a', '-m', 'b c'], flags=flags)
                self.assertEqual((plain.code, plain.out, plain.err), (run.code, run.out, run.err))
                self.assertEqual(2, run.root.flags & 2)
                self.assertEqual([sys.executable] + flags + [run.script, 'a', '-m', 'b c'], run.root.argv)

    def test_modules_code_folders_and_bad_scripts_are_run_as_the_interpreter_runs_them(self):
        self.write('import sys\nprint(__name__, __file__, __spec__.name, sys.argv, sys.path[:1])\n1/0', 'module_of_ours.py')
        os.mkdir(os.path.join(self.home, 'application'))
        self.write('import sys\nprint(__name__, __file__, sys.argv, sys.path[:1])', 'application/__main__.py')
        self.write('this is no python', 'bad.py')
        for rest in (['-m', 'module_of_ours', 'x'], ['-c', 'import sys\nprint(sys.argv, sys.path[:1], __spec__)\n1/0', 'x'], ['application', 'y'],
                     ['bad.py'], ['no-such-script.py'], ['-m', 'no_such_module']):
            for flags in (['-E'], ['-I']):
                with self.subTest((flags, rest)):
                    self.compare([sys.executable] + flags, rest)

    def compare(self, interpreter, rest):
        import subprocess
        results = []
        for launcher in ([], [LAUNCH]):
            folder = self.new_folder()
            done = subprocess.run(
                interpreter + launcher + rest, cwd=self.home, env=self.environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                universal_newlines=True)
            # Where `-c` and `-m` cannot be imported or found, runpy's own frames are a matter of the version.
            results.append((done.returncode, done.stdout, done.stderr))
        self.assertEqual(*results)

    def test_children_of_an_isolated_script_are_watched_by_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                plain, run = self.both('''
                    import multiprocessing, sys
                    def work():
                        print(sys.flags.isolated, sorted(sys.modules['__main__'].__dict__), flush=True)
                    if __name__ == '__main__':
                        child = multiprocessing.get_context(sys.argv[1]).Process(target=work, name='inner')
                        child.start()
                        child.join()
                        print(child.exitcode)
                ''', [method], flags=['-I'])
                self.assertEqual((plain.out, plain.err), (run.out, run.err))
                import reader
                told = [i.pid for i in run.images if i.of(reader.BOOTSTRAP)] + [end.pid for end in reader.read_quiet(run.folder)]
                self.assertEqual([r.a for r in run.root.of(reader.START)], told)
                for image in run.images:
                    self.assertFalse(any('procession_runtime' in word for word in image.argv), image.argv)


if __name__ == '__main__':
    unittest.main()
