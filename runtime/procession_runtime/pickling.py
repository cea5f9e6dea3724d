"""`ForkingPickler.dumps`, through which all go that connections and queues send.

Nothing is noted here. The library's own way builds a pickler whose constructor is three calls deep. This one is made by C and
given the same table of reducers, so that the bytes are the same, and what a message's record costs is to a good part won
back. Only from Python 3.11 on, where the frame of the library's own function, which a plain run would show in a
traceback, can be put in for ours; and only where the class is built as it is known to be.
"""

import sys
from _io import BytesIO

from . import core
from .calls import like
from .channel import Stop, as_if_in, hide

# What `ForkingPickler.__init__` and `dumps` name in all versions from 3.11 to 3.15 (Lib/multiprocessing/reduction.py).
_MAKING = {'super', '__init__', '_copyreg_dispatch_table', 'copy', 'dispatch_table', '_extra_reducers', 'update'}
_DUMPING = {'io', 'BytesIO', 'dump', 'getbuffer'}


def patch(module) -> None:
    """Hooks into `multiprocessing.reduction`."""
    kind = module.ForkingPickler
    dumps = kind.__dict__.get('dumps')
    if sys.version_info < (3, 11) or type(dumps) is not classmethod:
        return
    # C's own: the one that is written in Python, which stands in where that is missing, has another constructor.
    base = kind.__bases__[0]
    if base.__module__ != '_pickle' or set(kind.__init__.__code__.co_names) != _MAKING or set(dumps.__func__.__code__.co_names) != _DUMPING:
        core.note('pickling', TypeError('ForkingPickler is not built as it is known to be'))
        return
    kind.dumps = classmethod(like(_dumping(dumps.__func__, kind, base), dumps.__func__))


def _dumping(original, kind: type, base: type):
    making, member = kind.__init__, kind.dispatch_table
    # The constructor looks for a table, and takes this one. Where it finds none an AttributeError is made for nothing (and a table that is
    # set afterwards comes too late to save it), which from 3.13 on costs more than all the rest of it.
    table = property(lambda _pickler: {**kind._copyreg_dispatch_table, **kind._extra_reducers})
    # Whatever else a script puts into the class, a `persistent_id` for one, is inherited.
    pickler = type(kind.__name__, (kind,), {'__init__': base.__init__, '__slots__': (), '__module__': kind.__module__, 'dispatch_table': table})

    def dumps(cls, obj, protocol=None):
        if cls is not kind or protocol is not None or kind.__init__ is not making or kind.dispatch_table is not member:
            try:
                return original(cls, obj, protocol)
            except BaseException as error:
                hide(error)
                raise
        buf = BytesIO()
        try:
            pickler(buf).dump(obj)
        except BaseException as error:
            if type(error) is not Stop:
                as_if_in(original, error, kind, Stop())
            raise
        return buf.getbuffer()

    return dumps
