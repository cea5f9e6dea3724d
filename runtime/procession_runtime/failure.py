"""Exceptions that nobody caught, and the interpreter's end.

No `sys.excepthook`, which is the user's. A child's exception is seen where `BaseProcess._bootstrap` prints it, the main
script's after the fact in `sys.last_value`, when atexit's handlers run (ours was registered first, so it runs last).
"""

import os
import sys

from . import core
from .about import BEGAN_TO_FINISH, EXIT, NO_CODE
from .calls import like

EXCEPTION = 7
IN_CHILD = 1
IN_MAIN = 2
_TRACEBACK_LIMIT = 14000
_PLAIN = (str, int, float, bytes, bool, type(None))
_ENDED_BY_ERROR = 1
_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'launch')

#: Code objects from whose `traceback.print_exc()` a child's last words come; filled by process.py.
bootstraps = []


def patch(module):
    """Hooks into `traceback`: `print_exc` as called by `_bootstrap`."""
    module.print_exc = like(_printing(module.print_exc), module.print_exc)


class _Copy:
    """Passes everything on to the stream it stands for, and keeps what was written."""

    def __init__(self, stream):
        self._stream = stream
        self._parts = []

    def write(self, text):
        if type(text) is str:
            self._parts.append(text)
        return self._stream.write(text)

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def text(self):
        return ''.join(self._parts)


def _printing(original):
    def print_exc(*args, **named):
        if args or named or sys._getframe(1).f_code not in bootstraps or sys.stderr is None:
            return original(*args, **named)
        error = sys.exc_info()[1]
        t = core.now()
        copy = _Copy(sys.stderr)
        try:
            return original(file=copy)
        finally:
            try:
                record(error, IN_CHILD, t, copy.text())
            except Exception as problem:
                core.note('print_exc', problem)
    return print_exc


def type_name(kind):
    """The type's name as a traceback prints it."""
    name = getattr(kind, '__qualname__', kind.__name__)
    module = kind.__module__
    return name if module in ('builtins', '__main__', None) or not isinstance(module, str) else '%s.%s' % (module, name)


def message_of(error):
    """`str(error)`, but only where that runs no code of the user's; else ''."""
    try:
        told = type(error).__str__
        if type(told) is type(object.__str__) and all(type(a) in _PLAIN for a in error.args):
            return str(error)
    except Exception:
        pass
    return ''


def words(error):
    """String id of 'Type: message'."""
    said = message_of(error)
    return core.intern('%s: %s' % (type_name(type(error)), said) if said else type_name(type(error)))


def _message_in(text, name):
    # The last line that begins with the type's name, and what follows it.
    at = text.rfind('\n' + name + ':')
    return text[at + len(name) + 2:].strip() if at >= 0 else ''


def line_of(trace):
    """String id of the innermost line of the user's in a traceback; 0 when there is none."""
    found = None
    while trace is not None:
        code = trace.tb_frame.f_code
        if not core.in_library(code):
            found = code, trace.tb_lineno
        trace = trace.tb_next
    return core.site_of(*found) if found else 0


def _users_part(trace):
    """Without the launcher's frames."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return trace


def _ended_by(error):
    """Whether it is what ended this interpreter: consoles and test runners set `sys.last_value` too."""
    trace = _users_part(error.__traceback__)
    if trace is None:
        return isinstance(error, SyntaxError)
    code = trace.tb_frame.f_code
    if code.co_name not in ('<module>', '_run_module_as_main') or code.co_filename == '<console>':
        return False
    return trace.tb_frame.f_globals.get('__name__') in ('__main__', 'runpy')


def text_of(error):
    """The traceback as Python prints it, made after the fact, without running `__str__` of the user's."""
    import traceback
    parts = []
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        said = message_of(error)
        name = type_name(type(error))
        trace = _users_part(error.__traceback__)
        lines = ['Traceback (most recent call last):\n'] if trace else []
        lines += traceback.format_tb(trace)
        lines.append('%s: %s\n' % (name, said) if said else name + '\n')
        parts.append(''.join(lines))
        if error.__cause__ is not None:
            parts.append('\nThe above exception was the direct cause of the following exception:\n\n')
            error = error.__cause__
        elif error.__context__ is not None and not error.__suppress_context__:
            parts.append('\nDuring handling of the above exception, another exception occurred:\n\n')
            error = error.__context__
        else:
            error = None
    return ''.join(reversed(parts))


def record(error, flags, t, text):
    """One EXCEPTION record. `text` is the traceback as printed; what is too long loses its beginning."""
    name = type_name(type(error))
    said = message_of(error) or _message_in('\n' + text, name)
    if len(text) > _TRACEBACK_LIMIT:
        text = '...\n' + text[-_TRACEBACK_LIMIT:]
    core.emit(EXCEPTION, flags, t, t, 0, 0, 0, line_of(error.__traceback__), core.intern('%s\n%s' % (name, said[:2000])), core.intern(text))


def _interrupt():
    raise KeyboardInterrupt


def _stay_interrupted():
    """Lets CPython end itself by SIGINT, as it does after a KeyboardInterrupt that nobody caught.

    It forgets that there was one whenever a string is compiled and run, as `import traceback` does for its named
    tuples; and it notes one whenever such a string raises it.
    """
    try:
        eval('interrupt()', {'interrupt': _interrupt})
    except KeyboardInterrupt:
        pass


def finish(begun_in):
    """What is written when an interpreter begins to finish that `begun_in` this process, or in a parent of it."""
    try:
        leave, core.last_word = core.last_word, None
        if leave is not None:
            leave()
        t = core.now()
        # Not `or`: an exception of the user's may have a truth of its own.
        error = getattr(sys, 'last_exc', None)
        if error is None:
            error = getattr(sys, 'last_value', None)
        code = NO_CODE
        # In a forked child that runs its parent's handlers, what is in `sys` may be the parent's.
        if issubclass(type(error), BaseException) and os.getpid() == begun_in and _ended_by(error):
            if not isinstance(error, KeyboardInterrupt):
                code = _ENDED_BY_ERROR
            record(error, IN_MAIN, t, text_of(error))
            if isinstance(error, KeyboardInterrupt):
                _stay_interrupted()
        core.emit(EXIT, BEGAN_TO_FINISH, t, t, 0, code, 0, 0)
    except Exception as problem:
        core.note('finish', problem)
