"""Object ids of what has a name that several processes know: semaphores, what managers hold, shared memory segments."""

import os

SEMAPHORE = 3
SHARED = 4
SEGMENT = 5

_LOW_48 = (1 << 48) - 1
_ALL_64 = (1 << 64) - 1
_MOST_REMEMBERED = 4096
_remembered = {}


def hash48(text: str) -> int:
    """64-bit FNV-1a of the text's UTF-8, its upper 16 bits folded by exclusive or into the lowest 16: below 2^48.

    What of the text no UTF-8 can hold counts as '?'. The texts are short (names), and remembered: a name is asked for again and again.
    """
    value = _remembered.get(text)
    if value is None:
        value = 0xcbf29ce484222325
        for byte in text.encode('utf-8', 'replace'):
            value = (value ^ byte) * 0x100000001b3 & _ALL_64
        value = (value ^ value >> 48) & _LOW_48
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[text] = value
    return value


def named_id(kind: int, text: str) -> int:
    """The object id of kind SEMAPHORE, SHARED or SEGMENT that belongs to the text."""
    return kind << 48 | hash48(text)


def segment_name(name: str) -> str:
    """A segment's name as its `name` says it: on POSIX the library puts a slash before it, which the operating system wants."""
    return name[1:] if os.name == 'posix' and name[:1] == '/' else name


def address_text(address: object) -> str:
    """An address as people write it: a path, `host:port`, and '@' for the NUL that begins an abstract name of Linux; '' for what is none."""
    if type(address) is tuple:
        if len(address) < 2 or type(address[0]) is not str or type(address[1]) is not int:
            return ''
        return ('[%s]:%d' if ':' in address[0] else '%s:%d') % address[:2]
    if type(address) is bytes:
        address = os.fsdecode(address)
    if type(address) is not str:
        return ''
    return '@' + address[1:] if address[:1] == '\0' else address


def shared_id(address: object, ident: str) -> int:
    """The id of an object of a manager: `ident` is what the server calls it, `address` the server's as this process has it.

    Server and clients do not always say the same: one is bound to '' or 'localhost' and found by '127.0.0.1', another is
    named by a relative path. So the host is left out, for the port alone tells the servers of one machine apart, and a
    path is taken from the root.
    """
    text = address_text(address)
    if type(address) is tuple:
        text = text[text.rfind(':'):]
    elif text and os.name == 'posix' and text[0] not in '/@':
        text = os.path.abspath(text)
    return named_id(SHARED, '%s\0%s' % (text, ident))
