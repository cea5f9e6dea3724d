"""Hooks on `os`: fork, exec, spawn, kill, wait and _exit, and what changes who or where the process is. Laid at boot, since `os` is always there.

`core` is not loaded yet then: whichever hook asks for it first loads it (see boot.py).
"""

import os
import sys
from itertools import repeat, starmap

from . import core
from .calls import hide, like

try:
    # Threads that Python started, without the first.
    from _thread import _count as threads
except ImportError:
    def threads():
        return 0

EXIT = 8
REAPED = 9
JOIN = 10
SIGNAL = 11
FORK = 12
EXEC = 13
SUBPROCESS = 15

BY_OS_EXIT = 1
IN_MULTIPROCESSING = 1
REAPED_BY_WAIT = 2
NOT_A_JOIN = 2
BY_KILL = 1
BY_KILLPG = 2
TO_ITSELF = 3

#: These wait for children of their own and say so themselves.
_WAITERS = ('multiprocessing.popen_fork', 'subprocess')

_getframe = sys._getframe
_getpid = os.getpid
_exists = os.path.exists


def patch(module):
    """Replaces functions of `os` by ones that call them and take notes."""
    for name, make in (
        ('fork', _forking), ('forkpty', _forking), ('_exit', _exiting), ('execv', _executing), ('execve', _executing),
        ('posix_spawn', _spawning), ('posix_spawnp', _spawning), ('kill', _killing), ('killpg', _killing_group),
        ('wait', _waiting), ('wait3', _waiting), ('waitpid', _waiting), ('wait4', _waiting), ('waitid', _waiting),
        ('setuid', _becoming), ('seteuid', _becoming), ('setreuid', _becoming), ('setresuid', _becoming), ('chroot', _becoming),
    ):
        original = getattr(module, name, None)
        if original is None:
            continue
        hook = make(original)
        hook = hook if make is _forking else like(hook, original)
        setattr(module, name, hook)
        # Where pickle looks for it, by its `__module__`.
        behind = sys.modules.get(original.__module__)
        if getattr(behind, name, None) is original:
            setattr(behind, name, hook)


def text_of(value):
    """A path or an argument as text, without running anything of the user's."""
    if type(value) is str:
        return value
    if type(value) is bytes:
        return value.decode('utf-8', 'replace')
    # Subclasses may have words of their own.
    kind = type(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        return '%d' % int.__index__(value)
    return '<%s>' % type(value).__name__


def argv_of(args):
    """A command line as one string, NUL between its words."""
    for kind in (list, tuple):
        if issubclass(type(args), kind):
            return '\0'.join([text_of(a) for a in kind.__iter__(args)])
    return text_of(args)


def status_of(status):
    """Exit status as Popen has it, -n for signal n; None while the child has only stopped or gone on."""
    if os.WIFSIGNALED(status):
        return -os.WTERMSIG(status)
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    return None


def _room(more):
    """Before a fork: it raises RecursionError where two more frames are not to be had. One that is done must be told to parent and
    child, and the child must be able to end: a RecursionError would be in both of them, and both would go on with the script.
    And core is loaded, if it was not: the journal's own hooks for a fork must be there. One function, since a fork copies pages."""
    if more:
        core.fresh  # noqa: B018
        return _room(False)
    return ()


def _forking(original):
    # A chain of C objects and no Python function: from 3.12 on `os.fork` warns of other threads, and the warning
    # names the innermost Python frame. That must remain the caller's. Nor is there a frame in a traceback, then.
    def forked(result):
        try:
            # A process's start says the same, and its child speaks for itself.
            name = _getframe(1).f_globals.get('__name__')
            if name == 'multiprocessing.popen_fork':
                return result
            pid = result[0] if type(result) is tuple else result
            inside = name == 'multiprocessing.forkserver'
            if pid:
                t = core.now()
                # What these hold now, nobody will release in the child.
                core.emit(FORK, IN_MULTIPROCESSING if inside else 0, t, t, 0, pid, threads(), core.site(2))
            elif not inside:
                core.touch()
        except Exception as error:
            core.note('fork', error)
        return result
    return map(forked, starmap(original, map(_room, repeat(True)))).__next__


def _exiting(original):
    def _exit(status):
        try:
            if core.ended == _getpid():
                # How a child of multiprocessing ends: BOOTSTRAP_END says so, and how.
                leave, core.last_word = core.last_word, None
                if leave is not None:
                    leave()
                original(status)
            t = core.now()
            core.emit(EXIT, BY_OS_EXIT, t, t, 0, status if type(status) is int else 0, 0, core.site(2))
        except RecursionError:
            # There is no frame to note it in, either, and this must not come back.
            pass
        except Exception as error:
            core.note('_exit', error)
        original(status)
    return _exit


def _becoming(original):
    # Afterwards the journal's file, or our own modules, may be out of reach.
    def become(*args, **named):
        core.touch()
        try:
            return original(*args, **named)
        except BaseException as error:
            hide(error)
            raise
    return become


def _executing(original):
    def exec_(path, argv, *env, **named):
        try:
            # execvp tries folder after folder: only an attempt that can succeed is worth a record.
            kind = type(path)
            if kind is int or (kind in (str, bytes) or kind.__module__.startswith('pathlib')) and _exists(path):
                t = core.now()
                core.emit(EXEC, 0, t, t, 0, 0, 0, core.site(2), core.intern(text_of(path)), core.intern(argv_of(argv)))
        except Exception as error:
            core.note('exec', error)
        try:
            original(path, argv, *env, **named)
        except BaseException as error:
            hide(error)
            raise
    return exec_


def _spawning(original):
    def posix_spawn(path, argv, env, **named):
        t0 = core.now()
        try:
            pid = original(path, argv, env, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            # `subprocess` may take this way (always so since 3.13), and says itself what it made.
            if _getframe(1).f_globals.get('__name__') != 'subprocess':
                core.emit(SUBPROCESS, 0, t0, core.now(), 0, pid, 0, core.site(2), core.intern(argv_of(argv)))
        except Exception as error:
            core.note('posix_spawn', error)
        return pid
    return posix_spawn


def _signalling(original, how, is_final):
    def send(target, signal):
        asked = target
        noted = False
        t = core.now()
        try:
            number = _number(signal)
            target = _number(target)
            # After this one nothing may come from here any more, so it is told beforehand.
            if number and is_final(target):
                noted = True
                core.emit(SIGNAL, TO_ITSELF if target == _getpid() and how == BY_KILL else how, t, t, 0, _signed(target, how), number, core.site(2))
        except Exception:
            number = 0
        try:
            original(asked, signal)
        except BaseException as error:
            hide(error)
            raise
        if number and not noted:
            try:
                core.emit(SIGNAL, how, t, t, 0, _signed(target, how), number, core.site(2))
            except Exception as error:
                core.note('kill', error)
    return send


def _number(value):
    """As an int, asking nothing of a subclass. TypeError for what is none."""
    return value if type(value) is int else int.__index__(value)


def _signed(target, how):
    return -target if how == BY_KILLPG else target


def _killing(original):
    return _signalling(original, BY_KILL, lambda pid: pid <= 0 or pid == _getpid())


def _killing_group(original):
    return _signalling(original, BY_KILLPG, lambda group: group == 0 or group == os.getpgrp())


def _asked(name, args, named):
    """(pid or 0 for any, options) of a call of one of the wait functions."""
    if name == 'wait':
        return 0, 0
    if name == 'waitid':
        return (_number(args[1]) if _number(args[0]) == os.P_PID else 0), _number(args[2])
    if name == 'wait3':
        return 0, _number(args[0] if args else named['options'])
    values = args + tuple(named[key] for key in ('pid', 'options')[len(args):])
    return max(_number(values[0]), 0), _number(values[1])


def _answered(name, result, options):
    """(pid, exit status as Popen has it) of the child that was reaped, or None."""
    if name == 'waitid':
        if result is None or options & os.WNOWAIT:
            return None
        if result.si_code == os.CLD_EXITED:
            return result.si_pid, result.si_status
        return (result.si_pid, -result.si_status) if result.si_code in (os.CLD_KILLED, os.CLD_DUMPED) else None
    status = status_of(result[1])
    return (result[0], status) if result[0] and status is not None else None


def _waiting(original):
    name = original.__name__

    def wait(*args, **named):
        began = line = t0 = pid = options = 0
        noted = False
        try:
            if _getframe(1).f_globals.get('__name__') not in _WAITERS:
                pid, options = _asked(name, args, named)
                noted = True
                line = core.site(2)
                if not options & os.WNOHANG:
                    began = core.slot_begin(JOIN, NOT_A_JOIN, 0, pid, 0, line)
                    t0 = began or core.now()
        except Exception:
            # Arguments that make no sense: the function itself says so.
            pass
        try:
            result = original(*args, **named)
        except BaseException as error:
            if began:
                core.slot_end()
            hide(error)
            raise
        if noted:
            try:
                if began:
                    core.slot_end()
                t1 = core.now()
                reaped = _answered(name, result, options)
                if reaped is not None:
                    core.emit(REAPED, REAPED_BY_WAIT, t1, t1, 0, reaped[0], reaped[1], line)
                if t0:
                    core.emit(JOIN, NOT_A_JOIN, t0, t1, 0, reaped[0] if reaped else pid, -1, line)
            except Exception as error:
                core.note(name, error)
        return result
    return wait
