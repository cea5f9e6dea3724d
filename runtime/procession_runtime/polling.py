"""Waits of the library's own for its own pipes, without their selector.

Nothing is noted here. The thread of an executor waits twice and looks three times a task, and for each the library makes a selector,
registers, asks, and throws it away. `poll` itself is asked here, the same descriptors in the same order, so that the answer is the
same, and what the records of a task cost is won back. No signal handler runs in such a thread, and so nothing can be raised in it that a plain
run would show with other frames; whatever is not as it is known to be goes the library's way, which also says what is wrong.
Only from Python 3.11 on, where a hook leaves no frame of its own in the tracebacks of other callers.
"""

import select
import sys

from .calls import hide, like

#: Code of the library's that waits in a thread of its own for its own pipes and processes (executors.py).
own_waits: set = set()

_poll = getattr(select, 'poll', None)
_READ = getattr(select, 'POLLIN', 0)


def patch(module):
    """Hooks `multiprocessing.connection.wait`. Returns what looks whether a connection has something to read: None where it must be
    asked the library's way."""
    selector = getattr(module, '_WaitSelector', None)
    if sys.version_info < (3, 11) or _poll is None or getattr(selector, '_selector_cls', None) is not _poll:
        return None
    kind = module.Connection
    wait = module.wait
    fileno, below = kind.fileno, kind._poll
    register, ask = selector.register, selector.select

    def is_plain():
        """Neither a script nor a library that makes threads of another sort (gevent) has put something in the place of any of these."""
        return (module._WaitSelector is selector and selector._selector_cls is _poll is select.poll and selector.select is ask
                and selector.register is register and kind.fileno is fileno)

    module.wait = hook = like(_waiting(wait, kind, is_plain), wait)

    def look(connection):
        if type(connection) is not kind or connection._handle is None or not connection._readable or not is_plain() or kind._poll is not below or module.wait is not hook:
            return None
        poller = _poll()
        poller.register(connection._handle, _READ)
        return bool(poller.poll(0))

    return look


def _waiting(original, kind: type, is_plain):
    getframe = sys._getframe

    def wait(object_list, timeout=None):
        if timeout is None and getframe(1).f_code in own_waits and type(object_list) is list and is_plain():
            poller = _poll()
            waited = {}
            for one in object_list:
                handle = one._handle if type(one) is kind else one
                if type(handle) is not int or handle < 0 or handle in waited:
                    break
                waited[handle] = one
                poller.register(handle, _READ)
            else:
                while True:
                    ready = poller.poll()
                    if ready:
                        return [waited[handle] for handle, _events in ready]
        try:
            return original(object_list, timeout)
        except BaseException as error:
            hide(error)
            raise
    return wait
