"""Every public function and method of the modules that are patched: name, signature, documentation and pickle are those of a plain run.

What differs is listed here, and docs/differences.md says why.
"""

import ast
import unittest

from process_support import ScriptTest

MODULES = (
    'os', 'posix', 'traceback', 'subprocess', 'atexit', 'threading', 'signal', 'pickle', 'mmap', 'struct', '_thread', 'sys',
    'multiprocessing', 'multiprocessing.process', 'multiprocessing.context', 'multiprocessing.util', 'multiprocessing.connection',
    'multiprocessing.queues', 'multiprocessing.synchronize', 'multiprocessing.managers', 'multiprocessing.pool', 'multiprocessing.heap',
    'multiprocessing.shared_memory', 'multiprocessing.sharedctypes', 'multiprocessing.resource_tracker', 'multiprocessing.resource_sharer',
    'multiprocessing.reduction', 'multiprocessing.spawn', 'multiprocessing.forkserver', 'multiprocessing.popen_fork',
    'multiprocessing.popen_spawn_posix', 'multiprocessing.popen_forkserver', 'multiprocessing.dummy', 'concurrent.futures',
    'concurrent.futures.process', 'concurrent.futures.thread', 'concurrent.futures._base', 'queue', 'logging', 'collections', 'socket',
)

# Prints a line for each attribute of a module and of its classes, private ones included.
WALK = '''
import importlib, inspect, pickle, re, sys, threading

def plain(text):
    # A thread's number is an address, too: from 3.14 on a default shows the table of threads.
    return re.sub(r'0x[0-9a-f]+', '0x', text).replace(str(threading.get_ident()), 'thread')

def signature(thing):
    try:
        return plain(str(inspect.signature(thing)))
    except (ValueError, TypeError):
        return None

def pickled(thing):
    found = []
    for protocol in (0, 2, pickle.HIGHEST_PROTOCOL):
        try:
            data = pickle.dumps(thing, protocol)
            found.append((data, pickle.loads(data) is thing))
        except Exception as error:
            found.append(type(error).__name__)
    return found

def look(path, thing):
    fields = {name: plain(repr(getattr(thing, name, None))) for name in ('__name__', '__qualname__', '__module__', '__doc__')}
    fields.update(
        type=type(thing).__name__, signature=signature(thing), function=inspect.isfunction(thing), builtin=inspect.isbuiltin(thing),
        routine=inspect.isroutine(thing))
    if not path.endswith(')'):
        fields['pickle'] = pickled(thing)
    for name in ('__defaults__', '__kwdefaults__', '__annotations__'):
        fields[name] = plain(repr(getattr(thing, name, None)))
    print(path, ascii(fields), sep='\\t')

def inner(path, value):
    if isinstance(value, (staticmethod, classmethod)):
        look(path, value.__func__)
    elif isinstance(value, property):
        for part in ('fget', 'fset', 'fdel'):
            if getattr(value, part) is not None:
                look('%s(%s)' % (path, part), getattr(value, part))
    elif callable(value):
        look(path, value)

if __name__ == '__main__':
    for name in sys.argv[1:]:
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    for name in sys.argv[1:]:
        module = sys.modules.get(name)
        if module is None:
            continue
        print(name + ' names', ascii({'names': sorted(vars(module))}), sep='\\t')
        for attribute, value in sorted(vars(module).items()):
            path = name + '.' + attribute
            if attribute in ('__builtins__', '__loader__', '__spec__', 'last_traceback', 'modules'):
                continue
            if inspect.isclass(value):
                if value.__module__ != name:
                    continue
                look(path, value)
                print(path + ' members', ascii({'names': sorted(vars(value)), 'mro': [base.__qualname__ for base in value.__mro__]}), sep='\\t')
                for member, inside in sorted(vars(value).items()):
                    if member not in ('__dict__', '__weakref__', '__class__'):
                        inner(path + '.' + member, inside)
            elif callable(value):
                look(path, value)
'''

#: Functions of `os` and `posix` that are Python's own otherwise: these are Python functions. Aliases that modules of the library keep, too.
OF_OS = {module + name for module in ('os.', 'posix.') for name in (
    '_exit', 'chroot', 'execv', 'execve', 'kill', 'killpg', 'posix_spawn', 'posix_spawnp', 'seteuid', 'setresuid', 'setreuid', 'setuid', 'wait', 'wait3',
    'wait4', 'waitid', 'waitpid')} | {
    'subprocess._waitpid', 'subprocess._del_safe.waitpid'}
#: These take what they are called with as it comes; `inspect.signature` shows the parameters, `__defaults__` is empty.
WITHOUT_DEFAULTS = {
    'concurrent.futures.process.ProcessPoolExecutor.__init__', 'concurrent.futures.process.ProcessPoolExecutor.shutdown',
    'concurrent.futures.process._ExecutorManagerThread.terminate_broken', 'concurrent.futures.process._process_worker',
    'multiprocessing.connection.Client', 'multiprocessing.connection.Listener.__init__',
    'multiprocessing.connection.answer_challenge', 'multiprocessing.connection.deliver_challenge',
    'multiprocessing.managers.BaseProxy.__init__', 'multiprocessing.managers.BaseProxy._callmethod', 'multiprocessing.pool.Pool.__init__',
    'multiprocessing.pool.Pool._map_async', 'multiprocessing.pool.Pool.apply_async', 'multiprocessing.pool.Pool.imap',
    'multiprocessing.pool.Pool.imap_unordered', 'multiprocessing.pool.worker', 'multiprocessing.popen_fork.Popen.poll',
    'multiprocessing.popen_forkserver.Popen.poll', 'multiprocessing.process.BaseProcess.__init__',
    'multiprocessing.process.BaseProcess._bootstrap', 'multiprocessing.shared_memory.SharedMemory.__init__',
    'multiprocessing.sharedctypes.Array', 'multiprocessing.sharedctypes.Value', 'multiprocessing.synchronize.Barrier.__init__',
    'traceback.print_exc',
}
#: A default of theirs is a function of `os`.
WITH_SUCH_A_DEFAULT = {
    'multiprocessing.resource_tracker.ResourceTracker._stop_locked', 'subprocess.Popen._handle_exitstatus', 'subprocess.Popen._internal_poll'}
FORKS = {'os.fork', 'os.forkpty', 'posix.fork', 'posix.forkpty'}
#: Methods that a class has itself, and not from its base alone; `_procession` is a note of ours.
MORE_MEMBERS = {
    'multiprocessing.synchronize.Barrier': {'__init__', '_break', 'abort', 'reset', 'wait'},
    'multiprocessing.synchronize.Lock': {'__enter__', '__exit__'},
    'multiprocessing.synchronize.RLock': {'__enter__', '__exit__'},
    'multiprocessing.synchronize.Semaphore': {'__enter__', '__exit__'},
    'multiprocessing.synchronize.Condition': {'_procession'},
}


class Inventory(ScriptTest):
    def attributes(self, watched):
        # `os.fork` is asked for its pickle, too. What is in a set is printed in an order by chance.
        run = self.run_script(WALK, MODULES, watched=watched, flags=['-Wignore'], env={'PYTHONHASHSEED': '0'})
        self.assertEqual((0, ''), (run.code, run.err))
        return {path: ast.literal_eval(fields) for path, fields in (line.split('\t', 1) for line in run.out.splitlines())}

    def test_every_attribute_of_every_module_is_as_in_a_plain_run_but_for_these_lists(self):
        plain, watched = self.attributes(False), self.attributes(True)
        self.assertGreater(len(plain), 2000)
        more = {kind + '.' + name for kind, names in MORE_MEMBERS.items() for name in names}
        self.assertEqual(set(), set(plain) - set(watched))
        self.assertLessEqual(set(watched) - set(plain), more)
        wrong = []
        for path, fields in plain.items():
            others = watched[path]
            self.assertEqual(set(fields), set(others))
            different = {name for name in fields if fields[name] != others[name]}
            allowed = set()
            if path in FORKS:
                allowed = different
            elif path in OF_OS:
                allowed = {'type', 'function', 'builtin', '__defaults__', '__annotations__'}
            elif path in WITHOUT_DEFAULTS:
                allowed = {'__defaults__', '__kwdefaults__'}
            elif path in WITH_SUCH_A_DEFAULT:
                allowed = {'__defaults__', 'signature'}
            elif path.endswith(' members'):
                added = set(others['names']) - set(fields['names'])
                allowed = {'names'} if added <= MORE_MEMBERS.get(path[:-8], set()) and set(fields['names']) <= set(others['names']) else set()
            wrong += ['%s: %s is %r, not %r' % (path, name, others[name], fields[name]) for name in sorted(different - allowed)]
        self.assertEqual([], wrong)


if __name__ == '__main__':
    unittest.main()
