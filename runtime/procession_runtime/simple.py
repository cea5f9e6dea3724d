"""SimpleQueue: a put and a get, each under the queue's own lock.

From Python 3.11 on they go the whole way in one call, as objects.py does and for the same reason. Before that, and
whenever something is not the plain case, the library's own method is called, and the hooks of the connection below it
note the message.
"""

import sys
from _io import BytesIO
from _struct import Struct

from . import core
from .channel import (
    FAILED, NO_PREVIEW, PREVIEWED, RECV, SEND, Stop, as_if_in, channel_of, hide, in_core, learn_get, learn_put, line_and_flags,
    pack_message, sampler, tail, words,
)
from .connection import ONE_READ, SHORT, finishing, reads_with, writes_with


def putting(original, module):
    """The hook for `SimpleQueue.put`."""
    around = _around_put(original)
    if sys.version_info < (3, 11) or writes_with(module.connection.Connection) is None:
        return around
    return _whole_put(original, around, module)


def getting(original, module):
    """The hook for `SimpleQueue.get`."""
    around = _around_get(original)
    if sys.version_info < (3, 11) or reads_with(module.connection.Connection) is None:
        return around
    return _whole_get(original, around, module)


def _around_put(original):
    now, take_seat = core.now, core.seat
    local = None
    getframe = sys._getframe

    @in_core
    def put(self, obj):
        try:
            channel = self._writer._procession
            seat = local.seat
        except AttributeError:
            channel = channel_of(self._writer)
            seat = take_seat()
        if not channel or seat is None or seat.outer:
            return original(self, obj)
        frame = getframe(1)
        if frame.f_code is not seat.put_code or frame.f_lasti != seat.put_at:
            learn_put(seat, frame)
        word = 0 if seat.busy else seat.put_word
        try:
            if word:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not channel:
                    seat.obj = slot[1] = channel
                    seat.word = seat.words[4] = word
                elif seat.word is not word:
                    seat.word = seat.words[4] = word
                if seat.operand:
                    seat.operand = slot[2] = 0
                slot[0] = now()
            # On Windows there is no write lock: messages of several writers have no order there.
            seat.tail = seat.simple_tail if self._wlock is not None else tail(seat, seat.put_line, SEND, sampler.skipped)
            seat.outer = channel
            return original(self, obj)
        except BaseException as error:
            hide(error)
            raise
        finally:
            seat.outer = 0
            if word:
                slot[0] = seat.busy = 0
    return put


def _around_get(original):
    now, take_seat = core.now, core.seat
    local = None
    getframe = sys._getframe

    @in_core
    def get(self):
        try:
            obj = self._reader._procession
            seat = local.seat
        except AttributeError:
            obj = channel_of(self._reader)
            seat = take_seat()
        if not obj or seat is None or seat.outer:
            return original(self)
        frame = getframe(1)
        if frame.f_code is not seat.get_code or frame.f_lasti != seat.get_at:
            learn_get(seat, frame)
        word = seat.get_word
        t0 = now()
        try:
            if not seat.busy:
                seat.busy = seat.began = 1
                slot = seat.cells
                if seat.obj is not obj:
                    seat.obj = slot[1] = obj
                    seat.word = seat.words[4] = word
                elif seat.word is not word:
                    seat.word = seat.words[4] = word
                slot[0] = t0
            seat.since = t0
            seat.tail = seat.get_tail
            seat.outer = obj
            return original(self)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if seat.outer:
                seat.outer = 0
            if seat.began:
                seat.cells[0] = seat.began = seat.busy = 0
    return get


class _Gate:
    """A lock for the library's own method to pass, or to stop at."""

    def __init__(self, stops):
        self.stops = stops

    def __enter__(self):
        if self.stops:
            raise Stop

    def __exit__(self, *_):
        """It is passed."""


class _StandIn:
    """A queue for the library's own `put` and `get` to stop at: at the lock, in the connection, or after it."""

    def __init__(self, at_lock=False, data=None):
        self._wlock = self._rlock = _Gate(at_lock)
        self._reader = self._writer = self
        self.data = data

    def send_bytes(self, _buf):
        raise Stop

    def recv_bytes(self):
        if self.data is None:
            raise Stop
        return self.data


def _whole_put(original, around, module):
    now, emit_message, preview = core.now, core.emit_message, core.preview
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    kind = module.connection.Connection
    write = writes_with(kind)
    header = Struct('!i').pack
    above, below, lowest = kind.send_bytes, kind._send_bytes, kind._send

    @in_core
    def put(self, obj):
        try:
            writer = self._writer
            channel = writer._procession
            seat = local.seat
        except AttributeError:
            seat = None
        if (seat is None or not channel or seat.outer or type(writer) is not kind or writer._handle is None or not writer._writable or self._wlock is None
                or kind.send_bytes is not above or kind._send_bytes is not below or kind._send is not lowest):
            try:
                return around(self, obj)
            except BaseException as error:
                hide(error)
                raise
        frame = getframe(1)
        if frame.f_code is not seat.put_code or frame.f_lasti != seat.put_at:
            learn_put(seat, frame)
        ending = seat.simple_tail
        mine = not seat.busy
        t0 = t1 = 0
        stopping = None
        try:
            if mine:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not channel:
                    seat.obj = slot[1] = channel
                    seat.word = seat.words[4] = seat.put_word
                elif seat.word is not seat.put_word:
                    seat.word = seat.words[4] = seat.put_word
                if seat.operand:
                    seat.operand = slot[2] = 0
                slot[0] = now()
            buf = module._ForkingPickler.dumps(obj)
            stopping = True
            size = len(buf)
            data = header(size) + buf if size <= SHORT else None
            with self._wlock:
                stopping = False
                if data is None or writer._handle is None:
                    return below_lock(seat, channel, writer, buf)
                t0 = now()
                try:
                    written = write(writer._handle, data)
                except BrokenPipeError:
                    written = -1
                if written != size + 4:
                    if written < 0:
                        # It will be broken for the library's own code too, which raises it with its own traceback.
                        t0 = 0
                        return below_lock(seat, channel, writer, buf)
                    writer._send(data[written:])
                t1 = now()
            if sampler.after <= t0:
                sampler.take(t0)
                line, flags = line_and_flags(ending)
                preview(emit_message(SEND, flags & ~NO_PREVIEW | PREVIEWED, t0, t1, channel, size, 0, line), bytes(buf[:sampler.limit]))
            else:
                try:
                    into, at, commit = place()
                    pack(into, at, t0, t1, channel, size, ending, commit)
                except StopIteration:
                    line, flags = line_and_flags(ending)
                    emit_message(SEND, flags, t0, t1, channel, size, 0, line)
            t1 = -1
        except BaseException as error:
            if t1 > 0 and type(error) is RecursionError and cells is not None:
                # What was to be done is done; there was no room left in the recursion to note it.
                cells[8] += 1
                return
            line, flags = line_and_flags(ending)
            if t0 and not t1:
                core.emit(SEND, flags & ~NO_PREVIEW | FAILED, t0, now(), channel, size, 0, line, words(error))
            elif t1 > 0:
                # An interrupt after the message had gone, and before it was noted.
                emit_message(SEND, flags, t0, t1, channel, size, 0, line)
            if stopping is None:
                as_if_in(original, error, _StandIn(), Stop())
            else:
                as_if_in(original, error, _StandIn(at_lock=stopping), None)
            raise
        finally:
            if mine:
                slot[0] = seat.busy = 0

    def below_lock(seat, channel, writer, buf):
        """By the connection's own methods, whose hook finds in the seat what it is a part of."""
        seat.tail = seat.simple_tail
        seat.outer = channel
        try:
            writer.send_bytes(buf)
        finally:
            seat.outer = 0

    return put


def _whole_get(original, around, module):
    now, emit_message = core.now, core.emit_message
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    kind = module.connection.Connection
    read = reads_with(kind)
    length = Struct('!i').unpack
    rest, body, partial = finishing(read)
    above, below, lowest = kind.recv_bytes, kind._recv_bytes, kind._recv

    @in_core
    def get(self):
        try:
            reader = self._reader
            obj = reader._procession
            seat = local.seat
        except AttributeError:
            seat = None
        if (seat is None or not obj or seat.outer or type(reader) is not kind or reader._handle is None or not reader._readable
                or kind.recv_bytes is not above or kind._recv_bytes is not below or kind._recv is not lowest):
            try:
                return around(self)
            except BaseException as error:
                hide(error)
                raise
        frame = getframe(1)
        if frame.f_code is not seat.get_code or frame.f_lasti != seat.get_at:
            learn_get(seat, frame)
        ending = seat.get_tail
        mine = not seat.busy
        t1 = -1
        stopping = True
        t0 = now()
        try:
            if mine:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not obj:
                    seat.obj = slot[1] = obj
                    seat.word = seat.words[4] = seat.get_word
                elif seat.word is not seat.get_word:
                    seat.word = seat.words[4] = seat.get_word
                slot[0] = t0
            with self._rlock:
                stopping = False
                head = b''
                if reader._handle is not None:
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
                    # Closed meanwhile, or at the end, which stays the end: the library's own code meets it again.
                    t1 = -1
                    seat.tail = ending
                    seat.since = t0
                    seat.outer = obj
                    reader.recv_bytes()
                t1 = now()
            try:
                into, at, commit = place()
                pack(into, at, t0, t1, obj, size, ending, commit)
            except StopIteration:
                line, flags = line_and_flags(ending)
                emit_message(RECV, flags, t0, t1, obj, size, 0, line)
            t1 = -1
        except BaseException as error:
            if t1 > 0 and type(error) is RecursionError and cells is not None:
                # What was to be done is done; there was no room left in the recursion to note it.
                cells[8] += 1
            else:
                line, flags = line_and_flags(ending)
                if not t1:
                    core.emit(RECV, flags | FAILED, t0, now(), obj, 0, 0, line, words(error))
                elif t1 > 0:
                    emit_message(RECV, flags, t0, t1, obj, size, 0, line)
                as_if_in(original, error, _StandIn(at_lock=stopping))
                raise
        finally:
            seat.outer = 0
            if mine:
                slot[0] = seat.busy = 0
        try:
            return module._ForkingPickler.loads(data)
        except BaseException as error:
            as_if_in(original, error, _StandIn(data=b''))
            raise

    return get
