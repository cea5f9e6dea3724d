"""The hooks that stand in a lock's way: `acquire` and `release`, which each object has of its own, and what `with` calls.

An acquire that does not wait is one store: the lock's id into its held word. It is tried without blocking first, which the
library's C function does itself, so that only those that wait pay for a clock, a slot and a record (holding.py).

A word is cleared before the release, not after it. A reader that looks between the two, or a kill that comes there, then
leaves a lock without a known holder. The other way round there would be two holders, or a dead one: a false alarm.

These are the shortest ways that were found, and every look-up in them was measured. What does not find a word, or a file to
store it in, fails in its first statement and takes the long way, in holding.py.
"""

from .channel import Stop, as_if_in, hide, in_core
from .holding import at_length, entered, give_back, leave_lock, leave_semaphore, set_right, wait

#: What a hook's own statements raise before anything was done: there is no file yet, or no word, or nothing known, or no room in
#: the recursion. What a signal handler raised, or a function below, has a frame more. (The state of now would not tell them
#: apart: another thread may have made the file meanwhile. And there may be no room to ask a function.)
UNREADY = (AttributeError, TypeError, IndexError, RecursionError)


# ---- a Lock or an RLock: one process holds it, and its word alone says so

def methods(releasing):
    held_words = None

    @in_core
    def methods(held, semlock):
        take = semlock.acquire

        def acquire(block=True, timeout=None):
            try:
                if timeout is None and (block is True or block is False):
                    if take(False):
                        try:
                            held_words[held.at] = held.word
                            return True
                        except (TypeError, IndexError):
                            pass
                        except BaseException:
                            # Before 3.11 an interrupt may come here.
                            give_back(held, semlock)
                            raise
                        try:
                            entered(held, semlock)
                        except RecursionError:
                            held.unseen = True
                        return True
                    if not block:
                        return False
                    return wait(held, semlock, None, take)
                return at_length(held, semlock, block, timeout)
            except BaseException as error:
                hide(error)
                raise

        return acquire, release_of(held, semlock)

    release_of = releasing()
    return methods


def releasing():
    held_words = held_kinds = None

    @in_core
    def release_of(held, semlock):
        give = semlock.release

        def release():
            try:
                if held_kinds[held.off]:
                    held_words[held.off] = 0.0
                    give()
                else:
                    leave_lock(held, semlock)
                return
            except BaseException as error:
                if type(error) not in UNREADY or error.__traceback__.tb_next is not None and type(error) is not RecursionError:
                    set_right(held, semlock)
                    hide(error)
                    raise
            try:
                leave_lock(held, semlock)
                return
            except RecursionError:
                # It was not released.
                pass
            except BaseException as error:
                set_right(held, semlock)
                hide(error)
                raise
            give()

        return release

    return release_of


def releasing_rlock():
    held_words = held_kinds = None

    @in_core
    def release_of(held, semlock):
        give, count = semlock.release, semlock._count

        def release():
            try:
                if held_kinds[held.off]:
                    if count() == 1:
                        held_words[held.off] = 0.0
                    give()
                else:
                    leave_lock(held, semlock)
                return
            except BaseException as error:
                if type(error) not in UNREADY or error.__traceback__.tb_next is not None and type(error) is not RecursionError:
                    set_right(held, semlock)
                    hide(error)
                    raise
            try:
                leave_lock(held, semlock)
                return
            except RecursionError:
                # It was not released.
                pass
            except BaseException as error:
                set_right(held, semlock)
                hide(error)
                raise
            give()

        return release

    return release_of


def entering(original):
    held_words = None

    @in_core
    def __enter__(self):
        try:
            if self._semlock.acquire(False):
                try:
                    held_words[self._procession_at] = self._procession_word
                    return True
                except (AttributeError, TypeError, IndexError):
                    pass
                except BaseException:
                    # Before 3.11 an interrupt may come here.
                    give_back(self._procession, self._semlock)
                    raise
                try:
                    _entered(self)
                except RecursionError:
                    self._procession.unseen = True
                return True
            return _enter_waiting(self, original)
        except BaseException as error:
            hide(error)
            raise

    return __enter__


def _entered(lock) -> None:
    held = getattr(lock, '_procession', None)
    if held is not None:
        entered(held, lock._semlock)
        lock._procession_at, lock._procession_off = held.at, held.off


def _enter_waiting(lock, original):
    held = getattr(lock, '_procession', None)
    if held is None:
        return original(lock)
    return wait(held, lock._semlock, None, original, lock)


def leaving(original):
    held_words = held_kinds = None

    @in_core
    def __exit__(self, kind=None, value=None, trace=None):
        try:
            if held_kinds[self._procession_off]:
                held_words[self._procession_off] = 0.0
                self._semlock.release()
            elif self._procession is None:
                self._semlock.release()
            else:
                _leave(self)
            return
        except BaseException as error:
            if type(error) not in UNREADY or error.__traceback__.tb_next is not None and type(error) is not RecursionError:
                _failed(self, original, error)
                raise
        try:
            _leave(self)
            return
        except RecursionError:
            # It was not released.
            pass
        except BaseException as error:
            _failed(self, original, error)
            raise
        self._semlock.release()

    return __exit__


def leaving_rlock(original):
    held_words = held_kinds = None

    @in_core
    def __exit__(self, kind=None, value=None, trace=None):
        try:
            if held_kinds[self._procession_off]:
                if self._semlock._count() == 1:
                    held_words[self._procession_off] = 0.0
                self._semlock.release()
            elif self._procession is None:
                self._semlock.release()
            else:
                _leave(self)
            return
        except BaseException as error:
            if type(error) not in UNREADY or error.__traceback__.tb_next is not None and type(error) is not RecursionError:
                _failed(self, original, error)
                raise
        try:
            _leave(self)
            return
        except RecursionError:
            # It was not released.
            pass
        except BaseException as error:
            _failed(self, original, error)
            raise
        self._semlock.release()

    return __exit__


def _leave(lock) -> None:
    held = getattr(lock, '_procession', None)
    if held is None:
        lock._semlock.release()
    else:
        leave_lock(held, lock._semlock)
        lock._procession_at, lock._procession_off = held.at, held.off


class _StandIn:
    """A lock for the library's own `__exit__` to stop at."""

    class _semlock:
        @staticmethod
        def __exit__(*_):
            raise Stop


def _failed(lock, original, error: BaseException) -> None:
    try:
        held = getattr(lock, '_procession', None)
        if held is not None:
            set_right(held, lock._semlock)
    finally:
        as_if_in(original, error, _StandIn())


# ---- a semaphore: C counts how many units this process has

def methods_of_semaphore():
    held_words = None

    @in_core
    def methods(held, semlock):
        take = semlock.acquire

        def acquire(block=True, timeout=None):
            try:
                if timeout is None and (block is True or block is False):
                    if take(False):
                        if held.by is held_words:
                            held_words[held.at] = held.word
                            return True
                        try:
                            entered(held, semlock)
                        except RecursionError:
                            held.unseen = True
                        return True
                    if not block:
                        return False
                    return wait(held, semlock, None, take)
                return at_length(held, semlock, block, timeout)
            except BaseException as error:
                hide(error)
                raise

        def release():
            try:
                leave_semaphore(held, semlock)
                return
            except RecursionError:
                # It was not released.
                pass
            except BaseException as error:
                set_right(held, semlock)
                hide(error)
                raise
            semlock.release()

        return acquire, release

    return methods


def entering_semaphore(original):
    held_words = None

    @in_core
    def __enter__(self):
        try:
            held = self._procession
        except AttributeError:
            held = None
        try:
            if self._semlock.acquire(False):
                if held is not None:
                    if held.by is held_words:
                        held_words[held.at] = held.word
                        return True
                    try:
                        entered(held, self._semlock)
                    except RecursionError:
                        held.unseen = True
                return True
            return _enter_waiting(self, original)
        except BaseException as error:
            hide(error)
            raise

    return __enter__


def leaving_semaphore(original):
    def __exit__(self, kind=None, value=None, trace=None):
        try:
            held = self._procession
        except AttributeError:
            held = None
        try:
            if held is not None:
                leave_semaphore(held, self._semlock)
                return
        except RecursionError:
            # It was not released.
            pass
        except BaseException as error:
            _failed(self, original, error)
            raise
        try:
            self._semlock.release()
        except BaseException as error:
            _failed(self, original, error)
            raise

    return __exit__
