"""Listener and Client: who listens, who waits for whom, and which two processes have a connection."""

import os
import sys
import unittest

from channel_support import METHODS, ChannelTest
from process_support import ScriptTest
from reader import (
    ACCEPT, CHANNEL_CLOSED, CHANNEL_HELD, CONNECT, LISTENER_CLOSED, LISTENER_NEW, RECV, SEND, START,
)
from harmless_support import plain_text

FAILED, INTERNAL = 1, 2


class Connections(ChannelTest):
    ASK = """
        import multiprocessing, sys
        from multiprocessing.connection import Client, Listener

        def ask(address, key):
            try:
                with Client(address, authkey=key) as end:  # it connects
                    end.send('a question')  # it asks
                    print(end.recv(), flush=True)
            except multiprocessing.AuthenticationError:
                print('turned away', flush=True)

        def answer(listener, key):
            child = context.Process(target=ask, args=(listener.address, key))
            child.start()
            try:
                with listener.accept() as end:  # it accepts
                    end.recv()
                    end.send('an answer')  # it answers
            except multiprocessing.AuthenticationError:
                pass
            child.join()

        if __name__ == '__main__':
            context = multiprocessing.get_context(sys.argv[1])
            address = eval(sys.argv[2])
            key = b'our secret key' if 'key' in sys.argv[3:] else None
            with Listener(address, authkey=key) as listener:  # it listens
                answer(listener, key)
                if 'wrong' in sys.argv[3:]:
                    answer(listener, b'a wrong secret')
    """

    def pair(self, ran):
        """(image, ACCEPT), (image, CONNECT), and the listener's record, of a run with one connection that came about."""
        accept, = [(i, r) for i, r in ran.records(ACCEPT) if not r.flags]
        connect, = [(i, r) for i, r in ran.records(CONNECT) if not r.flags]
        (_, listener), = [(i, r) for i, r in ran.records(LISTENER_NEW) if not r.flags]
        return accept, connect, listener

    def assertTraffic(self, ran, accept, connect):
        """Each side's messages are those of its own end; what one has sent is as long as what the other has received."""
        for mine, others in ((accept[1].a, connect[1].obj), (connect[1].obj, accept[1].a)):
            (_, held), = ran.of(mine, CHANNEL_HELD)
            (_, closed), = ran.of(mine, CHANNEL_CLOSED)
            self.assertEqual((3, 3), (held.flags, closed.flags))
            (_, sent), (_, received) = ran.of(mine, SEND) + ran.of(others, RECV)
            self.assertEqual(sent.a, received.a)
            self.assertLess(sent.t0, received.t1)

    def test_a_connection_of_two_processes_is_told_at_both_ends_by_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script(self.ASK, method, 'None')
                self.assertEqual('an answer\n', ran.out)
                accept, connect, listener = self.pair(ran)
                main = ran.images[0]
                child = [r for r in main.of(START)][-1].a
                self.assertEqual((main.pid, child, child), (accept[0].pid, connect[0].pid, accept[1].b))
                self.assertPlace(ran, main, listener, '# it listens')
                self.assertPlace(ran, main, accept[1], '# it accepts')
                self.assertPlace(ran, connect[0], connect[1], '# it connects')
                address = main.text(listener.s1)
                self.assertEqual('AF_UNIX', main.text(listener.s2))
                self.assertTrue(os.path.isabs(address))
                self.assertEqual((listener.obj, address, None), (accept[1].obj, main.text(accept[1].s2), main.text(accept[1].s1)))
                self.assertEqual((address, None), (connect[0].text(connect[1].s1), connect[0].text(connect[1].s2)))
                self.assertEqual([listener.obj], [r.obj for r in main.of(LISTENER_CLOSED)])
                self.assertTraffic(ran, accept, connect)

    def test_both_ends_of_a_tcp_connection_say_both_addresses(self):
        ran = self.run_script(self.ASK, 'fork', "('localhost', 0)", 'key')
        accept, connect, listener = self.pair(ran)
        own, other = accept[0].text(accept[1].s2), accept[0].text(accept[1].s1)
        self.assertEqual((other, own), (connect[0].text(connect[1].s2), connect[0].text(connect[1].s1)))
        self.assertEqual((own, 'AF_INET'), (accept[0].text(listener.s1), accept[0].text(listener.s2)))
        self.assertRegex(own, r'^127\.0\.0\.1:\d+$')
        self.assertNotEqual(own, other)
        self.assertEqual(-1, accept[1].b)
        self.assertTraffic(ran, accept, connect)

    @unittest.skipIf(sys.platform != 'linux', 'abstract names are of Linux')
    def test_an_abstract_name_is_told_with_an_at_sign(self):
        for address in ("'\\0procession-%d'" % os.getpid(), "b'\\0procession-%d'" % os.getpid()):
            if sys.version_info < (3, 9) and address[0] == 'b':
                # The library itself takes them from 3.9 on.
                continue
            ran = self.run_script(self.ASK, 'fork', address, 'key')
            accept, connect, listener = self.pair(ran)
            name = '@procession-%d' % os.getpid()
            self.assertEqual([name] * 3, [accept[0].text(listener.s1), accept[0].text(accept[1].s2), connect[0].text(connect[1].s1)])
            self.assertEqual(connect[0].pid, accept[1].b)

    def test_a_wrong_key_is_a_failure_at_both_ends_that_says_who_and_no_more(self):
        for address in ('None', "('localhost', 0)"):
            ran = self.run_script(self.ASK, 'fork', address, 'key', 'wrong')
            self.assertEqual('an answer\nturned away\n', ran.out)
            accept, connect, listener = self.pair(ran)
            (main, refused), = [(i, r) for i, r in ran.records(ACCEPT) if r.flags]
            (child, failed), = [(i, r) for i, r in ran.records(CONNECT) if r.flags]
            self.assertEqual((FAILED, FAILED), (refused.flags, failed.flags))
            self.assertEqual(('AuthenticationError', 'AuthenticationError'), (main.text(refused.s1), child.text(failed.s1)))
            self.assertEqual(main.text(listener.s1), child.text(failed.s2))
            self.assertEqual(listener.obj, refused.obj)
            self.assertEqual(child.pid if address == 'None' else -1, refused.b)
            # Each end was there and is of another number; there is no traffic on them.
            self.assertEqual(4, len({accept[1].a, connect[1].obj, refused.a, failed.obj}))
            self.assertEqual([], ran.of(refused.a, SEND, RECV) + ran.of(failed.obj, SEND, RECV))
            for name in os.listdir(ran.folder):
                with open(os.path.join(ran.folder, name), 'rb') as file:
                    data = file.read()
                for part in (b'our secret', b'a wrong secret', b'CHALLENGE', b'FAILURE'):
                    # The script's own lines name the keys only in the file.
                    self.assertNotIn(part, data)

    def test_nobody_there_and_a_listener_that_is_closed_are_failures(self):
        ran = self.run_script("""
            from multiprocessing.connection import Client, Listener
            for address in ('/nowhere/at/all', ('127.0.0.1', 1)):
                try:
                    Client(address)  # nobody there
                except OSError as error:
                    print(type(error).__name__)
            listener = Listener()
            listener.close()  # it is closed
            listener.close()
            try:
                listener.accept()  # too late
            except OSError as error:
                print(error)
        """)
        self.assertEqual('FileNotFoundError\nConnectionRefusedError\nlistener is closed\n', ran.out)
        image, = ran.images
        first, second = image.of(CONNECT)
        self.assertEqual((FAILED, 0, '/nowhere/at/all'), (first.flags, first.obj, image.text(first.s2)))
        self.assertEqual((FAILED, 0, '127.0.0.1:1'), (second.flags, second.obj, image.text(second.s2)))
        self.assertTrue(image.text(first.s1).startswith('FileNotFoundError: [Errno 2]'))
        self.assertPlace(ran, image, first, '# nobody there')
        closed = image.one(LISTENER_CLOSED)
        self.assertPlace(ran, image, closed, '# it is closed')
        late = image.one(ACCEPT)
        self.assertEqual((FAILED, 0, -1, 'OSError: listener is closed'), (late.flags, late.a, late.b, image.text(late.s1)))
        self.assertPlace(ran, image, late, '# too late')

    def test_who_waits_in_accept_and_in_connect_is_in_its_threads_slot(self):
        ran = self.begin("""
            import threading
            from multiprocessing.connection import Client, Listener
            first, second = Listener(), Listener(authkey=b'x')
            threading.Thread(target=lambda: first.accept(), daemon=True).start()  # nobody comes
            Client(second.address, authkey=b'x')  # nobody answers
        """)
        try:
            def waiting():
                return {slot.op: slot for image in ran.images for slot in image.slots if slot.op in (ACCEPT, CONNECT)}
            self.until('both wait', lambda: len(waiting()) == 2)
            slots = waiting()
            image, = ran.images
            self.assertEqual(image.of(LISTENER_NEW)[0].obj, slots[ACCEPT].obj)
            self.assertPlace(ran, image, slots[ACCEPT], '# nobody comes')
            self.assertPlace(ran, image, slots[CONNECT], '# nobody answers')
            self.assertEqual((0, 0), (slots[ACCEPT].flags, slots[CONNECT].flags))
        finally:
            self.end(ran)

    def test_what_the_library_connects_for_itself_is_told_as_its_own(self):
        ran = self.run_script("""
            import multiprocessing

            def answer(end):
                end.recv().send('through a pipe sent through a pipe')

            if __name__ == '__main__':
                context = multiprocessing.get_context('spawn')
                here, there = context.Pipe()
                child = context.Process(target=answer, args=(there,))
                child.start()
                mine, its = context.Pipe()
                here.send(its)
                print(mine.recv())
                child.join()
        """)
        self.assertEqual('through a pipe sent through a pipe\n', ran.out)
        (main, listener), = ran.records(LISTENER_NEW)
        (_, accept), = ran.records(ACCEPT)
        (child, connect), = ran.records(CONNECT)
        self.assertEqual([INTERNAL] * 3, [listener.flags, accept.flags, connect.flags])
        self.assertEqual((listener.obj, child.pid), (accept.obj, accept.b))
        self.assertEqual(2, len(ran.records(SEND)))

    def test_xml_and_a_class_of_the_users_own_are_the_users(self):
        ran = self.run_script("""
            import threading
            from multiprocessing import connection

            class Own(connection.Listener):
                def accept(self):
                    return super().accept()

            for listens, connects in ((connection.XmlListener, connection.XmlClient), (Own, connection.Client)):
                listener = listens()
                ends = []
                thread = threading.Thread(target=lambda: ends.append(listener.accept()))
                thread.start()
                end = connects(listener.address)
                thread.join()
                end.send(['x', 1])
                print(ends[0].recv())
                listener.close()
        """)
        self.assertEqual("['x', 1]\n['x', 1]\n", ran.out)
        image, = ran.images
        for kind, times in ((LISTENER_NEW, 2), (ACCEPT, 2), (CONNECT, 2), (LISTENER_CLOSED, 2), (SEND, 2), (RECV, 2)):
            self.assertEqual([0] * times, [r.flags & 3 for r in image.of(kind)], kind)
        self.assertEqual([image.pid] * 2, [r.b for r in image.of(ACCEPT)])


class Unnoticed(ScriptTest):
    def assertSame(self, text, args=(), **named):
        plain, run = self.both(text, args, **named)
        self.assertEqual((plain_text(plain.out), plain_text(plain.err), plain.code), (plain_text(run.out), plain_text(run.err), run.code))
        return run

    def test_descriptors_and_their_ways_to_block_are_those_of_a_plain_run(self):
        self.assertSame('''
            import os, socket, threading, time
            from multiprocessing.connection import Client, Listener
            # The end of a first thread may load a library of C's (3.8's does), which takes descriptors for a moment after its join.
            first = threading.Thread(target=int)
            first.start()
            first.join()
            time.sleep(0.2)
            socket.setdefaulttimeout(5)
            for address in (None, ('localhost', 0)):
                listener = Listener(address)
                ends = []
                thread = threading.Thread(target=lambda: ends.append(listener.accept()))
                thread.start()
                ends.append(Client(listener.address))
                thread.join()
                print([os.get_blocking(end.fileno()) for end in ends], len(os.listdir('/proc/self/fd')))
                print(sorted(vars(listener)), listener.last_accepted is not None)
                for end in ends:
                    end.close()
                listener.close()
                print(len(os.listdir('/proc/self/fd')))
        ''')

    def test_an_end_that_nobody_keeps_is_closed_at_once(self):
        self.assertSame('''
            import threading
            from multiprocessing.connection import Client, Listener
            listener = Listener()
            thread = threading.Thread(target=lambda: listener.accept() and None)
            thread.start()
            end = Client(listener.address)
            thread.join()
            try:
                end.recv()
            except EOFError:
                print('the end')
            try:
                Listener(listener.address)
            except OSError as error:
                print(error)
        ''')

    def test_functions_of_the_library_keep_their_names_and_signatures(self):
        self.assertSame('''
            import inspect, pickle, sys
            from multiprocessing import connection
            for one in (connection.Client, connection.Listener.__init__, connection.Listener.accept, connection.Listener.close, connection.Listener):
                print(one.__module__, one.__qualname__, one.__doc__, inspect.signature(one))
            print(pickle.loads(pickle.dumps(connection.Client)) is connection.Client)
            print(sorted(sys.modules))
        ''')

    @unittest.skipIf(sys.version_info < (3, 11), 'before 3.11 a hook cannot leave a traceback')
    def test_tracebacks_are_those_of_a_plain_run(self):
        self.assertSame('''
            import multiprocessing, threading, traceback
            from multiprocessing.connection import Client, Listener
            def attempt(call):
                try:
                    call()
                except BaseException:
                    traceback.print_exc()
            attempt(lambda: Client('/nowhere'))
            attempt(lambda: Client())
            attempt(lambda: Client(5))
            attempt(lambda: Listener('/nowhere/at/all'))
            attempt(lambda: Listener(authkey='text'))
            listener = Listener(authkey=b'a')
            thread = threading.Thread(target=attempt, args=(lambda: Client(listener.address, authkey=b'b'),))
            thread.start()
            try:
                listener.accept()
            except multiprocessing.AuthenticationError as error:
                text = traceback.format_exc()
            thread.join()
            print(text)
            listener.close()
            attempt(listener.accept)
        ''')


if __name__ == '__main__':
    unittest.main()
