"""Queue, JoinableQueue and SimpleQueue: where they are made, gets, tasks, ends, and who waits in them.

A Queue's puts and sends are in feeder.py.
"""

import sys
from _io import BytesIO
from _struct import Struct

from . import core
from .calls import plain_number
from .channel import (
    CHANNEL_NEW, FAILED, FEEDER, INTERNAL, IN_GET, LIMITED, LOCKED, RECV, channel_of, deadline_of, hide, in_core, learn_get,
    like, maker, of_library, pack_message, tail, words,
)
from .connection import ONE_READ, finishing, reads_with, writes_with
from .feeder import QUEUE_CLOSE, Feed, buffer_class, feeding, flushing, in_turn, making_room, starting
from .locks import raw
from .simple import getting, putting
from .waits import raw_condition

GET_EMPTY = 43
TASK_DONE = 46
QUEUE_JOIN = 47
CLOSE = 1
CANCEL_JOIN_THREAD = 3

_MAKING = ('multiprocessing.connection', 'multiprocessing.context', 'multiprocessing.queues')


def patch(module) -> None:
    """Hooks into `multiprocessing.queues`, once it was executed and before any queue was made."""
    Queue, Joinable, Simple = module.Queue, module.JoinableQueue, module.SimpleQueue
    sentinel = module._sentinel

    reset = '_reset' if hasattr(Queue, '_reset') else '_after_fork'
    setattr(Queue, reset, like(_resetting(getattr(Queue, reset), sentinel, module.connection.Connection), getattr(Queue, reset)))
    Queue.__init__ = like(_creating(Queue.__init__, Joinable), Queue.__init__)
    Simple.__init__ = like(_creating_simple(Simple.__init__), Simple.__init__)
    Queue._start_thread = like(starting(Queue._start_thread), Queue._start_thread)
    Queue._finalize_join = staticmethod(like(flushing(Queue._finalize_join), Queue._finalize_join))
    Queue.get = like(_getting(Queue.get, module.Empty), Queue.get)
    for name, flag in (('close', CLOSE), ('cancel_join_thread', CANCEL_JOIN_THREAD)):
        setattr(Queue, name, like(_ending(getattr(Queue, name), flag), getattr(Queue, name)))
    Joinable.__setstate__ = like(_receiving(Joinable.__setstate__, _joinable_parts), Joinable.__setstate__)
    Simple.__setstate__ = like(_receiving(Simple.__setstate__, _simple_parts), Simple.__setstate__)
    Joinable.task_done = like(_task_done(Joinable.task_done), Joinable.task_done)
    Joinable.join = like(_joining(Joinable.join), Joinable.join)
    Simple.put = like(putting(Simple.put, module), Simple.put)
    Simple.get = like(getting(Simple.get, module), Simple.get)


def _resetting(original, sentinel, Connection):
    Buffer = buffer_class(sentinel)
    read, write = reads_with(Connection), writes_with(Connection)

    def install(queue):
        try:
            ends = queue.__dict__.get('_procession_ends')
            if ends is not None and ends[0] is queue._writer and ends[1] is queue._reader:
                # In a forked child. What was made for the parent serves here too: a child copies each page that it writes to.
                feed = queue._procession_feed
                feed.begin_again()
                spare = ends[4]
                if spare:
                    # Its parent is a forked child, too, and put into it.
                    spare = Buffer()
                    spare.feed = feed
                    queue._procession_ends = ends[:4] + (spare,)
                queue._buffer = spare
                queue._send_bytes, queue._recv_bytes = ends[2], ends[3]
                return
            obj = channel_of(queue._writer)
            if not obj:
                return
            _queue_parts(queue)
            feed = Feed(obj)
            buffer = Buffer(queue._buffer)
            buffer.feed = feed
            queue._procession_feed = feed
            queue._buffer = buffer
            plain_writer, plain_reader = type(queue._writer) is Connection, type(queue._reader) is Connection
            queue._send_bytes = feeding(queue._writer, feed, write if plain_writer else None, Connection)
            queue._recv_bytes = _taking(queue._reader, obj, read if plain_reader else None, Connection)
            # And an empty buffer, that of forked children.
            spare = Buffer()
            spare.feed = feed
            queue._procession_ends = queue._writer, queue._reader, queue._send_bytes, queue._recv_bytes, spare
            # Instance attributes of a lock: it pickles by its state, which has none of them.
            room = queue._sem._semlock
            if room.maxvalue < type(room).SEM_VALUE_MAX:
                queue._sem.acquire = making_room(room.acquire, feed)
            if queue._wlock is not None:
                queue._wlock.acquire = in_turn(queue._wlock._semlock.acquire, obj)
        except AttributeError as error:
            # A subclass that is built otherwise: the connection's hooks still see its messages.
            core.note('queues.reset', error)

    if original.__defaults__:
        def _reset(self, after_fork=False):
            original(self, after_fork)
            install(self)
        return _reset

    def _after_fork(self):
        original(self)
        install(self)
    return _after_fork


# The locks inside of queues stay raw. Those that came by pickle did not say what they are a part of.

def _queue_parts(queue) -> None:
    for lock in (queue._rlock, queue._wlock, queue._sem):
        raw(lock)


def _joinable_parts(queue) -> None:
    raw(queue._unfinished_tasks)
    raw_condition(queue._cond)


def _simple_parts(queue) -> None:
    raw(queue._rlock)
    raw(queue._wlock)


def _receiving(original, parts):
    def __setstate__(self, state):
        try:
            original(self, state)
        except BaseException as error:
            hide(error)
            raise
        try:
            parts(self)
        except Exception as error:
            core.note('queues.receive', error)
    return __setstate__


def _taking(reader, obj: int, read, Connection: type):
    """What a get receives with, in place of `reader.recv_bytes`, under the queue's read lock. The get's wait is over
    when this returns: unpickling is no wait."""
    now, emit_message, take_seat = core.now, core.emit_message, core.seat
    local = place = cells = None
    pack = pack_message
    length = Struct('!i').unpack
    recv_bytes = reader.recv_bytes
    below, lowest = Connection._recv_bytes, Connection._recv
    rest, body, partial = finishing(read)
    flags = IN_GET | LOCKED

    @in_core
    def take_bytes(*maxlength):
        try:
            seat = local.seat
        except AttributeError:
            seat = take_seat()
        if seat is None:
            return recv_bytes(*maxlength)
        if seat.outer != obj:
            # A subclass's own get.
            seat.began = 0
            seat.since = now()
            seat.line = core.site(3)
            seat.tail = tail(seat, seat.line, RECV, flags)
            seat.outer = obj
        t1 = -1
        try:
            if (read is None or maxlength or reader._handle is None or not reader._readable
                    or Connection._recv_bytes is not below or Connection._recv is not lowest):
                return recv_bytes(*maxlength)
            t1 = 0
            head = read(reader._handle, 4)
            if len(head) == 4:
                size, = length(head)
                if 0 < size <= ONE_READ:
                    data = read(reader._handle, size)
                    if len(data) != size:
                        buf = BytesIO()
                        buf.write(data)
                        rest(reader, buf, size)
                        data = buf.getvalue()
                else:
                    data = body(reader, size, None).getvalue()
                    size = len(data)
            elif head:
                data = partial(reader, head, None).getvalue()
                size = len(data)
            else:
                # The end stays the end: the connection's own hook meets it again, and notes it.
                t1 = -1
                return recv_bytes()
            t1 = now()
            try:
                into, at, commit = place()
                pack(into, at, seat.since, t1, obj, size, seat.tail, commit)
            except StopIteration:
                emit_message(RECV, flags, seat.since, t1, obj, size, 0, seat.line)
            t1 = -1
            return data
        except BaseException as error:
            if t1 > 0 and type(error) is RecursionError and cells is not None:
                # What was to be done is done; there was no room left in the recursion to note it.
                cells[8] += 1
                return data
            if not t1:
                core.emit(RECV, flags | FAILED, seat.since, now(), obj, 0, 0, seat.line, words(error))
            elif t1 > 0:
                # An interrupt after the message had come, and before it was noted.
                emit_message(RECV, flags, seat.since, t1, obj, size, 0, seat.line)
            hide(error)
            raise
        finally:
            seat.outer = 0
            if seat.began:
                seat.cells[0] = seat.began = seat.busy = 0

    return take_bytes


def _ending(original, flag):
    def hook(self):
        feed = getattr(self, '_procession_feed', None)
        t0 = core.now()
        try:
            return original(self)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if feed is not None:
                core.emit(QUEUE_CLOSE, flag, t0, core.now(), feed.obj, 0, 0, core.site(2))
    return hook


def _getting(original, Empty):
    now, emit_message, take_seat, begin = core.now, core.emit_message, core.seat, core.slot_begin
    local = None
    getframe = sys._getframe

    @in_core
    def get(self, block=True, timeout=None):
        try:
            obj = self._procession_feed.obj
            seat = local.seat
        except AttributeError:
            obj = getattr(getattr(self, '_procession_feed', None), 'obj', 0)
            seat = take_seat()
        if not obj or seat is None or seat.outer:
            return original(self, block, timeout)
        frame = getframe(1)
        if frame.f_code is not seat.get_code or frame.f_lasti != seat.get_at:
            learn_get(seat, frame)
        line = seat.get_line
        word = seat.get_word
        t0 = now()
        try:
            if block and timeout is None:
                if not seat.busy:
                    seat.busy = seat.began = 1
                    slot = seat.cells
                    if seat.obj is not obj:
                        seat.obj = slot[1] = obj
                        seat.word = seat.words[4] = word
                    elif seat.word is not word:
                        seat.word = seat.words[4] = word
                    slot[0] = t0
            elif block:
                seat.began = begin(RECV, IN_GET | LIMITED, obj, 0, deadline_of(t0, timeout), line)
            seat.since = t0
            seat.line = line
            seat.tail = seat.get_tail
            seat.outer = obj
            return original(self, block, timeout)
        except BaseException as error:
            # An Empty of the user's own, raised while unpickling, comes after the wait.
            if seat.outer == obj and isinstance(error, Empty):
                emit_message(GET_EMPTY, LIMITED, t0, now(), obj, 0, 0, line)
            hide(error)
            raise
        finally:
            if seat.outer:
                seat.outer = 0
            if seat.began:
                seat.cells[0] = seat.began = seat.busy = 0
    return get


def _task_done(original):
    def counting(acquire, obj):
        # Noted here and not after `task_done`: whoever waits in `join` may end this process as soon as it is told.
        def acquire_task(block=True, timeout=None):
            got = acquire(block, timeout)
            if got:
                try:
                    t = core.now()
                    core.emit_message(TASK_DONE, 0, t, t, obj, 0, 0, core.site(3))
                except RecursionError:
                    # It is done; there was no room left in the recursion to note it.
                    cells = core.hot['cells'].cell_contents
                    if cells is not None:
                        cells[8] += 1
            return got
        return acquire_task

    def task_done(self):
        try:
            tasks = self._unfinished_tasks
            if tasks.acquire == tasks._semlock.acquire:
                obj = channel_of(self._writer)
                if obj:
                    tasks.acquire = counting(tasks.acquire, obj)
        except AttributeError:
            # A subclass that never called `Queue.__init__`: the original says so in its own way.
            pass
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
    return task_done


def _joining(original):
    def join(self):
        obj = getattr(getattr(self, '_procession_feed', None), 'obj', 0)
        if not obj:
            return original(self)
        line = core.site(2)
        began = core.slot_begin(QUEUE_JOIN, 0, obj, 0, 0, line)
        t0 = began or core.now()
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                core.slot_end()
            core.emit(QUEUE_JOIN, 0, t0, core.now(), obj, 0, 0, line)
    return join


def _creating(original, Joinable):
    def __init__(self, maxsize=0, *, ctx):
        try:
            original(self, maxsize, ctx=ctx)
        except BaseException as error:
            hide(error)
            raise
        _made(self, 'JoinableQueue' if isinstance(self, Joinable) else 'Queue', maxsize)
    return __init__


def _creating_simple(original):
    def __init__(self, *, ctx):
        try:
            original(self, ctx=ctx)
        except BaseException as error:
            hide(error)
            raise
        _made(self, 'SimpleQueue', 0)
    return __init__


def _made(queue, kind: str, maxsize: int) -> None:
    """CHANNEL_NEW, at the line that made the queue: for a subclass not its `super().__init__()` but its caller."""
    try:
        obj = channel_of(queue._writer)
        if not obj:
            return
        depth = 2
        frame = sys._getframe(depth)
        while frame is not None and frame.f_code.co_name == '__init__' and frame.f_code.co_argcount and (
                frame.f_locals.get(frame.f_code.co_varnames[0]) is queue):
            frame = frame.f_back
            depth += 1
        flags = INTERNAL if of_library(maker(depth, _MAKING)) else 0
        t = core.now()
        core.emit(CHANNEL_NEW, flags, t, t, obj, obj, max(plain_number(maxsize) or 0, 0), core.site(depth + 1), core.intern(kind))
    except Exception as error:
        core.note('queues.made', error)
