"""What a script sends may do anything when it is pickled, printed, measured or compared: nothing of that happens oftener than without us."""

import unittest

from harmless_support import HarmlessTest
from process_support import METHODS

# An object that counts what is asked of it, also by way of `isinstance` and `getattr`; and exceptions that do.
AWKWARD = '''
    import collections, multiprocessing, os, sys, threading, time

    counts = collections.Counter()

    class Awkward:
        """Counts; what is in `raises` raises."""
        raises = ()

        def __getattribute__(self, name):
            if name == '__class__' or not name.startswith('__'):
                counts[name] += 1
            return object.__getattribute__(self, name)

        def __reduce_ex__(self, protocol):
            counts['reduce'] += 1
            if 'reduce' in type(self).raises:
                raise Complaint('no pickle of it')
            return type(self), ()

        def __repr__(self):
            counts['repr'] += 1
            raise Complaint('no words for it')

        def __bool__(self):
            counts['bool'] += 1
            raise Complaint('neither true nor false')

        def __len__(self):
            counts['len'] += 1
            raise Complaint('it has no length')

        def __eq__(self, other):
            counts['eq'] += 1
            raise Complaint('like nothing else')

        def __hash__(self):
            counts['hash'] += 1
            raise Complaint('no hash')

        def __iter__(self):
            counts['iter'] += 1
            raise Complaint('nothing in it')

        def __fspath__(self):
            counts['fspath'] += 1
            raise Complaint('no path')

        def __int__(self):
            counts['int'] += 1
            raise Complaint('no number')

        __index__ = __float__ = __int__
        __str__ = __format__ = __repr__

        def __call__(self, *args, **named):
            counts['call'] += 1
            return 'called'

        def __del__(self):
            counts['del'] += 1

    class NoPickle(Awkward):
        raises = ('reduce',)

    class Complaint(Exception):
        def __str__(self):
            counts['str of the error'] += 1
            return 'a complaint'

        def __repr__(self):
            counts['repr of the error'] += 1
            return 'a complaint'

    def attempt(what, call):
        try:
            call()
        except BaseException as error:
            print(what, type(error).__name__, flush=True)

    def told(where):
        print(where, sorted(counts.items()), flush=True)
'''


class Payloads(HarmlessTest):
    def test_what_is_sent_is_asked_nothing_more_than_in_a_plain_run(self):
        self.assertSame(AWKWARD + '''
    def child(queue, simple, reader):
        for get in (queue.get, simple.get, reader.recv):
            got = get()
            print(type(got).__name__)
            del got
        told('child')

    if __name__ == '__main__':
        context = multiprocessing.get_context(sys.argv[1])
        queue, simple, (reader, writer) = context.Queue(3), context.SimpleQueue(), context.Pipe(False)
        process = context.Process(target=child, args=(queue, simple, reader))
        process.start()
        queue.put(Awkward())
        simple.put(Awkward())
        writer.send(Awkward())
        process.join()
        print(process.exitcode)
        queue.close()
        queue.join_thread()
        told('main')
''', ['fork'])

    def test_what_cannot_be_pickled_fails_as_in_a_plain_run_and_is_asked_nothing_more(self):
        run = self.assertSame(AWKWARD + '''
    if __name__ == '__main__':
        context = multiprocessing.get_context('fork')
        queue, simple, joinable, (reader, writer) = context.Queue(), context.SimpleQueue(), context.JoinableQueue(), context.Pipe()
        attempt('simple', lambda: simple.put(NoPickle()))
        attempt('send', lambda: writer.send(NoPickle()))
        queue.put(NoPickle())
        queue.put('good')
        print(queue.get())
        joinable.put('first')
        joinable.put(NoPickle())
        joinable.put('last')
        print(joinable.get(), joinable.get())
        for each in (queue, joinable):
            each.close()
            each.join_thread()
        told('main')
''')
        import reader
        self.assertEqual(2, len(run.root.of(reader.FEEDER_ERROR)))

    def test_what_blocks_in_its_pickling_blocks_nothing_else(self):
        self.assertSame('''
            import multiprocessing, threading
            gate = threading.Event()
            class Slow:
                def __reduce__(self):
                    gate.wait()
                    return int, ()
            context = multiprocessing.get_context('fork')
            slow, quick = context.Queue(), context.Queue()
            slow.put(Slow())
            thread = threading.Thread(target=lambda: simple.put(Slow()))
            simple = context.SimpleQueue()
            thread.start()
            for n in range(300):
                quick.put(n)
                assert quick.get() == n
            child = context.Process(target=quick.put, args=('child',))
            child.start()
            print(quick.get())
            child.join()
            gate.set()
            print(slow.get(), simple.get())
            thread.join()
        ''')

    def test_what_pickles_by_using_the_very_channel_comes_out_as_in_a_plain_run(self):
        self.assertSame('''
            import multiprocessing
            context = multiprocessing.get_context('fork')
            queue, simple, (reader, writer) = context.Queue(), context.SimpleQueue(), context.Pipe(False)
            class Nested:
                def __init__(self, put):
                    self.put = put
                def __reduce__(self):
                    self.put('inner')
                    return str, ('outer',)
            for put, get in ((queue.put, queue.get), (simple.put, simple.get), (writer.send, reader.recv)):
                put(Nested(put))
                print(get(), get())
            class Asking:
                def __reduce__(self):
                    return fetch, ()
            def fetch():
                return reader.recv()
            simple.put(Asking())
            writer.send('fetched')
            print(simple.get())
        ''')

    def test_awkward_targets_names_arguments_and_timeouts_are_asked_nothing_more(self):
        self.assertSame(AWKWARD + '''
    class Text(str):
        def __str__(self):
            counts['str'] += 1
            return 'text'
        __repr__ = __format__ = __str__
        def __eq__(self, other):
            counts['text eq'] += 1
            return str.__eq__(self, other)
        def __hash__(self):
            counts['text hash'] += 1
            return str.__hash__(self)
        def encode(self, *args):
            counts['encode'] += 1
            return b'never'

    class Number(int):
        def __mul__(self, other):
            counts['mul'] += 1
            return int(self) * other
        def __lt__(self, other):
            counts['lt'] += 1
            return int(self) < other
        def __gt__(self, other):
            counts['gt'] += 1
            return int(self) > other
        def __le__(self, other):
            counts['le'] += 1
            return int(self) <= other
        def __eq__(self, other):
            counts['number eq'] += 1
            return int(self) == other
        def __float__(self):
            counts['float'] += 1
            return 0.0
        def __bool__(self):
            counts['number bool'] += 1
            return bool(int(self))
        __hash__ = int.__hash__

    if __name__ == '__main__':
        context = multiprocessing.get_context('fork')
        target = Awkward()
        child = context.Process(target=target, name=Text('named'), args=(Awkward(),))
        child.start()
        child.join()
        print(child.exitcode)
        attempt('target', lambda: context.Process(target=5).start())
        child = context.Process(target=print, args=('child',))
        child.start()
        attempt('join', lambda: child.join(Number(30)))
        print(child.exitcode)
        queue, joinable, (reader, writer) = context.Queue(1), context.JoinableQueue(), context.Pipe()
        queue.put(1)
        attempt('full', lambda: queue.put(2, timeout=Number(0)))
        attempt('got', lambda: queue.get(timeout=Number(9)))
        attempt('empty', lambda: queue.get(timeout=Number(0)))
        attempt('poll', lambda: reader.poll(Number(0)))
        attempt('text', lambda: queue.get(timeout='soon'))
        attempt('awkward', lambda: queue.get(timeout=Awkward()))
        attempt('awkward', lambda: reader.poll(Awkward()))
        attempt('awkward', lambda: child.join(Awkward()))
        attempt('kill', lambda: os.kill(Awkward(), 0))
        attempt('kill', lambda: os.kill(os.getpid(), Awkward()))
        attempt('wait', lambda: os.waitpid(Awkward(), 0))
        attempt('exec', lambda: os.execv(Awkward(), ['x']))
        attempt('exec', lambda: os.execv('/nowhere', Awkward()))
        attempt('maxsize', lambda: context.Queue(Awkward()))
        attempt('pipe', lambda: context.Pipe(Awkward()))
        attempt('bytes', lambda: writer.send_bytes(Awkward()))
        attempt('bytes', lambda: reader.recv_bytes(Awkward()))
        told('main')
''')

    def test_awkward_exceptions_are_printed_as_in_a_plain_run_and_asked_nothing_more(self):
        for method in METHODS:
            with self.subTest(method):
                self.assertSame(AWKWARD + '''
    import atexit

    def fail():
        atexit.register(told, 'child')
        try:
            raise Complaint(Awkward())
        finally:
            sys.stderr.flush()

    class Fails(multiprocessing.get_context(sys.argv[1]).Process):
        def run(self):
            try:
                raise Complaint(1)
            except Complaint as error:
                counts.clear()
                raise ValueError(Awkward) from error

    if __name__ == '__main__':
        context = multiprocessing.get_context(sys.argv[1])
        for process in (context.Process(target=fail), Fails()):
            process.start()
            process.join()
            print(process.exitcode)
        atexit.register(told, 'main')
        raise Complaint(Awkward())
''', [method])


if __name__ == '__main__':
    unittest.main()
