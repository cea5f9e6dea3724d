"""Pipe and Connection: what is recorded equals what the script did."""

import os
import sys
import unittest

from channel_support import FAILED, LOCKED, METHODS, NO_PREVIEW, PREVIEWED, ChannelTest
from reader import CHANNEL_CLOSED, CHANNEL_NEW, POLL, RECV, SEND


class PipeTest(ChannelTest):
    def test_both_directions_of_a_duplex_pipe_on_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script("""
                    import multiprocessing, sys

                    def answer(end):
                        for _ in range(10):
                            end.send(end.recv() * 2)  # it is answered

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        here, there = context.Pipe()  # the pipe
                        child = context.Process(target=answer, args=(there,))
                        child.start()
                        for number in range(10):
                            here.send('x' * number)  # it is asked
                            assert here.recv() == 'x' * number * 2  # it is heard
                        child.join()
                """, method)
                image, made = ran.channel('Pipe')
                self.assertPlace(ran, image, made, '# the pipe')
                self.assertEqual(1, made.flags)
                self.assertNotEqual(made.obj, made.a)
                here, there = made.obj, made.a
                for sender, receiver in ((here, there), (there, here)):
                    sends, receives = ran.of(sender, SEND), ran.of(receiver, RECV)
                    self.assertEqual(10, len(sends))
                    self.assertEqual([r.a for _, r in sends], [r.a for _, r in receives])
                    self.assertTrue(all(not r.flags & LOCKED for _, r in sends + receives))
                for obj, kind, text in ((here, SEND, 'it is asked'), (here, RECV, 'it is heard'), (there, SEND, 'it is answered'), (there, RECV, 'it is answered')):
                    image, record = ran.of(obj, kind)[0]
                    self.assertPlace(ran, image, record, text)

    def test_a_one_way_pipe_has_one_id_and_says_end_of_file(self):
        ran = self.run_script("""
            import multiprocessing
            reader, writer = multiprocessing.Pipe(False)
            writer.send(1)
            writer.close()  # it is closed
            print(reader.recv())
            try:
                reader.recv()  # the end
            except EOFError as error:
                print(repr(error), error.__context__, error.__cause__)
        """)
        self.assertEqual('1\nEOFError() None None\n', ran.out)
        image, made = ran.channel('Pipe')
        self.assertEqual((0, made.obj), (made.flags, made.a))
        first, second = image.of(RECV)
        self.assertEqual((0, FAILED), (first.flags, second.flags))
        self.assertEqual('EOFError', image.text(second.s1))
        self.assertPlace(ran, image, second, '# the end')
        closed = [r for r in image.of(CHANNEL_CLOSED) if r.flags == 2]
        self.assertPlace(ran, image, closed[0], 'it is closed')

    def test_a_broken_pipe_is_a_failed_send(self):
        ran = self.run_script("""
            import multiprocessing
            reader, writer = multiprocessing.Pipe(False)
            reader.close()
            for size in (1, 100000):
                try:
                    writer.send_bytes(b'x' * size)
                except BrokenPipeError as error:
                    print(error, error.__context__)
        """)
        self.assertEqual('[Errno 32] Broken pipe None\n' * 2, ran.out)
        image, _ = ran.channel('Pipe')
        self.assertEqual([FAILED] * 2, [r.flags for r in image.of(SEND)])
        self.assertEqual('BrokenPipeError: [Errno 32] Broken pipe', image.text(image.of(SEND)[0].s1))

    def test_bytes_of_every_length_pass_whole(self):
        ran = self.run_script("""
            import array, multiprocessing, threading
            here, there = multiprocessing.Pipe()
            sizes = [0, 1, 3, 4, 16380, 16384, 16385, 65536, 65537, 1000000]
            for size in sizes:
                data = bytes(range(256)) * (size // 256 + 1)
                sender = threading.Thread(target=here.send_bytes, args=(data, 0, size))
                sender.start()
                assert there.recv_bytes() == data[:size]
                sender.join()
            here.send_bytes(b'abcdef', 2)
            assert there.recv_bytes() == b'cdef'
            here.send_bytes(b'abcdef', 2, 3)
            room = bytearray(10)
            assert there.recv_bytes_into(room, 4) == 3 and room == b'\\0\\0\\0\\0cde\\0\\0\\0'
            here.send_bytes(array.array('i', [1, 2]))
            assert there.recv_bytes(8) == array.array('i', [1, 2]).tobytes()
            here.send_bytes(b'0123456789')
            try:
                there.recv_bytes_into(bytearray(3))
            except multiprocessing.BufferTooShort as error:
                print(error.args)
            here.send_bytes(b'too long')
            try:
                there.recv_bytes(3)
            except OSError as error:
                print(error)
        """)
        self.assertEqual("(b'0123456789',)\nbad message length\n", ran.out)
        image, made = ran.channel('Pipe')
        sizes = [0, 1, 3, 4, 16380, 16384, 16385, 65536, 65537, 1000000, 4, 3, 8, 10, 8]
        self.assertEqual(sizes, [r.a for _, r in ran.of(made.obj, SEND)])
        received = [r for _, r in ran.of(made.a, RECV)]
        self.assertEqual(sizes[:-1] + [0], [r.a for r in received])
        self.assertEqual(FAILED, received[-1].flags)

    def test_messages_in_pieces_are_put_together(self):
        ran = self.run_script("""
            import multiprocessing, os, struct, threading, time
            reader, writer = multiprocessing.Pipe(False)

            def dribble(*pieces):
                for piece in pieces:
                    os.write(writer.fileno(), piece)
                    time.sleep(0.02)

            def after(*pieces):
                thread = threading.Thread(target=dribble, args=pieces)
                thread.start()
                got = reader.recv_bytes()
                thread.join()
                return got

            assert after(b'\\0\\0', b'\\0\\5abcde') == b'abcde'
            assert after(b'\\0\\0\\0\\5', b'ab', b'cd', b'e') == b'abcde'
            assert after(b'\\0', b'\\0', b'\\0', b'\\5ab', b'cde') == b'abcde'
            assert after(struct.pack('!iQ', -1, 5) + b'abcde') == b'abcde'
            for cut in (b'\\0\\0', b'\\0\\0\\0\\5', b'\\0\\0\\0\\5ab'):
                reader, writer = multiprocessing.Pipe(False)
                os.write(writer.fileno(), cut)
                writer.close()
                try:
                    reader.recv_bytes()
                except (EOFError, OSError) as error:
                    print(repr(error))
        """)
        plain = "OSError('got end of file during message')\nEOFError()\nOSError('got end of file during message')\n"
        self.assertEqual(plain, ran.out)
        self.assertEqual([5] * 4, [r.a for _, r in ran.records(RECV) if not r.flags & FAILED])
        self.assertEqual(3, len([r for _, r in ran.records(RECV) if r.flags & FAILED]))

    def test_a_script_that_replaces_the_librarys_methods_has_them_called(self):
        text = """
            import multiprocessing, multiprocessing.connection as connection
            calls = []

            def telling(name):
                original = getattr(connection.Connection, name)
                def method(self, *args):
                    calls.append(name)
                    return original(self, *args)
                setattr(connection.Connection, name, method)

            context = multiprocessing.get_context('fork')
            q, s = context.Queue(), context.SimpleQueue()
            reader, writer = context.Pipe(False)
            for name in ('nothing', '_send', '_recv', '_send_bytes', '_recv_bytes'):
                if name != 'nothing':
                    telling(name)
                for _ in range(2):
                    writer.send(1)
                    reader.recv()
                    writer.send_bytes(b'2')
                    reader.recv_bytes()
                    s.put(3)
                    s.get()
                    q.put(4)
                    q.get()
                print(sorted(calls))
                calls.clear()
        """
        self.assertEqual(self.run_script(text, watched=False).out, self.run_script(text).out)

    def test_only_a_poll_that_waits_is_told(self):
        ran = self.run_script("""
            import multiprocessing, threading
            reader, writer = multiprocessing.Pipe(False)
            print(reader.poll(), reader.poll(0), reader.poll(0.05))  # nothing there
            threading.Timer(0.1, writer.send, (1,)).start()
            print(reader.poll(None))  # it comes
            print(reader.poll(5))
            reader.recv()
        """)
        self.assertEqual('False False False\nTrue\nTrue\n', ran.out)
        image, _ = ran.channel('Pipe')
        waited = image.of(POLL)
        self.assertEqual([0, 1], [r.flags for r in waited[:2]])
        self.assertGreater(waited[0].t1 - waited[0].t0, 40000000)
        self.assertGreater(waited[1].t1 - waited[1].t0, 50000000)
        self.assertPlace(ran, image, waited[0], 'nothing there')
        self.assertPlace(ran, image, waited[1], 'it comes')

    def test_a_handshake_leaves_no_trace(self):
        ran = self.run_script("""
            import multiprocessing.connection as connection, threading
            listener = connection.Listener(authkey=b'the secret itself')
            def serve():
                with listener.accept() as end:
                    end.send('hello')
            server = threading.Thread(target=serve)
            server.start()
            with connection.Client(listener.address, authkey=b'the secret itself') as end:
                print(end.recv())
            server.join()
            listener.close()
        """)
        self.assertEqual('hello\n', ran.out)
        (image, send), = ran.records(SEND)
        (_, receive), = ran.records(RECV)
        self.assertEqual(send.a, receive.a)
        self.assertEqual([send.index], list(image.previews))
        for name in os.listdir(ran.folder):
            with open(os.path.join(ran.folder, name), 'rb') as file:
                data = file.read()
            for part in (b'the secret', b'CHALLENGE', b'WELCOME'):
                self.assertNotIn(part, data)

    def test_descriptors_sent_to_a_child_bring_no_traffic_of_the_librarys_own(self):
        ran = self.run_script("""
            import multiprocessing

            def answer(end):
                end.recv().send('through a pipe sent through a pipe')

            if __name__ == '__main__':
                context = multiprocessing.get_context('spawn')
                outer_here, outer_there = context.Pipe()
                inner_here, inner_there = context.Pipe(False)
                child = context.Process(target=answer, args=(outer_there,))
                child.start()
                outer_here.send(inner_there)
                print(inner_here.recv())
                child.join()
        """)
        self.assertEqual('through a pipe sent through a pipe\n', ran.out)
        made = {r.obj for _, r in ran.records(CHANNEL_NEW)} | {r.a for _, r in ran.records(CHANNEL_NEW)}
        self.assertEqual(2, len(ran.records(SEND)))
        self.assertTrue(all(r.obj in made for _, r in ran.records(SEND, RECV)))

    def test_tracebacks_are_those_of_a_plain_run(self):
        text = """
            import gc, multiprocessing, os, queue, re, traceback
            context = multiprocessing.get_context('fork')
            gc.disable()
            def closed_pipe():
                reader, writer = context.Pipe(False)
                writer.close()
                reader.recv()
            def broken_pipe():
                reader, writer = context.Pipe(False)
                reader.close()
                writer.send(1)
            def handle_closed():
                reader, writer = context.Pipe(False)
                reader.close()
                reader.recv()
            def unpicklable():
                reader, writer = context.Pipe(False)
                writer.send(lambda: 0)
            class Trap:
                def __reduce__(self):
                    return int, ('not a number',)
            def unpickling_fails():
                reader, writer = context.Pipe(False)
                writer.send(Trap())
                reader.recv()
            def no_pickle():
                reader, writer = context.Pipe(False)
                writer.send_bytes(b'no pickle')
                reader.recv()
            def wrong_end():
                reader, writer = context.Pipe(False)
                reader.send(1)
            def own_send_bytes():
                class Own(type(context.Pipe()[0])):
                    def _send_bytes(self, buf):
                        raise RuntimeError('own')
                reader, writer = context.Pipe(False)
                Own(os.dup(writer.fileno())).send(1)
            def queue_empty():
                context.Queue().get_nowait()
            def queue_empty_after():
                context.Queue().get(timeout=0.01)
            def queue_full():
                q = context.Queue(1)
                q.put(1)
                q.put_nowait(2)
            def queue_done_too_often():
                context.JoinableQueue().task_done()
            def simple_unpicklable():
                context.SimpleQueue().put(lambda: 0)
            def simple_trap():
                q = context.SimpleQueue()
                q.put(Trap())
                q.get()
            def simple_end():
                q = context.SimpleQueue()
                q._writer.close()
                q.get()
            def simple_broken():
                q = context.SimpleQueue()
                q._reader.close()
                q.put(1)
            def simple_broken_large():
                q = context.SimpleQueue()
                q._reader.close()
                q.put('x' * 100000)
            def simple_closed_get():
                q = context.SimpleQueue()
                q._reader.close()
                q.get()
            def simple_closed_put():
                q = context.SimpleQueue()
                q._writer.close()
                q.put(1)
            def no_challenge():
                one, other = context.Pipe()
                other.close()
                multiprocessing.connection.answer_challenge(one, b'key')
            def nobody_to_challenge():
                one, other = context.Pipe()
                other.close()
                multiprocessing.connection.deliver_challenge(one, b'key')
            def bad_poll():
                reader, writer = context.Pipe(False)
                writer.poll(1)
            def bad_queue():
                context.Queue('three')
            for attempt in (  # every way to fail
                    closed_pipe, broken_pipe, handle_closed, unpicklable, unpickling_fails, no_pickle, wrong_end, own_send_bytes, bad_poll, no_challenge, nobody_to_challenge,
                    simple_unpicklable, simple_trap, simple_end, simple_broken, simple_broken_large, simple_closed_get, simple_closed_put, bad_queue,
                    queue_empty, queue_empty_after, queue_full, queue_done_too_often):
                try:
                    attempt()
                except Exception:
                    # From 3.14 on messages of pickle tell addresses.
                    print(re.sub('at 0x[0-9a-f]+', 'at 0x#', traceback.format_exc()))
                # What a failure leaves open until the next garbage collection is the same, too.
                if 'queue' not in attempt.__name__ and os.path.isdir('/proc/self/fd'):
                    print(len(os.listdir('/proc/self/fd')))
            gc.collect()
        """
        plain, watched = self.run_script(text, watched=False), self.run_script(text)
        expected = plain.out.replace(plain.script, watched.script)
        if sys.version_info >= (3, 11):
            self.assertEqual(expected, watched.out)
        else:
            # Before 3.11 the hook's own frame cannot be taken out: it stands beside the library's, and nothing else differs.
            lines, skip = [], 0
            for line in watched.out.splitlines():
                if 'procession_runtime' in line:
                    skip = 2
                if skip:
                    skip -= 1
                else:
                    lines.append(line)
            self.assertEqual(expected.splitlines(), lines)


class PreviewTest(ChannelTest):
    TEXT = """
        import multiprocessing
        context = multiprocessing.get_context('fork')
        reader, writer = context.Pipe(False)
        q, s = context.Queue(), context.SimpleQueue()
        writer.send('through the pipe')
        q.put('through the queue')
        s.put('through the simple queue')
        print(reader.recv(), q.get(), s.get())
        writer.send_bytes(b'z' * 5000)
        reader.recv_bytes()
        q.close()
        q.join_thread()
    """

    def test_the_first_bytes_of_every_message_are_kept(self):
        ran = self.run_script(self.TEXT)
        image, = ran.images
        previews = []
        for record in image.of(SEND):
            self.assertTrue(record.flags & PREVIEWED)
            previews.append(image.previews[record.index])
            self.assertEqual(min(record.a, 200), len(image.previews[record.index]))
        for text in (b'through the pipe', b'through the queue', b'through the simple queue', b'z' * 200):
            self.assertEqual(1, len([p for p in previews if text in p]))

    def test_none_are_kept_when_they_are_off(self):
        ran = self.run_script(self.TEXT, options='preview=0,budget=268435456')
        image, = ran.images
        self.assertEqual({}, image.previews)
        self.assertTrue(all(not r.flags & (PREVIEWED | NO_PREVIEW) for r in image.of(SEND)))

    def test_a_busy_process_keeps_samples_and_says_so(self):
        ran = self.run_script("""
            import multiprocessing
            reader, writer = multiprocessing.Pipe(False)
            for number in range(20000):
                writer.send(number)
                reader.recv()
        """)
        image, = ran.images
        sends = image.of(SEND)
        self.assertEqual(20000, len(sends))
        with_preview = [r for r in sends if r.flags & PREVIEWED]
        self.assertTrue(all(bool(r.flags & PREVIEWED) != bool(r.flags & NO_PREVIEW) for r in sends))
        self.assertEqual({r.index for r in with_preview}, set(image.previews))
        # The first ones all have theirs; after that the rate holds.
        self.assertTrue(all(r.flags & PREVIEWED for r in sends[:500]))
        self.assertLessEqual(len(with_preview), 500 + (sends[-1].t0 - sends[0].t0) // 250000 + 2)


if __name__ == '__main__':
    unittest.main(argv=sys.argv)
