"""Scripts that overwrite, override, close, leave and run out of things: they behave as in a plain run, and what was not seen is said."""

import os
import sys
import unittest

import reader
from harmless_support import HarmlessTest
from process_support import METHODS


class Overridden(HarmlessTest):
    def test_subclasses_of_queues_that_override_put_and_get_work_as_they_are_written(self):
        self.assertSame('''
            import multiprocessing, multiprocessing.queues as queues, sys
            context = multiprocessing.get_context('fork')
            class Doubling(queues.Queue):
                def put(self, obj, block=True, timeout=None):
                    super().put(obj, block, timeout)
                    super().put(obj, block, timeout)
                def get(self, *args, **named):
                    return [super(Doubling, self).get(*args, **named)]
            class Own(queues.Queue):
                """Neither calls its base."""
                def put(self, obj):
                    with self._notempty:
                        if self._thread is None:
                            self._start_thread()
                        self._buffer.append(obj)
                        self._notempty.notify()
                def get(self):
                    with self._rlock:
                        data = self._recv_bytes()
                    return len(data)
            class Simple(queues.SimpleQueue):
                def put(self, obj):
                    self._writer.send_bytes(b'x' * obj)
                def get(self):
                    return self._reader.recv_bytes()
            class Joinable(queues.JoinableQueue):
                def task_done(self):
                    print('done', flush=True)
                    super().task_done()
                def join(self):
                    super().join()
                    return 'joined'
            double, own, simple, joinable = Doubling(ctx=context), Own(ctx=context), Simple(ctx=context), Joinable(ctx=context)
            double.put('a'); own.put('b'); simple.put(3); joinable.put('c')
            def child():
                print(double.get(), double.get(timeout=5), own.get(), simple.get(), joinable.get(), flush=True)
                joinable.task_done()
            process = context.Process(target=child)
            process.start()
            print(joinable.join())
            process.join()
            print(process.exitcode)
        ''')

    def test_queues_and_processes_whose_init_calls_no_super_fail_or_work_as_in_a_plain_run(self):
        self.assertSame('''
            import multiprocessing, multiprocessing.queues as queues, multiprocessing.connection as connection, os, traceback
            context = multiprocessing.get_context('fork')
            def attempt(what, call):
                try:
                    print(what, call())
                except BaseException as error:
                    print(what, type(error).__name__, error)
            class Bare(context.Process):
                def __init__(self):
                    """Nothing."""
            class BareQueue(queues.Queue):
                def __init__(self):
                    """Nothing."""
            class BareSimple(queues.SimpleQueue):
                def __init__(self, inner):
                    self.inner = inner
                def __getattr__(self, name):
                    return getattr(self.__dict__['inner'], name)
            class BareJoinable(queues.JoinableQueue):
                __init__ = BareQueue.__init__
            class BareConnection(connection.Connection):
                def __init__(self):
                    """Nothing."""
                def __del__(self):
                    """Nothing."""
            for method in ('start', 'join', 'is_alive', 'terminate', 'run'):
                attempt(method, getattr(Bare(), method))
            for kind in (BareQueue, BareJoinable):
                for method, args in (('put', (1,)), ('get', ()), ('close', ()), ('empty', ()), ('join_thread', ()), ('cancel_join_thread', ())):
                    attempt(method, lambda: getattr(kind(), method)(*args))
            attempt('join', lambda: BareJoinable().join())
            attempt('task_done', lambda: BareJoinable().task_done())
            passing = BareSimple(context.SimpleQueue())
            attempt('put', lambda: passing.put(1))
            attempt('get', lambda: passing.get())
            for method, args in (('send', (1,)), ('recv', ()), ('send_bytes', (b'x',)), ('recv_bytes', ()), ('poll', (0.1,)), ('close', ())):
                attempt(method, lambda: getattr(BareConnection(), method)(*args))
        ''', quiet=False)

    def test_processes_that_override_run_start_and_join_work_as_they_are_written(self):
        for method in METHODS:
            with self.subTest(method):
                self.assertSame('''
                    import multiprocessing, sys
                    Process = multiprocessing.get_context(sys.argv[1]).Process
                    class Own(Process):
                        def __init__(self, word):
                            super().__init__()
                            self.word = word
                        def start(self):
                            print('starting', flush=True)
                            super().start()
                        def run(self):
                            print('running', self.word, flush=True)
                            sys.exit(7)
                        def join(self, timeout=None):
                            super().join(timeout)
                            print('joined', self.exitcode, flush=True)
                    class Never(Process):
                        def start(self):
                            self.run()
                        def run(self):
                            print('in place', flush=True)
                    if __name__ == '__main__':
                        own = Own('word')
                        own.start()
                        own.join()
                        Never().start()
                        print(multiprocessing.active_children())
                ''', [method])

    def test_a_script_may_replace_what_the_library_is_made_of(self):
        self.assertSame('''
            import multiprocessing, multiprocessing.connection, multiprocessing.context, multiprocessing.process, multiprocessing.queues, os, pickle, queue, threading
            context = multiprocessing.get_context('fork')
            before = context.Queue()

            send_bytes = multiprocessing.connection.Connection._send_bytes
            def counted(self, buf):
                sizes.append(len(buf))
                return send_bytes(self, buf)
            sizes = []
            multiprocessing.connection.Connection._send_bytes = counted
            simple, (reader, writer) = context.SimpleQueue(), context.Pipe()
            simple.put('s'); writer.send('w'); before.put('b')
            print(simple.get(), reader.recv(), before.get(), len(sizes))
            multiprocessing.connection.Connection._send_bytes = send_bytes

            recv = multiprocessing.connection.Connection._recv
            def own(self, size, *args):
                sizes.append(size)
                return recv(self, size, *args)
            multiprocessing.connection.Connection._recv = own
            simple.put('s'); writer.send('w'); before.put('b')
            print(simple.get(), reader.recv(), before.get(), len(sizes) > 3)
            multiprocessing.connection.Connection._recv = recv

            class Threaded(threading.Thread):
                exitcode = 0
            multiprocessing.Process, multiprocessing.Queue, multiprocessing.Pipe = Threaded, queue.Queue, None
            shared = multiprocessing.Queue()
            process = multiprocessing.Process(target=shared.put, args=(1,))
            process.start(); process.join()
            print(shared.get(), process.exitcode)

            class Other(multiprocessing.process.BaseProcess):
                _start_method = None
                @staticmethod
                def _Popen(process_obj):
                    from multiprocessing.popen_fork import Popen
                    return Popen(process_obj)
            multiprocessing.process.BaseProcess = None
            other = Other(target=print, args=('other',))
            other.start(); other.join()
            print(other.exitcode)
            multiprocessing.queues.Queue.get = lambda self, *args: 'replaced'
            multiprocessing.queues._ForkingPickler = pickle
            print(before.get())
            del os.fork
            try:
                context.Process(target=print).start()
            except AttributeError as error:
                print(error)
        ''')


class Left(HarmlessTest):
    """What a script leaves behind it: its environment, descriptors, user, folder, image, session."""

    def test_a_cleared_environment_means_children_without_instrumentation_and_nothing_else(self):
        for method in METHODS:
            with self.subTest(method):
                run = self.assertSame('''
                    import multiprocessing, os, sys
                    def work(queue):
                        queue.put(sorted(name for name in os.environ if name != 'LC_CTYPE'))
                    if __name__ == '__main__':
                        os.environ.clear()
                        context = multiprocessing.get_context(sys.argv[1])
                        queue = context.SimpleQueue()
                        child = context.Process(target=work, args=(queue,))
                        child.start()
                        print(queue.get())
                        child.join()
                        print(child.exitcode)
                ''', [method])
                self.assertEqual(1 + (method == 'fork'), len(run.images))
                self.assertEqual(1, len(run.root.of(reader.START)))

    def test_closing_every_descriptor_in_every_process_breaks_nothing_of_the_scripts(self):
        run = self.assertSame('''
            import multiprocessing, os, sys
            def work(n):
                os.closerange(3, 200)
                reader, writer = multiprocessing.Pipe(False)
                for i in range(2000):
                    writer.send(i)
                    assert reader.recv() == i
                print(n, os.listdir('/proc/self/fd'), flush=True)
            if __name__ == '__main__':
                os.closerange(3, 200)
                for method in ('fork', 'spawn'):
                    child = multiprocessing.get_context(method).Process(target=work, args=(method,))
                    child.start()
                    child.join()
                    print(child.exitcode, flush=True)
                work('main')
        ''')
        self.assertEqual([2000, 2000, 2000], sorted(len(image.of(reader.RECV)) for image in run.images if image.of(reader.RECV))[-3:])

    @unittest.skipUnless(hasattr(os, 'geteuid') and os.geteuid() == 0, 'only root can become somebody else')
    def test_a_script_that_becomes_somebody_else_goes_on_and_what_is_lost_is_counted(self):
        os.chmod(self.home, 0o755)
        folder = self.new_folder()
        os.chmod(folder, 0o700)
        run = self.assertSame('''
            import multiprocessing, os
            context = multiprocessing.get_context('fork')
            def work(r, w):
                for i in range(3000):
                    w.send(i)
                    assert r.recv() == i
                print(os.getuid(), flush=True)
            def child():
                process = context.Process(target=work, args=ends)
                process.start()
                process.join()
                print(process.exitcode, flush=True)
            if __name__ == '__main__':
                # Whoever it becomes may not be able to import anything.
                ends = context.Pipe(False)
                child()
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
                work(*ends)
                child()
        ''', folder=folder, quiet=False)
        self.assertEqual(2, len(run.images))
        self.assertEqual([], run.root.notes)
        counted = {c.obj: (c.sent, c.received) for c in run.root.counters}
        told = len(run.root.of(reader.SEND)), len(run.root.of(reader.RECV))
        self.assertEqual([(3000, 3000)], [(told[0] + sent, told[1] + received) for sent, received in counted.values()])

    def test_a_script_may_change_its_folder_and_lose_it(self):
        self.assertSame('''
            import multiprocessing, os, sys, tempfile
            if __name__ == '__main__':
                gone = tempfile.mkdtemp()
                os.chdir(gone)
                os.rmdir(gone)
                child = multiprocessing.get_context('fork').Process(target=print, args=('child',))
                child.start()
                child.join()
                print(child.exitcode)
        ''')

    def test_leaving_by_exit_exec_and_signals_gives_the_same_ends(self):
        for how in ('os._exit(3)', 'os.execv(sys.executable, [sys.executable, "-c", "print(1); raise SystemExit(4)"])', 'os.kill(os.getpid(), 9)',
                    'os.abort()', 'sys.exit("said")', 'sys.exit(True)', 'signal.raise_signal(signal.SIGTERM)', 'os.setsid()', 'os.nice(1)',
                    'os.execve(sys.executable, [sys.executable, "-c", "print(2)"], {})', 'os.execlp("sh", "sh", "-c", "echo 3")'):
            with self.subTest(how):
                self.assertSame('''
                    import multiprocessing, os, resource, signal, sys
                    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                    def work():
                        %s
                    child = multiprocessing.get_context('fork').Process(target=work)
                    child.start()
                    child.join()
                    print(child.exitcode, flush=True)
                    work()
                ''' % how)

    def test_a_daemon_made_by_two_forks_lives_as_in_a_plain_run(self):
        run = self.assertSame('''
            import multiprocessing, os
            reader, writer = multiprocessing.Pipe(False)
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.chdir('/')
                    os.umask(0)
                    null = os.open(os.devnull, os.O_RDWR)
                    for fd in (0, 1, 2):
                        os.dup2(null, fd)
                    os.closerange(3, writer.fileno())
                    writer.send(('daemon', os.getsid(0) != os.getpid()))
                    os._exit(0)
                os._exit(5)
            print(os.WEXITSTATUS(os.wait()[1]), reader.recv())
        ''')
        self.assertEqual(3, len(run.images))


# Run with a limit: what it prints is the same with us, whatever of it fails.
LIMITED = '''
    import multiprocessing, os, resource, signal, sys
    def work(queue):
        queue.put('from the child')
    if __name__ == '__main__':
        noticed = []
        handle = sys.argv[3] if len(sys.argv) > 3 else ''
        if handle:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if handle == 'default' else lambda *_: noticed.append('signal'))
        limit = getattr(resource, 'RLIMIT_' + sys.argv[1])
        resource.setrlimit(limit, (int(sys.argv[2]), resource.getrlimit(limit)[1]))
        context = multiprocessing.get_context('fork')
        try:
            reader, writer = context.Pipe(False)
            for i in range(3000):
                writer.send(i)
                assert reader.recv() == i
            queue = context.SimpleQueue()
            for target in (work, int):
                child = context.Process(target=target, args=(queue,) if target is work else ())
                child.start()
                child.join()
                print(child.exitcode)
            print(queue.get())
        except OSError as error:
            print(error)
        pid = os.fork()
        if pid == 0:
            os._exit(3)
        print(os.waitpid(pid, 0)[1], noticed)
        try:
            with open(sys.argv[4], 'wb') as file:
                file.write(bytes(5000))
        except Exception as error:
            print(error, noticed)
'''


class Limited(HarmlessTest):
    def limited(self, *args):
        """(plain, watched)"""
        out = os.path.join(self.home, 'written')
        return self.assertSame(LIMITED, list(args) + [''] * (3 - len(args)) + [out], quiet=False)

    def accounted(self, run, messages):
        """Of the root's messages each is recorded or counted."""
        root = run.root
        told = len(root.of(reader.SEND)) + sum(row.sent for row in root.counters)
        self.assertGreaterEqual(told, messages)

    def test_files_may_not_grow(self):
        for size in (0, 100, 70000):
            with self.subTest(size):
                self.accounted(self.limited('FSIZE', str(size)), 3000)

    def test_the_signal_of_files_that_grow_too_large_is_never_sent_on_our_account(self):
        for handle in ('default', 'handler'):
            for size in (6000, 70000):
                with self.subTest((handle, size)):
                    self.accounted(self.limited('FSIZE', str(size), handle), 3000)

    def test_descriptors_run_out(self):
        for most in (3, 5, 6, 7, 8, 9, 12):
            with self.subTest(most):
                self.limited('NOFILE', str(most))

    def test_processes_run_out_of_address_space(self):
        run = self.assertSame('''
            import multiprocessing, resource
            reader, writer = multiprocessing.Pipe(False)
            writer.send(0)
            reader.recv()
            with open('/proc/self/statm') as file:
                used = int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + (12 << 20), used + (12 << 20)))
            for n in range(20000):
                writer.send(n)
                reader.recv()
            print(len(bytearray(9 << 20)))
            try:
                bytearray(64 << 20)
            except MemoryError:
                print('no more')
        ''', quiet=False)
        self.accounted(run, 20001)

    @unittest.skipUnless(sys.platform == 'linux' and os.geteuid() == 0, 'only root can make a small file system')
    def test_the_run_folders_file_system_is_full(self):
        import subprocess
        for size in ('4k', '64k', '160k'):
            folder = self.new_folder()
            if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=' + size, 'none', folder], stderr=subprocess.DEVNULL).returncode:
                self.skipTest('no file system can be mounted here')
            self.addCleanup(subprocess.run, ['umount', '-l', folder])
            with self.subTest(size):
                run = self.assertSame('''
                    import multiprocessing
                    def work(n):
                        reader, writer = multiprocessing.Pipe(False)
                        for i in range(3000):
                            writer.send(i)
                            assert reader.recv() == i
                        print(n, flush=True)
                    if __name__ == '__main__':
                        work(0)
                        for method in ('fork', 'spawn'):
                            child = multiprocessing.get_context(method).Process(target=work, args=(method,))
                            child.start()
                            child.join()
                            print(child.exitcode, flush=True)
                ''', folder=folder, quiet=False)
                if size != '4k':
                    self.accounted(run, 3000)


if __name__ == '__main__':
    unittest.main()
