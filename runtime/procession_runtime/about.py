"""What a process image says of itself first: the BOOT record of its journal, its command line and its interpreter."""

import os
import sys

from . import segment

BOOT = 1
_STRING_LIMIT = 8192
_FLAGS = 'isolated', 'ignore_environment', 'no_site', 'no_user_site', 'dev_mode', 'utf8_mode', 'safe_path'


def first_records(argv: str, flags: int) -> bytes:
    """What every image's journal begins with: BOOT (its times and parent come later) and its two strings, 1 and 2.

    `argv`: the command line, NUL between its words; `flags`: those of the segment.
    """
    records = [segment.FIELDS.pack(0, 0, 0, 0, sys.hexversion, 0, 0, 1, 2, BOOT, flags, 1)]
    for number, text in ((1, argv), (2, _interpreter())):
        data = text.encode('utf-8', 'replace')[:_STRING_LIMIT].decode('utf-8', 'ignore').encode('utf-8')
        for at in range(0, len(data), segment.CHUNK):
            part = data[at:at + segment.CHUNK]
            records.append(segment.CHUNK_FIELDS.pack(
                number, len(data), at // segment.CHUNK, part, segment.STRING, len(part), len(records) + 1))
    return b''.join(records)


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


def folder() -> str:
    """The current folder; empty where there is none any more."""
    try:
        return os.getcwd()
    except OSError:
        return ''


def _interpreter() -> str:
    """A JSON object. `json` is not loaded for it: the script may not have."""
    fields = (
        ('exe', sys.executable or ''), ('version', '%d.%d.%d' % sys.version_info[:3]), ('implementation', sys.implementation.name),
        ('cwd', folder()), ('platform', sys.platform),
        ('flags', ' '.join(['%s=%s' % (name, getattr(sys.flags, name)) for name in _FLAGS if getattr(sys.flags, name, 0)])),
    )
    return '{' + ','.join(['"%s":%s' % (name, _json_text(value)) for name, value in fields]) + '}'


def _json_text(text: str) -> str:
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
