"""What an example itself knows about its processes and messages, written down for the project's own tests.

The examples call this module where something happens (`truth.put("jobs", item)`). It does nothing at all unless
the environment variable PROCESSION_TRUTH names a folder; then each call appends one JSON line to a file there, one file
a process. `test/truth/run_truth.py` compares these lines with Procession's report. You can read the examples as if these lines
were not there, and leave them out when you copy from them.

It does not import multiprocessing and keeps no file open: it must not change what the examples do.
"""

import atexit
import functools
import hashlib
import json
import os
import pickle
import sys
import time
from typing import Any, Callable, Dict, Iterable, Optional, Union

_folder = os.environ.get("PROCESSION_TRUTH", "")
#: The workers of each pool that were seen, by pid: kept so that their exit codes can be told when they are gone.
_workers: Dict[str, Dict[int, Any]] = {}


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


def connected(channel: str, address: Any, line: int = -1) -> None:
    """This process got its end of the connection `channel` `line` lines from the calling one; the Listener listens at `address`."""
    if _folder:
        note("connected", channel=channel, address=_address(address), line=sys._getframe(1).f_lineno + line)


# Pools and tasks


def pool(name: str, workers_of: Any, workers: int, line: int = -1, tasks_per_worker: Optional[int] = None,
         initializer: Optional[Callable] = None) -> None:
    """A Pool or ProcessPoolExecutor was constructed `line` lines from the calling one."""
    if _folder:
        note("pool", pool=name, kind=type(workers_of).__name__, workers=workers, tasks_per_worker=tasks_per_worker,
             initializer=getattr(initializer, "__qualname__", None), line=sys._getframe(1).f_lineno + line)
        serving(name, workers_of)


def serving(name: str, workers_of: Any) -> None:
    """These are the workers now. Only the standard library's own lists know them."""
    if not _folder:
        return
    held = getattr(workers_of, "_pool", None) or list((getattr(workers_of, "_processes", None) or {}).values())
    seen = _workers.setdefault(name, {})
    for worker in list(held):
        if worker.pid is not None and worker.pid not in seen:
            seen[worker.pid] = worker
            note("worker", pool=name, child=worker.pid, name=worker.name, daemon=worker.daemon)


def replaced(name: str, workers_of: Any) -> None:
    """Waits until as many workers are there as at first: a Pool starts new ones for those that ended."""
    for _ in range(2000 if _folder else 0):
        workers = list(workers_of._pool)
        if len(workers) == workers_of._processes and all(worker.is_alive() for worker in workers):
            break
        time.sleep(0.01)
    serving(name, workers_of)


def retired(name: str, workers_of: Any = None, state: str = "joined") -> None:
    """The pool's workers have ended and were joined. `state`: what is to be said of the pool now."""
    if _folder:
        serving(name, workers_of)
        _all_ended(name)
        note("retired", pool=name, state=state)


def _all_ended(name: str) -> None:
    for pid, worker in _workers[name].items():
        note("ended", child=pid, exitcode=worker.exitcode)


def submits(name: str, method: str, function: Any, calls: Iterable, chunk: int = 1, line: int = 1,
            outcome: Optional[str] = None, answered: bool = True) -> None:
    """`function` will be given to a pool `line` lines from the calling one, for each of `calls`: an argument, or a tuple of
    several. `outcome`: what becomes of all of them where the task cannot know it itself. Not `answered`: nobody gets the results."""
    if _folder:
        each = [call if isinstance(call, tuple) else (call,) for call in calls]
        tasks = [[_digest(call) for call in each[at:at + chunk]] for at in range(0, len(each), chunk)]
        note("submits", pool=name, method=method, function=function.__qualname__, tasks=tasks, outcome=outcome, answered=answered,
             line=sys._getframe(1).f_lineno + line)


def task(function: Callable) -> Callable:
    """For functions that are given to a pool: each call is written down with its begin and its end."""
    if not _folder:
        return function

    @functools.wraps(function)
    def told(*args: Any) -> Any:
        process = sys.modules["multiprocessing"].current_process()
        what = {"function": function.__qualname__, "call": _digest(args)}
        note("task_begin", ppid=os.getppid(), name=process.name, daemon=process.daemon, **what)
        try:
            result = function(*args)
        except Exception as error:  # what is no Exception ends the worker
            note("task_end", outcome="error", error="%s: %s" % (type(error).__name__, error), **what)
            raise
        note("task_end", outcome="ok", error=None, **what)
        return result

    return told


# Locks, and what is waited for like one


def lock(name: str, kind: str, line: int = -1, value: Optional[int] = None, sure: bool = True) -> None:
    """A synchronization object was constructed `line` lines from the calling one. `value`: of a semaphore, parties of a barrier.
    `sure`: this example sees to it, and writes down, who has to wait; else that is left to chance."""
    if _folder:
        note("lock", lock=name, kind=kind, value=value, sure=sure, line=sys._getframe(1).f_lineno + line)


def waits(name: str) -> None:
    """The acquire (or wait) that comes now will have to wait: this example sees to that."""
    note("waits", lock=name)


def waited(name: str, in_vain: bool = False) -> None:
    """The wait is over; `in_vain`: at its timeout."""
    note("waited", lock=name, in_vain=in_vain)


def holds(name: str) -> None:
    """This process has acquired it."""
    note("holds", lock=name)


def releases(name: str) -> None:
    """This process releases it now."""
    note("releases", lock=name)


def tells(name: str, what: str) -> None:
    """`what`: notify, set, clear, abort or reset."""
    note("tells", lock=name, what=what)


def until_waiting(process: Any, name: str) -> None:
    """Waits until a process, which has said that it is about to wait, does so."""
    if _folder:
        until_asleep(process)
        note("is_waiting", child=process.pid, lock=name)


def until_asleep(process: Any) -> None:
    """Waits until a process's main thread is asleep (Linux; elsewhere a moment)."""
    if not _folder:
        return
    asleep = 0.0
    for _ in range(3000):
        time.sleep(0.01)
        try:
            with open("/proc/%d/stat" % process.pid) as stat:
                asleep = asleep + 1 if stat.read().rpartition(")")[2].split()[0] == "S" else 0
        except OSError:
            asleep += 0.2
        if asleep >= 5:
            break


def until_pool_rests(pool: Any) -> None:
    """Waits until a Pool has as many workers as it should, and all of them wait for a task."""
    if not _folder:
        return
    for _ in range(1000):
        workers = list(pool._pool)
        if len(workers) == pool._processes and all(worker.exitcode is None for worker in workers):
            break
        time.sleep(0.01)
    for worker in list(pool._pool):
        until_asleep(worker)


# Managers and shared memory


def manager(made: Any, line: int = -1) -> None:
    """A manager's process was started `line` lines from the calling one. Only the manager knows its process."""
    if _folder:
        process = made._process
        _workers.setdefault("managers", {})[process.pid] = process
        note("manager", child=process.pid, name=process.name, daemon=process.daemon, address=_address(made.address),
             line=sys._getframe(1).f_lineno + line)


def managers_ended() -> None:
    """The managers were shut down, and their processes have ended."""
    if _folder:
        _all_ended("managers")


def served(address: Any) -> None:
    """This process is a manager's server, made by hand."""
    note("served", address=_address(address))


def shared(name: str, type_id: str, address: Any, line: int = -1) -> None:
    """An object was made in a manager's process `line` lines from the calling one."""
    if _folder:
        note("shared", object=name, type_id=type_id, address=_address(address), line=sys._getframe(1).f_lineno + line)


def called(name: str, method: str, failed: bool = False) -> None:
    """A method was called on a proxy of it."""
    note("called", object=name, method=method, failed=failed)


def segment(name: str, memory: Any, line: int = -1, kind: str = "SharedMemory") -> None:
    """A SharedMemory or ShareableList was constructed `line` lines from the calling one."""
    if _folder:
        memory = getattr(memory, "shm", memory)
        note("segment", segment=name, kind=kind, system_name=memory.name, bytes=memory.size,
             line=sys._getframe(1).f_lineno + line)


def maps(name: str, mapped: bool = True) -> None:
    """This process maps the segment (from the time of its making on its maker does), or no more."""
    note("maps" if mapped else "unmaps", segment=name)


def unlinked(name: str) -> None:
    """The segment has no name any more."""
    note("unlinked", segment=name)


def value(name: str, kind: str, type_name: str, size: int, line: int = -1, lock: Optional[str] = None,
          sure: bool = True) -> None:
    """A Value, Array, RawValue or RawArray was constructed `line` lines from the calling one. `lock`: name of the lock it has;
    `sure` as for a lock."""
    if _folder:
        note("value", segment=name, kind=kind, type=type_name, bytes=size, lock=lock, sure=sure,
             line=sys._getframe(1).f_lineno + line)


def _address(address: Any) -> str:
    return address if isinstance(address, str) else "%s:%d" % tuple(address[:2])


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
if _folder:
    # Helpers that came after the last note: a start() that fails has made them all the same.
    atexit.register(note, "exit")
