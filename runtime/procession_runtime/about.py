"""What a process image says of itself before the script's first line: its journal's first file, with the BOOT record, its command
line and its interpreter.

All of it is written with `os.write`: a Python that has nothing more to tell but its end pays for no module of C's and for
no mapping. Where there is more, core.py maps this file and goes on in it. The format is that of docs/journal-format.md.
"""

import os
import sys
from time import monotonic_ns, time_ns

from _thread import get_ident

MAGIC = b'PRCSSN\r\n'
VERSION = 1
RECORD = 64
SLOTS_AT = 4096
SLOT_SIZE = 128
SLOT_COUNT = 64
FIRST_SIZE = 65536
FIRST_RECORDS_AT = SLOTS_AT + SLOT_SIZE * SLOT_COUNT
FIRST_CAPACITY = (FIRST_SIZE - FIRST_RECORDS_AT) // RECORD
#: A piece of a string in a record.
CHUNK = 44
STRING = 60
BOOT = 1
EXIT = 8

BY_LAUNCHER = 2
#: Of EXIT: the interpreter began to finish; and the exit code of one that nobody knows.
BEGAN_TO_FINISH = 2
NO_CODE = -1

_DROPPED_AT = 64
_STRING_LIMIT = 8192
_FLAGS = 'isolated', 'ignore_environment', 'no_site', 'no_user_site', 'dev_mode', 'utf8_mode', 'safe_path'
_HOW = getattr(os, 'O_CLOEXEC', 0) | getattr(os, 'O_BINARY', 0)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | _HOW


class First:
    """The image's first file, as the interpreter began."""

    def __init__(self, folder: str, flags: int, line: list) -> None:
        self.folder = folder
        self.flags = flags
        self.pid = os.getpid()
        self.parent = os.getppid()
        self.start = start_ticks()
        #: its name's time, and that of BOOT (monotonic ns)
        self.mono = monotonic_ns()
        self.path = '%s/%d-%d-%x.0' % (folder, self.pid, self.start, self.mono)
        #: the thread that began: the main one
        self.thread = get_ident()
        #: the command line, without what the launcher put into it; and the folder in which it was given
        self.line = line
        self.cwd = folder_now()
        #: BOOT, without its times and its parent, and its two strings
        self.records = _first_records('\0'.join(line), self.cwd, flags)


def begin(folder: str, flags: int, line: list) -> First:
    """Makes the first file of this image in `folder`. OSError when it cannot be had; then no file is left."""
    first = First(folder, flags, line)
    fd = os.open(first.path, _NEW, 0o600)
    try:
        # What is written has its room then; who maps the file reserves the rest.
        os.ftruncate(fd, FIRST_SIZE)
        times = _number(first.mono, 8)
        records = first.records
        _put(fd, FIRST_RECORDS_AT, times + times + records[16:24] + _number(first.parent, 8) + records[32:])
        _put(fd, 8, b''.join([_number(value, size) for value, size in (
            (VERSION, 2), (RECORD, 2), (flags, 4), (first.pid, 4), (first.parent, 4), (first.start, 8), (first.mono, 8), (time_ns(), 8),
            (0, 4), (FIRST_CAPACITY, 4))]))
        _put(fd, 0, MAGIC)
    except BaseException:
        os.unlink(first.path)
        raise
    finally:
        os.close(fd)
    return first


def end(first: First) -> bool:
    """EXIT of an image that wrote nothing since `begin`. False where that is not possible."""
    used = len(first.records) // RECORD
    try:
        time = _number(monotonic_ns(), 8)
        _reopened(first, FIRST_RECORDS_AT + used * RECORD, b''.join([
            time, time, bytes(8), _number(NO_CODE, 8), bytes(24), _number(EXIT, 2), _number(BEGAN_TO_FINISH, 2), _number(used + 1, 4)]))
        return True
    except OSError:
        return False


def drop(first: First) -> None:
    """Counts a record that could not be written, in an image whose file was never mapped."""
    try:
        _reopened(first, _DROPPED_AT, _number(1, 8))
    except OSError:
        pass


def start_ticks() -> int:
    """Start time of this process in clock ticks since boot (field 22 of /proc/self/stat); 0 where that is unknown."""
    try:
        text = read('/proc/self/stat')
        # The command name may hold spaces and brackets: count from the last bracket.
        return int(text[text.rindex(b')') + 2:].split(None, 20)[19])
    except (OSError, ValueError, IndexError):
        return 0


def read(path: str) -> bytes:
    """The beginning of a file of /proc."""
    fd = os.open(path, os.O_RDONLY | _HOW)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)


def command_line() -> list:
    """The whole command line, options of the interpreter included."""
    line = getattr(sys, 'orig_argv', None)
    if line:
        return line
    try:
        with open('/proc/self/cmdline', 'rb') as file:
            return file.read()[:-1].decode('utf-8', 'replace').split('\0')
    except OSError:
        return [sys.executable or 'python'] + list(getattr(sys, 'argv', []))


def folder_now() -> str:
    """The current folder; empty where there is none any more."""
    try:
        return os.getcwd()
    except OSError:
        return ''


def _reopened(first: First, at: int, data: bytes) -> None:
    fd = os.open(first.path, os.O_RDWR | _HOW)
    try:
        _put(fd, at, data)
    finally:
        os.close(fd)


def _put(fd: int, at: int, data: bytes) -> None:
    os.lseek(fd, at, 0)
    os.write(fd, data)


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size, 'little', signed=value < 0)


def _first_records(argv: str, cwd: str, flags: int) -> bytes:
    """What every image's journal begins with: BOOT (its times and parent come later) and its two strings, 1 and 2.

    `argv`: the command line, NUL between its words; `flags`: those of the segment.
    """
    records = [b''.join([
        bytes(32), _number(sys.hexversion, 8), bytes(8), _number(1, 4), _number(2, 4), _number(BOOT, 2), _number(flags, 2), _number(1, 4)])]
    for number, text in ((1, argv), (2, _interpreter(cwd))):
        data = text.encode('utf-8', 'replace')[:_STRING_LIMIT].decode('utf-8', 'ignore').encode('utf-8')
        for at in range(0, len(data), CHUNK):
            part = data[at:at + CHUNK]
            records.append(b''.join([
                _number(number, 4), _number(len(data), 4), _number(at // CHUNK, 4), part.ljust(CHUNK, b'\0'), _number(STRING, 2),
                _number(len(part), 2), _number(len(records) + 1, 4)]))
    return b''.join(records)


def _interpreter(cwd: str) -> str:
    """A JSON object. `json` is not loaded for it: the script may not have."""
    fields = (
        ('exe', sys.executable or ''), ('version', '%d.%d.%d' % sys.version_info[:3]), ('implementation', sys.implementation.name),
        ('cwd', cwd), ('platform', sys.platform),
        ('flags', ' '.join(['%s=%s' % (name, getattr(sys.flags, name)) for name in _FLAGS if getattr(sys.flags, name, 0)])),
    )
    return '{' + ','.join(['"%s":%s' % (name, _json_text(value)) for name, value in fields]) + '}'


def _json_text(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and '\\' not in text:
        return '"%s"' % text
    out = ['"']
    for c in text:
        if c in '"\\':
            out.append('\\' + c)
        elif c < ' ' or '\ud800' <= c <= '\udfff':
            out.append('\\u%04x' % ord(c))
        else:
            out.append(c)
    out.append('"')
    return ''.join(out)
