"""Children made with `subprocess`: their start, their end, and who waits for them."""

from . import core
from .calls import hide, like, nanoseconds
from .system import NOT_A_JOIN, argv_of

REAPED = 9
JOIN = 10
SUBPROCESS = 15
TIMED_OUT = 1
BY_SUBPROCESS = 3
#: `pass_fds` named some: it may have ends of pipes, of which nothing else tells.
GIVEN_DESCRIPTORS = 1
#: Place of `pass_fds` among the arguments of `_execute_child`, since 3.2.
PASS_FDS = 4


#: Popen objects, by id, whose child is being made: one whose exec fails is reaped before anybody was told of it.
_making = set()


def patch(module):
    """Hooks into `subprocess.Popen`; its methods are those that every one of its functions passes."""
    popen = module.Popen
    for name, make in (('_execute_child', _executing), ('_handle_exitstatus', _ending), ('_wait', _waiting)):
        original = popen.__dict__.get(name)
        if original is not None:
            setattr(popen, name, like(make(original), original))


def _executing(original):
    def _execute_child(self, *args, **named):
        t0 = core.now()
        _making.add(id(self))
        try:
            original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        finally:
            _making.discard(id(self))
        try:
            given = args[PASS_FDS] if len(args) > PASS_FDS else ()
            flags = GIVEN_DESCRIPTORS if type(given) in (tuple, list, set, frozenset) and given else 0
            core.emit(SUBPROCESS, flags, t0, core.now(), 0, self.pid, 0, core.site(2), core.intern(argv_of(self.args)))
        except Exception as error:
            core.note('subprocess', error)
    return _execute_child


def _ending(original):
    def _handle_exitstatus(self, *args, **named):
        original(self, *args, **named)
        try:
            if self.returncode is not None and id(self) not in _making:
                t = core.now()
                core.emit(REAPED, BY_SUBPROCESS, t, t, 0, self.pid, self.returncode, core.site(2))
        except Exception as error:
            core.note('subprocess', error)
    return _handle_exitstatus


def _waiting(original):
    def _wait(self, timeout):
        # A wait of no time is a look.
        for_ns = -1 if timeout is None else nanoseconds(timeout)
        if for_ns == 0 or self.returncode is not None:
            try:
                return original(self, timeout=timeout)
            except BaseException as error:
                hide(error)
                raise
        line = core.site(2)
        began = core.slot_begin(JOIN, NOT_A_JOIN, 0, self.pid, 0 if for_ns < 0 else core.now() + for_ns, line)
        t0 = began or core.now()
        try:
            return original(self, timeout=timeout)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if began:
                core.slot_end()
            late = TIMED_OUT if self.returncode is None else 0
            core.emit(JOIN, NOT_A_JOIN | late, t0, core.now(), 0, self.pid, for_ns, line)
    return _wait
