"""Queue, JoinableQueue and SimpleQueue: what is recorded equals what the script did."""

import sys
import unittest

from channel_support import FAILED, FEEDER, FULL, IN_GET, LIMITED, LOCKED, METHODS, ChannelTest
from reader import (CHANNEL_CLOSED, CHANNEL_HELD, FEEDER_ERROR, GET_EMPTY, PUT, QUEUE_CLOSE, QUEUE_JOIN, RECV, SEND, TASK_DONE)

MANY = """
    import multiprocessing, pickle, sys

    def produce(queue, count, log):
        sizes = []
        for number in range(count):
            item = (number, 'x' * (number % 50))
            sizes.append(len(pickle.dumps(item)))
            queue.put(item)  # here it is put
        log.put(('put', sizes))

    def consume(queue, log):
        got = 0
        while queue.get() is not None:  # here it is got
            got += 1
        log.put(('got', got))

    if __name__ == '__main__':
        context = multiprocessing.get_context(sys.argv[1])
        jobs = context.Queue()  # here it is made
        log = context.SimpleQueue()
        producers = [context.Process(target=produce, args=(jobs, 200, log)) for _ in range(2)]
        consumers = [context.Process(target=consume, args=(jobs, log)) for _ in range(2)]
        for process in producers + consumers:
            process.start()
        for process in producers:
            process.join()
        for _ in consumers:
            jobs.put(None)  # the end
        for process in consumers:
            process.join()
        logged = [log.get() for _ in range(4)]
        print(sum(value for kind, value in logged if kind == 'got'))
"""


class QueueTest(ChannelTest):
    def test_several_producers_and_consumers_are_counted_exactly_on_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script(MANY, method)
                self.assertEqual('400\n', ran.out)
                maker, made = ran.channel('Queue')
                self.assertPlace(ran, maker, made, 'here it is made')
                self.assertEqual((made.obj, 0), (made.a, made.b))
                puts, sends, gets = (ran.of(made.obj, kind) for kind in (PUT, SEND, RECV))
                self.assertEqual((402, 402, 402), (len(puts), len(sends), len(gets)))
                self.assertEqual(sorted(r.a for _, r in sends), sorted(r.a for _, r in gets))
                self.assertTrue(all(r.flags & (FEEDER | LOCKED | FAILED) == FEEDER | LOCKED for _, r in sends))
                self.assertTrue(all(r.flags == IN_GET | LOCKED for _, r in gets))
                # Merged by time they pair one by one: the n-th send is what the n-th get received.
                sent = [r for _, r in sorted(sends, key=lambda x: x[1].t0)]
                got = [r for _, r in sorted(gets, key=lambda x: x[1].t1)]
                for send, receive in zip(sent, got):
                    self.assertEqual(send.a, receive.a)
                    self.assertLess(send.t0, receive.t1)
                for image, record in gets:
                    self.assertPlace(ran, image, record, 'here it is got')
                lines = {image.place(record.site).line for image, record in puts}
                self.assertEqual({ran.line('here it is put'), ran.line('# the end')}, lines)

    def test_puts_are_numbered_and_sent_first_in_first_out(self):
        ran = self.run_script(MANY, 'fork')
        _, made = ran.channel('Queue')
        for image in ran.images:
            puts = [r for r in image.of(PUT) if r.obj == made.obj]
            sends = [r for r in image.of(SEND) if r.obj == made.obj]
            self.assertEqual(list(range(1, len(puts) + 1)), [r.a for r in puts])
            self.assertEqual(len(puts), len(sends))
            for put, send in zip(puts, sends):
                self.assertLess(put.index, send.index)
                self.assertLess(put.t1, send.t1)

    def test_a_spawned_child_says_which_ends_it_holds(self):
        ran = self.run_script(MANY, 'spawn')
        _, made = ran.channel('Queue')
        held = ran.of(made.obj, CHANNEL_HELD)
        self.assertEqual(8, len(held))
        self.assertEqual([1] * 4 + [2] * 4, sorted(r.flags for _, r in held))

    def test_threads_of_one_process_put_in_the_order_of_their_numbers(self):
        ran = self.run_script("""
            import multiprocessing, threading

            together = threading.Barrier(4)

            def put_some(queue, who):
                for number in range(300):
                    queue.put((who, number))
                together.wait()

            queue = multiprocessing.get_context('fork').Queue()
            threads = [threading.Thread(target=put_some, args=(queue, who)) for who in range(4)]
            for thread in threads:
                thread.start()
            items = [queue.get() for _ in range(1200)]
            for thread in threads:
                thread.join()
            print(' '.join(str(who) for who, number in items))
        """)
        image, made = ran.channel('Queue')
        puts = sorted(image.of(PUT), key=lambda r: r.a)
        self.assertEqual(list(range(1, 1201)), [r.a for r in puts])
        # Which thread put the n-th is which thread's item came n-th.
        threads = {}
        for who, record in zip(ran.out.split(), puts):
            self.assertEqual(threads.setdefault(record.thread, who), who)
        self.assertEqual(4, len(threads))

    def test_full_and_empty_and_timeouts(self):
        ran = self.run_script("""
            import multiprocessing, queue, time
            q = multiprocessing.get_context('fork').Queue(2)
            q.put(1)
            q.put(2)
            for attempt in (lambda: q.put_nowait(3),  # full at once
                            lambda: q.put(3, True, 0.05)):  # full after a time
                try:
                    attempt()
                except queue.Full:
                    print('full')
            q.get(), q.get()
            for attempt in (lambda: q.get_nowait(),  # empty at once
                            lambda: q.get(timeout=0.05)):  # empty after a time
                try:
                    attempt()
                except queue.Empty:
                    print('empty')
        """)
        self.assertEqual('full\nfull\nempty\nempty\n', ran.out)
        image, made = ran.channel('Queue')
        self.assertEqual(2, made.b)
        puts, full = [r for r in image.of(PUT) if not r.flags & FULL], [r for r in image.of(PUT) if r.flags & FULL]
        self.assertEqual([1, 2], [r.a for r in puts])
        self.assertEqual([FULL | LIMITED] * 2, [r.flags for r in full])
        self.assertPlace(ran, image, full[0], 'full at once')
        self.assertPlace(ran, image, full[1], 'full after a time')
        self.assertLess(full[0].t1 - full[0].t0, 40000000)
        self.assertGreater(full[1].t1 - full[1].t0, 40000000)
        empty = image.of(GET_EMPTY)
        self.assertEqual([LIMITED] * 2, [r.flags for r in empty])
        self.assertPlace(ran, image, empty[0], 'empty at once')
        self.assertPlace(ran, image, empty[1], 'empty after a time')
        self.assertGreater(empty[1].t1 - empty[1].t0, 40000000)

    def test_a_put_that_waited_for_room_says_how_long(self):
        ran = self.run_script("""
            import multiprocessing, threading, time
            q = multiprocessing.get_context('fork').Queue(1)
            q.put(1)
            threading.Timer(0.1, q.get).start()
            q.put(2)  # it waits here
            q.get()
        """)
        image, _ = ran.channel('Queue')
        first, second = image.of(PUT)
        self.assertLess(first.t1 - first.t0, 20000000)
        self.assertGreater(second.t1 - second.t0, 50000000)
        self.assertPlace(ran, image, second, 'it waits here')

    def test_an_item_that_cannot_be_pickled_drops_its_place_and_names_its_put(self):
        ran = self.run_script("""
            import multiprocessing
            q = multiprocessing.get_context('fork').Queue()
            q.put('before')
            q.put(lambda: 0)  # this cannot be pickled
            q.put('after')
            print(q.get(), q.get())
            q.close()
            q.join_thread()
        """)
        self.assertEqual('before after\n', ran.out)
        self.assertIn('pickle', ran.err.lower())
        image, _ = ran.channel('Queue')
        self.assertEqual([1, 2, 3], [r.a for r in image.of(PUT)])
        self.assertEqual(2, len(image.of(SEND)))
        error = image.one(FEEDER_ERROR)
        self.assertEqual(2, error.a)
        self.assertPlace(ran, image, error, 'this cannot be pickled')
        self.assertIn('\n', image.text(error.s1))
        self.assertIn('in dumps', image.text(error.s2))
        first, second = image.of(SEND)
        self.assertTrue(first.index < error.index < second.index)

    def test_an_overridden_error_handler_is_called_as_in_a_plain_run(self):
        text = """
            import multiprocessing, multiprocessing.queues

            class Quiet(multiprocessing.queues.Queue):
                def _on_queue_feeder_error(self, e, obj):
                    print(type(e).__name__ != '', obj, flush=True)

            class Never:
                def __reduce__(self):
                    raise ValueError('not me')
                def __repr__(self):
                    return 'never'

            q = Quiet(ctx=multiprocessing.get_context('fork'))
            q.put(Never())
            q.put(1)
            print(q.get())
        """
        plain, watched = self.run_script(text, watched=False), self.run_script(text)
        self.assertEqual(plain.out, watched.out)
        image, _ = watched.channel('Queue')
        self.assertEqual('ValueError\nnot me', image.text(image.one(FEEDER_ERROR).s1))

    def test_the_line_of_a_queue_is_the_users_also_for_subclasses(self):
        ran = self.run_script("""
            import multiprocessing, multiprocessing.queues

            class Mine(multiprocessing.queues.Queue):
                def __init__(self, *args, **named):
                    super().__init__(*args, **named)

                def put(self, item, *more):
                    super().put(('mine', item), *more)

                def get(self, *more):
                    return super().get(*more)[1]

            class Own(multiprocessing.queues.Queue):
                def put(self, item, block=True, timeout=None):
                    with self._notempty:
                        if self._thread is None:
                            self._start_thread()
                        self._buffer.append(item)
                        self._notempty.notify()

                def get(self, block=True, timeout=None):
                    with self._rlock:
                        data = self._recv_bytes()
                    return multiprocessing.reduction.ForkingPickler.loads(data)

            context = multiprocessing.get_context('fork')
            mine = Mine(ctx=context)  # mine is made
            own = Own(5, ctx=context)  # own is made
            for queue in (mine, own):
                queue.put(1)
                print(queue.get())
        """)
        self.assertEqual('1\n1\n', ran.out)
        (image, first), (_, second) = ran.records(32)
        self.assertPlace(ran, image, first, 'mine is made')
        self.assertPlace(ran, image, second, 'own is made')
        for made in (first, second):
            for kind in (PUT, SEND, RECV):
                self.assertEqual(1, len(ran.of(made.obj, kind)), kind)
            self.assertEqual(IN_GET | LOCKED, ran.of(made.obj, RECV)[0][1].flags)

    def test_joinable_queue_tells_tasks_and_the_join(self):
        for method in ('fork', 'spawn'):
            with self.subTest(method):
                ran = self.run_script("""
                    import multiprocessing, sys, time

                    def work(jobs):
                        while True:
                            jobs.get()
                            time.sleep(0.01)
                            jobs.task_done()  # one is done

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        jobs = context.JoinableQueue()
                        worker = context.Process(target=work, args=(jobs,), daemon=True)
                        worker.start()
                        for number in range(5):
                            jobs.put(number)
                        jobs.join()  # all are waited for
                """, method)
                _, made = ran.channel('JoinableQueue')
                self.assertEqual([5, 5, 5, 5], [len(ran.of(made.obj, kind)) for kind in (PUT, SEND, RECV, TASK_DONE)])
                (image, join), = ran.of(made.obj, QUEUE_JOIN)
                self.assertPlace(ran, image, join, 'all are waited for')
                self.assertGreater(join.t1 - join.t0, 40000000)
                image, done = ran.of(made.obj, TASK_DONE)[0]
                self.assertPlace(ran, image, done, 'one is done')

    def test_task_done_too_often_raises_as_ever(self):
        ran = self.run_script("""
            import multiprocessing
            jobs = multiprocessing.get_context('fork').JoinableQueue()
            try:
                jobs.task_done()
            except ValueError as error:
                print(error)
        """)
        self.assertEqual('task_done() called too many times\n', ran.out)
        self.assertEqual([], ran.records(TASK_DONE))

    def test_close_join_thread_and_the_ends_are_told(self):
        ran = self.run_script("""
            import multiprocessing
            q = multiprocessing.get_context('fork').Queue()
            q.put(1)
            q.get()
            q.close()
            q.join_thread()
            try:
                q.put(2)
            except ValueError:
                print('closed')
            try:
                q.get()
            except ValueError:
                print('closed')
        """)
        self.assertEqual('closed\nclosed\n', ran.out)
        image, made = ran.channel('Queue')
        self.assertEqual([1, 2], [r.flags for r in image.of(QUEUE_CLOSE)])
        closed = [r.flags for _, r in ran.of(made.obj, CHANNEL_CLOSED)]
        self.assertEqual([1, 2], sorted(closed))
        self.assertEqual(1, len(image.of(PUT)))

    def test_a_queue_that_nobody_holds_is_freed_and_its_feeder_ends(self):
        text = """
            import gc, multiprocessing, threading, time, weakref
            gc.disable()
            q = multiprocessing.get_context('fork').Queue(3)
            q.put(1)
            q.get()
            gone = weakref.ref(q)
            feeder = q._thread
            del q
            print(gone() is None)
            feeder.join(5)
            print(feeder.is_alive())
        """
        plain, watched = self.run_script(text, watched=False), self.run_script(text)
        self.assertEqual('True\nFalse\n', plain.out)
        self.assertEqual(plain.out, watched.out)

    def test_simple_queue_on_every_start_method(self):
        for method in METHODS:
            with self.subTest(method):
                ran = self.run_script("""
                    import multiprocessing, sys

                    def work(jobs, answers):
                        for number in iter(jobs.get, None):
                            answers.put(number * 2)  # it is answered

                    if __name__ == '__main__':
                        context = multiprocessing.get_context(sys.argv[1])
                        jobs, answers = context.SimpleQueue(), context.SimpleQueue()
                        worker = context.Process(target=work, args=(jobs, answers))
                        worker.start()
                        for number in range(20):
                            jobs.put(number)
                            assert answers.get() == number * 2  # it is got
                        jobs.put(None)
                        worker.join()
                """, method)
                made = [r for i, r in ran.records(32) if i.text(r.s1) == 'SimpleQueue' and not r.flags & 2]
                self.assertEqual(2, len(made))
                for record, count in zip(made, (21, 20)):
                    sends, gets = ran.of(record.obj, SEND), ran.of(record.obj, RECV)
                    self.assertEqual((count, count), (len(sends), len(gets)))
                    self.assertEqual([r.a for _, r in sends], [r.a for _, r in gets])
                    self.assertTrue(all(r.flags & (LOCKED | FEEDER) == LOCKED for _, r in sends))
                    self.assertTrue(all(r.flags == LOCKED | IN_GET for _, r in gets))
                image, record = ran.of(made[1].obj, SEND)[0]
                self.assertPlace(ran, image, record, 'it is answered')
                image, record = ran.of(made[1].obj, RECV)[0]
                self.assertPlace(ran, image, record, 'it is got')

    def test_what_the_library_makes_for_itself_is_internal_and_at_the_users_line(self):
        ran = self.run_script("""
            import multiprocessing

            if __name__ == '__main__':
                with multiprocessing.get_context('fork').Pool(1) as pool:  # the pool
                    print(pool.map(abs, [-1, -2]))
        """)
        self.assertEqual('[1, 2]\n', ran.out)
        made = [(i, r) for i, r in ran.records(32)]
        self.assertGreaterEqual(len(made), 2)
        for image, record in made:
            self.assertEqual(2, record.flags & 2)
            self.assertPlace(ran, image, record, '# the pool')

    def test_large_items_and_empty_bytes_have_their_sizes(self):
        ran = self.run_script("""
            import multiprocessing, pickle
            context = multiprocessing.get_context('fork')
            q, s = context.Queue(), context.SimpleQueue()
            items = [b'', b'x' * 16000, b'x' * 16384, b'x' * 70000, b'y' * 2000000]
            for item in items:
                q.put(item)
                assert q.get() == item
                print(len(pickle.dumps(item)))
        """)
        image, made = ran.channel('Queue')
        sizes = [int(n) for n in ran.out.split()]
        self.assertEqual(sizes, [r.a for _, r in ran.of(made.obj, SEND)])
        self.assertEqual(sizes, [r.a for _, r in ran.of(made.obj, RECV)])


if __name__ == '__main__':
    unittest.main(argv=sys.argv)
