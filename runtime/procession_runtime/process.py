"""Processes of multiprocessing: where they were made, started, run, waited for and reaped, by any start method."""

import os
import sys
from _thread import get_ident

from . import core, failure
from .calls import hide, like, nanoseconds
# The journal is open before this module is loaded. Not bound in each hook: a closure's cells are pages that a fork copies.
from .core import emit, intern, new_id, now, site, slot_begin, slot_end
from .system import argv_of, threads

# A script may put another in its place.
_getpid = os.getpid

START = 3
START_FAILED = 4
BOOTSTRAP = 5
BOOTSTRAP_END = 6
REAPED = 9
JOIN = 10
SPAWNED = 14

METHODS = {'fork': 1, 'spawn': 2, 'forkserver': 3}
FORK_METHOD = 1
DAEMON = 4
TIMED_OUT = 1
BY_MULTIPROCESSING = 1
#: Nobody asked: the process ends, and multiprocessing joins what is left.
AT_EXIT = 8
HELPERS = {'spawn': 1, 'forkserver': 2, 'resource_tracker': 3}

# Site at which a process object was made, by the object's id, until it is started. Not an attribute of the object: it would
# be pickled with it. An entry that stays behind is overwritten by the next object of that id, whose `__init__` comes first.
_made = {}
_base = None
_getframe = sys._getframe
_NOBODY = 0, 0, 0
# The child that was waited for last, where, and by which thread: another one's `is_alive` may be quicker. In one piece, since several may wait.
_joined = _NOBODY


# What has a name of its own, to be read without running anything: functions, methods, built-ins, classes.
_FUNCTION = type(hide)
_NAMED = _FUNCTION, type(hide.__get__(sys)), type(len), type


def patch(module):
    """Hooks into one of multiprocessing's modules, by what is in it."""
    global _base
    name = module.__name__
    if name == 'multiprocessing.process':
        _base = module.BaseProcess
        _patch_class(_base)
    elif name == 'multiprocessing.util':
        module.spawnv_passfds = like(_spawning(module.spawnv_passfds), module.spawnv_passfds)
    elif name == 'multiprocessing.forkserver':
        module._serve_one = like(_serving(module._serve_one), module._serve_one)
    else:
        popen = module.Popen
        for method, make in (('poll', _polling), ('wait', _waiting)):
            if method in popen.__dict__:
                setattr(popen, method, like(make(popen.__dict__[method]), popen.__dict__[method]))


def _patch_class(base):
    failure.bootstraps.append(base._bootstrap.__code__)
    base.__init__ = like(_making(base.__init__), base.__init__)
    base.start = like(_starting(base.start), base.start)
    base._bootstrap = like(_running(base._bootstrap), base._bootstrap)


def _module_of(thing):
    """A spawned child imports the script as `__mp_main__`; its parent, and its author, say `__main__`."""
    module = thing.__module__
    return '__main__' if module == '__mp_main__' else module


def _name_of(function):
    # `isinstance` would ask the object for its class.
    if not issubclass(type(function), _NAMED):
        inner = getattr(function, 'func', None) if type(function).__module__ == 'functools' else None
        function = inner if issubclass(type(inner), _NAMED) else type(function)
    return '%s.%s' % (_module_of(function), function.__qualname__)


def _describe(process):
    """(flags, name, target) for START and BOOTSTRAP. The target is the class where that overrides `run`. Looks at names only.

    One function, and so are the hooks on the way of a start: what a fork costs is the pages touched on either side,
    and each function of Python's lies on two.
    """
    method = process._start_method
    if method is None:
        # `multiprocessing.Process`: that of the default context, looked up without settling it.
        default = sys.modules['multiprocessing.context']._default_context
        method = (default._actual_context or default._default_context)._name
    flags = METHODS.get(method, 0)
    if process._config.get('daemon'):
        flags |= DAEMON
    kind = type(process)
    if kind.run is not _base.run:
        return flags, process._name, '%s.%s.run' % (_module_of(kind), kind.__qualname__)
    target = process.__dict__.get('_target')
    if target is None:
        return flags, process._name, ''
    if type(target) is _FUNCTION:
        module = target.__module__
        return flags, process._name, '%s.%s' % ('__main__' if module == '__mp_main__' else module, target.__qualname__)
    return flags, process._name, _name_of(target)


def _maker_line(process, frame):
    """The line that calls the class, from the frame of a subclass's `__init__`: all frames of the object's own `__init__` are passed."""
    depth = 3
    while frame is not None and frame.f_code.co_name == '__init__' and frame.f_code.co_argcount:
        if frame.f_locals.get(frame.f_code.co_varnames[0]) is not process:
            break
        depth += 1
        frame = frame.f_back
    return site(depth)


def _making(original):
    def __init__(self, *args, **named):
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            frame = _getframe(1)
            _made[id(self)] = _maker_line(self, frame) if frame.f_code.co_name == '__init__' else site(2)
        except Exception as error:
            core.note('Process', error)
    return __init__


def _starting(original):
    def start(self):
        name = target = line = flags = began = made = 0
        try:
            line = site(2)
            made = _made.pop(id(self), 0)
            flags, name, target = _describe(self)
            name = intern(name, False)
            target = intern(target)
            if flags & 3 == FORK_METHOD:
                # What they hold now, nobody will release in the child.
                flags |= min(threads(), 255) << 8
            else:
                began = slot_begin(START, flags, 0, 0, 0, line)
        except Exception as error:
            # A subclass that never called BaseProcess.__init__: the original says so in its own way.
            if '_config' in self.__dict__:
                core.note('start', error)
        t0 = began or now()
        try:
            original(self)
        except BaseException as error:
            if began:
                slot_end()
            # The number of a string that a forking parent wrote means nothing here.
            if made and self._parent_pid != os.getpid():
                made = 0
            emit(START_FAILED, flags, t0, now(), 0, 0, made, line, name, failure.words(error))
            hide(error)
            raise
        if began:
            slot_end()
        emit(START, flags, t0, now(), new_id(), self._popen.pid, made, line, name, target)
    return start


def _running(original):
    def say(process, t0):
        try:
            flags, name, target = _describe(process)
            emit(BOOTSTRAP, flags, t0, t0, 0, process._parent_pid, 0, 0, intern(name), intern(target))
        except Exception as error:
            core.note('_bootstrap', error)

    def _bootstrap(self, *args, **named):
        t0 = now()
        if core.fresh:
            # Its parent has said what it is: a forked child that has nothing else to tell needs no file of its own.
            core.herald = say, self, t0
        else:
            say(self, t0)
        code = original(self, *args, **named)
        if type(code) is int:
            own = core.ended = _getpid()

            def leave():
                # A handler at exit may fork: who comes of it has another end.
                if _getpid() == own and not core.leave_quietly(t0, code, self._parent_pid):
                    emit(BOOTSTRAP_END, 0, t0, now(), 0, code, 0, 0)
            if finishes:
                leave()
            else:
                core.last_word = leave
        return code
    # From 3.13 on handlers at exit run after it: among them multiprocessing's own, which waits for feeders and for children.
    finishes = '_exit_function' in original.__code__.co_names
    return _bootstrap


def _at_exit():
    """Whether multiprocessing's own handler at exit has begun; None is what a module's names become when it is torn down."""
    util = sys.modules.get('multiprocessing.util')
    return util is None or getattr(util, '_exiting', False) is not False


def _polling(original):
    def poll(self, *args, **named):
        if self.returncode is not None:
            return original(self, *args, **named)
        try:
            return original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        finally:
            code = self.returncode
            if code is not None:
                t = now()
                # The line of a `join` was looked up when it began to wait.
                pid, line, thread = _joined
                flags = BY_MULTIPROCESSING | AT_EXIT if _at_exit() else BY_MULTIPROCESSING
                emit(REAPED, flags, t, t, 0, self.pid, code, line if pid == self.pid and thread == get_ident() else site(2))
    return poll


def _waiting(original):
    def wait(self, timeout=None):
        global _joined
        # A wait of no time is a look, and libraries look often.
        for_ns = -1 if timeout is None else nanoseconds(timeout)
        if for_ns == 0 or self.returncode is not None:
            try:
                return original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
        line = site(2)
        _joined = self.pid, line, get_ident()
        began = slot_begin(JOIN, 0, 0, self.pid, 0 if for_ns < 0 else now() + for_ns, line)
        t0 = began or now()
        try:
            return original(self, timeout)
        except BaseException as error:
            hide(error)
            raise
        finally:
            _joined = _NOBODY
            if began:
                slot_end()
            emit(JOIN, TIMED_OUT if self.returncode is None else 0, t0, now(), 0, self.pid, for_ns, line)
    return wait


def _helper_of(words):
    """What a command line starts, by the module that its `-c` text imports from: multiprocessing's, or that of a library that
    has its own, as loky. What follows that text is the script's: from 3.14 on the fork server gets its arguments."""
    if '-c' in words:
        text = words[words.index('-c') + 1]
        return HELPERS.get(text.partition('from ')[2].partition(' import ')[0].rpartition('.')[2], 0)
    return 0


def _spawning(original):
    def spawnv_passfds(path, args, passfds):
        t0 = now()
        try:
            pid = original(path, _instrumented(args), passfds)
        except BaseException as error:
            hide(error)
            raise
        try:
            words = [a.decode('utf-8', 'replace') if type(a) is bytes else a for a in args]
            emit(SPAWNED, _helper_of(words), t0, now(), 0, pid, 0, site(2), intern(argv_of(words)))
        except Exception as error:
            core.note('spawnv_passfds', error)
        return pid
    return spawnv_passfds


def _instrumented(args):
    """The command line of a helper or spawn child; under the launcher, with what brings the runtime into it."""
    try:
        if core.carry is not None and '-c' in args:
            args = list(args)
            at = args.index('-c') + 1
            args[at] = core.carry(args[at])
    except Exception as error:
        core.note('carry', error)
    return args


def _serving(original):
    """In a child of the fork server: what fails before `_bootstrap`, as an import of the script, is printed by the server's loop."""
    def _serve_one(*args, **named):
        # Who asked for this child is not the one that forked it: it speaks for itself.
        core.touch()
        try:
            return original(*args, **named)
        except Exception as error:
            t = now()
            hide(error)
            try:
                failure.record(error, failure.IN_CHILD, t, failure.text_of(error))
            except Exception as problem:
                core.note('_serve_one', problem)
            raise
    return _serve_one
