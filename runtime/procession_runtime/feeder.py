"""The sending half of a Queue: its buffer, its feeder thread, and who waits for room or for the write lock.

`Queue.put` is left as it is. What it does is seen from the objects it uses, which also covers a subclass with a
`put` of its own (JoinableQueue is one): the semaphore's `acquire`, where a full queue makes it wait, and the buffer's
`append`, which runs under the queue's own condition, so that the order of the PUT records is the feeder's order.
No hook may hold the queue itself: a queue is freed, and its feeder told to end, when its last reference goes.
"""

import collections
import sys
from _struct import Struct
from _thread import get_ident

from . import core
from .channel import (
    FAILED, FEEDER, FEED_WORD, FULL, LIMITED, LOCKED, PREVIEWED, PUT, SEND, deadline_of, hide, in_core, learn_put, pack_message,
    sampler, tail, told, words,
)
from .connection import SHORT

FEEDER_ERROR = 44
QUEUE_CLOSE = 48
JOIN_THREAD = 2

# Beyond this many changes of the putting line among unsent items, the oldest lines are forgotten.
_MANY_LINES = 4096


class Feed:
    """What one Queue object of one process has put and sent: the two ends of its feeder."""

    __slots__ = ('obj', 'put', 'sent', 'failed', 'line', 'lines', 'waited', 'number', 'tail', 'flags')

    def __init__(self, obj: int) -> None:
        self.obj = obj
        #: number of the latest put, of the latest item that the feeder took
        self.put = self.sent = 0
        #: the latest item's send raised: its error is told next
        self.failed = False
        #: line of the latest put, and (number, line) of each put whose line differs from the one before
        self.line = 0
        self.lines = collections.deque(maxlen=_MANY_LINES)
        #: number of the feeder's seat (not the seat: it is given back when its thread ends), and the end of its records
        self.number = -1
        self.tail = b''
        #: of its SENDs; whether the queue has a write lock is looked at when its feeder starts
        self.flags = FEEDER | LOCKED
        #: thread -> since when it waited for room
        self.waited = {}

    def begin_again(self) -> None:
        """In a forked child: what the parent put and sent is the parent's, and so are its strings' ids and its seats."""
        if self.put or self.sent or self.waited:
            self.put = self.sent = self.line = 0
            self.failed = False
            self.lines = collections.deque(maxlen=_MANY_LINES)
            self.number = -1
            self.tail = b''
            self.waited = {}

    def line_of(self, number: int) -> int:
        """String id of the line of that put; 0 when it is too long ago."""
        found = 0
        for first, line in self.lines:
            if first > number:
                break
            found = line
        return found


def buffer_class(sentinel: object) -> type:
    emit_message, now, take_seat = core.emit_message, core.now, core.seat
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    append_raw = collections.deque.append

    class Buffer(collections.deque):
        """A queue's buffer, which notes what is put into it. The caller holds the queue's condition."""

        __slots__ = ('feed',)

        @in_core
        def append(self, item):
            if item is sentinel:
                append_raw(self, item)
                return
            feed = self.feed
            try:
                try:
                    seat = local.seat
                except AttributeError:
                    seat = take_seat()
                if seat is not None:
                    frame = getframe(2)
                    if frame.f_code is not seat.put_code or frame.f_lasti != seat.put_at:
                        learn_put(seat, frame)
                    line = seat.put_line
                    feed.put = number = feed.put + 1
                    if line != feed.line:
                        feed.line = line
                        feed.lines.append((number, line))
                    t1 = now()
                    t0 = feed.waited.pop(get_ident(), t1) if feed.waited else t1
                    # Before the item is there, so that its SEND cannot come first.
                    try:
                        into, at, commit = place()
                        pack(into, at, t0, t1, feed.obj, number, seat.put_tail, commit)
                    except StopIteration:
                        emit_message(PUT, 0, t0, t1, feed.obj, number, 0, line)
            except RecursionError:
                # A bounded queue has given a place to this item: it may not be lost for our sake.
                if cells is not None:
                    cells[8] += 1
            append_raw(self, item)

    return Buffer


def making_room(acquire, feed: Feed):
    """A bounded queue's semaphore: waits in here are the put's."""
    now, emit_message, site, begin, end = core.now, core.emit_message, core.site, core.slot_begin, core.slot_end

    def acquire_room(block=True, timeout=None):
        if acquire(False):
            return True
        line = site(3)
        t0 = now()
        limited = LIMITED if not block or timeout is not None else 0
        began = begin(PUT, limited, feed.obj, feed.put + 1, deadline_of(t0, timeout), line) if block else 0
        try:
            got = acquire(block, timeout)
        except BaseException as error:
            if began:
                end()
            hide(error)
            raise
        if got:
            feed.waited[get_ident()] = t0
        else:
            emit_message(PUT, FULL | limited, t0, now(), feed.obj, 0, 0, line)
        if began:
            end()
        return got
    return acquire_room


def in_turn(acquire, obj: int):
    """The write lock as the feeder takes it: another process may hold it while the pipe is full, or for ever."""
    begin, end = core.slot_begin, core.slot_end

    def acquire_turn(block=True, timeout=None):
        if acquire(False):
            return True
        if not block:
            return False
        began = begin(SEND, FEEDER | LOCKED, obj, 0, 0, 0)
        try:
            return acquire(block, timeout)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                end()
    return acquire_turn


def feeding(writer, feed: Feed, write, Connection: type):
    """What the feeder sends with, in place of `writer.send_bytes`: one item, under the queue's lock."""
    now, emit_message, preview, take_seat = core.now, core.emit_message, core.preview, core.seat
    local = place = None
    pack = pack_message
    header = Struct('!i').pack
    send_bytes = writer.send_bytes
    below, lowest = Connection._send_bytes, Connection._send
    obj = feed.obj

    @in_core
    def feed_bytes(buf, *more):
        feed.sent += 1
        try:
            seat = local.seat
        except AttributeError:
            seat = take_seat()
        size = len(buf)
        if (seat is None or size > SHORT or more or write is None or writer._handle is None or not writer._writable
                or Connection._send_bytes is not below or Connection._send is not lowest):
            return long_way(buf, *more)
        slot = seat.cells
        t0 = now()
        t1 = 0
        try:
            if seat.obj is not obj:
                seat.obj = slot[1] = obj
                seat.word = seat.words[4] = FEED_WORD
                seat.operand = slot[2] = size
            elif seat.operand != size:
                seat.operand = slot[2] = size
            slot[0] = t0
            data = header(size) + buf
            try:
                written = write(writer._handle, data)
            except BrokenPipeError:
                # It will be broken for the library's own code too, which raises it with its own traceback.
                written = t1 = -1
            if written != size + 4:
                if written < 0:
                    return long_way(buf)
                writer._send(data[written:])
            t1 = now()
            if sampler.after <= t0:
                sampler.take(t0)
                preview(emit_message(SEND, feed.flags | PREVIEWED, t0, t1, obj, size, 0, 0), bytes(buf[:sampler.limit]))
            else:
                if feed.number != seat.number:
                    feed.number = seat.number
                    feed.tail = tail(seat, 0, SEND, feed.flags | sampler.skipped)
                try:
                    into, at, commit = place()
                    pack(into, at, t0, t1, obj, size, feed.tail, commit)
                except StopIteration:
                    emit_message(SEND, feed.flags | sampler.skipped, t0, t1, obj, size, 0, 0)
        except BaseException as error:
            if not t1:
                feed.failed = True
                core.emit(SEND, feed.flags | FAILED, t0, now(), obj, size, 0, 0, words(error))
            hide(error)
            raise
        finally:
            slot[0] = 0

    def long_way(buf, *more):
        """Through the connection's own methods and their hooks; what they see is ours, and so is the slot."""
        seat = take_seat()
        if seat is None:
            return send_bytes(buf, *more)
        began = core.slot_begin(SEND, feed.flags, obj, len(buf), 0, 0)
        seat.tail = tail(seat, 0, SEND, feed.flags | sampler.skipped)
        seat.outer = obj
        try:
            send_bytes(buf, *more)
        except BaseException as error:
            feed.failed = True
            hide(error)
            raise
        finally:
            seat.outer = 0
            if began:
                core.slot_end()

    return feed_bytes


def starting(original):
    """`Queue._start_thread`: the feeder is given an error handler that tells of the error first."""
    def _start_thread(self):
        feed = getattr(self, '_procession_feed', None)
        if feed is None:
            return original(self)
        # None on Windows: messages of several writers have no order there.
        feed.flags = FEEDER if self._wlock is None else FEEDER | LOCKED
        feed.number = -1
        # The feeder gets the handler as an argument, whichever class it comes from. It may not stay on the queue: a
        # bound method there would be a cycle.
        self._on_queue_feeder_error = _telling(self._on_queue_feeder_error, feed)
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        finally:
            del self._on_queue_feeder_error
        if self._thread is not None:
            self._thread._procession = feed.obj
    return _start_thread


def _telling(handler, feed):
    def _on_queue_feeder_error(e, obj):
        try:
            # First: executors of 3.13.0 and before have a race here (gh-125451), which our work would make likelier.
            return handler(e, obj)
        finally:
            tell(e)

    def tell(error):
        try:
            if feed.failed:
                feed.failed = False
            else:
                feed.sent += 1
            t = core.now()
            what, where = told(error)
            core.emit(FEEDER_ERROR, 0, t, t, feed.obj, feed.sent, 0, feed.line_of(feed.sent), what, where)
        except Exception as inner:
            core.note('queues.feeder_error', inner)

    return _on_queue_feeder_error


def flushing(original):
    """`join_thread`, and the same at the end of a process: until the feeder has written everything."""
    def _finalize_join(twr):
        obj = getattr(twr(), '_procession', 0)
        line = core.site(2)
        began = core.slot_begin(QUEUE_CLOSE, JOIN_THREAD, obj, 0, 0, line) if obj else 0
        t0 = began or core.now()
        try:
            return original(twr)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if obj:
                core.emit(QUEUE_CLOSE, JOIN_THREAD, t0, core.now(), obj, 0, 0, line)
            if began:
                core.slot_end()
    return _finalize_join
