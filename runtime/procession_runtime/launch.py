"""Runs a script, `-m module` or `-c code` as `python -E`, `-I` or `-S` would, instrumented: no sitecustomize is read there.

    python -I launch.py [-m module | -c code | script | -] arguments

The work is in launcher.py; this file is `__main__` for a moment, and holds no name that outlives it.
"""

import sys


def _launch(own):
    folder = own.rpartition('/')[0] or '.'
    names = {'__name__': '_procession.launcher', '__package__': '_procession', '__spec__': None, '__file__': folder + '/launcher.py'}
    loader = sys.modules['_frozen_importlib_external'].SourceFileLoader('_procession.launcher', folder + '/launcher.py')
    exec(loader.get_code('_procession.launcher'), names)
    names['run'](sys.modules['__main__'].__dict__, folder)


_launch(__file__)
