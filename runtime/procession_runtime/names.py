"""Object ids of what has a name that several processes know: semaphores, what managers hold, shared memory segments."""

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
