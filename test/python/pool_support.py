"""What the journals of a run tell of its pools and tasks."""

import re
from collections import namedtuple

import reader
from process_support import ScriptTest

RAISED, NOT_SENT, CANCELLED, TIMED_OUT = 1, 2, 2, 1
CLOSE, TERMINATE, JOIN, SHUTDOWN, BROKEN, RESULTS_DIED = 1, 2, 3, 4, 5, 6

Pool = namedtuple('Pool', 'image record obj kind initializer workers limit')
Job = namedtuple('Job', 'image record number function method tasks')
#: A task as its worker told of it; `end` is None where it told of none.
Task = namedtuple('Task', 'image begin end job index items function error')


def without_fork_warning(err):
    """Standard error without what os.fork says of threads from 3.12 on.

    It counts those of the system, among which a thread that was joined may still be: the same script says it or not, with us or without.
    """
    return re.sub(r'.*DeprecationWarning: This process \(pid=\d+\) is multi-threaded, .*\n(?:  .*\n)?', '', err)


class PoolTest(ScriptTest):
    """Runs scripts, and finds what was told of their pools."""

    def records(self, run, *types):
        """(image, record) of these types, of all processes."""
        return [(image, record) for image in run.images for record in image.of(*types)]

    def pools(self, run):
        """All pools, as they were made."""
        return [
            Pool(image, r, r.obj, image.text(r.s1), image.text(r.s2), r.b & 0xffffffff, r.b >> 32)
            for image, r in self.records(run, reader.POOL_NEW)]

    def pool(self, run):
        """The only pool."""
        found = self.pools(run)
        self.assertEqual(1, len(found))
        return found[0]

    def jobs(self, run):
        """All jobs, in the order of their submitters' journals."""
        return [Job(image, r, r.a, image.text(r.s1), image.text(r.s2), r.b) for image, r in self.records(run, reader.TASK_SUBMIT)]

    def tasks(self, run):
        """All tasks that a worker began, by job and index. Each has at most one end, which says the same of it."""
        found = {}
        for image, r in self.records(run, reader.TASK_BEGIN, reader.TASK_END):
            key = r.obj, r.a, r.b & 0xffffffff
            if r.type == reader.TASK_BEGIN:
                self.assertNotIn(key, found)
                self.assertEqual(r.t0, r.t1)
                found[key] = Task(image, r, None, r.a, r.b & 0xffffffff, r.b >> 32, image.text(r.s1), None)
            else:
                begun = found[key]
                self.assertIs(image, begun.image)
                self.assertIsNone(begun.end)
                self.assertEqual((begun.begin.t0, begun.begin.b), (r.t0, r.b))
                found[key] = begun._replace(end=r, error=image.text(r.s1))
        return [found[key] for key in sorted(found)]

    def results(self, run):
        """job -> (flags, text) of its result; a job has one."""
        found = {}
        for image, r in self.records(run, reader.TASK_RESULT):
            self.assertNotIn((r.obj, r.a), found)
            found[r.obj, r.a] = r.flags, image.text(r.s1)
        return {job: result for (_obj, job), result in found.items()}

    def states(self, run, obj):
        """Flags of what was done with this pool, in time's order."""
        return [r.flags for _image, r in sorted(self.records(run, reader.POOL_STATE), key=lambda found: found[1].t0) if r.obj == obj]

    def assertOrder(self, run):
        """A job is told before its result, and what is told of it is in time's order; tasks lie within their worker's time."""
        for image in run.images:
            submitted = set()
            for r in image.of(reader.TASK_SUBMIT, reader.TASK_RESULT):
                if r.type == reader.TASK_SUBMIT:
                    submitted.add((r.obj, r.a))
                else:
                    self.assertIn((r.obj, r.a), submitted)
        starts = {(r.obj, r.a): r for _image, r in self.records(run, reader.TASK_SUBMIT)}
        for task in self.tasks(run):
            self.assertLessEqual(starts[task.begin.obj, task.job].t0, task.begin.t0)
            worker, = [r for r in task.image.of(reader.POOL_WORKER) if r.obj == task.begin.obj]
            self.assertLessEqual(worker.t1, task.begin.t0)
