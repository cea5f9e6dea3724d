"""`Connection.send` and `recv` of objects, the whole way in one call: the shortest loop that a script can write.

The hooks of `_send_bytes` and `_recv_bytes` do the same and would be enough. Below `send` and `recv` there are four
more calls a message, and leaving them out wins back most of what a record costs. Only from Python 3.11 on, where a
traceback can be put right: the frame of the library's own method, which a plain run would show, is put in for ours.

Whatever is not the plain case (a subclass, a closed end, somebody's own `_send_bytes`) goes the library's way.
"""

import sys
from _io import BytesIO
from _struct import Struct

from . import connection, core
from .channel import (
    FAILED, NO_PREVIEW, PREVIEWED, RECV, SEND, Stop, as_if_in, channel_of, hide, in_core, learn_recv, learn_send, like,
    line_and_flags, pack_message, sampler, words,
)
from .connection import ONE_READ, SHORT, finishing, reads_with, writes_with


def patch(module) -> None:
    """Hooks into `multiprocessing.connection`, those of connection.py first."""
    connection.patch(module)
    kind, base = module.Connection, module._ConnectionBase
    if sys.version_info < (3, 11) or writes_with(kind) is None or reads_with(kind) is None or 'send' in vars(kind) or 'recv' in vars(kind):
        return
    base.send = like(_sending(base.send, kind, module), base.send)
    base.recv = like(_receiving(base.recv, kind, module), base.recv)


class _StandIn:
    """A connection for the library's own `send` and `recv` to stop at."""

    def __init__(self, data=None):
        self.data = data

    def _check_closed(self):
        """It is open."""

    _check_readable = _check_writable = _check_closed

    def _send_bytes(self, buf):
        raise Stop

    def _recv_bytes(self):
        if self.data is None:
            raise Stop
        return self

    def getbuffer(self):
        return self.data


def _sending(original, kind, module):
    now, emit_message, preview, take_seat = core.now, core.emit_message, core.preview, core.seat
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    write = writes_with(kind)
    header = Struct('!i').pack
    below, lowest = kind._send_bytes, kind._send

    def meet(connection):
        """The channel's id, kept on a connection whose messages can take the short way; 0 for any other, on which nothing is kept."""
        if type(connection) is not kind or not connection._writable:
            return 0
        channel = connection._procession_out = channel_of(connection)
        return channel

    @in_core
    def send(self, obj):
        try:
            channel = self._procession_out
            seat = local.seat
        except AttributeError:
            channel = meet(self)
            seat = take_seat() if channel else None
            if seat is None:
                channel = 0
        if not channel or seat.outer or self._handle is None or kind._send_bytes is not below or kind._send is not lowest:
            try:
                return original(self, obj)
            except BaseException as error:
                hide(error)
                raise
        try:
            buf = module._ForkingPickler.dumps(obj)
        except BaseException as error:
            as_if_in(original, error, _StandIn(), Stop())
            raise
        size = len(buf)
        if size > SHORT:
            return at_length(self, buf)
        frame = getframe(1)
        if frame.f_code is not seat.send_code or frame.f_lasti != seat.send_at:
            learn_send(seat, frame)
        ending = seat.send_tail
        mine = not seat.busy
        t0 = now()
        t1 = 0
        try:
            if mine:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not channel:
                    seat.obj = slot[1] = channel
                    seat.word = seat.words[4] = seat.send_word
                    seat.operand = slot[2] = size
                else:
                    if seat.word is not seat.send_word:
                        seat.word = seat.words[4] = seat.send_word
                    if seat.operand != size:
                        seat.operand = slot[2] = size
                slot[0] = t0
            data = header(size) + buf
            try:
                written = write(self._handle, data)
            except BrokenPipeError:
                # It will be broken for the library's own code too, which raises it with its own traceback.
                written = t1 = -1
            if written != size + 4:
                if written < 0:
                    if mine:
                        slot[0] = seat.busy = 0
                    self._send_bytes(buf)
                    return
                self._send(data[written:])
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
            if not t1:
                core.emit(SEND, flags & ~NO_PREVIEW | FAILED, t0, now(), channel, size, 0, line, words(error))
            elif t1 > 0:
                # An interrupt after the message had gone, and before it was noted.
                emit_message(SEND, flags, t0, t1, channel, size, 0, line)
            as_if_in(original, error, _StandIn(), None)
            raise
        finally:
            if mine:
                slot[0] = seat.busy = 0

    def at_length(connection, buf):
        try:
            connection._send_bytes(buf)
        except BaseException as error:
            as_if_in(original, error, _StandIn(), None)
            raise

    return send


def _receiving(original, kind, module):
    now, emit_message, take_seat = core.now, core.emit_message, core.seat
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    read = reads_with(kind)
    length = Struct('!i').unpack
    rest, body, partial = finishing(read)
    below, lowest = kind._recv_bytes, kind._recv

    def meet(connection):
        """The channel's id, kept on a connection whose messages can take the short way; 0 for any other, on which nothing is kept."""
        if type(connection) is not kind or not connection._readable:
            return 0
        channel = connection._procession_in = channel_of(connection)
        return channel

    @in_core
    def recv(self):
        try:
            obj = self._procession_in
            seat = local.seat
        except AttributeError:
            obj = meet(self)
            seat = take_seat() if obj else None
            if seat is None:
                obj = 0
        if not obj or seat.outer or self._handle is None or kind._recv_bytes is not below or kind._recv is not lowest:
            try:
                return original(self)
            except BaseException as error:
                hide(error)
                raise
        frame = getframe(1)
        if frame.f_code is not seat.recv_code or frame.f_lasti != seat.recv_at:
            learn_recv(seat, frame)
        ending = seat.recv_tail
        mine = not seat.busy
        t0 = now()
        t1 = 0
        try:
            if mine:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not obj:
                    seat.obj = slot[1] = obj
                    seat.word = seat.words[4] = seat.recv_word
                elif seat.word is not seat.recv_word:
                    seat.word = seat.words[4] = seat.recv_word
                slot[0] = t0
            head = read(self._handle, 4)
            if len(head) == 4:
                size, = length(head)
                if 0 < size <= ONE_READ:
                    data = read(self._handle, size)
                    if len(data) != size:
                        buf = BytesIO()
                        buf.write(data)
                        rest(self, buf, size)
                        data = buf.getbuffer()
                else:
                    data = body(self, size, None).getbuffer()
                    size = len(data)
            elif head:
                data = partial(self, head, None).getbuffer()
                size = len(data)
            else:
                # The end stays the end: the hook below meets it again, notes it, and raises as the library does.
                t1 = -1
                if mine:
                    slot[0] = seat.busy = 0
                self._recv_bytes()
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
                as_if_in(original, error, _StandIn())
                raise
        finally:
            if mine:
                slot[0] = seat.busy = 0
        try:
            return module._ForkingPickler.loads(data)
        except BaseException as error:
            as_if_in(original, error, _StandIn(b''))
            raise

    return recv
