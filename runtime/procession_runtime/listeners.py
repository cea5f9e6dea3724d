"""Listener and Client: who listens where, who waits for a connection, and which two processes have one.

The messages of such a connection are noted by connection.py as those of any other: each of its ends has a number of its
own. What the library connects for itself (the proxies of managers, descriptors on their way to a child) is told as
internal, and its traffic is not recorded.
"""

from _struct import Struct
from _thread import _local

import _socket

from . import connection, core, objects
from .calls import like
from .channel import INTERNAL, hide, maker, of_library, words
from .names import address_text

LISTENER_NEW = 88
ACCEPT = 89
CONNECT = 90
LISTENER_CLOSED = 91

FAILED = 1

_ucred = Struct('3i')
_PEER_CREDENTIALS = getattr(_socket, 'SO_PEERCRED', None)
_UNIX = getattr(_socket, 'AF_UNIX', None)

# `end`: what this thread's accept or Client made just now, as `_Made`, until it was told.
_latest = _local()


class _Made:
    """A connection's end that was just made, in numbers and words: nothing that would keep it open."""

    __slots__ = ('number', 'pid', 'own', 'other')

    def __init__(self, number, pid, own, other):
        self.number, self.pid, self.own, self.other = number, pid, own, other


def patch(module) -> None:
    """Hooks into `multiprocessing.connection`, those of connection.py and objects.py first."""
    objects.patch(module)
    listener = module.Listener
    for name, make in (('__init__', _listening), ('accept', _accepting), ('close', _closing)):
        try:
            original = listener.__dict__[name]
            setattr(listener, name, _like(make(original), original))
        except Exception as error:
            core.note('Listener.' + name, error)
    module.Client = _like(_connecting(module.Client), module.Client)
    for makes in ('SocketListener.accept', 'SocketClient', 'PipeListener.accept', 'PipeClient'):
        kind, _, method = makes.partition('.')
        function = getattr(module, kind, None)
        function = getattr(function, method, None) if method else function
        if function is not None:
            connection.noticed[function.__code__] = _notice


def _like(hook, original):
    """`like`, and with the defaults of the original to look at: what the hook passes on it takes as it comes, and never fills in."""
    like(hook, original).__defaults__ = original.__defaults__
    return hook


def _notice(handle, number: int) -> None:
    """A connection was made for this thread's accept or Client, which may still fail at its authentication."""
    pid, own, other = -1, '', ''
    try:
        pid, own, other = _ends_of(handle)
    except OSError:
        # A pipe of Windows, or the other side is gone again.
        pass
    _latest.end = _Made(number, pid, own, other)


def _ends_of(handle) -> tuple:
    """(pid of the other side or -1, own address, the other's address) of a socket's descriptor. Raises OSError where it is no socket.

    Only an object of a socket can be asked. One is lent the number and gives it back before it goes, for it closes what
    it has; and with a default timeout it sets the descriptor to not block, which is undone.
    """
    lent = _socket.socket.__new__(_socket.socket)
    try:
        lent.__init__(-1, -1, -1, handle)
        pid = -1
        if lent.family == _UNIX and _PEER_CREDENTIALS is not None:
            # 0: the other side is in a namespace that does not see ours.
            pid = _ucred.unpack(lent.getsockopt(_socket.SOL_SOCKET, _PEER_CREDENTIALS, _ucred.size))[0] or -1
        own = address_text(lent.getsockname())
        try:
            other = address_text(lent.getpeername())
        except OSError:
            other = ''
        return pid, own, other
    finally:
        if _socket.getdefaulttimeout() is not None and lent.fileno() >= 0:
            lent.setblocking(True)
        lent.detach()


def _known(listener) -> tuple:
    """(id, internal, address) of a Listener: kept on the inner object, which goes when it is closed. The id is 0 for one that was not seen to be made."""
    inner = listener._listener
    try:
        number, internal = inner._procession
    except AttributeError:
        number, internal = 0, False
    return number, internal, address_text(getattr(inner, '_address', None))


def _listening(original):
    now, emit, intern, site = core.now, core.emit, core.intern, core.site

    def __init__(self, *args, **named):
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            inner = self._listener
            number, internal = core.new_id(), of_library(maker(1, ('multiprocessing.connection',)))
            inner._procession = number, internal
            family = getattr(inner, '_family', 'AF_PIPE')
            t = now()
            emit(LISTENER_NEW, INTERNAL if internal else 0, t, t, number, 0, 0, site(2), intern(address_text(inner._address)),
                 intern(family) if type(family) is str else 0)
        except Exception as error:
            core.note('Listener', error)
    return __init__


def _accepting(original):
    now, emit, intern, site, begin, end = core.now, core.emit, core.intern, core.site, core.slot_begin, core.slot_end

    def tell(number, internal, address, t0, line, error):
        """What came of an accept."""
        made = _latest.end
        flags = INTERNAL if internal else 0
        if error is None:
            if made is None:
                # Made in a way that was not hooked.
                made = _Made(0, -1, '', '')
            emit(ACCEPT, flags, t0, now(), number, made.number, made.pid, line, intern(made.other), intern(made.own or address))
        elif made is not None:
            emit(ACCEPT, flags | FAILED, t0, now(), number, made.number, made.pid, line, words(error), intern(made.own or address))
        elif not internal:
            # Nobody came: the listener was closed, or there are too many descriptors. A server tries again at once, for ever.
            core.emit_often(ACCEPT, FAILED, t0, now(), number, 0, -1, line, words(error), intern(address))

    def accept(self, *args, **named):
        number = line = began = 0
        internal, address = False, ''
        # A finalizer may come in between that connects for itself, as a proxy's does.
        before = getattr(_latest, 'end', None)
        _latest.end = None
        try:
            line = site(2)
            number, internal, address = _known(self)
            # A manager's server, or the thread that hands out descriptors, is not held up while nobody comes.
            if not internal:
                began = begin(ACCEPT, 0, number, 0, 0, line)
        except Exception as error:
            core.note('Listener.accept', error)
        t0 = began or now()
        try:
            made = original(self, *args, **named)
        except BaseException as error:
            if began:
                end()
            tell(number, internal, address, t0, line, error)
            _latest.end = before
            hide(error)
            raise
        if began:
            end()
        tell(number, internal, address, t0, line, None)
        _latest.end = before
        return made
    return accept


def _closing(original):
    def close(self, *args, **named):
        number = 0
        try:
            if self._listener is not None:
                number = _known(self)[0]
        except Exception as error:
            core.note('Listener.close', error)
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        if number:
            t = core.now()
            core.emit(LISTENER_CLOSED, 0, t, t, number, 0, 0, core.site(2))
    return close


def _connecting(original):
    now, emit, intern, site, begin, end = core.now, core.emit, core.intern, core.site, core.slot_begin, core.slot_end

    def tell(flags, address, t0, line, error):
        """What came of a Client."""
        made = _latest.end
        number, own = (made.number, made.own) if made is not None else (0, '')
        if error is None:
            emit(CONNECT, flags, t0, now(), number, 0, 0, line, intern(address), intern(own))
        else:
            emit(CONNECT, flags | FAILED, t0, now(), number, 0, 0, line, words(error), intern(address))

    def Client(*args, **named):
        line = flags = began = 0
        address = ''
        before = getattr(_latest, 'end', None)
        _latest.end = None
        try:
            line = site(2)
            address = address_text(args[0] if args else named.get('address'))
            if of_library(maker(1, ('multiprocessing.connection',))):
                flags = INTERNAL
            began = begin(CONNECT, flags, 0, 0, 0, line)
        except Exception as error:
            core.note('Client', error)
        t0 = began or now()
        try:
            made = original(*args, **named)
        except BaseException as error:
            if began:
                end()
            tell(flags, address, t0, line, error)
            _latest.end = before
            hide(error)
            raise
        if began:
            end()
        tell(flags, address, t0, line, None)
        _latest.end = before
        return made
    return Client
