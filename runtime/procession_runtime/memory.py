"""Shared memory: named segments (SharedMemory, ShareableList), and values and arrays of ctypes.

A segment is known by its name in all processes. A value has no name: it lies somewhere in a file that the library maps for
many of them, and is told once, where it was made.
"""

import os
import sys

from . import core
from .calls import hide, like
from .names import SEGMENT, named_id, segment_name

SEGMENT_NEW = 96
SEGMENT_CLOSED = 97
SEGMENT_UNLINKED = 98
VALUE_NEW = 99

CREATED = 1
UNTRACKED = 4

# Held to find the module that knows the locks, which is loaded when the script first uses one.
_package = sys.modules[__package__]


def patch(module) -> None:
    """Hooks into `multiprocessing.shared_memory` or `multiprocessing.sharedctypes`."""
    if module.__name__ == 'multiprocessing.shared_memory':
        kind = module.SharedMemory
        for name, make in (('__init__', _mapping(module)), ('close', _closing), ('unlink', _unlinking)):
            original = kind.__dict__[name]
            setattr(kind, name, like(make(original), original))
        return
    # A Value makes a RawValue first: by these it is told from one that the user asked for.
    outer = frozenset([module.Value.__code__, module.Array.__code__])
    # What is copied is raw, whatever it was copied from.
    for name, said in (('RawValue', 'RawValue'), ('RawArray', 'RawArray'), ('Value', 'Value'), ('Array', 'Array'), ('copy', '')):
        original = getattr(module, name)
        setattr(module, name, like(_allotting(original, said, outer, module), original))


def _number(name: object) -> int:
    """A segment's id by its `_name`; 0 where there is none."""
    return named_id(SEGMENT, segment_name(name)) if type(name) is str and name else 0


def _mapping(module):
    """Makes the hook for `SharedMemory.__init__`."""
    getframe = sys._getframe
    lists = module.ShareableList.__init__.__code__
    posix = os.name == 'posix'

    def mapping(original):
        def __init__(self, *args, **named):
            try:
                original(self, *args, **named)
            except BaseException as error:
                hide(error)
                raise
            try:
                name = self._name
                flags = CREATED if self._flags & os.O_EXCL else 0
                if not posix or not getattr(self, '_track', True):
                    flags |= UNTRACKED
                t = core.now()
                core.emit(
                    SEGMENT_NEW, flags, t, t, _number(name), self._size, 0, core.site(2), core.intern(segment_name(name)),
                    core.intern('ShareableList' if getframe(1).f_code is lists else 'SharedMemory'))
            except Exception as error:
                core.note('SharedMemory', error)
        return __init__
    return mapping


def _closing(original):
    def close(self):
        # Also called by `__del__`, at the very end too, and again by careful people.
        obj = 0
        try:
            if self._mmap is not None:
                obj = _number(self._name)
        except Exception as error:
            core.note('SharedMemory.close', error)
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        if obj:
            t = core.now()
            core.emit(SEGMENT_CLOSED, 0, t, t, obj, 0, 0, core.site(2))
    return close


def _unlinking(original):
    # On Windows a segment goes with the last that maps it, and this does nothing.
    posix = os.name == 'posix'

    def unlink(self):
        obj = 0
        try:
            if posix:
                obj = _number(self._name)
        except Exception as error:
            core.note('SharedMemory.unlink', error)
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        if obj:
            t = core.now()
            core.emit(SEGMENT_UNLINKED, 0, t, t, obj, 0, 0, core.site(2))
    return unlink


def _allotting(original, said: str, outer: frozenset, module):
    """Makes the hook for a function that puts a value into shared memory. `said` is what it is called, '' by what it is."""
    getframe = sys._getframe
    inner = said.startswith('Raw')
    ctypes = module.ctypes

    def allot(*args, **named):
        try:
            made = original(*args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            if not inner or getframe(1).f_code not in outer:
                held, lock = made, None
                if isinstance(made, module.SynchronizedBase):
                    held, lock = made.__dict__['_obj'], made.__dict__['_lock']
                kind = type(held)
                shape, name = _described(kind, ctypes.Array)
                t = core.now()
                core.emit(
                    VALUE_NEW, 0, t, t, core.new_id(), ctypes.sizeof(kind), _lock_id(lock), core.site(2),
                    core.intern(said or ('RawArray' if shape else 'RawValue')), core.intern(name + shape))
        except Exception as error:
            core.note('sharedctypes', error)
        return made
    return allot


def _described(kind: type, array: type) -> tuple:
    """('[3][4]', 'c_int') of an array of arrays, ('', 'c_double') of a value: names only, of types and not of what they hold."""
    shape = ''
    while issubclass(kind, array):
        shape += '[%d]' % kind._length_
        kind = kind._type_
    return shape, kind.__name__


def _lock_id(lock: object) -> int:
    """The id of a value's lock; 0 for none, and for one that is not the library's."""
    locks = getattr(_package, 'locks', None)
    if lock is None or locks is None:
        return 0
    try:
        return locks.lock_id(lock)
    except Exception as error:
        core.note('Value', error)
        return 0
