"""What an example itself knows about its processes and messages, written down for the project's own tests.

The examples call this module where something happens (`truth.put("jobs", item)`). It does nothing at all unless
the environment variable PROCESSION_TRUTH names a folder; then each call appends one JSON line to a file there, one file
a process. `test/truth/run_truth.py` compares these lines with Procession's report. You can read the examples as if these lines
were not there, and leave them out when you copy from them.

It does not import multiprocessing and keeps no file open: it must not change what the examples do.
"""

import hashlib
import json
import os
import pickle
import sys
import time
from typing import Any, Dict, Optional, Union

_folder = os.environ.get("PROCESSION_TRUTH", "")


def note(fact: str, **details: Any) -> None:
    """Write one fact. Times: nanoseconds of the monotonic and of the wall clock."""
    if not _folder:
        return
    line: Dict[str, Any] = {"fact": fact, "pid": os.getpid(), "t": time.monotonic_ns(), "wall": time.time_ns()}
    line.update(details)
    line.update(_helpers())
    path = os.path.join(_folder, "%d.jsonl" % os.getpid())
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, (json.dumps(line) + "\n").encode())
    finally:
        os.close(descriptor)


def running() -> None:
    """This process runs; called first thing in a child."""
    note("running", ppid=os.getppid())


def started(process: Any, line: int = -2, method: Optional[str] = None) -> None:
    """`process` was just started here. It was constructed `line` lines from the calling one."""
    if _folder:
        note("started", child=process.pid, name=process.name, daemon=process.daemon, method=method,
             line=sys._getframe(1).f_lineno + line)


def forked(child: int, kind: str = "fork") -> None:
    """This process made the process `child` by other means than a Process object: `fork` or `subprocess`."""
    note("forked", child=child, kind=kind)


def ended(process: Union[Any, int], exitcode: Optional[int] = None) -> None:
    """`process` (or the process with that pid) ended, or will end, with this exit code: -n means by signal n."""
    if _folder:
        child = process if isinstance(process, int) else process.pid
        note("ended", child=child, exitcode=process.exitcode if exitcode is None else exitcode)


def made(name: str, kind: str, line: int = -1, maxsize: int = 0, duplex: Optional[bool] = None) -> None:
    """A queue or pipe was constructed `line` lines from the calling one."""
    if _folder:
        note("made", channel=name, kind=kind, maxsize=maxsize, duplex=duplex, line=sys._getframe(1).f_lineno + line)


def put(channel: str, item: Any) -> None:
    """`item` was put into a queue, or sent into a pipe as a pickle."""
    if _folder:
        note("put", channel=channel, message=_digest(item), bytes=len(pickle.dumps(item)))


def got(channel: str, item: Any) -> None:
    """`item` came out of a queue or pipe."""
    if _folder:
        note("got", channel=channel, message=_digest(item))


def put_bytes(channel: str, data: Any) -> None:
    """`data` was sent into a pipe by `send_bytes`."""
    if _folder:
        note("put", channel=channel, message=_digest(bytes(data)), bytes=len(bytes(data)))


def got_bytes(channel: str, data: Any) -> None:
    """`data` was received by `recv_bytes` or `recv_bytes_into`."""
    if _folder:
        note("got", channel=channel, message=_digest(bytes(data)))


def put_lost(channel: str, line: int = -1) -> None:
    """The put `line` lines from the calling one was accepted, but its item cannot be pickled and never arrives."""
    if _folder:
        note("put_lost", channel=channel, line=sys._getframe(1).f_lineno + line)


def raising(kind: str, message: str, line: int = 1) -> None:
    """An exception that nobody catches will be raised `line` lines from the calling one."""
    if _folder:
        note("raising", type=kind, message=message, line=sys._getframe(1).f_lineno + line)


def _digest(item: Any) -> str:
    # Not the pickle: what was unpickled need not pickle to the same bytes again.
    return hashlib.sha1(repr(item).encode()).hexdigest()[:16]


def _helpers() -> Dict[str, int]:
    """Pids of multiprocessing's helper processes, where its modules are loaded and say so."""
    found: Dict[str, int] = {}
    for module, holder, attribute, key in (
        ("multiprocessing.forkserver", "_forkserver", "_forkserver_pid", "forkserver"),
        ("multiprocessing.resource_tracker", "_resource_tracker", "_pid", "tracker"),
    ):
        pid = getattr(getattr(sys.modules.get(module), holder, None), attribute, None)
        if isinstance(pid, int):
            found[key] = pid
    return found


note("import", ppid=os.getppid())
