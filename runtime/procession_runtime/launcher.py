"""The launcher's work: lay the hooks, make `__main__` what the interpreter would have made it, and run the target in it.

Children that inherit -E, -I or -S read no sitecustomize either: `carry` is put in front of the `-c` code of those
that multiprocessing starts (process.instrumented).
"""

import os
import sys

_EXTERNAL = '_frozen_importlib_external'


def carry(code, folder):
    """The `-c` code of a child of multiprocessing, preceded by what lays the hooks there. Leaves no name in its `__main__`."""
    path = os.path.join(folder, 'launcher.py')
    return (
        "exec(__import__('sys').modules['%s'].SourceFileLoader('_procession.launcher',%r).get_code('_procession.launcher'),"
        "{'__name__':'_procession.launcher','__package__':'_procession','__spec__':None,'__file__':%r,'carried':%r});"
        % (_EXTERNAL, path, path, folder)
    ) + code


def install(folder, clean):
    """Lays the hooks; silent when that fails. `clean` makes the command line what the user (or the library) wrote."""
    before = set(sys.modules)
    try:
        run_folder = os.environ.get('PROCESSION_RUN')
        if run_folder and sys.version_info >= (3, 8):
            path = os.path.join(folder, 'boot.py')
            names = {'__name__': '_procession.boot', '__package__': '_procession', '__spec__': None, '__file__': path}
            exec(sys.modules[_EXTERNAL].SourceFileLoader('_procession.boot', path).get_code('_procession.boot'), names)
            names['install'](run_folder, lambda code: carry(code, folder), clean)
    except Exception:
        pass
    finally:
        for name in set(sys.modules) - before:
            if name != 'atexit' or sys.version_info >= (3, 10):
                sys.modules.pop(name, None)


def _without_launcher(own):
    """What takes the launcher out of a command line."""
    return lambda line: [word for word in line if word != own]


def _without_carrier(line):
    """The command line of a carried child as the library wrote it."""
    return [word.partition('});')[2] if word.startswith("exec(__import__('sys')") else word for word in line]


def _first_path(entry):
    # -I and -P leave the script's folder out.
    if not (sys.flags.isolated or getattr(sys.flags, 'safe_path', False)):
        sys.path.insert(0, entry)


def _fill(main, **names):
    main.clear()
    main.update(
        __name__='__main__', __doc__=None, __package__=None, __loader__=None, __spec__=None, __builtins__=sys.modules['builtins'],
    )
    if sys.version_info < (3, 14):
        # From 3.14 on annotations are evaluated when they are asked for.
        main['__annotations__'] = {}
    main.update(names)


def _code_of(path):
    if path.endswith('.pyc'):
        return sys.modules[_EXTERNAL].SourcelessFileLoader('__main__', path).get_code('__main__')
    from io import open_code
    with open_code(path) as file:
        source = file.read()
    return compile(source, path, 'exec', dont_inherit=True)


def _is_application(path):
    """Whether it is a folder or an archive with a `__main__` in it."""
    if os.path.isdir(path):
        return True
    try:
        from zipimport import zipimporter
        zipimporter(path)
        return True
    except ImportError:
        return False


def run(main, folder):
    """Becomes the target. `main` is the namespace of `__main__`, `folder` that of the runtime."""
    own = sys.argv[0]
    del sys.argv[0]
    if not (sys.flags.isolated or getattr(sys.flags, 'safe_path', False)):
        del sys.path[0]
    install(folder, _without_launcher(own))
    # -S alone reads PYTHONPATH.
    boot = os.path.join(os.path.dirname(folder), 'boot')
    sys.path[:] = [entry for entry in sys.path if entry != boot]
    try:
        _run_target(main)
    except SystemExit:
        raise
    except BaseException:
        _hide_launcher(folder)
        raise


def _run_target(main):
    if not sys.argv:
        raise SystemExit('launch.py: nothing to run')
    target = sys.argv[0]
    if target == '-m':
        name = sys.argv.pop(1)
        _first_path(os.getcwd())
        _fill(main)
        import runpy
        runpy._run_module_as_main(name)
    elif target == '-c':
        code = sys.argv.pop(1)
        _first_path('')
        _fill(main, __loader__=sys.modules['_frozen_importlib'].BuiltinImporter)
        compiled = compile(code, '<string>', 'exec', dont_inherit=True)
        if sys.version_info >= (3, 13):
            _show_source(compiled, code)
        exec(compiled, main)
    elif target == '-':
        _first_path('')
        _fill(main, __loader__=sys.modules['_frozen_importlib'].BuiltinImporter)
        exec(compile(sys.stdin.read(), '<stdin>', 'exec', dont_inherit=True), main)
    elif _is_application(target):
        sys.path.insert(0, os.path.abspath(target) if sys.version_info >= (3, 9) else target)
        _fill(main)
        import runpy
        runpy._run_module_as_main('__main__', False)
    else:
        # From 3.9 on the interpreter makes the script's path absolute; sys.argv[0] stays as it was written.
        path = os.path.abspath(target) if sys.version_info >= (3, 9) else target
        try:
            code = _code_of(path)
        except OSError as error:
            sys.stderr.write("%s: can't open file %r: [Errno %d] %s\n" % (sys.executable, path, error.errno, error.strerror))
            raise SystemExit(2)
        _first_path(os.path.dirname(os.path.realpath(target)))
        _fill(main, __loader__=sys.modules[_EXTERNAL].SourceFileLoader('__main__', path), __file__=path)
        if sys.version_info < (3, 15):
            main['__cached__'] = None
        exec(code, main)


def _show_source(code, source):
    """From 3.13 on tracebacks show the lines of `-c` code; the interpreter registers them in this way."""
    import linecache
    register = getattr(linecache, '_register_code', None)
    if register is not None:
        # Filed by the code object in later versions, by the file's name in the first ones.
        register(code if hasattr(linecache, '_make_key') else '<string>', source, '<string>')


def _hide_launcher(folder):
    """For the traceback that is about to be printed: the launcher's frames are taken out, by whatever prints it then."""
    former = sys.excepthook

    def excepthook(kind, value, trace):
        sys.excepthook = former
        while trace is not None and trace.tb_frame.f_code.co_filename.startswith(folder + '/launch'):
            trace = trace.tb_next
        value.__traceback__ = sys.last_traceback = trace
        former(kind, value, trace)

    sys.excepthook = excepthook


if 'carried' in globals():
    install(globals()['carried'], _without_carrier)
