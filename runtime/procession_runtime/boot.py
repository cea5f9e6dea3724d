"""What happens in a process before the script's first line: the journal is opened and the hooks are laid.

Modules are patched when the script imports them, never imported for that. Our own modules are loaded by file under the
private package name `_procession`, which stands in `sys.modules` only while one of them is loaded.
"""

import os
import sys

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
    'multiprocessing.connection': ('channel', 'connection', 'objects', 'names', 'listeners'),
    'multiprocessing.queues': ('calls', 'channel', 'connection', 'objects', 'feeder', 'simple', 'names', 'holding', 'acquiring', 'locks', 'waits', 'queues'),
    'multiprocessing.synchronize': ('calls', 'channel', 'names', 'holding', 'acquiring', 'locks', 'waits'),
    'multiprocessing.managers': ('channel', 'names', 'managers'),
    'multiprocessing.shared_memory': ('names', 'memory'),
    'multiprocessing.sharedctypes': ('names', 'memory'),
    'multiprocessing.resource_tracker': ('names', 'tracker'),
    'multiprocessing.pool': ('channel', 'tasks', 'pools'),
    'concurrent.futures.process': ('channel', 'tasks', 'executors'),
    'subprocess': ('subprocesses',),
    'traceback': ('failure',),
}

_loaded = {}


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


def _patch(module, names):
    """One hook, its failures noted and not raised."""
    before = set(sys.modules)
    try:
        load(names).patch(module)
    except Exception as error:
        _loaded['core'].note('patch ' + module.__name__, error)
    finally:
        # What our modules import (zlib for one) and the script has not: it comes back as new when the script asks.
        for name in set(sys.modules) - before:
            sys.modules.pop(name, None)


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
        _loaded['core'].note('watch ' + spec.name, error)


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


def _options():
    found = {}
    for part in os.environ.get('PROCESSION_OPTIONS', '').split(','):
        name, _, value = part.partition('=')
        if value.isdigit():
            found[name] = int(value)
    return found


def _internal_prefixes():
    library = os.path.dirname(os.path.abspath(os.__file__))
    join = os.path.join
    return (
        _HERE + os.sep, join(library, 'multiprocessing') + os.sep, join(library, 'concurrent') + os.sep, join(library, 'subprocess.py'),
        join(library, 'threading.py'), join(library, 'os.py'), join(library, 'runpy.py'), join(library, 'importlib') + os.sep,
    )


def install(folder, carry=None, clean=None):
    """Opens this process's journal in `folder` and lays the hooks. Raises OSError when there is no journal: nothing is hooked then.

    `carry` and `clean` come from the launcher: what it does to the `-c` code of children, and what takes it out of a command line.
    """
    if not _in_main_interpreter():
        return
    core = load(('segment', 'about', 'sites', 'core'))
    core.carry = carry
    core.open_journal(folder, _options().get('budget', 268435456), carry is not None, _internal_prefixes(), clean)
    try:
        load(('calls', 'system')).patch(os)
        load(('failure',)).watch_end()
    except Exception as error:
        core.note('boot', error)
    for name, names in HOOKS.items():
        module = sys.modules.get(name)
        if module is not None:
            _patch(module, names)
    sys.meta_path.insert(0, _Finder())
