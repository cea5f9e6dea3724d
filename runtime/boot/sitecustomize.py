"""Procession's way into every Python process of a run: this folder is first on PYTHONPATH.

It must be harmless everywhere PYTHONPATH is inherited: it parses on every Python 3, does nothing before 3.8 or without
a run, swallows its own errors, and then makes room for the user's own sitecustomize as if it had never been here:
that module's errors are the user's to see, and where there is none the ImportError is the one of a plain run.
"""

import sys


def _start(here):
    import os
    folder = os.environ.get('PROCESSION_RUN')
    if not folder or sys.version_info < (3, 8):
        return
    before = set(sys.modules)
    try:
        external = sys.modules['_frozen_importlib_external']
        path = os.path.join(os.path.dirname(here), 'procession_runtime', 'boot.py')
        names = {'__name__': '_procession.boot', '__package__': '_procession', '__file__': path, '__spec__': None}
        exec(external.SourceFileLoader('_procession.boot', path).get_code('_procession.boot'), names)
        names['install'](folder)
    finally:
        # atexit before 3.10 keeps its callbacks with the module object: a second one would lose the first one's.
        for name in set(sys.modules) - before:
            if name != 'atexit' or sys.version_info >= (3, 10):
                del sys.modules[name]


def _leave(here):
    import os
    sys.path[:] = [entry for entry in sys.path if not isinstance(entry, str) or os.path.abspath(entry) != here]
    sys.path_importer_cache.pop(here, None)
    sys.modules.pop('sitecustomize', None)


_here = __import__('os').path.dirname(__import__('os').path.abspath(__file__))
try:
    _start(_here)
except Exception:
    pass
_leave(_here)
import sitecustomize  # noqa: E402,F401  the user's; the import system takes it for what was asked for
