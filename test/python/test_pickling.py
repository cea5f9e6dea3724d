"""What connections and queues send is pickled to the same bytes, and fails alike."""

import sys
import unittest

from harmless_support import HarmlessTest

# Everything that may be sent, each printed as it comes out; `show` runs in both runs of a test.
SHOW = '''
    import copyreg, functools, multiprocessing, pickle, sys, traceback
    from multiprocessing.reduction import ForkingPickler

    def show(*things):
        for thing in things:
            try:
                print(bytes(ForkingPickler.dumps(thing)).hex()[:4000])
            except Exception:
                traceback.print_exc()

    class Point:
        def __init__(self, x):
            self.x = x
        def move(self):
            return self.x
'''


class Pickling(HarmlessTest):
    def test_the_bytes_are_those_of_a_plain_run(self):
        self.assertSame(SHOW + '''
    long = [str(i) for i in range(30000)]
    show(5, 2 ** 70, 'text', b'bytes', bytearray(b'more'), None, (1, [2, {'a': {3}}]), Point(1), Point(1).move, Point, len, str.upper,
         functools.partial(max, 3), object.__str__, b'x' * 70000, 'y' * 300000, pickle.PickleBuffer(b'z'))
    for thing in (long, b'x' * 70000, [b'x' * 70000, 'y' * 70000]):
        data = ForkingPickler.dumps(thing)
        print(type(data).__name__, data.readonly, len(data), hash(bytes(data).hex()[-500:]), ForkingPickler.loads(data) == thing)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        print(bytes(ForkingPickler.dumps([Point(2), 'text'], protocol)).hex())
''', env={'PYTHONHASHSEED': '0'})

    def test_reducers_are_those_that_are_registered_when_it_is_sent(self):
        self.assertSame(SHOW + '''
    def reduce(point):
        return Point, (point.x + 100,)
    def otherwise(point):
        return Point, (point.x + 200,)
    show(Point(1))
    copyreg.pickle(Point, reduce)
    show(Point(1))
    copyreg.pickle(Point, otherwise)
    show(Point(1))
    ForkingPickler.register(Point, reduce)
    show(Point(1))
    ForkingPickler.register(Point, otherwise)
    show(Point(1))
    reader, writer = multiprocessing.Pipe(False)
    writer.send(Point(1))
    print(reader.recv().x)
''')

    def test_a_class_that_is_changed_or_derived_is_used_as_it_is(self):
        self.assertSame(SHOW + '''
    class Derived(ForkingPickler):
        def reducer_override(self, obj):
            return (Point, (7,)) if obj is Point.move else NotImplemented
    print(bytes(Derived.dumps([Point.move, Point(2)])).hex())
    ForkingPickler.persistent_id = lambda self, obj: 'point' if type(obj) is Point else None
    show(Point(3), [4])
    del ForkingPickler.persistent_id
    plain = ForkingPickler.__init__
    def making(self, *args):
        print('made', len(args))
        plain(self, *args)
    ForkingPickler.__init__ = making
    show(Point(5))
    ForkingPickler.__init__ = plain
    # What the constructor finds on the class is used, and what it sets afterwards is not.
    ForkingPickler.dispatch_table = {Point: lambda point: (Point, (8,))}
    show(Point(6))
    del ForkingPickler.dispatch_table
    show(Point(6))
''')

    def test_what_cannot_be_pickled_fails_with_the_same_traceback_and_is_asked_once(self):
        self.assertSame(SHOW + '''
    class Counted:
        asked = 0
        def __reduce__(self):
            Counted.asked += 1
            raise ValueError('not this one')
    class Deep:
        def __reduce__(self):
            return Deep, (Deep(),)
    show(lambda: 0, Counted(), [Counted()])
    print(Counted.asked)
    try:
        ForkingPickler.dumps(Deep())
    except RecursionError:
        print('too deep')
    for wrong in (99, 'a'):
        try:
            ForkingPickler.dumps(1, wrong)
        except Exception:
            traceback.print_exc()
    def try_to(send, thing):
        try:
            send(thing)
        except Exception:
            traceback.print_exc()
    reader, writer = multiprocessing.Pipe(False)
    try_to(writer.send, Counted())
    try_to(multiprocessing.SimpleQueue().put, Counted())
    queue = multiprocessing.Queue()
    queue.put(Counted())
    queue.close()
    queue.join_thread()
    print(Counted.asked)
''')

    @unittest.skipIf(sys.version_info < (3, 11), 'before 3.11 the library pickles by itself')
    def test_it_is_ours_where_it_can_be(self):
        run = self.run_script('''
    from multiprocessing.reduction import ForkingPickler
    print(ForkingPickler.dumps.__func__.__code__.co_filename.rpartition('/')[2], hasattr(ForkingPickler.dumps, '__wrapped__'))
''')
        self.assertEqual('pickling.py True\n', run.out)


if __name__ == '__main__':
    unittest.main()
