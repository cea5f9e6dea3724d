"""At the limit of recursion: an operation is done or it raises, never both, and the limit is met a few frames earlier at most."""

import json
import sys
import unittest

from process_support import ScriptTest

#: The most frames that a hook and what is below it take more than the library alone: docs/differences.md says so, too.
MOST_FRAMES = 3

# Each operation is tried with so many frames left, from too few to enough: what came of it, and whether it was done.
DIVE = '''
    import faulthandler, json, multiprocessing, os, sys
    faulthandler.dump_traceback_later(60, exit=True)
    context = multiprocessing.get_context('fork')
    LIMIT = 400
    operations = {}

    def depth():
        count, frame = 0, sys._getframe()
        while frame is not None:
            count, frame = count + 1, frame.f_back
        return count

    def operation(before=lambda: None, after=lambda: None):
        """`after` undoes what was done, and says whether it was."""
        def add(function):
            operations[function.__name__] = before, function, after
            return function
        return add

    def came(put, get):
        """How many messages there were, behind which a last one is put."""
        put('last')
        count = 0
        while get() != 'last':
            count += 1
        return count

    simple, queue, joinable, bounded = context.SimpleQueue(), context.Queue(), context.JoinableQueue(), context.Queue(3)
    reader, writer = context.Pipe(False)
    for each in (simple, queue, joinable, bounded):
        each.put('first')
        each.get()
    joinable.task_done()

    def left_simple():
        return came(simple.put, simple.get)

    def left_pipe():
        return came(writer.send, reader.recv)

    def left(each):
        return lambda: came(each.put, each.get)

    def full(each):
        def put():
            each.put(1)
            each._poll(9)
        return put

    @operation(after=left_simple)
    def simple_put():
        simple.put(1)

    @operation(before=lambda: simple.put(1), after=left_simple)
    def simple_get():
        simple.get()

    @operation(after=left_pipe)
    def send():
        writer.send(1)

    @operation(before=lambda: writer.send(1), after=left_pipe)
    def recv():
        reader.recv()

    @operation(after=left_pipe)
    def send_bytes():
        writer.send_bytes(b'\\x80\\x04K\\x01.')

    @operation(before=lambda: writer.send(1), after=left_pipe)
    def recv_bytes():
        reader.recv_bytes()

    @operation(before=lambda: writer.send(1), after=left_pipe)
    def poll():
        reader.poll(1)

    @operation(after=left(queue))
    def queue_put():
        queue.put(1)

    @operation(after=left(bounded))
    def bounded_put():
        bounded.put(1, timeout=5)

    @operation(before=full(queue), after=left(queue))
    def queue_get():
        queue.get()

    @operation(before=full(bounded), after=left(bounded))
    def bounded_get():
        bounded.get(timeout=5)

    def undone():
        count = 0
        while not joinable._unfinished_tasks._semlock._is_zero():
            joinable.task_done()
            count += 1
        return came(joinable.put, joinable.get), count, joinable.task_done()

    @operation(after=undone)
    def joinable_put():
        joinable.put(1)

    @operation(before=full(joinable), after=undone)
    def task_done():
        joinable.task_done()

    lock, rlock, semaphore, event = context.Lock(), context.RLock(), context.Semaphore(1), context.Event()

    def freed(one):
        def free():
            taken = one._semlock._count() > 0
            while one._semlock._count():
                one._semlock.release()
            return taken
        return free

    @operation(after=freed(lock))
    def lock_acquire():
        lock.acquire()

    @operation(after=freed(lock))
    def lock_with():
        with lock:
            pass

    @operation(before=lambda: lock._semlock.acquire(), after=freed(lock))
    def lock_release():
        lock.release()

    @operation(after=freed(rlock))
    def rlock_acquire():
        rlock.acquire()

    @operation(after=freed(semaphore))
    def semaphore_acquire():
        semaphore.acquire()

    children = []

    def child():
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        children.append(pid)

    def was_reaped():
        try:
            os.waitpid(children.pop(), 0)
            return False
        except ChildProcessError:
            return True

    @operation(before=child, after=was_reaped)
    def waitpid():
        os.waitpid(children[-1], 0)

    processes = []

    starting = operation(before=lambda: processes.append(context.Process(target=int)),
                         after=lambda: processes[-1]._popen is not None and (processes.pop().join(), True)[1])

    # The first one imports modules: from 3.14 on the resource tracker's, with those that it imports in turn.
    @starting
    def first_start():
        processes[-1].start()

    @starting
    def process_start():
        processes[-1].start()

    def dive(frames, function):
        if frames:
            dive(frames - 1, function)
        else:
            function()

    told = {}
    for name, (before, function, after) in operations.items():
        told[name] = []
        for frames in range(3, 60):
            before()
            usual = sys.getrecursionlimit()
            sys.setrecursionlimit(LIMIT)
            try:
                dive(LIMIT - frames - depth(), function)
                raised = False
            except RecursionError:
                raised = True
            sys.setrecursionlimit(usual)
            told[name].append([raised, after()])
    sys.stderr.close()
    os.write(1, json.dumps(told).encode())
    os._exit(0)
'''


class Recursion(ScriptTest):
    def told(self, watched):
        run = self.run_script(DIVE, watched=watched, quiet=False)
        self.assertEqual(0, run.code, run.err)
        return json.loads(run.out)

    def test_an_operation_near_the_limit_is_done_or_raises_and_not_both(self):
        plain, watched = self.told(False), self.told(True)
        for name, outcomes in plain.items():
            with self.subTest(name):
                theirs = watched[name]
                # With frames enough it is done; what is left of it when it is not done, the plain run shows.
                self.assertEqual([False, outcomes[-1][1]], theirs[-1])
                of_raised = {json.dumps(done) for raised, done in outcomes if raised} | {json.dumps(self.undone(name))}
                if name in ('joinable_put', 'task_done'):
                    # The library has such a place in `Queue.put`: it is done, and there is no room to tell those that wait. The
                    # way into a condition is a frame shorter with us, so it has one here, too.
                    of_raised.add(json.dumps(outcomes[-1][1]))
                for frames, (raised, done) in enumerate(theirs, 3):
                    if raised:
                        self.assertIn(json.dumps(done), of_raised, 'raised with %d frames left, and yet was done' % frames)
                    else:
                        self.assertEqual(outcomes[-1][1], done, 'did not raise with %d frames left, and yet was not done' % frames)
                self.assertLessEqual(self.needs(theirs) - self.needs(outcomes), MOST_FRAMES)

    @staticmethod
    def undone(name):
        """What is told of an operation that was not done, where the plain run always does it."""
        return {'recv': 1, 'recv_bytes': 1, 'simple_get': 1, 'queue_get': 1, 'bounded_get': 1, 'poll': 1, 'lock_release': True,
                'joinable_put': [0, 0, None], 'task_done': [1, 1, None]}.get(
                    name, False if name in ('lock_acquire', 'lock_with', 'rlock_acquire', 'semaphore_acquire', 'waitpid', 'first_start', 'process_start') else 0)

    @staticmethod
    def needs(outcomes):
        """The frames with which it is done, and with all more."""
        raised = [frames for frames, (raised, _) in enumerate(outcomes, 3) if raised]
        return raised[-1] + 1 if raised else 3


if __name__ == '__main__':
    unittest.main()
