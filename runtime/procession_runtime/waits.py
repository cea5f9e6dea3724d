"""Condition, Event and Barrier: who waits in one, and who tells them (types 68 and 69 of docs/journal-format.md).

An Event and a Barrier wait in a Condition of their own. So a thread's slot is written by the Condition's `wait` alone, for
whom it belongs to, while a Barrier's action, which is the user's code, runs in none. The records are written by
the methods that the user called; `wait_for` is seen as the waits that it makes.
"""

import sys
from _thread import get_ident

from . import core, locks
from .calls import like
from .channel import hide
from .holding import SYNC_WAIT, announce, id_of, nanoseconds, plain_seconds
from .locks import LOCK_NEW, QUEUES, code_of, flags_of, lock_id, origin, raw

SYNC_TELL = 69

TIMED_OUT = 1
BROKEN = 2
LEFT = 4
AT_ONCE = 8

NOTIFY = 1
SET = 2
CLEAR = 3
ABORT = 4
RESET = 5

ALL = -1
NO_INDEX = -1


class Sync:
    """What a Condition is to the user: itself, or the inner one of an Event or a Barrier."""

    __slots__ = ('obj', 'kind', 'lock', 'news', 'broke', 'waited')

    def __init__(self, obj: int, kind: str, lock: int, news: str) -> None:
        #: the id that is shown; 0 as long as nobody has said whose it is
        self.obj = obj
        self.kind = kind
        #: id of the lock that it is built on
        self.lock = lock
        #: its kind, while it came by pickle and nobody was told
        self.news = news
        #: threads that broke this barrier: who does that in a wait, and not in its action, has timed out
        self.broke: set = set()
        #: threads that came to wait in this event or at this barrier, in the call that they are in
        self.waited: set = set()


def patch(module) -> None:
    """Hooks into `multiprocessing.synchronize`, once it was executed and before any lock was made."""
    locks.patch(module)
    kinds = (module.Condition, module.Event, module.Barrier)
    codes = [code_of(kind.__init__) for kind in kinds]
    makes = _making_condition(module.Condition._make_methods, module, tuple(codes[1:]))
    module.Condition._procession = None
    own_event, own_barrier = _owner('Event', '_flag'), _owner('Barrier', '')
    base = module.Barrier.__bases__[0]
    for kind, name, hook in (
            (module.Condition, '_make_methods', makes),
            (module.Condition, 'wait', _waiting_for_condition(module.Condition.wait)),
            (module.Condition, 'notify', _notifying(module.Condition.notify)),
            (module.Event, '__init__', _making(module.Event.__init__, 'Event')),
            (module.Event, 'wait', _waiting_for_event(module.Event.wait, own_event)),
            (module.Event, 'is_set', _looking(module.Event.is_set, own_event)),
            (module.Event, 'set', _telling(module.Event.set, SET, own_event)),
            (module.Event, 'clear', _telling(module.Event.clear, CLEAR, own_event)),
            (module.Barrier, '__init__', _making(module.Barrier.__init__, 'Barrier')),
            (module.Barrier, 'wait', _waiting_at_barrier(base, sys.modules['threading'].BrokenBarrierError, own_barrier)),
            (module.Barrier, 'abort', _telling(base.abort, ABORT, own_barrier)),
            (module.Barrier, 'reset', _telling(base.reset, RESET, own_barrier)),
            (module.Barrier, '_break', _breaking(base))):
        setattr(kind, name, like(hook, getattr(kind, name)))


def raw_condition(condition) -> None:
    """Makes a Condition that came by pickle what it was where it was made: a part of a queue."""
    condition._procession = None
    raw(condition._lock)
    condition.acquire, condition.release = condition._lock.acquire, condition._lock.release


# ---- making

def _making_condition(original, module, owners: tuple):
    made, received = code_of(module.Condition.__init__), code_of(module.Condition.__setstate__)

    def _make_methods(self):
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        try:
            if self._procession is None:
                self._procession = meet(self)
        except Exception as error:
            core.note('waits.make', error)

    def meet(condition):
        how, inside, maker, depth = origin(condition, made, received, owners)
        if how is None or maker == QUEUES:
            return None
        if how is received:
            for part in (condition._sleeping_count, condition._woken_count, condition._wait_semaphore):
                raw(part)
        elif inside is not None:
            return Sync(0, '', lock_id(condition._lock), '')
        obj = id_of(condition._sleeping_count._semlock, how is made)
        if not obj:
            return None
        on = lock_id(condition._lock)
        if how is made:
            t = core.now()
            core.emit(LOCK_NEW, flags_of(None, maker), t, t, obj, 0, on, core.site(depth), core.intern('Condition'))
            return Sync(obj, 'Condition', on, '')
        return Sync(obj, 'Condition', on, 'Condition')

    return _make_methods


def _making(original, kind: str):
    """An Event's or a Barrier's constructor."""
    def __init__(self, *args, **named):
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            sync = self._cond._procession
            if sync is not None and not sync.kind:
                _, _, maker, depth = origin(self, code_of(__init__), None, ())
                semaphore = self._flag if kind == 'Event' else self._cond._sleeping_count
                sync.kind = kind
                sync.obj = id_of(semaphore._semlock, True)
                t = core.now()
                parties = 0 if kind == 'Event' else self._parties
                core.emit(
                    LOCK_NEW, flags_of(None, maker), t, t, sync.obj, parties if type(parties) is int else 0, sync.lock,
                    core.site(depth), core.intern(kind))
        except Exception as error:
            core.note('waits.make', error)
    return __init__


def _owner(kind: str, flag: str):
    """Gives the `Sync` of an Event or a Barrier, which is its Condition's; what came by pickle is told of now."""
    def own(one):
        try:
            sync = one._cond._procession
            if sync is None:
                return None
            if sync.kind != kind:
                if not sync.news:
                    # Somebody else's, in a class that is built otherwise.
                    return None
                # It came as a Condition of nobody's.
                semaphore = getattr(one, flag) if flag else one._cond._sleeping_count
                if flag:
                    raw(semaphore)
                sync.obj = id_of(semaphore._semlock, False)
                sync.kind = sync.news = kind
            if sync.news:
                announce(sync)
            return sync if sync.obj else None
        except Exception as error:
            core.note('waits.own', error)
            return None
    return own


# ---- waiting

def _limit(timeout) -> int:
    known, seconds = plain_seconds(timeout)
    return nanoseconds(seconds) if known else 0


def _waiting_for_condition(original):
    now, emit, begin, end, take_seat = core.now, core.emit_often, core.slot_begin, core.slot_end, core.seat

    def wait(self, timeout=None):
        sync = self._procession
        if sync is None or not sync.obj:
            try:
                return original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
        if sync.news:
            announce(sync)
        line = core.site(2)
        seat = take_seat()
        mine = seat is not None and not seat.busy
        limit = _limit(timeout)
        if sync.kind != 'Condition':
            sync.waited.add(get_ident())
        how = LEFT
        t0 = now()
        try:
            if mine:
                begin(SYNC_WAIT, 0, sync.obj, 0, 0 if limit < 0 else t0 + limit, line)
            got = original(self, timeout)
            how = 0 if got else TIMED_OUT
            return got
        except BaseException as error:
            if isinstance(error, AssertionError):
                # Whoever has not the lock does not wait.
                how = -1
            hide(error)
            raise
        finally:
            if mine:
                end()
            if how >= 0 and sync.kind == 'Condition':
                emit(SYNC_WAIT, how, t0, now(), sync.obj, limit, NO_INDEX, line)
    return wait


def _waiting_for_event(original, own):
    now, emit = core.now, core.emit_often

    def wait(self, timeout=None):
        sync = own(self)
        line = core.site(2)
        me = get_ident()
        if sync is not None:
            sync.waited.discard(me)
        how = LEFT
        t0 = now()
        try:
            got = original(self, timeout)
            how = 0 if got else TIMED_OUT
            return got
        except BaseException as error:
            hide(error)
            raise
        finally:
            # One that is set already is not waited for, and some are asked all the time.
            if sync is not None and me in sync.waited:
                emit(SYNC_WAIT, how, t0, now(), sync.obj, _limit(timeout), NO_INDEX, line)
    return wait


def _waiting_at_barrier(base, Broken, own):
    now, emit = core.now, core.emit_often

    def wait(self, timeout=None):
        sync = own(self)
        line = core.site(2)
        how = LEFT
        index = NO_INDEX
        me = get_ident()
        if sync is not None:
            sync.broke.discard(me)
            sync.waited.discard(me)
        t0 = now()
        try:
            got = base.wait(self, timeout)
            how = 0
            index = got if type(got) is int else NO_INDEX
            return got
        except BaseException as error:
            if isinstance(error, Broken):
                how = BROKEN | TIMED_OUT if sync is not None and me in sync.broke else BROKEN
            hide(error)
            raise
        finally:
            if sync is not None:
                limit = _limit(self._timeout if timeout is None else timeout)
                if me not in sync.waited:
                    # The last of the parties, or one that came to a barrier that was broken already.
                    how |= AT_ONCE
                emit(SYNC_WAIT, how, t0, now(), sync.obj, limit, index, line)
    return wait


def _breaking(base):
    def _break(self):
        try:
            self._cond._procession.broke.add(get_ident())
        except AttributeError:
            pass
        return base._break(self)
    return _break


def _looking(original, own):
    def is_set(self):
        try:
            if self._cond._procession.news:
                own(self)
        except AttributeError:
            pass
        try:
            return original(self)
        except BaseException as error:
            hide(error)
            raise
    return is_set


# ---- telling

def _notifying(original):
    """`notify` waits until each that it wakes has woken: for ever, where one was killed. So it has a slot, for an Event's and a Barrier's too."""
    now, emit, begin, end = core.now, core.emit_often, core.slot_begin, core.slot_end

    def is_mine(condition):
        try:
            return condition._lock._semlock._is_mine()
        except Exception as error:
            core.note('waits.notify', error)
            return False

    def notify(self, n=1):
        sync = self._procession
        if sync is None or not sync.obj:
            try:
                return original(self, n)
            except BaseException as error:
                hide(error)
                raise
        if sync.news:
            announce(sync)
        line = core.site(2)
        began = begin(SYNC_TELL, NOTIFY, sync.obj, 0, 0, line)
        try:
            # Told before it is done: who is woken may end this process at once. Who has not the lock wakes nobody.
            if sync.kind == 'Condition' and is_mine(self):
                t = began or now()
                emit(SYNC_TELL, NOTIFY, t, t, sync.obj, n if type(n) is int and n < sys.maxsize else ALL, 0, line)
            original(self, n)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                end()
    return notify


def _telling(original, flag: int, own):
    """`set` and `clear` of an Event, `abort` and `reset` of a Barrier."""
    now, emit = core.now, core.emit_often

    def tell(self):
        sync = own(self)
        if sync is not None:
            # Before it is done, as in `notify`.
            t = now()
            emit(SYNC_TELL, flag, t, t, sync.obj, ALL, 0, core.site(2))
        try:
            return original(self)
        except BaseException as error:
            hide(error)
            raise
    return tell
