"""Segments: files of reserved space, mapped, with no descriptor left behind.

The traps, all measured:
- An unreserved mapping on a full tmpfs kills the process with SIGBUS at the first touch, so the whole size is
  reserved first and a failure is an ordinary OSError.
- Before 3.13 `mmap` keeps a duplicate of the descriptor and closes *that number* when the object is freed. A script
  would meet the number in its descriptor list, and once it has been closed (by `closerange`, or by us) freeing the
  object would close a stranger's file. So the duplicate is closed here at once, and the object is kept alive
  until the interpreter's very end by `_kept`, which a codec error handler holds: that registry is cleared after
  modules, finalizers and the last garbage collection.
- A file that would grow beyond RLIMIT_FSIZE is an OSError and a signal, SIGXFSZ. Python ignores that signal; where the
  script has another mind it would end the process, or reach the script's handler. Then it is taken back here.
"""

import os
import sys
from _struct import Struct

import _codecs
import _signal
from mmap import PAGESIZE, mmap

from .about import FIRST_SIZE, MAGIC, RECORD, SLOT_COUNT, SLOT_SIZE, SLOTS_AT, VERSION, read

HEADER_SIZE = 4096
#: In each slot: where the image's held words are. All of them together, eight a slot.
HELD_AT = 64
HELD_WORDS = 512
#: Index in the cells of a word that may hold anything.
SCRAP_WORD = (SLOTS_AT + SLOT_SIZE * (SLOT_COUNT - 1) + 56) >> 3
COUNTERS_AT = 256
COUNTER_ROWS = 60
LATER_RECORDS_AT = HEADER_SIZE

MADE_BY_FORK = 1

#: A record: t0, t1, obj, a, b, thread, site, s1, s2, type, flags, commit.
FIELDS = Struct('<QQQqqIIIIHHI')
#: A record that carries a piece of a string or preview: id, total length, part, data, type, length, commit.
CHUNK_FIELDS = Struct('<III44sHHI')

HEADER = Struct('<8sHHIIIQQQIIQQQQ')
_NOTHING = b'\0' * 8
_TRACKS_NO_FD = sys.version_info >= (3, 13)

_kept: list = []


def _keeper(error, kept=_kept):
    raise error


if not _TRACKS_NO_FD:
    _codecs.register_error('procession.keep', _keeper)


_open = os.open
_close = os.close
_dup = os.dup
_write = os.write
_fstat = os.fstat
_seek = os.lseek
_TO_END = os.SEEK_END
_allocate = getattr(os, 'posix_fallocate', None)
_MORE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, 'O_CLOEXEC', 0) | getattr(os, 'O_BINARY', 0)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, 'O_CLOEXEC', 0) | getattr(os, 'O_BINARY', 0)
_OLD = os.O_RDWR | getattr(os, 'O_CLOEXEC', 0) | getattr(os, 'O_BINARY', 0)
_TOO_LARGE = getattr(_signal, 'SIGXFSZ', None) if hasattr(_signal, 'sigwait') else None
_handler_of = _signal.getsignal
#: Larger segments ask first whether address space is scarce, and then take at most this part of what is left.
_SMALL = FIRST_SIZE
_PART_OF_SPACE = 16


def create(path: str, size: int) -> mmap:
    """A new file of `size` reserved bytes, mapped. OSError when it cannot be had; then no file is left."""
    if size > _SMALL and size > _space_left() // _PART_OF_SPACE:
        raise OSError('address space is scarce')
    fd = _open(path, _NEW, 0o600)
    try:
        if _too_large_is_noticed():
            _unnoticed(_reserve, fd, size)
        else:
            _reserve(fd, size)
        return _mapped(fd, size)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        _close(fd)


def adopt(path: str, size: int) -> mmap:
    """A file of `size` bytes that is there already, reserved and mapped. OSError when it cannot be had."""
    fd = _open(path, _OLD)
    try:
        _reserve(fd, size)
        return _mapped(fd, size)
    finally:
        _close(fd)


def _mapped(fd: int, size: int) -> mmap:
    if _TRACKS_NO_FD:
        return mmap(fd, size, trackfd=False)
    # The lowest free number now is the one that mmap's own dup takes in a moment, unless another thread is quicker.
    guess = _dup(fd)
    _close(guess)
    mapped = mmap(fd, size)
    _kept.append(mapped)
    if os.name != 'nt':
        mine = _fstat(fd)
        if not _close_if_same(guess, mine):
            _find_and_close(fd, mine)
    return mapped


def _space_left() -> float:
    """Bytes that this process may still map: RLIMIT_AS less what it has. Infinite without such a limit."""
    try:
        # The module that knows limits is not loaded for this: the script may not have.
        limit = read('/proc/self/limits').partition(b'Max address space')[2].split(None, 1)[0]
        if limit.isdigit():
            return int(limit) - int(read('/proc/self/statm').split(None, 1)[0]) * PAGESIZE
    except (OSError, ValueError, IndexError):
        pass
    return float('inf')


def _reserve(fd: int, size: int) -> None:
    if _allocate is not None:
        _allocate(fd, 0, size)
    else:
        os.ftruncate(fd, size)


def _too_large_is_noticed() -> bool:
    """Whether a file that grows too large would be more to the script than an error of ours."""
    if _TOO_LARGE is None:
        return False
    handler = _handler_of(_TOO_LARGE)
    # Whoever handles it may compare in a way of its own.
    return type(handler) is not int or handler != 1


def _unnoticed(function, *args):
    """Calls `function`, whose SIGXFSZ, if there is one, nobody meets. It comes to the thread that asked for too much."""
    before = _TOO_LARGE in _signal.sigpending()
    blocked = _signal.pthread_sigmask(_signal.SIG_BLOCK, (_TOO_LARGE,))
    try:
        return function(*args)
    finally:
        if not before and _TOO_LARGE in _signal.sigpending():
            _signal.sigwait((_TOO_LARGE,))
        if _TOO_LARGE not in blocked:
            _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_TOO_LARGE,))


def append(path: str, data: bytes, most: int) -> bool:
    """Adds `data` at a file's end, in one write, unless the file has grown to `most` bytes or ends within a piece of this length. False where it could not be added."""
    try:
        fd = _open(path, _MORE, 0o600)
        try:
            # Not by `fstat`, whose answer has twenty numbers: see `restart` in core.py on what new objects cost a child.
            size = _seek(fd, 0, _TO_END)
            if size >= most or size % len(data):
                return False
            return (_unnoticed(_write, fd, data) if _too_large_is_noticed() else _write(fd, data)) == len(data)
        finally:
            _close(fd)
    except OSError:
        return False


def _find_and_close(fd: int, mine: os.stat_result) -> None:
    for name in os.listdir('/proc/self/fd' if os.path.isdir('/proc/self/fd') else '/dev/fd'):
        if int(name) != fd and _close_if_same(int(name), mine):
            return


def _close_if_same(fd: int, mine: os.stat_result) -> bool:
    try:
        other = os.fstat(fd)
        if other.st_ino != mine.st_ino or other.st_dev != mine.st_dev:
            return False
        os.close(fd)
        return True
    except OSError:
        return False


def write_header(
    mapped: mmap, flags: int, pid: int, ppid: int, start: int, mono: int, wall: int, number: int, capacity: int, first: int,
    parent_start: int,
) -> None:
    """All of the header but the magic number, which `publish` writes when the segment is ready to be read."""
    HEADER.pack_into(
        mapped, 0, _NOTHING, VERSION, RECORD, flags, pid, ppid, start, mono, wall, number, capacity, first, 0, 0, parent_start,
    )


def publish(mapped: mmap) -> None:
    """The segment may be read from now on."""
    mapped[0:8] = MAGIC


def folder_bytes(folder: str) -> int:
    """Bytes that the run's folder holds: segments are reserved whole, so sizes are the truth."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                total += entry.stat().st_size
            except OSError:
                pass
    return total
