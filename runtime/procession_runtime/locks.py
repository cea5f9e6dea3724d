"""Lock, RLock, Semaphore and BoundedSemaphore: where they are made, and which of them are watched (types 64 and 65 of docs/journal-format.md).

Who holds one and who waits for one is seen in acquiring.py and holding.py. What the library makes for its queues, and the
semaphores that its conditions count with, stay as they are: their `_procession` is None.
"""

import sys

from . import acquiring, core
from .calls import like
from .channel import INTERNAL, hide, of_library
from .holding import Held, find_word, id_of
from .segment import SCRAP_WORD

LOCK_NEW = 64

_PASSING = ('multiprocessing.synchronize', 'multiprocessing.context')
QUEUES = 'multiprocessing.queues'
#: The locks of values are made at the user's word, and can be had from the value.
_VALUES = 'multiprocessing.sharedctypes'
_OURS = __name__.rpartition('.')[0] + '.'
_FARTHEST = 12

_classes: tuple = ()


def patch(module) -> None:
    """Hooks into the locks of `multiprocessing.synchronize`, before any was made."""
    global _classes
    base = module.SemLock
    enter, leave = base.__enter__, base.__exit__
    hooks = [(base, '_make_methods', _making(base._make_methods, module), base._make_methods)]
    for kind, entering, leaving in (
            (module.Lock, acquiring.entering, acquiring.leaving), (module.RLock, acquiring.entering, acquiring.leaving_rlock),
            (module.Semaphore, acquiring.entering_semaphore, acquiring.leaving_semaphore)):
        hooks += [(kind, '__enter__', entering(enter), enter), (kind, '__exit__', leaving(leave), leave)]
    # All of them, or none: an acquire without its release would leave words that are not true.
    _classes = (base,)
    for kind, name, hook, original in hooks:
        setattr(kind, name, like(hook, original))


def lock_id(lock: object) -> int:
    """The id of a lock or semaphore of multiprocessing; 0 for anything else, and for what the library made for itself."""
    if issubclass(type(lock), _classes):
        held = getattr(lock, '_procession', None)
        return 0 if held is None else held.obj
    return 0


def raw(lock: object) -> None:
    """Makes what came by pickle what it was where it was made: a part of the library's own."""
    if issubclass(type(lock), _classes) and getattr(lock, '_procession', None) is not None:
        _stay_raw(lock)
        lock.acquire, lock.release = lock._semlock.acquire, lock._semlock.release


def _stay_raw(lock) -> None:
    # What `with` stores is 0, in a place that may hold anything.
    lock._procession = None
    lock._procession_at = lock._procession_off = SCRAP_WORD
    lock._procession_word = 0.0


# ---- where one comes from

def origin(one: object, made, received, owners: tuple) -> tuple:
    """Who is making `one`, found below its constructor: (how, inside, module, depth).

    how: which of the codes `made` and `received` was found, or None. inside: which of the codes `owners` makes it for itself,
    or None. module: who asked for it. depth: where that one is, for `core.site` in the caller of this function.
    """
    frame = sys._getframe(1)
    depth = 1
    while frame is not None and frame.f_code is not made and frame.f_code is not received and depth < _FARTHEST:
        frame = frame.f_back
        depth += 1
    if frame is None or depth == _FARTHEST:
        return None, None, '', 0
    how = frame.f_code
    inside = None
    while True:
        frame = frame.f_back
        depth += 1
        if frame is None:
            return how, inside, '', depth
        code = frame.f_code
        if code in owners:
            inside = code
        name = frame.f_globals.get('__name__')
        if type(name) is not str:
            name = ''
        if name in _PASSING or name.startswith(_OURS):
            continue
        # A subclass's own: the line that makes the object is its caller's.
        if code.co_name == '__init__' and code.co_argcount and frame.f_locals.get(code.co_varnames[0]) is one:
            continue
        return how, inside, name, depth


def flags_of(inside: object, module: str) -> int:
    """Flags of LOCK_NEW."""
    return INTERNAL if inside is not None or (of_library(module) and module != _VALUES) else 0


def code_of(function: object):
    """A Python function's code; what is none has none that a frame could show."""
    return getattr(function, '__code__', function)


def _making(original, module):
    """`_make_methods`: gives a lock that was made or received the C methods. Ours take their places."""
    made, received = code_of(module.SemLock.__init__), code_of(module.SemLock.__setstate__)
    owners = tuple([code_of(kind.__init__) for kind in (module.Condition, module.Event, module.Barrier)])
    kinds = ((module.Lock, 'Lock'), (module.RLock, 'RLock'), (module.BoundedSemaphore, 'BoundedSemaphore'), (module.Semaphore, 'Semaphore'))
    methods = {'Lock': acquiring.methods(acquiring.releasing), 'RLock': acquiring.methods(acquiring.releasing_rlock)}
    of_semaphore = acquiring.methods_of_semaphore()

    def _make_methods(self):
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        try:
            kind = ''
            for one, name in kinds:
                if issubclass(type(self), one):
                    kind = name
                    break
            # Not `self.__dict__`: from 3.11 on whoever asks for that makes every look-up in the object slower.
            held = getattr(self, '_procession', None)
            if held is None and kind:
                # As long as nothing else is known.
                _stay_raw(self)
                self._procession = held = meet(self, kind)
            if held is not None:
                semlock = self._semlock
                # For the shortest of hooks.
                self._procession_at, self._procession_off, self._procession_word = held.at, held.off, held.word
                acquire, release = methods.get(kind, of_semaphore)(held, semlock)
                self.acquire, self.release = like(acquire, semlock.acquire), like(release, semlock.release)
        except Exception as error:
            core.note('locks.make', error)

    def meet(lock, kind):
        how, inside, maker, depth = origin(lock, made, received, owners)
        exclusive = kind in ('Lock', 'RLock')
        if how is None or maker == QUEUES or (inside is not None and not exclusive):
            return None
        obj = id_of(lock._semlock, how is made)
        if not obj:
            return None
        if how is made:
            t = core.now()
            value = 0 if exclusive else first_value()
            core.emit(LOCK_NEW, flags_of(inside, maker), t, t, obj, value, 0, core.site(depth), core.intern(kind))
        held = Held(obj, not exclusive, '' if how is made else kind)
        if held.counted:
            # Several threads may be the first at once.
            find_word(held)
        return held

    def first_value():
        frame = sys._getframe(2)
        while frame is not None and frame.f_code is not made:
            frame = frame.f_back
        value = frame.f_locals.get('value') if frame is not None else 0
        return value if type(value) is int else 0

    return _make_methods
