"""What a process knows of a lock or semaphore: its id, its held word, and the slow ways of acquiring and releasing it.

The fast ways are in acquiring.py. None of this may hold the lock object itself, whose semaphore goes with the last reference to it.

Deep in a recursion each of these may find no room for its calls. What is done is done then, and not noted: who acquires
or releases gets a RecursionError only where that has not happened.
"""

import os
import sys
from _struct import Struct

from . import core, names, segment
from .channel import in_core

LOCK_HELD = 65
LOCK_WAIT = 66
LOCK_FREED = 67
SYNC_WAIT = 68

GAVE_UP = 1
#: `kind` of an RLock's semaphore.
RECURSIVE = 0
#: A timeout for ever.
NEVER_NS = -1
_LONGEST_NS = 1 << 60
_MOST_SECONDS = 1 << 62

#: No place in the cells: a lock has none before its first acquire.
NOWHERE = 1 << 40
_LAST_WORD = segment.SLOTS_AT + segment.SLOT_SIZE * (segment.SLOT_COUNT - 1) + segment.HELD_AT + 56 >> 3

_as_double = Struct('<d').unpack
_as_bits = Struct('<Q').pack
_free_words: list = []


class Held:
    """A lock or semaphore as this image knows it. A forked child begins with its parent's values."""

    __slots__ = ('obj', 'word', 'at', 'off', 'counted', 'by', 'base', 'home', 'unseen', 'told', 'news')
    #: it is built on no other
    lock = 0

    def __init__(self, obj: int, counted: bool, news: str) -> None:
        self.obj = obj
        #: the id as a double of the same bits: see `held_words` in core.py
        self.word, = _as_double(_as_bits(obj))
        #: place of its word in the cells, and where zero goes: those that share the last word never clear it, and so cannot read it
        self.at = self.off = NOWHERE
        #: A semaphore: several may hold it, and more than once.
        self.counted = counted
        #: Of a semaphore: the image that has acquired it, as its `held_words`, 0 for none; and what C's count, of acquires less
        #: releases, is when this image holds nothing, which is known in the image `home`.
        self.by: object = 0
        self.base = 0
        self.home = words_now()
        #: acquired when there was no file, or no room in the recursion, to say so
        self.unseen = False
        #: the image that told that it releases what it does not hold
        self.told: object = None
        #: its kind, while it came by pickle and nobody was told
        self.news = news

    def __del__(self) -> None:
        # One that goes while it is held stays held, by a process that cannot release it any more. So does its word.
        try:
            if self.at < _LAST_WORD:
                cells = core.hot['cells'].cell_contents
                if cells is None or not cells[self.at]:
                    _free_words.append(self.at)
        except Exception:
            pass


def words_now():
    """The image's held words; None in a forked child without a file."""
    return core.hot['held_words'].cell_contents


def id_of(semlock, made: bool) -> int:
    """The id of a semaphore: of its name where it has one, else made up by the process that makes it; 0 where it is not known."""
    name = semlock.name
    if name is not None:
        return names.named_id(names.SEMAPHORE, name)
    return core.new_id() if made else 0


def announce(held) -> None:
    """Tells of what came by pickle (a Held or a `waits.Sync`) when it is first used: by then it is known whether it is a part of something."""
    kind, held.news = held.news, ''
    if kind:
        t = core.now()
        core.emit(LOCK_HELD, 0, t, t, held.obj, 0, held.lock, 0, core.intern(kind))


def nanoseconds(seconds) -> int:
    """A timeout for records and slots."""
    if seconds is None:
        return NEVER_NS
    try:
        return max(0, min(int(seconds * 1e9), _LONGEST_NS))
    except (ValueError, OverflowError):
        return _LONGEST_NS


def plain_seconds(timeout) -> tuple:
    """(known, seconds): a timeout as the number that C makes of it, where that runs no code of the user's and cannot fail."""
    if timeout is None:
        return True, None
    kind = type(timeout)
    if kind is float or (kind is int and -_MOST_SECONDS < timeout < _MOST_SECONDS):
        return True, timeout
    if issubclass(kind, float):
        return True, float.__add__(timeout, 0.0)
    return False, None


def at_home(held: Held, semlock, taken: int) -> None:
    """Where C's count of a semaphore begins in this image, which has acquired `taken` units by now."""
    words = words_now()
    if held.home is not words:
        # A child that multiprocessing forked begins to count at 0. Not so one of `os.fork`; there, threads that are the first
        # at the same time may be mistaken for one.
        child = getattr(sys.modules.get('multiprocessing.process'), '_current_process', None)
        held.base = 0 if getattr(child, '_parent_pid', None) == os.getppid() else semlock._count() - taken
        held.home = words


def find_word(held: Held) -> None:
    try:
        at = _free_words.pop()
    except IndexError:
        at = core.new_word()
    held.off = segment.SCRAP_WORD if at >= _LAST_WORD else at
    held.at = at


# ---- acquiring

def entered(held: Held, semlock) -> None:
    """An acquire that found no word, or no file: the first of this lock in this process, or in a forked child.

    Gives the lock back when it is interrupted: as if the interrupt had come before it was acquired.
    """
    try:
        if held.news:
            announce(held)
        if held.at == NOWHERE:
            find_word(held)
        if words_now() is None:
            core.touch()
        words = words_now()
        if words is not None:
            if held.counted:
                at_home(held, semlock, 1)
            words[held.at] = held.word
            held.by = words
        else:
            held.unseen = True
    except RecursionError:
        held.unseen = True
    except BaseException:
        give_back(held, semlock)
        raise


def give_back(held: Held, semlock) -> None:
    """Undoes an acquire whose hook was interrupted."""
    semlock.release()
    set_right(held, semlock)


def set_right(held: Held, semlock) -> None:
    """The word by what C counts. Other threads may acquire and release meanwhile: who writes last has looked after it wrote."""
    words = words_now()
    if words is None or held.at == NOWHERE or held.counted and held.home is not words:
        return
    while True:
        holds = _holds(held, semlock)
        if holds:
            words[held.at] = held.word
        else:
            words[held.off] = 0.0
        if _holds(held, semlock) is holds:
            return


def _holds(held: Held, semlock) -> bool:
    # Of a Lock that another process released C still counts the acquire; but one that is free is held by nobody.
    return semlock._count() > held.base and (held.counted or semlock.kind == RECURSIVE or semlock._is_zero())


def at_length(held: Held, semlock, block, timeout):
    """`acquire(block, timeout)` in all its forms. The arguments that C would refuse, or ask what they are, go to C as they are."""
    known, seconds = plain_seconds(timeout)
    if not known or not (block is True or type(block) is int and block == 1):
        got = semlock.acquire(block, timeout)
    elif semlock.acquire(False):
        got = True
    elif seconds is not None and seconds <= 0:
        # It looks once more, and does not wait.
        got = semlock.acquire(block, timeout)
    else:
        return wait(held, semlock, seconds, semlock.acquire, block, timeout)
    if got:
        try:
            entered(held, semlock)
        except RecursionError:
            held.unseen = True
    return got


def wait(held: Held, semlock, seconds, acquire, *arguments):
    """An acquire that has to wait: in a slot while it does, told of when it is over. Called by a hook's function."""
    line = core.site(2)
    seat = core.seat()
    mine = seat is not None and not seat.busy
    # What a wait of a Condition does to get its lock back is a part of that wait.
    within = seat is not None and seat.busy and seat.cells[4] >> 32 & 0xFFFF == SYNC_WAIT
    if held.news:
        announce(held)
    limit = nanoseconds(seconds)
    got = False
    t0 = core.now()
    try:
        try:
            if mine:
                core.slot_begin(LOCK_WAIT, 0, held.obj, 0, 0 if limit < 0 else t0 + limit, line)
            got = acquire(*arguments)
            if got:
                words = words_now()
                if words is not None and held.at != NOWHERE and (held.by is words or not held.counted):
                    words[held.at] = held.word
                else:
                    got = False
                    try:
                        entered(held, semlock)
                    except RecursionError:
                        held.unseen = True
                    got = True
        finally:
            if mine:
                # As `slot_end`, without a call.
                seat.cells[0] = seat.cells[3] = seat.busy = 0
            if not within:
                core.emit_often(LOCK_WAIT, 0 if got else GAVE_UP, t0, core.now(), held.obj, limit, 0, line)
        return got
    except RecursionError:
        if got:
            return got
        raise
    except BaseException:
        if got:
            give_back(held, semlock)
        raise


# ---- releasing

def touch() -> None:
    """There is a file from now on, unless it cannot be."""
    try:
        core.touch()
    except RecursionError:
        pass


def freed(held: Held, t: int) -> None:
    """This image released at `t` what it does not hold. Called by a hook's function."""
    if held.told is not words_now():
        if held.news:
            announce(held)
        core.emit(LOCK_FREED, 0, t, t, held.obj, 0, 0, core.site(2))
        held.told = words_now()


def leave_lock(held: Held, semlock) -> None:
    """Releases a Lock or an RLock by the long way: there is no word of its own, or it does not say that this image holds it."""
    if words_now() is None:
        touch()
    words = words_now()
    if words is None:
        semlock.release()
    elif held.at != NOWHERE and (held.off != held.at or core.hot['cells'].cell_contents[held.at]):
        if semlock.kind != RECURSIVE or semlock._count() == 1:
            words[held.off] = 0.0
        semlock.release()
    elif held.unseen:
        held.unseen = False
        semlock.release()
    else:
        t = core.now()
        semlock.release()
        try:
            freed(held, t)
        except RecursionError:
            pass


def _leaving_semaphore():
    held_words = None

    @in_core
    def leave_semaphore(held, semlock):
        """Releases a unit. The word goes with the last one that this image holds."""
        if held.by is held_words:
            left = semlock._count() - held.base
            if left == 1:
                held_words[held.off] = 0.0
            if left > 0:
                semlock.release()
                try:
                    # Other threads may have come between.
                    if (semlock._count() > held.base) is (left == 1):
                        set_right(held, semlock)
                except RecursionError:
                    pass
                return
        touch()
        at_home(held, semlock, 0)
        t = core.now()
        semlock.release()
        if held.unseen:
            held.unseen = False
        else:
            held.base -= 1
            try:
                freed(held, t)
            except RecursionError:
                pass

    return leave_semaphore


leave_semaphore = _leaving_semaphore()
