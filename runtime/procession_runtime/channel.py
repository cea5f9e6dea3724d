"""What connections and queues share: naming a channel, previews at a bounded rate, and keeping out of tracebacks."""

import os
import sys
from _struct import Struct

from . import core, failure
from .calls import ANNOTATIONS, plain_number

FEEDER = 1
FULL = 1
IN_GET = 1
LIMITED = 2
FAILED = 2
PREVIEWED = 4
NO_PREVIEW = 8
LOCKED = 32

CAN_READ = 1
CAN_WRITE = 2
DUPLEX = 1
INTERNAL = 2

PUT = 40
SEND = 41
RECV = 42
POLL = 45
CHANNEL_NEW = 32
CHANNEL_HELD = 33
CHANNEL_CLOSED = 34

NEVER = (1 << 63) - 1
_INODE = (1 << 48) - 1
_HAS_INODES = os.name == 'posix'

# At most this many previews a second a process, after a burst: a short script shows all of its messages, and a busy
# one pays under 1 % for its samples.
PREVIEW_EVERY_NS = 1000000
PREVIEW_BURST_NS = 500 * PREVIEW_EVERY_NS
PREVIEW_DEFAULT = 200
PREVIEW_MOST = 16384

_fstat = os.fstat
# The id that was made last.
_latest = 0


def identify(connection: object) -> int:
    """The id of the descriptor that `connection` holds, kept on it; 0 when there is none (then nothing is recorded).

    On Linux the inode number is the same at every holder of a pipe's end.
    """
    global _latest
    number = 0
    try:
        handle = connection._handle
        if handle is None:
            return 0
        if _HAS_INODES:
            number = 1 << 48 | _fstat(handle).st_ino & _INODE
        else:
            number = core.new_id()
        # One object for both ends of a pipe, which the hooks then know by identity.
        if number == _latest:
            number = _latest
        else:
            _latest = number
    except Exception:
        number = 0
    try:
        connection._procession = number
    except AttributeError:
        pass
    return number


def channel_of(connection: object) -> int:
    """`identify`, once. 0 also for a connection whose traffic is not the user's (see `connection.quiet`)."""
    try:
        return connection._procession
    except AttributeError:
        return identify(connection)


def words(error: BaseException) -> int:
    """String id of 'Type: message'. The message only where it is plain text: `str` would run the user's `__str__`."""
    kind = type(error)
    text = kind.__name__
    try:
        if kind.__module__ == 'builtins':
            said = [a for a in error.args if type(a) is str]
            if isinstance(error, OSError) and type(error.errno) is int:
                text = '%s: [Errno %d] %s' % (text, error.errno, error.strerror)
            elif said:
                text = '%s: %s' % (text, said[0])
    except Exception as inner:
        core.note('channel.words', inner)
    return core.intern(text)


_OURS = __name__.rpartition('.')[0] + '.'

if sys.version_info >= (3, 11):
    def hide(error: BaseException) -> None:
        """Takes the hooks' own frames off a traceback's outer end. To be followed by a bare `raise`, which adds none."""
        trace = error.__traceback__
        while trace is not None and str(trace.tb_frame.f_globals.get('__name__')).startswith(_OURS):
            trace = trace.tb_next
        error.__traceback__ = trace
else:
    def hide(error: BaseException) -> None:
        """Before 3.11 a bare `raise` restores the traceback it began with: our frame stays in it."""


class Stop(Exception):
    """Ends the library's own method at the place whose frame is wanted: where it is raised, or where one is pickled."""

    def __reduce__(self):
        raise Stop


def as_if_in(original, error: BaseException, *args) -> None:
    """Puts the frame of `original`, called with `args` to stop where ours failed, in place of ours in a traceback.

    What came below our frame stays. The library's frame is a real one of the same code, at the same instruction.
    """
    hide(error)
    trace = None
    try:
        original(*args)
    except Exception as stop:
        trace = stop.__traceback__
        while trace is not None and trace.tb_frame.f_code is not original.__code__:
            trace = trace.tb_next
        if trace is not None:
            error.__traceback__ = type(trace)(error.__traceback__, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
    finally:
        # The library's frame leads back to this one, and so would close a circle: connections are freed, and their
        # descriptors closed, when their last reference goes.
        error = trace = args = None


def in_core(hook):
    """`hook` again, its free variables `local`, `place`, `cells`, `held_words` and `held_kinds` being core's own.

    What a new segment or a fork puts there, it sees.

    To look into core's cells from outside would cost a message four look-ups more.
    """
    own = dict(core.hot, place=core.hot['reserve_message'])
    cells = tuple([own.get(name, cell) for name, cell in zip(hook.__code__.co_freevars, hook.__closure__)])
    return type(hook)(hook.__code__, hook.__globals__, hook.__name__, hook.__defaults__, cells)


def like(hook, original):
    """Makes `hook` pass for `original`: name, documentation, and what pickle and inspect look at."""
    for name in ('__module__', '__name__', '__qualname__', '__doc__', '__defaults__', '__kwdefaults__', ANNOTATIONS):
        try:
            setattr(hook, name, getattr(original, name))
        except (AttributeError, TypeError):
            pass
    return hook


def maker(depth: int, passing: tuple) -> str:
    """Name of the module that asked for a channel: the first caller outside the modules `passing` and the runtime."""
    try:
        frame = sys._getframe(depth + 1)
        while frame is not None:
            name = frame.f_globals.get('__name__')
            if isinstance(name, str) and name not in passing and not name.startswith(_OURS):
                return name
            frame = frame.f_back
    except Exception as error:
        core.note('channel.maker', error)
    return ''


def of_library(name: str) -> bool:
    """Whether a module is the library's own: what it makes for itself is marked internal."""
    return name.startswith(('multiprocessing.', 'concurrent.futures.'))


#: Writes t0, t1, obj, a and a tail (`b` to the flags, see `tail`) and the commit word: a record of a message.
pack_message = core.FAST_MESSAGE.pack_into
_pack_tail = core.TAIL.pack
_OP = 32
_FLAGS = 48
_bits = Struct('<Q').pack
_double = Struct('<d').unpack


def as_double(word: int) -> float:
    """The double of the same bits: to store that (in `seat.words`) costs a third of what an integer of several digits does.

    It may be no ordinary number, and is only ever stored, or compared by identity.
    """
    return _double(_bits(word))[0]


# A slot's fifth word: site, operation and flags.
SEND_WORD = SEND << _OP
RECV_WORD = RECV << _OP
PUT_WORD = SEND << _OP | LOCKED << _FLAGS
GET_WORD = RECV << _OP | IN_GET << _FLAGS
FEED_WORD = as_double(SEND << _OP | (FEEDER | LOCKED) << _FLAGS)


def tail(seat, line: int, kind: int, flags: int) -> bytes:
    """The part of a message's record that is the same for all messages of one place and thread."""
    return _pack_tail(0, seat.number, line, kind, flags)


def line_and_flags(ending: bytes) -> tuple:
    """What `tail` put into it."""
    _, _, line, _, flags = core.TAIL.unpack(ending)
    return line, flags


# Where the user's `frame` does something: kept in the seat until it does the same elsewhere. Library code is looked
# through each time, since who called it may be another; but for loops at the bottom of a thread.

#: id of a code object of the library, or of a hook, that is always called by the same code in one thread (pools.py, executors.py).
fixed_callers: set = set()


def _kept(code):
    """What of a place is remembered: its code, or None where the next call may come from elsewhere."""
    return None if core.in_library(code) and id(code) not in fixed_callers else code


def learn_send(seat, frame) -> None:
    """A send of a connection, two calls below `frame`."""
    seat.send_line = line = core.site(3)
    seat.send_word = as_double(line + SEND_WORD)
    seat.send_tail = tail(seat, line, SEND, sampler.skipped)
    seat.send_code, seat.send_at = _kept(frame.f_code), frame.f_lasti


def learn_recv(seat, frame) -> None:
    """A receive of a connection, two calls below `frame`."""
    seat.recv_line = line = core.site(3)
    seat.recv_word = as_double(line + RECV_WORD)
    seat.recv_tail = tail(seat, line, RECV, 0)
    seat.recv_code, seat.recv_at = _kept(frame.f_code), frame.f_lasti


def learn_put(seat, frame) -> None:
    """A put of a queue of any kind."""
    seat.put_line = line = core.site(3)
    seat.put_word = as_double(line + PUT_WORD)
    seat.put_tail = tail(seat, line, PUT, 0)
    seat.simple_tail = tail(seat, line, SEND, LOCKED | sampler.skipped)
    seat.put_code, seat.put_at = _kept(frame.f_code), frame.f_lasti


def learn_get(seat, frame) -> None:
    """A get of a queue of any kind."""
    seat.get_line = line = core.site(3)
    seat.get_word = as_double(line + GET_WORD)
    seat.get_tail = tail(seat, line, RECV, IN_GET | LOCKED)
    seat.get_code, seat.get_at = _kept(frame.f_code), frame.f_lasti


class Sampler:
    """Which messages get a preview: all of a short script's, a thousand a second of a busy one's."""

    __slots__ = ('limit', 'after', 'skipped')

    def __init__(self, limit: int) -> None:
        #: bytes of a preview, 0 none
        self.limit = limit
        #: a message sent at or after this time may have one
        self.after = 0 if limit else NEVER
        #: flag of a message that has none
        self.skipped = NO_PREVIEW if limit else 0

    def take(self, t0: int) -> None:
        """Called when `after` <= t0."""
        self.after = max(self.after, t0 - PREVIEW_BURST_NS) + PREVIEW_EVERY_NS


def _preview_bytes() -> int:
    """The option `preview=N`: bytes of each message's pickle to keep, 0 for none."""
    for part in os.environ.get('PROCESSION_OPTIONS', '').split(','):
        name, _, value = part.partition('=')
        if name == 'preview' and value.isdigit():
            return min(int(value), PREVIEW_MOST)
    return PREVIEW_DEFAULT


sampler = Sampler(_preview_bytes())


def deadline_of(t0: int, timeout: 'float | None') -> int:
    """Monotonic ns at which a wait of `timeout` seconds ends; 0 for never (or for what no clock can hold)."""
    try:
        return 0 if timeout is None else t0 + int(plain_number(timeout) * 1e9)
    except Exception:
        return 0


def told(error: BaseException) -> tuple:
    """String ids of an exception in full: 'Type \\n message', and its traceback, innermost call last."""
    lines = []
    trace = error.__traceback__
    while trace is not None and len(lines) < 100:
        code = trace.tb_frame.f_code
        lines.append('  File "%s", line %d, in %s' % (code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return core.intern('%s\n%s' % (type(error).__name__, failure.message_of(error)[:2000])), core.intern('\n'.join(lines))
