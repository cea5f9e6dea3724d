"""What happens in a process before the script's first line: it says that it is there, and the hooks are laid.

Modules are patched when the script imports them, never imported for that. Our own modules are loaded by file under the
private package name `_procession`, which stands in `sys.modules` only while one of them is loaded.

Of most Pythons of a run nothing is to be told but that they began and ended. So the journal proper, core.py with its
mapping, is made when the first hook has something to say (`begin`); that costs more than all the rest of a start.
"""

import atexit
import os
import sys
from _thread import get_ident
from time import sleep

PACKAGE = '_procession'
_HERE = os.path.dirname(os.path.abspath(__file__))

_PROCESS = ('process',)

#: Module of the library -> our modules, in order: those that the last one imports, and the last one, whose `patch` is called.
HOOKS = {
    'multiprocessing.process': _PROCESS,
    'multiprocessing.forkserver': _PROCESS,
    'multiprocessing.popen_fork': _PROCESS,
    'multiprocessing.popen_forkserver': _PROCESS,
    'multiprocessing.popen_spawn_win32': _PROCESS,
    'multiprocessing.util': _PROCESS,
    'multiprocessing.reduction': ('channel', 'pickling'),
    'multiprocessing.connection': ('channel', 'polling', 'connection', 'objects', 'names', 'listeners'),
    'multiprocessing.queues': ('calls', 'channel', 'polling', 'connection', 'feeder', 'simple', 'names', 'holding', 'acquiring', 'locks', 'waits', 'queues'),
    'multiprocessing.synchronize': ('calls', 'channel', 'names', 'holding', 'acquiring', 'locks', 'waits'),
    'multiprocessing.managers': ('channel', 'names', 'managers'),
    'multiprocessing.shared_memory': ('names', 'memory'),
    'multiprocessing.sharedctypes': ('names', 'memory'),
    'multiprocessing.resource_tracker': ('names', 'tracker'),
    'multiprocessing.pool': ('channel', 'tasks', 'pools'),
    'concurrent.futures.process': ('channel', 'polling', 'tasks', 'executors'),
    'subprocess': ('subprocesses',),
    'traceback': ('failure',),
}
#: Their hooks ask core for nothing before they are called: many scripts import these, and have no processes.
_WITHOUT_CORE = 'subprocess', 'traceback'
#: Those of ours that are loaded before it.
_EARLY = 'system', 'subprocesses', 'failure'

_BUDGET = 268435456
#: Who finds another thread at `begin` stands by for this many looks of this many seconds.
_LOOKS = 400
_LOOK_S = 0.00005

_loaded = {}
# What `install` was told: the image's first file, the options, and what the launcher does to children.
_first = None
_options = {}
_carry = None
#: core once it is loaded, or what does nothing in its place.
_core = None
# Whose turn it is to load it, and who has it; in one-element lists and single stores, since there is no lock of ours.
_turn = [True]
_beginner = 0
# What could not be told meanwhile.
_missed = []


def _loader_class():
    return sys.modules['_frozen_importlib_external'].SourceFileLoader


def load(names):
    """Our modules of these names; loads what is not loaded yet. Returns the last one."""
    missing = [name for name in names if name not in _loaded]
    if missing:
        package = _loaded.get('')
        if package is None:
            package = _loaded[''] = type(sys)(PACKAGE)
        # For the relative imports inside.
        shown = {PACKAGE: package}
        for name, module in _loaded.items():
            if name:
                shown[PACKAGE + '.' + name] = module
        sys.modules.update(shown)
        try:
            for name in missing:
                full = PACKAGE + '.' + name
                path = os.path.join(_HERE, name + '.py')
                module = type(sys)(full)
                module.__file__ = path
                module.__package__ = PACKAGE
                shown[full] = sys.modules[full] = module
                exec(_loader_class()(full, path).get_code(full), module.__dict__)
                _loaded[name] = module
                setattr(package, name, module)
        finally:
            for full in shown:
                sys.modules.pop(full, None)
    return _loaded[names[-1]]


# Modules with a `__getattr__`, and not classes with one, since each class is a dozen objects for the collector.

def _later():
    """Stands for core in the modules that are loaded before it, until one of them wants something of it."""
    module = type(sys)(PACKAGE + '.later')
    module.__getattr__ = lambda name: getattr(begin(), name)
    return module


def _nothing():
    """Stands for core where there is none: the script goes on unwatched."""
    module = type(sys)(PACKAGE + '.nothing')
    module.ended = 0
    module.fresh = module.enabled = False
    module.carry = module.herald = module.last_word = None
    module.__getattr__ = lambda name: lambda *_args, **_named: 0
    return module


def begin():
    """core, with its journal open, from now on; where that cannot be had, what does nothing in its place."""
    global _core, _beginner
    if _core is not None:
        return _core
    try:
        _turn.pop()
    except IndexError:
        # Another thread is at it. Or this one is, and this is a signal handler or a finalizer, which cannot wait for it.
        looks = 0
        while _core is None and looks < _LOOKS and _beginner != get_ident():
            looks += 1
            sleep(_LOOK_S)
        return _core or _miss()
    _beginner = get_ident()
    before = set(sys.modules)
    core = None
    try:
        made = load(('segment', 'sites', 'core'))
        made.carry = _carry
        load(('failure',))
        # Last, so that none is opened twice.
        made.open_journal(_first, _options.get('budget', _BUDGET), _internal_prefixes())
        core = made
    except RecursionError:
        # There is no room here. Whoever comes next tries again.
        _turn.append(True)
        return _miss()
    except Exception:
        _loaded['about'].drop(_first)
    except BaseException:
        # An interrupt.
        _turn.append(True)
        raise
    finally:
        _forget(before)
        _beginner = 0
    _core = core = core or _nothing()
    _loaded[''].core = core
    for name in _EARLY:
        if name in _loaded:
            _loaded[name].core = core
    while _missed:
        _missed.pop()
        core.drop()
    return core


def _miss():
    _missed.append(True)
    return _nothing()


def _forget(before):
    """Takes out of `sys.modules` what our modules import and the script has not: it comes back as new when the script asks."""
    for name in set(sys.modules) - before:
        sys.modules.pop(name, None)


def _patch(module, names):
    """One hook, its failures noted and not raised."""
    if module.__name__ not in _WITHOUT_CORE and not begin().enabled:
        return
    before = set(sys.modules)
    try:
        load(names).patch(module)
    except Exception as error:
        begin().note('patch ' + module.__name__, error)
    finally:
        _forget(before)


class _Finder:
    """First on `sys.meta_path`. Finds nothing itself: for the modules of HOOKS it has the others find, and then patches."""

    def find_spec(self, name, path=None, target=None):
        names = HOOKS.get(name)
        if names is None:
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, 'find_spec', None)
            if finder is self or find is None:
                continue
            spec = find(name, path, target)
            if spec is not None:
                _watch(spec, names)
                return spec
        return None

    def invalidate_caches(self):
        """Nothing is cached."""


def _watch(spec, names):
    loader = spec.loader
    # A class as loader (frozen modules) is shared by all modules: the attribute would be, too.
    if loader is None or isinstance(loader, type):
        return
    try:
        execute = loader.exec_module

        def exec_module(module):
            if loader.__dict__.get('exec_module') is exec_module:
                del loader.exec_module
            execute(module)
            _patch(module, names)

        loader.exec_module = exec_module
    except Exception as error:
        begin().note('watch ' + spec.name, error)


def _in_main_interpreter():
    # Only there may the wake-up descriptor be set; it is not set yet, so this changes nothing.
    import _signal
    try:
        old = _signal.set_wakeup_fd(-1)
    except ValueError:
        return False
    if old != -1:
        _signal.set_wakeup_fd(old)
    return True


def _options_now():
    found = {}
    for part in os.environ.get('PROCESSION_OPTIONS', '').split(','):
        name, _, value = part.partition('=')
        if value.isdigit():
            found[name] = int(value)
    return found


def _internal_prefixes():
    library = os.path.dirname(os.path.abspath(os.__file__))
    join = os.path.join
    prefixes = (
        _HERE + os.sep, join(library, 'multiprocessing') + os.sep, join(library, 'concurrent') + os.sep, join(library, 'subprocess.py'),
        join(library, 'threading.py'), join(library, 'os.py'), join(library, 'runpy.py'), join(library, 'importlib') + os.sep,
    )
    if any([word.startswith(('from multiprocessing.', 'import sys; from multiprocessing.')) for word in _first.line]):
        # A helper or a spawn child: the `-c` text is the library's (that of 3.14's fork server has an import in front).
        prefixes += ('<string>',)
    return prefixes


def _finish():
    """The interpreter begins to finish."""
    failed = getattr(sys, 'last_exc', None) is not None or getattr(sys, 'last_value', None) is not None
    if _core is None and not failed and os.getpid() == _first.pid:
        _loaded['about'].end(_first)
    elif begin().enabled:
        _loaded['failure'].finish(_first.pid)


def install(folder, carry=None, clean=None):
    """Makes this process's journal in `folder` and lays the hooks. Raises OSError when there is no journal: nothing is hooked then.

    `carry` and `clean` come from the launcher: what it does to the `-c` code of children, and what takes it out of a command line.
    """
    global _first, _options, _carry
    if not _in_main_interpreter():
        return
    about = load(('about',))
    line = about.command_line()
    _first = about.begin(folder, 0 if carry is None else about.BY_LAUNCHER, line if clean is None else clean(line))
    _options, _carry = _options_now(), carry
    _loaded[''].core = _later()
    try:
        load(('calls', 'system')).patch(os)
    except Exception as error:
        begin().note('boot', error)
    atexit.register(_finish)
    for name, names in HOOKS.items():
        module = sys.modules.get(name)
        if module is not None:
            _patch(module, names)
    sys.meta_path.insert(0, _Finder())
