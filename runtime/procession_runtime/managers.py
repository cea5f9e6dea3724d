"""Managers: the server, the objects that it holds, and the calls on their proxies.

An object is the same for all who know the server's address and what the server calls it: both are in a proxy's token. Of a
call its method is told, never what it takes or gives. A call of the user's is what passes `_callmethod`, by whatever
method of whatever proxy, and the making of an object; the counting of references, and the greeting of a new connection,
is the library's own.
"""

import os
import sys

from . import core
from .calls import like
from .channel import hide
from .names import address_text, shared_id

SERVER_NEW = 84
SHARED_NEW = 85
PROXY_CALL = 86
PROXY_NEW = 87

RAISED = 1
#: The method of a call that makes an object. Like the library's own '#GETVALUE', no method can have this name.
CREATE = '#CREATE'
_SAID = {'#GETVALUE': '_getvalue'}
_MANY = 10000

# Proxies that were told in this image, by (address, what the server calls the object, type id), with the object's id.
_told: dict = {}
_told_by = 0


def patch(module) -> None:
    """Hooks into `multiprocessing.managers`."""
    for kind, name, make in (
            (module.Server, 'serve_forever', _serving), (module.Server, 'incref', _counting(module)),
            (module.BaseManager, '_create', _creating), (module.BaseProxy, '__init__', _holding),
            (module.BaseProxy, '_callmethod', _calling)):
        try:
            original = kind.__dict__[name]
            setattr(kind, name, like(make(original), original))
        except Exception as error:
            core.note('managers.' + name, error)


# ---- the server

def _server_id(server) -> int:
    """The server's id; told the first time in an image."""
    here = os.getpid()
    by, number = server.__dict__.get('_procession', (0, 0))
    if by != here:
        # A server may be made before a fork, and serve after it.
        number = number or core.new_id()
        server._procession = here, number
        t = core.now()
        core.emit(SERVER_NEW, 0, t, t, number, 0, 0, core.site(3), core.intern(type(server).__name__), core.intern(address_text(server.address)))
    return number


def _serving(original):
    def serve_forever(self):
        try:
            _server_id(self)
        except Exception as error:
            core.note('serve_forever', error)
        try:
            return original(self)
        except BaseException as error:
            hide(error)
            raise
    return serve_forever


def _counting(module):
    """Makes the hook for `Server.incref`, the last thing that `create` does.

    Not one for `create`: the traceback of an object that could not be made is text that the server sends to the user.
    """
    getframe = sys._getframe
    creates = module.Server.create.__code__

    def counting(original):
        def incref(self, c, ident):
            kind = None
            try:
                frame = getframe(1)
                # A function that was registered may give the same object each time: it is made when the first reference to it comes.
                if frame.f_code is creates and self.id_to_refcount.get(ident) == 0:
                    kind = frame.f_locals.get('typeid')
                frame = None
            except Exception as error:
                core.note('Server.create', error)
            try:
                original(self, c, ident)
            except BaseException as error:
                hide(error)
                raise
            if type(kind) is str:
                try:
                    t = core.now()
                    core.emit(
                        SHARED_NEW, 0, t, t, shared_id(self.address, ident), _server_id(self), 0, core.site(2), core.intern(kind),
                        core.intern(address_text(self.address)))
                except Exception as error:
                    core.note('Server.create', error)
        return incref
    return counting


# ---- proxies

def _object_of(token, depth: int) -> int:
    """The id of what a token stands for; told the first time in an image, at the line `depth` frames up."""
    global _told, _told_by
    here = os.getpid()
    if _told_by != here:
        _told, _told_by = {}, here
    key = token.address, token.id, token.typeid
    number = _told.get(key)
    if number is None:
        number = shared_id(token.address, token.id)
        if len(_told) >= _MANY:
            _told.clear()
        _told[key] = number
        t = core.now()
        core.emit(PROXY_NEW, 0, t, t, number, 0, 0, core.site(depth + 1), _text(token.typeid), core.intern(address_text(token.address)))
    return number


def _text(text: object) -> int:
    return core.intern(text) if type(text) is str else 0


def _holding(original):
    def __init__(self, *args, **named):
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            _object_of(self.__dict__['_token'], 2)
        except Exception as error:
            core.note('BaseProxy', error)
    return __init__


def _calling(original):
    now, site, begin, end = core.now, core.site, core.slot_begin, core.slot_end
    getframe = sys._getframe

    def _callmethod(self, *args, **named):
        obj = line = began = method = kind = 0
        try:
            # The methods of most proxies are text that the library runs, in a namespace without a name: its caller is meant.
            depth = 2 if '__name__' in getframe(1).f_globals else 3
            token = self.__dict__['_token']
            obj = _object_of(token, depth)
            kind = _text(token.typeid)
            method = args[0] if args else named.get('methodname')
            method = core.intern(_SAID.get(method, method)) if type(method) is str else 0
            line = site(depth)
            began = begin(PROXY_CALL, 0, obj, 0, 0, line)
        except Exception as error:
            core.note('_callmethod', error)
        t0 = began or now()
        try:
            result = original(self, *args, **named)
        except BaseException as error:
            if began:
                end()
            if obj:
                core.emit_often(PROXY_CALL, RAISED, t0, now(), obj, 0, 0, line, method, kind)
            hide(error)
            raise
        if began:
            end()
        if obj:
            core.emit_often(PROXY_CALL, 0, t0, now(), obj, 0, 0, line, method, kind)
        return result
    return _callmethod


def _creating(original):
    now, site, begin, end = core.now, core.site, core.slot_begin, core.slot_end

    def _create(self, *args, **named):
        # Which object it will be nobody knows yet; one that could not be made is none.
        line = site(2)
        began = begin(PROXY_CALL, 0, 0, 0, 0, line)
        t0 = began or now()
        try:
            made = original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                end()
        try:
            token = made[0]
            core.emit_often(PROXY_CALL, 0, t0, now(), shared_id(token.address, token.id), 0, 0, line, core.intern(CREATE), _text(token.typeid))
        except Exception as error:
            core.note('_create', error)
        return made
    return _create
