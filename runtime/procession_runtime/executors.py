"""`concurrent.futures.process`: executors, what is submitted to them, what their workers run, and who waits for futures.

A job of an executor is one call of `submit`; its number is that of the library's work item. Futures of other executors are
left as they are: what is told of a future hangs on the condition inside of it, which becomes one of ours when it is
made for a work item.
"""

import sys
import threading

from . import core
from .calls import hide, like
from .channel import channel_of, in_core
from .polling import own_waits
from .tasks import (
    BROKEN, CANCELLED, FUNCTION, NEXT_OF_SEVERAL, POOL_NEW, POOL_STATE, RAISED, SHUTDOWN, TASK_BEGIN, TASK_RESULT, TASK_SUBMIT,
    TERMINATE, Event, Serving, arguments_in, class_name, copied, disguise, ending, function_in, know, known_by, lay, maker_line, name_of, partial,
    serving, waiting, watch, words,
)

_FIXED = '_add_call_item_to_queue', '_queue_management_worker', '_sendback_result'
_FIXED_IN_THREAD = 'add_call_item_to_queue', 'wait_result_broken_or_wakeup'
_BROKEN_TEXT = 'A child process terminated abruptly'


def patch(module) -> None:
    """Hooks into `concurrent.futures.process`, once it was executed and before any executor was made; and into the futures' own module."""
    base = module._base
    executor = module.ProcessPoolExecutor
    condition = _condition_class(base)
    lay(module._ThreadWakeup, '__init__', _muting)
    lay(executor, '__init__', _making)
    lay(executor, 'shutdown', ending, SHUTDOWN, _id_of_running)
    if '_force_shutdown' in executor.__dict__:
        # What `terminate_workers` and `kill_workers` of 3.14 have in common.
        lay(executor, '_force_shutdown', ending, TERMINATE, _id_of_running)
    lay(module._WorkItem, '__init__', _numbering, module, condition)
    lay(base, '_create_and_install_waiters', _installing, condition)
    thread = getattr(module, '_ExecutorManagerThread', None)
    if thread is not None:
        lay(thread, 'terminate_broken', _breaking)
        for name in _FIXED_IN_THREAD:
            know(getattr(thread, name, None))
        own_waits.add(getattr(getattr(thread, 'wait_result_broken_or_wakeup', None), '__code__', None))
    else:
        lay(module, '_queue_management_worker', _managing)
    for name in _FIXED:
        know(getattr(module, name, None))
    kind = _serving_class(module)
    module._process_worker = like(serving(module._process_worker, kind, _guarding), module._process_worker)


def _id_of(queue: object) -> int:
    """The object id of the executor whose call queue this is; 0 where there is none any more."""
    try:
        return channel_of(queue._writer)
    except AttributeError:
        return 0


# ---- executors

def _muting(original):
    """The pipe that wakes an executor's own thread at each submission is a bell and carries no message: nothing of it is told."""
    def __init__(self, *args, **named):
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            self._reader._procession = self._writer._procession = 0
        except Exception as error:
            core.note('_ThreadWakeup', error)
    return __init__


def _making(original):
    def __init__(self, *args, **named):
        t0 = core.now()
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            obj = _id_of(self._call_queue)
            if obj:
                name = class_name(type(self))
                core.emit(
                    POOL_NEW, 0, t0, core.now(), obj, channel_of(self._result_queue._writer),
                    self._max_workers + ((getattr(self, '_max_tasks_per_child', None) or 0) << 32), maker_line(self, 2),
                    core.intern('ProcessPoolExecutor' if name == 'concurrent.futures.process.ProcessPoolExecutor' else name),
                    0 if self._initializer is None else name_of(self._initializer))
        except Exception as error:
            core.note('ProcessPoolExecutor', error)
    return __init__


def _id_of_running(executor: object) -> int:
    # After the first of several calls there is no queue any more, and the others do nothing.
    return _id_of(executor._call_queue)


def _tell_broken(obj: int, cause: object, message: object = None) -> None:
    """`cause`: lines of a traceback, where there was an exception; in later versions it may be said in other words.

    `message`: the library's own (a sentence), since a release of 3.14, where no child terminated abruptly.
    """
    text = message if type(message) is str else _BROKEN_TEXT
    if isinstance(cause, (list, tuple)) and cause and type(cause[-1]) is str and cause[-1].strip():
        text = '%s: %s' % (text.rstrip('.'), cause[-1].strip()[:500])
    t = core.now()
    core.emit(POOL_STATE, BROKEN, t, t, obj, 0, 0, 0, core.intern(text))


def _breaking(original):
    def terminate_broken(self, cause, *more, **named):
        # Before the futures are told: who waits for them may end this process.
        try:
            obj = _id_of(self.call_queue)
            if obj:
                _tell_broken(obj, cause, more[0] if more else named.get('bpe_message'))
        except Exception as error:
            core.note('terminate_broken', error)
        try:
            return original(self, cause, *more, **named)
        except BaseException as error:
            hide(error)
            raise
    return terminate_broken


def _managing(original):
    """3.8 has no method of its own for the end of a broken executor: it is seen when its thread is through."""
    def _queue_management_worker(executor_reference, processes, pending_work_items, work_ids_queue, call_queue, *more):
        try:
            original(executor_reference, processes, pending_work_items, work_ids_queue, call_queue, *more)
        except BaseException as error:
            hide(error)
            raise
        try:
            executor = executor_reference()
            obj = _id_of(call_queue)
            if executor is not None and executor._broken and obj:
                _tell_broken(obj, None)
        except Exception as error:
            core.note('_queue_management_worker', error)
        finally:
            executor = None
    return _queue_management_worker


# ---- submitting

def _numbering(original, module, condition: type):
    """A work item is made under the executor's lock, when its number is the next one, and before anybody else knows its future.

    One submission costs some fifty microseconds in all: what is found out about it is kept for the next one that comes from the
    same thread and place with the same function.
    """
    process_chunk = module._process_chunk
    plain_condition = condition.__bases__[0]
    intern, getframe, now, emit_often, take_seat = core.intern, sys._getframe, core.now, core.emit_often, core.seat
    pack, pack_tail = core.MESSAGE_ENDING.pack_into, core.ENDING.pack
    local = place = None
    # In one piece, since several threads may submit: the image's `local` and the thread's number (not its seat, which goes with the
    # thread); code and instruction of the caller; what the function is known again by; the end of the record.
    latest = (None, 0, None, 0, None, None, b'')

    @in_core
    def learn(number, caller, fn):
        nonlocal latest
        method = 'submit'
        if type(fn) is partial and function_in(fn) is process_chunk:
            fn = arguments_in(fn)[0]
            method = 'map'
        ending = pack_tail(1, number, core.site(3), name_of(fn), intern(method), TASK_SUBMIT, 0)
        if method == 'submit' and not core.in_library(caller.f_code):
            again = known_by(fn)
            if again is not None:
                latest = local, number, caller.f_code, caller.f_lasti, again[0], again[1], ending
        return ending

    @in_core
    def __init__(self, future, fn, args, kwargs):
        original(self, future, fn, args, kwargs)
        try:
            frame = getframe(1)
            executor = frame.f_locals.get('self')
            obj = executor._call_queue._writer._procession
            if obj:
                job = executor._queue_count
                caller = frame.f_back
                frame = executor = None
                try:
                    number = local.number
                except AttributeError:
                    number = take_seat().number
                image, thread, code, at, function, qualname, ending = latest
                if (image is not local or thread != number or caller.f_code is not code or caller.f_lasti != at
                        or (fn is not function if qualname is None else type(fn) is not FUNCTION or fn.__code__ is not function or fn.__qualname__ is not qualname)):
                    ending = learn(number, caller, fn)
                caller = None
                t = now()
                try:
                    into, where, commit = place()
                    pack(into, where, t, t, obj, job, ending, commit)
                except Exception:
                    items, _thread, line, name, method, _type, _flags = core.ENDING.unpack(ending)
                    emit_often(TASK_SUBMIT, 0, t, t, obj, job, items, line, name, method)
                waited = future._condition
                if type(waited) is plain_condition:
                    waited._procession = obj, job
                    waited.__class__ = condition
        except Exception as error:
            core.note('submit', error)
    return __init__


# ---- results

def _condition_class(base) -> type:
    notify_all = copied(threading.Condition.notify_all)
    set_result, set_exception, cancel = [getattr(base.Future, name).__code__ for name in ('set_result', 'set_exception', 'cancel')]
    getframe, now = sys._getframe, core.now
    pack, pack_tail = core.MESSAGE_ENDING.pack_into, core.ENDING.pack
    local = place = None
    # A thread's number, and the end of its record of a result, which names nothing.
    latest = -1, b''

    def learn(number):
        nonlocal latest
        latest = number, pack_tail(0, number, 0, 0, 0, TASK_RESULT, 0)
        return latest[1]

    class Condition(threading.Condition):
        """Of a future that belongs to a work item: all of its ends, and nothing else, notify all who wait."""

        wait = waiting(copied(threading.Condition.wait))

        @in_core
        def notify_all(self):
            try:
                frame = getframe(1)
                code = frame.f_code
                obj, job = self._procession
                t = now()
                if code is set_result:
                    try:
                        thread = local.number
                        known, ending = latest
                        if known != thread:
                            ending = learn(thread)
                        into, at, commit = place()
                        pack(into, at, t, t, obj, job, ending, commit)
                    except Exception:
                        core.emit_often(TASK_RESULT, 0, t, t, obj, job, 0, 0)
                elif code is set_exception:
                    core.emit_often(TASK_RESULT, RAISED, t, t, obj, job, 0, 0, words(frame.f_locals['exception']))
                elif code is cancel:
                    core.emit_often(TASK_RESULT, CANCELLED, t, t, obj, job, 0, 0)
            except Exception as error:
                core.note('future', error)
            finally:
                frame = None
            notify_all(self)

    disguise(Condition)
    return Condition


def _installing(original, condition: type):
    """`wait` and `as_completed` sleep on an event of their own, which all of the futures set."""
    def _create_and_install_waiters(fs, return_when):
        try:
            waiter = original(fs, return_when)
        except BaseException as error:
            hide(error)
            raise
        try:
            pools = set()
            for future in fs:
                own = future._condition
                if type(own) is condition:
                    pools.add(own._procession[0])
                    if len(pools) > 1:
                        break
            if pools:
                # Of several pools at once none is named.
                watch(waiter.event, Event, pools.pop() if len(pools) == 1 else 0, NEXT_OF_SEVERAL)
        except Exception as error:
            core.note('futures.wait', error)
        return waiter
    return _create_and_install_waiters


# ---- workers

def _guarding(work: Serving, args: tuple, named: dict) -> tuple:
    """The library's function logs what the initializer raises, and returns: so that is seen on its way."""
    initializer = args[0] if args else None
    if initializer is None:
        return args, named

    def guarded(*initargs):
        try:
            return initializer(*initargs)
        except BaseException as error:
            work.error = error
            hide(error)
            raise
    return (guarded,) + args[1:], named


def _serving_class(module) -> type:
    process_chunk = module._process_chunk
    place = None
    now, emit_often, pack = core.now, core.emit_often, core.RECORD_ENDING.pack_into

    class ExecutorServing(Serving):
        """A task is a `_CallItem`, its result a `_ResultItem`."""

        __slots__ = ()

        @in_core
        def get(self, block=True, timeout=None):
            if not self.serves:
                self.serve()
            try:
                item = self.take(block, timeout)
            except BaseException as error:
                hide(error)
                raise
            try:
                if item is not None:
                    function = item.fn
                    items = 1
                    if type(function) is partial and function_in(function) is process_chunk:
                        function = arguments_in(function)[0]
                        if type(item.args[0]) is tuple:
                            items = len(item.args[0])
                    if (function is not self.code if self.qualname is None
                            else type(function) is not FUNCTION or function.__code__ is not self.code or function.__qualname__ is not self.qualname):
                        self.learn(function)
                    self.job = job = item.work_id
                    self.part = part = items << 32
                    self.running = True
                    self.since = t = now()
                    try:
                        into, at, commit = place()
                        pack(into, at, t, t, self.obj, job, part, self.begin_tail, commit)
                    except Exception:
                        emit_often(TASK_BEGIN, 0, t, t, self.obj, job, part, 0, self.name)
            except Exception as error:
                core.note('_process_worker', error)
            return item

        def put(self, item):
            # When it ends by itself it sends its pid, after its last task.
            if self.running and not self.reason:
                self.until = now()
                try:
                    failed = item.exception
                    self.flags = self.why = 0
                    if failed is not None:
                        self.flags = RAISED
                        self.why = words(getattr(failed, 'exc', failed))
                except Exception as error:
                    core.note('_process_worker', error)
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

    for function in (ExecutorServing.get, ExecutorServing.put):
        know(function)
    return ExecutorServing
