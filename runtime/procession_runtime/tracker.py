"""What the resource tracker is told: names of semaphores and segments that it is to remove once nobody is left.

A name that is registered and never unregistered is what the tracker complains about at the end. Up to 3.12 a process that
only attaches to a segment registers it too, and its tracker may remove what others still use: this is seen here, and
nothing is done about it.
"""

from . import core
from .calls import hide, like
from .names import SEGMENT, SEMAPHORE, named_id, segment_name

TRACKED = 100

COMMANDS = {'REGISTER': 1, 'UNREGISTER': 2}


def patch(module) -> None:
    """Hooks into `multiprocessing.resource_tracker`. The module's own `register` is a method that was bound before; all come by `_send`."""
    tracker = module.ResourceTracker
    tracker._send = like(_sending(tracker._send), tracker._send)


def _sending(original):
    def _send(self, *args, **named):
        try:
            result = original(self, *args, **named)
        except BaseException as error:
            hide(error)
            raise
        try:
            told = dict(zip(('cmd', 'name', 'rtype'), args), **named)
            command, name, kind = COMMANDS.get(told['cmd']), told['name'], told['rtype']
            if command and type(name) is str and type(kind) is str:
                obj = 0
                if kind == 'shared_memory':
                    obj = named_id(SEGMENT, segment_name(name))
                elif kind == 'semaphore':
                    obj = named_id(SEMAPHORE, name)
                t = core.now()
                core.emit(TRACKED, command, t, t, obj, 0, 0, core.site(2), core.intern(name), core.intern(kind))
        except Exception as error:
            core.note('ResourceTracker', error)
        return result
    return _send
