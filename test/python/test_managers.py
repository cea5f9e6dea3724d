"""Managers: the server, what it holds, and who calls what; nothing of what the calls take and give."""

import os
import signal
import sys
import textwrap
import unittest
from collections import Counter

from channel_support import METHODS, ChannelTest
from process_support import ScriptTest
from harmless_support import plain_text
from reader import (
    ACCEPT, CHANNEL_HELD, CHANNEL_NEW, CONNECT, LISTENER_NEW, PROXY_CALL, PROXY_NEW, RECV, SEND, SERVER_NEW, SHARED_NEW, START, THREAD,
)

RAISED = 1
FAILED, INTERNAL = 1, 2


def hash48(text):
    """64-bit FNV-1a as docs/journal-format.md folds it, on its own."""
    value = 14695981039346656037
    for byte in text.encode('utf-8'):
        value = ((value ^ byte) * 1099511628211) % (1 << 64)
    return (value % (1 << 48)) ^ (value >> 48)


class ManagerTest(ChannelTest):
    def calls(self, ran, **wanted):
        """How often each (type id, method) was called, in all processes but without the making of objects."""
        return Counter(
            (i.text(r.s2), i.text(r.s1)) for i, r in ran.records(PROXY_CALL)
            if i.text(r.s1) != '#CREATE' and all(getattr(r, k) == v for k, v in wanted.items()))

    def server(self, ran):
        """(image, SERVER_NEW) of the only server."""
        (image, record), = ran.records(SERVER_NEW)
        return image, record

    def shared(self, ran, kind):
        """(image, SHARED_NEW) of the only object of a type."""
        found = [(i, r) for i, r in ran.records(SHARED_NEW) if i.text(r.s1) == kind]
        self.assertEqual(1, len(found), kind)
        return found[0]


class Calls(ManagerTest):
    def test_the_server_what_it_holds_and_each_call_are_told_by_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script("""
                    import multiprocessing, sys

                    def work(numbers, lock, answers):
                        with lock:  # under the lock
                            numbers['child'] = 1  # set in the child
                        answers.put(len(numbers))  # answered

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        manager = context.Manager()  # the manager
                        numbers = manager.dict({'main': 0})  # the dictionary
                        lock = manager.Lock()  # the lock
                        answers = manager.Queue()  # the queue
                        child = context.Process(target=work, args=(numbers, lock, answers))
                        child.start()
                        print(answers.get())  # the answer
                        child.join()
                        print(sorted(numbers.copy()))  # copied
                        manager.shutdown()
                """, method)
                self.assertEqual("2\n['child', 'main']\n", ran.out)
                main = ran.images[0]
                server, ready = self.server(ran)
                self.assertEqual('Server', server.text(ready.s1))
                start, = [r for r in main.of(START) if 'Manager' in main.text(r.s1)]
                self.assertEqual(start.a, server.pid)
                self.assertPlace(ran, main, start, '# the manager')
                self.assertEqual(
                    {('Lock', 'acquire'): 1, ('Lock', 'release'): 1, ('dict', '__setitem__'): 1, ('dict', '__len__'): 1,
                     ('Queue', 'put'): 1, ('Queue', 'get'): 1, ('dict', 'copy'): 1}, self.calls(ran, flags=0))
                self.assertEqual({}, self.calls(ran, flags=RAISED))
                child, = [i for i in ran.images if i.of(PROXY_CALL) and i.pid != main.pid]
                for kind, made, methods in (
                        ('dict', 'the dictionary', {'__setitem__': 'set in the child', '__len__': 'answered', 'copy': 'copied'}),
                        ('Lock', 'the lock', {'acquire': 'under the lock', 'release': None}),
                        ('Queue', 'the queue', {'put': 'answered', 'get': 'the answer'})):
                    told, shared = self.shared(ran, kind)
                    self.assertEqual(server.pid, told.pid)
                    self.assertEqual((4, ready.obj), (shared.obj >> 48, shared.a))
                    self.assertEqual(server.text(ready.s2), server.text(shared.s2))
                    proxies = [(i, r) for i, r in ran.records(PROXY_NEW) if i.text(r.s1) == kind]
                    self.assertEqual([(main.pid, shared.obj), (child.pid, shared.obj)], [(i.pid, r.obj) for i, r in proxies])
                    self.assertEqual({server.text(ready.s2)}, {i.text(r.s2) for i, r in proxies})
                    self.assertPlace(ran, main, proxies[0][1], '# ' + made)
                    create, = [r for r in main.of(PROXY_CALL) if main.text(r.s1) == '#CREATE' and main.text(r.s2) == kind]
                    self.assertEqual((shared.obj, 0), (create.obj, create.flags))
                    self.assertPlace(ran, main, create, '# ' + made)
                    self.assertTrue(create.t0 <= shared.t0 <= create.t1)
                    for name, text in methods.items():
                        (image, call), = [(i, r) for i, r in ran.of(shared.obj, PROXY_CALL) if i.text(r.s1) == name]
                        if text:
                            self.assertPlace(ran, image, call, '# ' + text)
                        self.assertLess(call.t0, call.t1)

    def test_the_librarys_own_connections_are_told_as_such_and_have_no_traffic(self):
        ran = self.run_script("""
            import multiprocessing
            with multiprocessing.get_context('fork').Manager() as manager:
                numbers = manager.list([1, 2])
                numbers.append(3)
                print(numbers._getvalue())
            here, there = multiprocessing.Pipe()
            here.send('mine')
            there.send(there.recv())
            here.recv()
        """)
        self.assertEqual('[1, 2, 3]\n', ran.out)
        server, _ = self.server(ran)
        address = server.text(server.one(SERVER_NEW).s2)
        listener = server.one(LISTENER_NEW)
        self.assertEqual((INTERNAL, address), (listener.flags, server.text(listener.s1)))
        accepts, connects = ran.records(ACCEPT), ran.records(CONNECT)
        self.assertEqual({INTERNAL}, {r.flags for _, r in accepts + connects})
        self.assertEqual({listener.obj}, {r.obj for _, r in accepts})
        self.assertEqual({address}, {i.text(r.s1) for i, r in connects})
        self.assertEqual(len(connects), len(accepts))
        mine = ran.channel('Pipe')[1]
        inner, = [r for _, r in ran.records(CHANNEL_NEW) if r.flags & INTERNAL]
        self.assertEqual({mine.obj, mine.a, inner.obj}, {r.obj for _, r in ran.records(SEND, RECV)})
        self.assertEqual([], [r for _, r in ran.records(CHANNEL_HELD)])
        self.assertEqual({('list', 'append'): 1, ('list', '_getvalue'): 1}, self.calls(ran))

    def test_a_call_that_raises_is_marked_and_an_object_that_cannot_be_made_is_none(self):
        ran = self.run_script("""
            from multiprocessing.managers import BaseManager, RemoteError

            class Thing:
                def __init__(self, fine):
                    if not fine:
                        raise ValueError('not fine')
                def work(self, how):
                    return 1 // how

            class Own(BaseManager):
                pass

            Own.register('Thing', Thing)
            if __name__ == '__main__':
                with Own() as manager:
                    thing = manager.Thing(True)
                    print(thing.work(1))
                    try:
                        thing.work(0)  # divided
                    except ZeroDivisionError as error:
                        print(type(error).__name__)
                    try:
                        thing._callmethod('no_such')
                    except RemoteError:
                        print('no such')
                    try:
                        manager.Thing(False)
                    except RemoteError as error:
                        print('not fine' in str(error), 'procession_runtime' in str(error))
        """)
        self.assertEqual('1\nZeroDivisionError\nno such\nTrue False\n', ran.out)
        main = ran.images[0]
        failed = [r for r in main.of(PROXY_CALL) if r.flags & RAISED]
        self.assertEqual(['work', 'no_such'], [main.text(r.s1) for r in failed])
        self.assertPlace(ran, main, failed[0], '# divided')
        self.assertEqual(1, len([r for r in main.of(PROXY_CALL) if main.text(r.s1) == '#CREATE']))
        self.shared(ran, 'Thing')

    def test_every_kind_of_proxy_is_seen_by_its_methods(self):
        ran = self.run_script("""
            import copy, multiprocessing
            with multiprocessing.get_context('fork').Manager() as manager:
                space = manager.Namespace()
                space.x = 5
                print(space.x, hasattr(space, 'y'))
                value = manager.Value('i', 1)
                value.value += 1
                array = manager.Array('i', [1, 2])
                array[1] = 5
                event = manager.Event()
                event.set()
                event.wait(1)
                barrier = manager.Barrier(1)
                barrier.wait()
                print(barrier.parties)
                condition = manager.Condition()
                with condition:
                    condition.notify_all()
                inner = manager.list()
                outer = manager.list([inner])
                outer[0].append('nested')
                print(inner, copy.deepcopy(inner))
                for key in manager.dict(a=1):
                    print(key)
                with manager.Pool(1) as pool:
                    print(pool.apply_async(abs, (-3,)).get(), pool.map(abs, [-1]))
        """)
        self.assertEqual("5 False\n1\n['nested'] ['nested']\na\n3 [1]\n", ran.out)
        calls = self.calls(ran)
        for kind, method, times in (
                ('Namespace', '__setattr__', 1), ('Namespace', '__getattribute__', 2), ('Value', 'get', 1), ('Value', 'set', 1),
                ('Array', '__setitem__', 1), ('Event', 'set', 1), ('Event', 'wait', 1), ('Barrier', 'wait', 1),
                ('Barrier', '__getattribute__', 1), ('Condition', 'acquire', 1), ('Condition', 'release', 1),
                ('Condition', 'notify_all', 1), ('list', '__getitem__', 1), ('list', 'append', 1), ('list', '__repr__', 1),
                ('list', '_getvalue', 1), ('dict', '__iter__', 1), ('Iterator', '__next__', 2), ('Pool', 'apply_async', 1),
                ('AsyncResult', 'get', 1), ('Pool', 'map', 1), ('Pool', 'terminate', 1)):
            self.assertEqual(times, calls.pop((kind, method), 0), (kind, method))
        self.assertEqual({}, calls)
        # The inner list came back as a proxy: it is the one that it was.
        inner, outer = [r for _, r in ran.records(SHARED_NEW) if _.text(r.s1) == 'list']
        self.assertEqual([inner.obj], [r.obj for i, r in ran.records(PROXY_CALL) if i.text(r.s1) == 'append'])

    def test_proxies_sent_through_queues_are_the_same_object_to_all(self):
        ran = self.run_script("""
            import multiprocessing

            def work(queue):
                numbers = queue.get()
                numbers.append('by the child')  # appended

            if __name__ == '__main__':
                context = multiprocessing.get_context('fork')
                with context.Manager() as manager:
                    queue = context.Queue()
                    child = context.Process(target=work, args=(queue,))
                    child.start()
                    numbers = manager.list()
                    queue.put(numbers)
                    child.join()
                    print(numbers)
        """)
        self.assertEqual("['by the child']\n", ran.out)
        _, shared = self.shared(ran, 'list')
        self.assertEqual(2, len(ran.of(shared.obj, PROXY_NEW)))
        (child, append), = [(i, r) for i, r in ran.of(shared.obj, PROXY_CALL) if i.text(r.s1) == 'append']
        self.assertNotEqual(ran.images[0].pid, child.pid)
        self.assertPlace(ran, child, append, '# appended')

    def test_a_call_that_waits_is_in_its_threads_slot(self):
        ran = self.begin("""
            import multiprocessing
            manager = multiprocessing.get_context('fork').Manager()
            queue = manager.Queue()
            queue.get()  # for ever
        """)
        try:
            slot = self.until('a waiting call', lambda: [s for i in ran.images[:1] for s in i.slots if s.op == PROXY_CALL and s.obj and i.of(PROXY_NEW)])[0]
            image = ran.images[0]
            self.assertEqual(image.one(PROXY_NEW).obj, slot.obj)
            self.assertPlace(ran, image, slot, '# for ever')
            self.assertEqual(0, slot.deadline)
        finally:
            for image in ran.images:
                try:
                    os.kill(image.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.end(ran)

    def test_a_servers_threads_that_only_serve_leave_nothing(self):
        ran = self.run_script("""
            import multiprocessing
            with multiprocessing.get_context('fork').Manager() as manager:
                numbers = manager.list()
                for number in range(20):
                    numbers._incref()
                numbers.append(1)
        """)
        server, _ = self.server(ran)
        self.assertGreater(len(server.of(ACCEPT)), 20)
        self.assertEqual(len(server.of(SHARED_NEW)) + 1, len(server.of(THREAD)))


class Addresses(ManagerTest):
    REMOTE = """
        import multiprocessing, os, sys
        from multiprocessing.managers import BaseManager

        class Counter:
            def __init__(self):
                self.number = 0
            def add(self, n):
                self.number += n
                return self.number

        one = Counter()

        class Serving(BaseManager):
            pass

        class Using(BaseManager):
            pass

        Serving.register('counter', callable=lambda: one)
        Using.register('counter')

        def serve(address, ready):
            server = Serving(address, b'a key that nobody may read').get_server()
            ready.send(server.address)
            ready.close()
            server.serve_forever()  # it serves

        def use(address):
            manager = Using(address, b'a key that nobody may read')
            manager.connect()
            counter = manager.counter()  # asked for
            print(counter.add(2))  # added
            again = manager.counter()
            print(again.add(3), flush=True)

        def run(bound, names):
            reader, writer = context.Pipe(False)
            server = context.Process(target=serve, args=(bound, writer))
            server.start()
            writer.close()
            real = reader.recv()
            for name in names:
                child = context.Process(target=use, args=(name if type(name) is str else (name[0], real[1]),))
                child.start()
                child.join()
            server.terminate()
            server.join()

        context = multiprocessing.get_context('fork')
    """

    def run_remote(self, *lines):
        return self.run_script('\n'.join([textwrap.dedent(self.REMOTE)] + [textwrap.dedent(line) for line in lines]))

    def counted(self, ran):
        """The one object that all have used."""
        server, ready = self.server(ran)
        _, shared = ran.records(SHARED_NEW)[0]
        self.assertEqual({shared.obj}, {r.obj for _, r in ran.records(SHARED_NEW, PROXY_NEW, PROXY_CALL)})
        self.assertPlace(ran, server, ready, '# it serves')
        for image, record in ran.records(PROXY_NEW):
            self.assertPlace(ran, image, record, '# asked for')
        return server, ready, shared

    def test_a_server_bound_to_every_address_and_found_by_several_names_is_one(self):
        ran = self.run_remote("run(('', 0), [('127.0.0.1', 0), ('localhost', 0)])")
        self.assertEqual('2\n5\n7\n10\n', ran.out)
        server, ready, shared = self.counted(ran)
        address = server.text(ready.s2)
        self.assertTrue(address.startswith('0.0.0.0:'), address)
        port = address.partition(':')[2]
        self.assertEqual(['127.0.0.1:' + port, 'localhost:' + port], [i.text(r.s2) for i, r in ran.records(PROXY_NEW)])
        self.assertEqual({('counter', 'add'): 4}, self.calls(ran))
        # Both ends of a TCP connection know both addresses.
        ends = [(i.text(r.s2), i.text(r.s1)) for i, r in ran.records(CONNECT)]
        self.assertEqual(sorted(own for own, _ in ends), sorted(i.text(r.s1) for i, r in ran.records(ACCEPT)))
        self.assertEqual({-1}, {r.b for _, r in ran.records(ACCEPT)})

    def test_a_path_is_the_same_by_any_way_that_leads_to_it(self):
        path = os.path.join(self.home, 'socket')
        ran = self.run_remote("os.chdir(%r)\nrun('socket', ['socket', %r])" % (self.home, path))
        self.assertEqual('2\n5\n7\n10\n', ran.out)
        server, ready, shared = self.counted(ran)
        self.assertEqual(['socket', path], [i.text(r.s2) for i, r in ran.records(PROXY_NEW)])
        self.assertEqual('socket', server.text(ready.s2))
        users = {i.pid for i, _ in ran.records(PROXY_NEW)}
        self.assertEqual(users, {r.b for _, r in ran.records(ACCEPT)})

    def test_the_hash_is_the_one_that_is_published(self):
        # From the test vectors of FNV's authors: 64-bit FNV-1a of 'foobar' is 85944171f73967e8.
        self.assertEqual(0x4171f73967e8 ^ 0x8594, hash48('foobar'))

    def test_an_objects_id_is_the_hash_of_its_address_and_what_the_server_calls_it(self):
        ran = self.run_script("""
            import multiprocessing
            with multiprocessing.get_context('fork').Manager() as manager:
                numbers = manager.list()
                print(numbers._token.address, numbers._token.id)
        """)
        address, ident = ran.out.split()
        _, shared = self.shared(ran, 'list')
        self.assertEqual(4 << 48 | hash48('%s\0%s' % (address, ident)), shared.obj)

    def test_an_object_given_again_while_it_is_used_is_made_once(self):
        ran = self.run_remote("""
            reader, writer = context.Pipe(False)
            server = context.Process(target=serve, args=(None, writer))
            server.start()
            writer.close()
            manager = Using(reader.recv(), b'a key that nobody may read')
            manager.connect()
            first = manager.counter()
            second = manager.counter()
            first.add(1)
            print(second.add(1))
            server.terminate()
            server.join()
        """)
        self.assertEqual('2\n', ran.out)
        self.assertEqual(1, len(ran.records(SHARED_NEW)))
        self.assertEqual({('counter', 'add'): 2}, self.calls(ran))

    def test_a_wrong_key_is_a_connection_that_failed(self):
        ran = self.run_script("""
            import multiprocessing
            from multiprocessing.managers import BaseManager
            with multiprocessing.get_context('fork').Manager() as manager:
                try:
                    BaseManager(manager.address, b'wrong').connect()  # refused
                except multiprocessing.AuthenticationError as error:
                    print('refused')
        """)
        self.assertEqual('refused\n', ran.out)
        image, record = [(i, r) for i, r in ran.records(CONNECT) if r.flags & FAILED][0]
        self.assertEqual(INTERNAL | FAILED, record.flags)
        self.assertEqual('AuthenticationError', image.text(record.s1))
        self.assertPlace(ran, image, record, '# refused')

    def test_nothing_of_arguments_results_and_keys_is_kept(self):
        ran = self.run_script("""
            import multiprocessing
            multiprocessing.current_process().authkey = b'the secret key of ours'
            with multiprocessing.get_context('fork').Manager() as manager:
                numbers = manager.dict()
                numbers['an argument of ours'] = 'a value of ours'
                print(numbers['an argument of ours'])
                try:
                    numbers['a missing key of ours']
                except KeyError:
                    pass
        """)
        self.assertEqual('a value of ours\n', ran.out)
        for name in os.listdir(ran.folder):
            with open(os.path.join(ran.folder, name), 'rb') as file:
                self.assertNotIn(b'of ours', file.read())


class Unnoticed(ScriptTest):
    def assertSame(self, text, args=(), **named):
        plain, run = self.both(text, args, **named)
        self.assertEqual((plain_text(plain.out), plain_text(plain.err), plain.code), (plain_text(run.out), plain_text(run.err), run.code))
        return run

    def test_functions_of_the_library_keep_names_and_signatures_and_proxies_their_pickles(self):
        self.assertSame('''
            import inspect, multiprocessing, pickle, sys
            from multiprocessing import managers
            for one in (managers.Server.serve_forever, managers.Server.incref, managers.BaseManager._create, managers.BaseProxy.__init__,
                        managers.BaseProxy._callmethod, managers.DictProxy.copy):
                print(one.__module__, one.__qualname__, one.__doc__, inspect.signature(one))
            with multiprocessing.get_context('fork').Manager() as manager:
                for proxy in (manager.dict(), manager.Lock(), manager.Namespace(), manager.Queue()):
                    print(sorted(vars(proxy)), type(proxy).__mro__)
                    reduced = proxy.__reduce__()
                    print(reduced[0], reduced[1][0], sorted(reduced[1][3]), type(pickle.loads(pickle.dumps(reduced[1][1]))))
            print(sorted(sys.modules))
        ''')

    def test_what_a_proxy_does_with_unknown_names_is_its_own(self):
        self.assertSame('''
            from multiprocessing.managers import BaseManager, BaseProxy
            class Thing:
                colour = 'red'
            class Forwarding(BaseProxy):
                def __getattr__(self, name):
                    print('asked for', name)
                    return self._callmethod('__getattribute__', (name,))
            class Own(BaseManager):
                pass
            Own.register('Thing', Thing, Forwarding, exposed=('__getattribute__',))
            if __name__ == '__main__':
                with Own() as manager:
                    thing = manager.Thing()
                    print(thing.colour)
        ''')

    def test_errors_on_the_server_come_back_as_they_were_written_there(self):
        for method in ('fork', 'spawn'):
            self.assertSame('''
                import multiprocessing, re, sys
                from multiprocessing.managers import BaseManager
                class Thing:
                    def __init__(self, fine):
                        assert fine, 'it is not'
                class Own(BaseManager):
                    pass
                Own.register('Thing', Thing)
                if __name__ == '__main__':
                    with Own(ctx=multiprocessing.get_context(sys.argv[1])) as manager:
                        for attempt in (lambda: manager.Thing(False), lambda: manager.Thing(True)._callmethod('none')):
                            try:
                                attempt()
                            except Exception as error:
                                print(error)
            ''', [method])

    @unittest.skipIf(sys.version_info < (3, 11), 'before 3.11 a hook cannot leave a traceback')
    def test_tracebacks_through_proxies_are_those_of_a_plain_run(self):
        self.assertSame('''
            import multiprocessing, traceback
            from multiprocessing.managers import BaseManager
            def attempt(call):
                try:
                    call()
                except BaseException:
                    traceback.print_exc()
            if __name__ == '__main__':
                with multiprocessing.get_context('fork').Manager() as manager:
                    numbers = manager.dict()
                    attempt(lambda: numbers['none'])
                    attempt(lambda: numbers.get(1, 2, 3, 4))
                    attempt(lambda: numbers._callmethod())
                    attempt(lambda: manager.dict(1, 2, 3))
                    attempt(lambda: manager.list(iter([])))
                attempt(lambda: BaseManager('/nowhere', b'').connect())
        ''')

    def test_a_manager_that_is_gone_and_proxies_that_outlive_it_end_alike(self):
        self.assertSame('''
            import multiprocessing, os, signal, sys
            if __name__ == '__main__':
                manager = multiprocessing.get_context(sys.argv[1]).Manager()
                numbers, kept = manager.dict(), manager.list()
                os.kill(manager._process.pid, signal.SIGKILL)
                manager._process.join()
                try:
                    numbers['x'] = 1
                except Exception as error:
                    print(type(error).__name__)
                print(str(numbers).partition(';')[2])
                del numbers
        ''', ['fork'])


if __name__ == '__main__':
    unittest.main()
