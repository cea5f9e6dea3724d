"""The in-flight slots: who waits on which channel since when, read from outside while it waits, and after a kill."""

import signal
import sys
import time
import unittest

from channel_support import FEEDER, IN_GET, LOCKED, ChannelTest
from reader import PUT, QUEUE_JOIN, RECV, SEND


class WaitingTest(ChannelTest):
    def watch(self, text):
        """Starts a script that gets stuck; it is killed at the end of the test."""
        ran = self.begin(text)
        self.addCleanup(self.end, ran)
        return ran

    def stuck(self, ran, count, wanted):
        """The slots in use, once there are `count` that `wanted(slot)`; all of them must last for a while."""
        def find():
            try:
                return [(i, s) for i in ran.images for s in i.slots if wanted(s)]
            except Exception:
                return []
        self.until('%d waiting' % count, lambda: len(find()) == count)
        time.sleep(0.1)
        found = find()
        self.assertEqual(count, len(found))
        for _, slot in found:
            self.assertGreater(time.monotonic_ns() - slot.since, 90000000)
        return found

    def test_getters_wait_in_get_also_behind_one_another(self):
        ran = self.watch("""
            import multiprocessing, threading, time
            q = multiprocessing.get_context('fork').Queue()
            for _ in range(3):
                threading.Thread(target=q.get, daemon=True).start()
            q.get()  # waits for ever
        """)
        found = self.stuck(ran, 4, lambda s: s.op == RECV)
        image, made = ran.channel('Queue')
        self.assertEqual({(made.obj, IN_GET, 0)}, {(s.obj, s.flags & IN_GET, s.deadline) for _, s in found})
        here = [s for i, s in found if s.site and i.place(s.site).file == ran.script]
        self.assertEqual([ran.line('waits for ever')], [image.place(s.site).line for s in here])
        self.assertEqual(4, len({s.thread for _, s in found}))

    def test_a_get_with_a_timeout_says_until_when(self):
        ran = self.watch("""
            import multiprocessing
            multiprocessing.get_context('fork').Queue().get(timeout=60)
        """)
        (_, slot), = self.stuck(ran, 1, lambda s: s.op == RECV)
        self.assertAlmostEqual(60, (slot.deadline - slot.since) / 1e9, delta=0.1)

    def test_a_putter_waits_for_room(self):
        ran = self.watch("""
            import multiprocessing
            q = multiprocessing.get_context('fork').Queue(1)
            q.put(1)
            q.put(2)  # no room
        """)
        (image, slot), = self.stuck(ran, 1, lambda s: s.op == PUT)
        self.assertEqual(ran.channel('Queue')[1].obj, slot.obj)
        self.assertEqual((ran.script, ran.line('no room')), (image.place(slot.site).file, image.place(slot.site).line))

    def test_feeders_wait_for_a_full_pipe_and_for_the_one_that_fills_it(self):
        ran = self.watch("""
            import multiprocessing, time

            def put(queue):
                queue.put('x' * 1000000)

            context = multiprocessing.get_context('fork')
            q = context.Queue()
            for _ in range(2):
                context.Process(target=put, args=(q,)).start()
            time.sleep(60)
        """)
        found = self.stuck(ran, 2, lambda s: s.op == SEND)
        _, made = ran.channel('Queue')
        self.assertEqual({(made.obj, FEEDER | LOCKED)}, {(s.obj, s.flags & (FEEDER | LOCKED)) for _, s in found})
        writing = [(i, s) for i, s in found if s.operand > 1000000]
        self.assertEqual(1, len(writing))
        # And both of them wait, at their process's end, for their feeder.
        self.assertEqual(2, len(self.stuck(ran, 2, lambda s: s.op == 48)))

    def test_a_receiver_a_sender_and_a_poll_wait_in_a_pipe(self):
        ran = self.watch("""
            import multiprocessing, threading, time
            pipe = multiprocessing.get_context('fork').Pipe
            one, two, three = pipe(), pipe(False), pipe()
            threading.Thread(target=one[0].recv, daemon=True).start()
            threading.Thread(target=three[0].poll, args=(60,), daemon=True).start()
            two[1].send_bytes(b'x' * 1000000)  # it is full
        """)
        found = self.stuck(ran, 3, lambda s: True)
        made = [r for _, r in ran.records(32)]
        self.assertEqual({(RECV, made[0].obj), (SEND, made[1].obj), (45, made[2].obj)}, {(s.op, s.obj) for _, s in found})
        (image, slot), = [(i, s) for i, s in found if s.op == SEND]
        self.assertEqual(1000000, slot.operand)
        self.assertEqual(ran.line('it is full'), image.place(slot.site).line)

    def test_simple_queue_waits_in_get_and_behind_the_write_lock(self):
        ran = self.watch("""
            import multiprocessing, threading
            context = multiprocessing.get_context('fork')
            empty, full = context.SimpleQueue(), context.SimpleQueue()
            threading.Thread(target=empty.get, daemon=True).start()
            for _ in range(2):
                threading.Thread(target=full.put, args=('x' * 1000000,), daemon=True).start()
            threading.Event().wait()
        """)
        found = self.stuck(ran, 3, lambda s: s.op in (SEND, RECV))
        # One of the two writes, the other waits for it.
        self.assertEqual([True, False], sorted((s.operand > 1000000 for _, s in found if s.op == SEND), reverse=True))
        made = [r for _, r in ran.records(32)]
        self.assertEqual([(RECV, made[0].obj)] + [(SEND, made[1].obj)] * 2, sorted(((s.op, s.obj) for _, s in found), reverse=True))

    def test_joining_a_joinable_queue_waits(self):
        ran = self.watch("""
            import multiprocessing
            jobs = multiprocessing.get_context('fork').JoinableQueue()
            jobs.put(1)
            jobs.join()  # nobody works
        """)
        (image, slot), = self.stuck(ran, 1, lambda s: s.op == QUEUE_JOIN)
        self.assertEqual(ran.line('nobody works'), image.place(slot.site).line)

    def test_a_process_killed_in_the_middle_of_a_send_leaves_its_slot(self):
        ran = self.run_script("""
            import multiprocessing, os, signal, time

            def send(writer):
                writer.send_bytes(b'x' * 1000000)

            context = multiprocessing.get_context('fork')
            reader, writer = context.Pipe(False)
            child = context.Process(target=send, args=(writer,))
            child.start()
            time.sleep(0.3)
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            print(child.exitcode)
        """)
        self.assertEqual('-%d\n' % signal.SIGKILL, ran.out)
        image, = [i for i in ran.images if i.made_by_fork]
        slot, = image.slots
        self.assertEqual((SEND, 1000000), (slot.op, slot.operand))
        self.assertEqual([], image.of(SEND))

    def test_slots_of_feeders_that_ended_are_free_again(self):
        ran = self.run_script("""
            import multiprocessing
            context = multiprocessing.get_context('fork')
            kept = []
            for number in range(100):
                q = context.Queue()
                q.put(number)
                q.get()
                q.close()
                q.join_thread()
                kept.append(q)
        """)
        image, = ran.images
        self.assertEqual({1}, {r.thread for r in image.of(SEND)})

    def test_an_interrupted_wait_is_over(self):
        ran = self.run_script("""
            import multiprocessing, os, signal, threading
            context = multiprocessing.get_context('fork')
            q, s = context.Queue(1), context.SimpleQueue()
            q.put(1)
            reader, writer = context.Pipe(False)

            class Enough(BaseException):
                def __str__(self):
                    raise SystemExit('nobody asks me')

            def enough(*_):
                raise Enough

            signal.signal(signal.SIGALRM, enough)
            waits = [lambda: q.put(2), s.get, reader.recv, lambda: reader.poll(30), lambda: context.Queue().get(),
                     lambda: context.Queue().get(timeout=30), lambda: writer.send_bytes(bytes(1000000))]
            for wait in waits:
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                try:
                    wait()
                except Enough:
                    print('enough')
        """)
        self.assertEqual('enough\n' * 7, ran.out)
        image, = ran.images
        self.assertEqual([], [s for s in image.slots if s.number == 0])


if __name__ == '__main__':
    unittest.main(argv=sys.argv)
