"""`multiprocessing.pool`: pools, the jobs that are submitted to them, what their workers run, and who waits for results.

A job is what one call submits and has one number; its tasks are what workers take one by one (`map` cuts its
iterable into chunks, each a task). ThreadPool shares all of this code and has no processes: nothing of it is told.
"""

import sys
from _thread import _local

from . import core, failure
from .calls import hide, like
from .channel import channel_of, in_core
from .tasks import (
    CLOSE, FUNCTION, JOIN, POOL_NEW, POOL_STATE, RAISED, TASK_BEGIN, TASK_RESULT, TASK_SUBMIT, TERMINATE, Condition, Event,
    Serving, class_name, ending, know, lay, maker_line, name_of, serving, watch, words,
)

#: Methods of Pool that others of its methods are called by: what the user wrote is their name.
_SUBMITTING = 'apply', 'map', 'map_async', 'starmap', 'starmap_async'
#: Loops at the bottom of a thread or process.
_LOOPS = '_handle_tasks', '_handle_results'
#: A POOL_STATE: the thread that takes the results died. In place of a job: it was reading one, or something else.
_RESULTS_DIED = 6
_READING = -1
_ELSEWHERE = -2

#: `call`: the submission that this thread is in: pool, begin, function, method, line, tasks.
_current = _local()


def patch(module) -> None:
    """Hooks into `multiprocessing.pool`, once it was executed and before any pool was made."""
    pool = module.Pool
    lay(pool, '__init__', _making)
    for name in ('apply_async', '_map_async', 'imap', 'imap_unordered'):
        lay(pool, name, _submitting, _callers(pool))
    lay(pool, 'close', ending, CLOSE, _id_in(lambda state: state == 'RUN'))
    lay(pool, 'terminate', ending, TERMINATE, _id_of)
    # Of a pool that still runs it raises at once.
    lay(pool, 'join', ending, JOIN, _id_in(lambda state: state != 'RUN'))
    lay(module.ApplyResult, '__init__', _numbering)
    lay(module.ApplyResult, '_set', _answering)
    lay(module.MapResult, '__init__', _counting)
    lay(module.IMapIterator, '__init__', _numbering_iterator)
    lay(module._PoolCache, '__delitem__', _completing, module.ApplyResult)
    for name in _LOOPS:
        know(getattr(pool, name, None))
    know(module.worker)
    kind = _serving_class(module)
    module.worker = like(serving(module.worker, kind), module.worker)


def _callers(pool: type) -> dict:
    return {id(pool.__dict__[name].__code__): name for name in _SUBMITTING if hasattr(pool.__dict__.get(name), '__code__')}


def _id_of(pool: object) -> int:
    """The pool's object id; 0 for a ThreadPool."""
    try:
        return channel_of(pool._inqueue._writer)
    except AttributeError:
        return 0


# ---- pools

def _making(original):
    def __init__(self, *args, **named):
        t0 = core.now()
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            obj = _id_of(self)
            if obj:
                # Its results know the cache as long as they live, and the pool only until they are complete.
                self._cache._procession = obj
                # A bell for the thread that keeps the workers, and no message: nothing of it is told.
                bell = self._change_notifier
                bell._reader._procession = bell._writer._procession = 0
                limit = self._maxtasksperchild
                core.emit(
                    POOL_NEW, 0, t0, core.now(), obj, channel_of(self._outqueue._writer), self._processes + ((limit or 0) << 32),
                    maker_line(self, 2), core.intern(_kind_of(self, original)),
                    0 if self._initializer is None else name_of(self._initializer))
                thread = self._result_handler
                thread._invoke_excepthook = _dying(thread._invoke_excepthook, obj, self._cache)
        except Exception as error:
            core.note('Pool', error)
    return __init__


def _kind_of(pool: object, original) -> str:
    """`Pool`, or the name of a subclass."""
    kind = type(pool)
    return 'Pool' if class_name(kind) == 'multiprocessing.pool.Pool' else class_name(kind)


def _dying(plain, obj: int, cache: dict):
    """What the thread that takes a pool's results calls last when an exception ends it: only so is no frame of ours in what it prints."""
    def invoke_excepthook(thread):
        try:
            # Once the pool is terminated nobody is to have these results.
            if thread._state != 'TERMINATE':
                error = sys.exc_info()[1]
                t = core.now()
                core.emit(
                    POOL_STATE, _RESULTS_DIED, t, t, obj, _busy_with(error.__traceback__), len(cache),
                    failure.line_of(error.__traceback__), words(error))
        except Exception as problem:
            core.note('Pool._result_handler', problem)
        plain(thread)
    return invoke_excepthook


def _busy_with(trace) -> int:
    """The job whose callback raised, or one of the two that stand for what the thread did else."""
    doing = _ELSEWHERE
    while trace is not None:
        code = trace.tb_frame.f_code
        if core.in_library(code):
            if code.co_name == '_set':
                return trace.tb_frame.f_locals['self']._job
            # `get` is the method of the pipe's end.
            if code.co_name == 'recv':
                doing = _READING
        trace = trace.tb_next
    return doing


def _id_in(state):
    """What gives the id of a pool whose state is one of those that `state` accepts."""
    return lambda pool: _id_of(pool) if state(pool._state) else 0


# ---- submitting

def _submitting(original, callers: dict):
    now, site, getframe = core.now, core.site, sys._getframe
    own = original.__name__

    def submit(self, *args, **named):
        try:
            former = _current.call
        except AttributeError:
            former = None
        try:
            if _id_of(self):
                function = args[0] if args else named.get('func')
                _current.call = [
                    self, now(), 0 if function is None else name_of(function), callers.get(id(getframe(1).f_code), own), site(2), -1]
        except Exception as error:
            core.note('Pool.submit', error)
        try:
            return original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        finally:
            _current.call = former
    return submit


def _tell(result: object, pool: object, tasks: int) -> int:
    """TASK_SUBMIT, as soon as the job has its number and before it is handed over: nothing of it can be told earlier. Returns the pool's id."""
    obj = _id_of(pool)
    if obj:
        call = getattr(_current, 'call', None)
        if call is not None and call[0] is pool:
            _pool, t0, name, method, line, known = call
            core.emit_often(
                TASK_SUBMIT, 0, t0, core.now(), obj, result._job, tasks if known < 0 else known, line, name, core.intern(method))
        else:
            # Somebody's own way to submit.
            t = core.now()
            core.emit_often(TASK_SUBMIT, 0, t, t, obj, result._job, tasks, core.site(3))
    return obj


def _numbering(original):
    def __init__(self, pool, *args, **named):
        try:
            original(self, pool, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            obj = _tell(self, pool, 1)
            if obj:
                watch(self._event, Event, obj, self._job)
        except Exception as error:
            core.note('ApplyResult', error)
    return __init__


def _counting(original):
    def __init__(self, pool, chunksize, length, *args, **named):
        try:
            call = getattr(_current, 'call', None)
            if call is not None and call[0] is pool and type(chunksize) is int and type(length) is int:
                call[5] = -(-length // chunksize) if chunksize > 0 else 0
        except Exception as error:
            core.note('MapResult', error)
        try:
            original(self, pool, chunksize, length, *args, **named)
        except BaseException as error:
            hide(error)
            raise
    return __init__


def _numbering_iterator(original):
    def __init__(self, pool, *args, **named):
        try:
            original(self, pool, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            obj = _tell(self, pool, -1)
            if obj:
                watch(self._cond, Condition, obj, self._job)
        except Exception as error:
            core.note('IMapIterator', error)
    return __init__


# ---- results

def _answering(original):
    """`ApplyResult._set`: the only place of a single task's result before its waiter is woken, which may end the process."""
    def _set(self, i, obj):
        try:
            pool = getattr(self._cache, '_procession', 0)
            if pool:
                t = core.now()
                success, value = obj
                core.emit_often(TASK_RESULT, 0 if success else RAISED, t, t, pool, self._job, 0, 0, 0 if success else words(value))
        except Exception as error:
            core.note('ApplyResult._set', error)
        try:
            original(self, i, obj)
        except BaseException as error:
            hide(error)
            raise
    return _set


def _completing(original, single: type):
    """A job of many tasks leaves the pool's cache when the last of them is there, and before its waiter is woken."""
    def __delitem__(self, item):
        try:
            pool = getattr(self, '_procession', 0)
            if pool:
                result = self.get(item)
                # A single task's has been told.
                if type(result) is not single and (not hasattr(result, '_event') or hasattr(result, '_chunksize')):
                    t = core.now()
                    failed = not getattr(result, '_success', True)
                    core.emit_often(TASK_RESULT, RAISED if failed else 0, t, t, pool, item, 0, 0, words(result._value) if failed else 0)
        except Exception as error:
            core.note('Pool._cache', error)
        try:
            original(self, item)
        except BaseException as error:
            hide(error)
            raise
    return __delitem__


# ---- workers

def _serving_class(module) -> type:
    mapstar, starmapstar = module.mapstar, module.starmapstar
    with_traceback = module.ExceptionWithTraceback
    place = None
    now, emit_often, pack = core.now, core.emit_often, core.RECORD_ENDING.pack_into

    class PoolServing(Serving):
        """A task is (job, index, function, args, kwds), its result (job, index, (success, value or exception))."""

        __slots__ = ()

        # In one piece, and its record written in place: a task of `map` with chunks of one takes some 15 microseconds in all.
        @in_core
        def get(self):
            if not self.serves:
                self.serve()
            try:
                task = self.take()
            except BaseException as error:
                hide(error)
                raise
            try:
                if task is not None:
                    job, index, function, args, _named = task
                    items = 1
                    if function is mapstar or function is starmapstar:
                        # Both are the library's own tuples.
                        function, chunk = args[0]
                        if type(chunk) is tuple:
                            items = len(chunk)
                    if (function is not self.code if self.qualname is None
                            else type(function) is not FUNCTION or function.__code__ is not self.code or function.__qualname__ is not self.qualname):
                        self.learn(function)
                    self.job = job
                    self.part = part = index + (items << 32)
                    self.running = True
                    self.since = t = now()
                    try:
                        into, at, commit = place()
                        pack(into, at, t, t, self.obj, job, part, self.begin_tail, commit)
                    except Exception:
                        emit_often(TASK_BEGIN, 0, t, t, self.obj, job, part, 0, self.name)
            except Exception as error:
                core.note('pool.worker', error)
            return task

        def put(self, item):
            if self.running and not self.reason:
                self.until = now()
                try:
                    success, value = item[2]
                    if not success:
                        self.flags = RAISED
                        self.why = words(value.exc if type(value) is with_traceback else value)
                    else:
                        self.flags = self.why = 0
                except Exception as error:
                    core.note('pool.worker', error)
            try:
                if not self.running:
                    return self.send(item)
                self.ending = True
                self.send(item)
                if self.ending:
                    self.end()
            except BaseException as error:
                self.unsent(error)
                hide(error)
                raise

    for function in (PoolServing.get, PoolServing.put):
        know(function)
    return PoolServing
