"""Connections and pipes: every message that passes `Connection._send_bytes` and `_recv_bytes`, and who waits there.

Both have kept their form from 3.8 on and are where Queue, SimpleQueue, Pool, Manager and Listener pass. They are
captured as bound methods when a queue is built, so the classes are patched before any instance exists.
"""

import sys
from _io import BytesIO
from _struct import Struct

from . import core, polling
from .calls import plain_number
from .channel import (
    CAN_READ, CAN_WRITE, CHANNEL_CLOSED, CHANNEL_HELD, CHANNEL_NEW, DUPLEX, FAILED, INTERNAL, NO_PREVIEW, POLL, PREVIEWED, RECV,
    SEND, channel_of, deadline_of, hide, in_core, learn_recv, learn_send, like, line_and_flags, maker, of_library, pack_message,
    sampler, words,
)

# What the library says to itself: about descriptors, or between a manager's proxies and its server, where the calls on the
# proxies are what is told (managers.py).
_QUIET_MAKERS = ('multiprocessing.resource_sharer', 'multiprocessing.forkserver', 'multiprocessing.managers')
# Up to here the library sends header and body in one write.
SHORT = 16384
# Up to here a body is read at once (3.14's own code reads longer ones in pieces).
ONE_READ = 65536
# Writes of up to PIPE_BUF bytes happen whole or not at all.
_ATOMIC = 4092
# A poll that was answered sooner than this did not wait.
_WAITED_NS = 50000
#: Code of the library that makes connections -> what is told the descriptor and the id of each, at once (listeners.py).
noticed: dict = {}


def patch(module) -> None:
    """Hooks into `multiprocessing.connection`, once it was executed and before anything was made from it."""
    base = module._ConnectionBase
    classes = [module.Connection]
    if hasattr(module, 'PipeConnection'):
        classes.append(module.PipeConnection)
    for kind in classes:
        kind._send_bytes = like(_sending(kind._send_bytes, kind), kind._send_bytes)
        kind._recv_bytes = like(_receiving(kind._recv_bytes, kind), kind._recv_bytes)
        kind._close = like(_closing(kind._close), kind._close)
    base.poll = like(_polling(base.poll, polling.patch(module)), base.poll)
    base.__init__ = like(_holding(base.__init__, module.Pipe), base.__init__)
    module.Pipe = like(_making(module.Pipe), module.Pipe)
    for name in ('deliver_challenge', 'answer_challenge'):
        setattr(module, name, like(_in_private(getattr(module, name)), getattr(module, name)))


def _default(kind: type, name: str):
    """What `_send` writes with or `_recv` reads with; None where this class is not built as it is known to be."""
    function = getattr(kind, name, None)
    code, defaults = getattr(function, '__code__', None), getattr(function, '__defaults__', None)
    return defaults[0] if code is not None and defaults and len(defaults) == 1 and code.co_argcount == 3 else None


def finishing(read):
    """The rare ways of a message: short reads, as a signal makes them, and lengths beyond a plain header."""
    length = Struct('!i').unpack

    def more(connection, missing):
        data = read(connection._handle, missing)
        if not data:
            raise OSError('got end of file during message')
        return data

    def rest(connection, buf, size):
        """The remainder of a body of which `buf` holds what came."""
        if not buf.tell():
            # Nothing came: the library's own code reads the same end of file, and says so.
            buf.write(connection._recv(size).getbuffer())
        while buf.tell() < size:
            buf.write(more(connection, size - buf.tell()))

    def body(connection, size, maxsize):
        """The whole body after a header that said `size`; None when that is more than `maxsize`."""
        if size == -1:
            size, = Struct('!Q').unpack(connection._recv(8).getvalue())
        if maxsize is not None and size > maxsize:
            return None
        return connection._recv(size)

    def partial(connection, head, maxsize):
        """The same after a header of less than four bytes."""
        while len(head) < 4:
            head += more(connection, 4 - len(head))
        return body(connection, length(head)[0], maxsize)

    return rest, body, partial


def writes_with(kind: type):
    """What `Connection._send` writes with, or None."""
    return _default(kind, '_send')


def reads_with(kind: type):
    """What `Connection._recv` reads with, or None."""
    return _default(kind, '_recv')


def _sending(original, kind: type):
    """`Connection._send_bytes`. A short message is written in place: what our frame costs is won back by one less below it."""
    now, emit_message, preview, take_seat = core.now, core.emit_message, core.preview, core.seat
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    write = writes_with(kind)
    lowest = getattr(kind, '_send', None)
    header = Struct('!i').pack

    @in_core
    def _send_bytes(self, buf):
        try:
            obj = self._procession
            seat = local.seat
        except AttributeError:
            obj = channel_of(self)
            # A thread that only serves the library takes no seat: a manager's server has one for each connection.
            seat = take_seat() if obj else None
        if not obj or seat is None:
            try:
                return original(self, buf)
            except BaseException as error:
                hide(error)
                raise
        size = len(buf)
        if seat.outer == obj:
            # A SimpleQueue's put: its slot, its line, and the channel's lock is held.
            word = 0
            ending = seat.tail
            if size > _ATOMIC:
                # From here on it is no longer the lock that is waited for, and a kill would leave a part of a message.
                seat.operand = seat.cells[2] = size
        else:
            frame = getframe(2)
            if frame.f_code is not seat.send_code or frame.f_lasti != seat.send_at:
                learn_send(seat, frame)
            word = 0 if seat.busy else seat.send_word
            ending = seat.send_tail
        t0 = now()
        t1 = 0
        try:
            if word:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not obj:
                    seat.obj = slot[1] = obj
                    seat.word = seat.words[4] = word
                    seat.operand = slot[2] = size
                else:
                    if seat.word is not word:
                        seat.word = seat.words[4] = word
                    if seat.operand != size:
                        seat.operand = slot[2] = size
                slot[0] = t0
            if size <= SHORT and write is not None and kind._send is lowest:
                data = header(size) + buf
                try:
                    written = write(self._handle, data)
                except BrokenPipeError:
                    # It will be broken for the library's own code too, which raises it with its own traceback.
                    written = -1
                if written != size + 4:
                    if written < 0:
                        original(self, buf)
                    else:
                        self._send(data[written:])
            else:
                original(self, buf)
            t1 = now()
            if sampler.after <= t0:
                sampler.take(t0)
                line, flags = line_and_flags(ending)
                preview(emit_message(SEND, flags & ~NO_PREVIEW | PREVIEWED, t0, t1, obj, size, 0, line), bytes(buf[:sampler.limit]))
            else:
                try:
                    into, at, commit = place()
                    pack(into, at, t0, t1, obj, size, ending, commit)
                except StopIteration:
                    line, flags = line_and_flags(ending)
                    emit_message(SEND, flags, t0, t1, obj, size, 0, line)
            t1 = -1
        except BaseException as error:
            if t1 > 0 and type(error) is RecursionError and cells is not None:
                # What was to be done is done; there was no room left in the recursion to note it.
                cells[8] += 1
                return
            line, flags = line_and_flags(ending)
            if not t1:
                core.emit(SEND, flags & ~NO_PREVIEW | FAILED, t0, now(), obj, size, 0, line, words(error))
            elif t1 > 0:
                # An interrupt after the message had gone, and before it was noted.
                emit_message(SEND, flags, t0, t1, obj, size, 0, line)
            hide(error)
            raise
        finally:
            if word:
                slot[0] = seat.busy = 0
    return _send_bytes


def _receiving(original, kind: type):
    """`Connection._recv_bytes`, with the same gain."""
    now, emit_message, take_seat = core.now, core.emit_message, core.seat
    local = place = cells = None
    getframe, pack = sys._getframe, pack_message
    read = reads_with(kind)
    lowest = getattr(kind, '_recv', None)
    length = Struct('!i').unpack
    rest, body, partial = finishing(read)

    @in_core
    def _recv_bytes(self, maxsize=None):
        try:
            obj = self._procession
            seat = local.seat
        except AttributeError:
            obj = channel_of(self)
            seat = take_seat() if obj else None
        if not obj or seat is None:
            try:
                return original(self, maxsize)
            except BaseException as error:
                hide(error)
                raise
        if seat.outer == obj:
            word = 0
            ending = seat.tail
            t0 = seat.since
        else:
            frame = getframe(2)
            if frame.f_code is not seat.recv_code or frame.f_lasti != seat.recv_at:
                learn_recv(seat, frame)
            word = 0 if seat.busy else seat.recv_word
            ending = seat.recv_tail
            t0 = now()
        t1 = 0
        try:
            if word:
                seat.busy = 1
                slot = seat.cells
                if seat.obj is not obj:
                    seat.obj = slot[1] = obj
                    seat.word = seat.words[4] = word
                elif seat.word is not word:
                    seat.word = seat.words[4] = word
                slot[0] = t0
            if read is None or kind._recv is not lowest:
                buf = original(self, maxsize)
                size = -1
            else:
                head = read(self._handle, 4)
                if len(head) == 4:
                    size, = length(head)
                    if 0 <= size <= ONE_READ and (maxsize is None or size <= maxsize):
                        buf = BytesIO()
                        if size:
                            data = read(self._handle, size)
                            buf.write(data)
                            if len(data) != size:
                                rest(self, buf, size)
                    else:
                        buf = body(self, size, maxsize)
                        size = -1
                elif head:
                    buf = partial(self, head, maxsize)
                    size = -1
                else:
                    # The end stays the end: the library's own code meets it again, and raises with its own traceback.
                    buf = original(self, maxsize)
                    size = -1
            t1 = now()
            if buf is None:
                # Longer than the caller would take: it closes the connection and raises.
                line, flags = line_and_flags(ending)
                core.emit(RECV, flags | FAILED, t0, t1, obj, 0, 0, line)
            else:
                if size < 0:
                    size = buf.tell()
                try:
                    into, at, commit = place()
                    pack(into, at, t0, t1, obj, size, ending, commit)
                except StopIteration:
                    line, flags = line_and_flags(ending)
                    emit_message(RECV, flags, t0, t1, obj, size, 0, line)
            t1 = -1
            return buf
        except BaseException as error:
            if t1 > 0 and type(error) is RecursionError and cells is not None:
                # What was to be done is done; there was no room left in the recursion to note it.
                cells[8] += 1
                return buf
            line, flags = line_and_flags(ending)
            if not t1:
                core.emit(RECV, flags | FAILED, t0, now(), obj, 0, 0, line, words(error))
            elif t1 > 0:
                emit_message(RECV, flags, t0, t1, obj, size, 0, line)
            hide(error)
            raise
        finally:
            if word:
                slot[0] = seat.busy = 0
    return _recv_bytes


def _ends(connection) -> int:
    return (CAN_READ if connection._readable else 0) | (CAN_WRITE if connection._writable else 0)


def _closing(original):
    default = original.__defaults__[0]

    def _close(self, _close=default):
        obj = channel_of(self)
        ends = _ends(self) if obj else 0
        try:
            original(self, _close)
        except BaseException as error:
            hide(error)
            raise
        if obj:
            t = core.now()
            core.emit(CHANNEL_CLOSED, ends, t, t, obj, 0, 0, core.site(2))
    return _close


def _polling(original, look):
    now, begin, end = core.now, core.slot_begin, core.slot_end

    def poll(self, timeout=0.0):
        seconds = timeout if type(timeout) is float else plain_number(timeout)
        looks = seconds is not None and seconds <= 0
        if looks or not channel_of(self):
            if looks and look is not None and self.__dict__.get('_procession') == 0:
                # A bell of the library's own.
                ready = look(self)
                if ready is not None:
                    return ready
            try:
                return original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
        obj = self._procession
        line = core.site(2)
        began = begin(POLL, 0, obj, 0, deadline_of(now(), timeout), line)
        t0 = began or now()
        try:
            ready = original(self, timeout)
        except BaseException as error:
            if began:
                end()
            hide(error)
            raise
        t1 = now()
        # Inside a queue's get the wait is the get's.
        if began:
            if not ready or t1 - t0 > _WAITED_NS:
                core.emit_message(POLL, 1 if ready else 0, t0, t1, obj, 0, 0, line)
            end()
        return ready
    return poll


def _holding(original, pipe):
    pipe_code = pipe.__code__
    getframe = sys._getframe

    def __init__(self, handle, readable=True, writable=True):
        try:
            original(self, handle, readable, writable)
        except BaseException as error:
            hide(error)
            raise
        obj = channel_of(self)
        code = getframe(1).f_code
        # Pipe() tells of both of its ends at once.
        if obj and code is not pipe_code:
            if code in noticed:
                try:
                    noticed[code](handle, obj)
                except Exception as error:
                    core.note('Connection', error)
            by = maker(1, ('multiprocessing.connection',))
            if by in _QUIET_MAKERS and code.co_name != 'rebuild_connection':
                self._procession = 0
                return
            t = core.now()
            core.emit(CHANNEL_HELD, _ends(self), t, t, obj, 0, 0, core.site(2))
    return __init__


def _making(original):
    default = original.__defaults__[0]

    def Pipe(duplex=default):
        try:
            c1, c2 = original(duplex)
        except BaseException as error:
            hide(error)
            raise
        one, two = channel_of(c1), channel_of(c2)
        by = maker(1, ('multiprocessing.connection', 'multiprocessing.context'))
        # A queue tells of its pipe itself: it is the queue's channel.
        if by != 'multiprocessing.queues':
            t = core.now()
            flags = (DUPLEX if duplex else 0) | (INTERNAL if of_library(by) else 0)
            core.emit(CHANNEL_NEW, flags, t, t, one, two, 0, core.site(2), core.intern('Pipe'))
        return c1, c2
    return Pipe


def _in_private(original):
    """An authentication handshake: nothing of it is recorded, neither bytes nor sizes nor checksums."""
    def handshake(connection, *args, **named):
        named_before = getattr(connection, '_procession', None)
        try:
            connection._procession = 0
        except AttributeError:
            return original(connection, *args, **named)
        try:
            return original(connection, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if named_before is None:
                del connection._procession
            else:
                connection._procession = named_before
    # For inspect.signature: the parameters differ between versions.
    handshake.__wrapped__ = original
    return handshake
