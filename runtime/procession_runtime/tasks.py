"""What the pools of multiprocessing and the executors of concurrent.futures share: names of functions, words of
errors, the workers' side of a task, and waits for results.

A pool's object id is that of the channel which carries its tasks, so that its workers know it without being told.

Where it is possible a hook changes what the library's code *uses* and not that code: a worker's queues get a `get` and
a `put` of ours, and the condition on which a waiter sleeps becomes one of a class of ours. Then no frame of ours is in
the traceback of a task's exception, and nothing of ours refers to a pool, a future or a result: these are freed as in a
plain run.
"""

import sys
import threading
from _functools import partial

from . import core, failure
from .calls import like, nanoseconds
from .channel import channel_of, fixed_callers, hide, in_core

POOL_NEW = 72
TASK_SUBMIT = 73
TASK_BEGIN = 74
TASK_END = 75
TASK_RESULT = 76
TASK_WAIT = 77
POOL_STATE = 78
POOL_WORKER = 79

RAISED = 1
NOT_SENT = 2
CANCELLED = 2
TIMED_OUT = 1
INITIALIZER_RAISED = 1

CLOSE = 1
TERMINATE = 2
JOIN = 3
SHUTDOWN = 4
BROKEN = 5

#: Job number of a wait for whichever of several jobs is done first.
NEXT_OF_SEVERAL = -1
# What was there sooner than this was not waited for.
_WAITED_NS = 50000
_ALL_64 = (1 << 64) - 1
_LONGEST_MESSAGE = 500
_MANY_NAMES = 5000
# Exceptions of the library's own that put their message together themselves.
_SAYING = 'multiprocessing.pool', 'concurrent.futures.process'
_MANY_WRAPPED = 8


# ---- names

FUNCTION = type(hide)
_METHOD = type(hide.__get__(sys))
BUILT_IN = type(len)
_DESCRIPTORS = type(str.upper), type(object.__str__), type(dict.__dict__['fromkeys'])
# By the type's own descriptors: a metaclass may answer for its classes with code of the user's.
_qualname_of = type.__dict__['__qualname__'].__get__
_module_of_class = type.__dict__['__module__'].__get__
function_in = partial.__dict__['func'].__get__
arguments_in = partial.__dict__['args'].__get__

#: (module, qualified name) -> both as one text. By name and not by object: that needs no care about lifetimes.
_names: dict = {}


def _text_of(module: object, qualname: object) -> str:
    if type(qualname) is not str:
        return ''
    if type(module) is not str:
        return qualname
    # A spawned child imports the script as `__mp_main__`; its author says `__main__`.
    return '%s.%s' % ('__main__' if module == '__mp_main__' else module, qualname)


def class_name(kind: type) -> str:
    """`module.qualname` of a class."""
    return _text_of(_module_of_class(kind), _qualname_of(kind))


def _name_of_other(function: object) -> str:
    kind = type(function)
    for _ in range(_MANY_WRAPPED):
        if not issubclass(kind, partial):
            break
        function = function_in(function)
        kind = type(function)
    if kind is _METHOD:
        function = function.__func__
        kind = type(function)
    if kind is FUNCTION or kind is BUILT_IN:
        return _text_of(function.__module__, function.__qualname__)
    if kind in _DESCRIPTORS:
        return '%s.%s' % (class_name(function.__objclass__), function.__name__)
    return class_name(function if issubclass(kind, type) else kind)


def name_of(function: object) -> int:
    """String id of the function's name: by names alone, without running anything of the user's. Partials are seen through."""
    try:
        if type(function) is FUNCTION:
            key = function.__module__, function.__qualname__
            try:
                return core.intern(_names[key])
            except KeyError:
                if len(_names) > _MANY_NAMES:
                    _names.clear()
                text = _names[key] = _text_of(*key)
                return core.intern(text)
        return core.intern(_name_of_other(function))
    except Exception as error:
        core.note('tasks.name_of', error)
        return 0


def known_by(function: object) -> 'tuple | None':
    """(code, qualified name) of a function, (itself, None) of a module's built-in; None of what is not known again by so little."""
    if type(function) is FUNCTION:
        return function.__code__, function.__qualname__
    if type(function) is BUILT_IN and type(function.__self__) is type(sys):
        return function, None
    return None


def words(error: object) -> int:
    """String id of 'Type: message'. The message only where saying it runs no code of the user's."""
    try:
        kind = type(error)
        text = _qualname_of(kind)
        said = failure.message_of(error) if issubclass(kind, BaseException) else ''
        if not said and _module_of_class(kind) in _SAYING and error.args and type(error.args[0]) is str:
            said = error.args[0]
        return core.intern('%s: %s' % (text, said[:_LONGEST_MESSAGE]) if said else text)
    except Exception as inner:
        core.note('tasks.words', inner)
        return 0


def maker_line(made: object, depth: int) -> int:
    """The line that makes an object, from `depth` frames up, where its `__init__` was called: a subclass's own `__init__` is passed."""
    frame = sys._getframe(depth)
    while frame is not None and frame.f_code.co_name == '__init__' and frame.f_code.co_argcount:
        if frame.f_locals.get(frame.f_code.co_varnames[0]) is not made:
            break
        depth += 1
        frame = frame.f_back
    return core.site(depth + 1)


# ---- laying hooks

def lay(owner: object, name: str, make, *more) -> None:
    """One hook on a class or module; where the library has no such function (any more) only this one is missing."""
    original = owner.__dict__.get(name)
    if original is None:
        core.note('tasks.lay', AttributeError('%s.%s' % (owner.__name__, name)))
        return
    setattr(owner, name, like(make(original, *more), original))


def know(function) -> None:
    """A function at the bottom of a thread or process, whose caller is always the same (see `fixed_callers`)."""
    code = getattr(getattr(function, '__wrapped__', function), '__code__', None)
    if code is not None:
        fixed_callers.add(id(code))


def ending(original, flag: int, id_of):
    """The hook for a call that ends a pool or waits for its end. `id_of(pool)`: its object id, 0 where nothing is told of this call."""
    def hook(self, *args, **named):
        obj = began = line = 0
        try:
            obj = id_of(self)
            if obj:
                line = core.site(2)
                began = core.slot_begin(POOL_STATE, flag, obj, 0, 0, line)
        except AttributeError:
            # A subclass that never called our __init__: the original says so in its own way.
            pass
        except Exception as error:
            core.note('tasks.ending', error)
        t0 = began or core.now()
        try:
            return original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                core.slot_end()
            if obj:
                core.emit(POOL_STATE, flag, t0, core.now(), obj, 0, 0, line)
    return hook


# ---- waits for results

def waiting(plain):
    """`wait` of a condition or an event, and what is told of it."""
    now, begin, end, site = core.now, core.slot_begin, core.slot_end, core.site

    def wait(self, timeout=None):
        try:
            obj, job = self._procession
            for_ns = -1 if timeout is None else nanoseconds(timeout)
            # A wait of no time is a look, and what is there needs none.
            looks = for_ns == 0 or getattr(self, '_flag', False)
            line = 0 if looks else site(2)
        except Exception as error:
            core.note('tasks.wait', error)
            looks = True
        if looks:
            try:
                return plain(self, timeout)
            except BaseException as error:
                hide(error)
                raise
        t0 = now()
        began = begin(TASK_WAIT, 0, obj, job & _ALL_64, 0 if for_ns < 0 else t0 + for_ns, line)
        late = 0
        try:
            got = plain(self, timeout)
            late = 0 if got else TIMED_OUT
            return got
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                end()
            t1 = now()
            if late or t1 - t0 > _WAITED_NS:
                core.emit_often(TASK_WAIT, late, t0, t1, obj, job, for_ns, line)
    return wait


def copied(function):
    """The function with a code object of its own. From 3.11 on an instruction settles on the class that it meets; in code that meets
    two it settles on none, and all conditions of the script's would be slower for ours."""
    code = function.__code__.replace()
    return like(FUNCTION(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__), function)


# In place of the classes of the conditions and events inside of results. `_procession`: the pool's id and the job.

class Event(threading.Event):
    wait = waiting(copied(threading.Event.wait))


class Condition(threading.Condition):
    wait = waiting(copied(threading.Condition.wait))


def disguise(kind: type) -> None:
    """Gives the class the name of the one that it stands for, and methods of its own."""
    plain = kind.__bases__[0]
    for name, value in list(vars(plain).items()):
        if type(value) is FUNCTION and name not in vars(kind):
            setattr(kind, name, copied(value))
    kind.__module__, kind.__name__, kind.__qualname__, kind.__doc__ = plain.__module__, plain.__name__, plain.__qualname__, plain.__doc__


disguise(Event)
disguise(Condition)


def watch(waited: object, kind: type, obj: int, job: int) -> None:
    """From here on waits on this event or condition of the library's are told. Somebody else's kind of it is left alone."""
    if type(waited) is kind.__bases__[0]:
        waited._procession = obj, job
        waited.__class__ = kind


# ---- the worker's side

#: What `known_by` says of no function.
UNKNOWN = object(), None


def _gate(work: 'Serving', lock: object, enter, leave):
    """Stands in for the lock of the results' queue, around the sending of a pickled result: what is passed once a task.

    On a class of its own, since `with` looks there: C's method `leave` is called as it is. And an object of its own: a class
    with a `__getattr__` makes every look-up in its objects slower.
    """
    place = None
    pack = core.RECORD_ENDING.pack_into

    @in_core
    def __enter__(_gate):
        if work.ending:
            if work.flags or work.reason:
                work.end()
            else:
                work.ending = work.running = False
                try:
                    into, at, commit = place()
                    pack(into, at, work.since, work.until, work.obj, work.job, work.part, work.end_tail, commit)
                except Exception:
                    core.emit_often(TASK_END, 0, work.since, work.until, work.obj, work.job, work.part, 0)
        return enter()

    def __getattr__(_gate, name):
        return getattr(lock, name)

    return type('Gate', (), {'__slots__': (), '__enter__': __enter__, '__exit__': leave, '__getattr__': __getattr__})()


class Serving:
    """A worker's work: stands on its queues while the library's own loop runs.

    `get` and `put`, which subclasses define, replace those of the two queue objects. A task's end must be told before its
    result is sent, for then the parent may end this process; and after the result was pickled, which may fail. Between
    these two the library takes the lock of the results' queue: so something of ours stands in for that lock, too.
    """

    __slots__ = (
        'obj', 'began', 'serves', 'running', 'job', 'part', 'since', 'code', 'qualname', 'name', 'begin_tail', 'end_tail', 'ending', 'flags', 'why', 'until',
        'reason', 'error', 'tasks', 'results', 'take', 'send', 'kept',
    )

    def __init__(self, tasks: object, results: object, obj: int) -> None:
        self.tasks, self.results, self.obj = tasks, results, obj
        self.began = core.now()
        #: It has taken its first task.
        self.serves = False
        #: The task that runs or whose result is on its way: job, index and items, begin.
        self.running = False
        self.job = self.part = self.since = 0
        #: The latest function: string id of its name, and by what it is known again. Not the function itself, which may hold much; but
        #: for a module's built-in, of which there is one: then the qualified name is None.
        self.code, self.qualname = UNKNOWN
        #: The ends of its records of a begin and of an end that went well, for the one thread that it runs in.
        self.begin_tail = self.end_tail = b''
        self.name = 0
        #: Its end is to be told as soon as the result is pickled: flags, text of the error, and time.
        self.ending = False
        self.flags = self.why = self.until = 0
        #: Why the result could not be pickled.
        self.reason = 0
        #: What the initializer raised, where that does not come out of the library's function.
        self.error = None
        self.take = tasks.get
        self.send = results.put
        self.kept = [
            (one, name, one.__dict__.get(name)) for one, name in ((tasks, 'get'), (tasks, '_rlock'), (results, 'put'), (results, '_wlock'))]

    def start(self) -> None:
        """Takes its places on the queues."""
        self.tasks.get = self.get
        self.results.put = self.put
        # The semaphores themselves, without the library's methods around them, which win back a part of what is spent here.
        raw = getattr(self.tasks.__dict__.get('_rlock'), '_semlock', None)
        if raw is not None:
            self.tasks._rlock = raw
        lock = self.results.__dict__.get('_wlock')
        raw = getattr(lock, '_semlock', None)
        if raw is not None:
            self.results._wlock = _gate(self, lock, raw.__enter__, raw.__exit__)

    def stop(self) -> None:
        """Leaves the queues as they were."""
        for one, name, before in self.kept:
            if before is None:
                one.__dict__.pop(name, None)
            else:
                one.__dict__[name] = before

    def over(self, error: 'BaseException | None') -> None:
        """The worker's function ended, with an exception or without: if it never took a task, the initializer has failed."""
        if not self.serves:
            self.serves = True
            error = self.error if error is None else error
            core.emit(POOL_WORKER, INITIALIZER_RAISED, self.began, core.now(), self.obj, 0, 0, 0, 0 if error is None else words(error))
            self.error = None

    def serve(self) -> None:
        """It takes its first task: the initializer is through."""
        self.serves = True
        core.emit(POOL_WORKER, 0, self.began, core.now(), self.obj, 0, 0, 0)

    def learn(self, function: object) -> None:
        """Keeps the function's name for the tasks to come."""
        self.name = name = name_of(function)
        self.code, self.qualname = known_by(function) or UNKNOWN
        seat = core.seat()
        number = core.NO_THREAD if seat is None else seat.number
        self.begin_tail = core.SHORT_ENDING.pack(number, 0, name, 0, TASK_BEGIN, 0)
        self.end_tail = core.SHORT_ENDING.pack(number, 0, 0, 0, TASK_END, 0)

    def end(self) -> None:
        """The result is pickled, or will not be sent."""
        self.ending = self.running = False
        flags, why, more = self.flags, self.why, 0
        if self.reason:
            flags, why, more = flags | NOT_SENT, self.reason, why
        self.flags = self.reason = 0
        core.emit_often(TASK_END, flags, self.since, self.until, self.obj, self.job, self.part, 0, why, more)

    def unsent(self, error: BaseException) -> None:
        """`put` of the running task's result raised. Before the lock was taken that means that it could not be pickled.

        The library then puts an error of its own in its place, and the task's end is told with that.
        """
        if self.ending:
            self.ending = False
            if not self.reason:
                self.reason = words(error)


def serving(original, kind: type, guard=None):
    """The hook for a worker's main function. `kind`: subclass of Serving; `guard` makes of the other arguments those to be passed."""
    def hook(tasks, results, *args, **named):
        work = None
        try:
            obj = channel_of(tasks._reader) if hasattr(tasks, '_reader') else 0
            if obj:
                work = kind(tasks, results, obj)
                work.start()
                if guard is not None:
                    args, named = guard(work, args, named)
        except Exception as error:
            core.note('tasks.worker', error)
        try:
            result = original(tasks, results, *args, **named)
            if work is not None:
                work.over(None)
            return result
        except BaseException as error:
            if work is not None:
                work.over(error)
            hide(error)
            raise
        finally:
            if work is not None:
                work.stop()
    return hook
