"""What hooks on functions have in common: passing for the original, and staying out of tracebacks."""

import sys

#: From 3.14 on annotations are worked out when they are asked for, by `__annotate__`.
ANNOTATIONS = '__annotations__' if sys.version_info < (3, 14) else '__annotate__'
_COPIED = ('__module__', '__name__', '__qualname__', '__doc__', ANNOTATIONS)


def like(hook, original):
    """Makes `hook` pass for `original`: pickle finds it by its qualified name, help and inspect see what they saw."""
    for name in _COPIED:
        try:
            setattr(hook, name, getattr(original, name))
        except (AttributeError, TypeError):
            pass
    # inspect.signature follows this. Defaults are not copied: on a hook that takes *args they would name no parameter.
    hook.__wrapped__ = original
    return hook


if sys.version_info >= (3, 11):
    def hide(error):
        """Takes the hook's own frame out of the traceback. To be followed by a bare `raise`, which adds none."""
        here = error.__traceback__
        if here is not None:
            error.__traceback__ = here.tb_next
else:
    def hide(error):
        """Before 3.11 a bare `raise` restores the traceback it began with: the hook's frame stays in it."""


def plain_number(value):
    """The int or float that a value is, of which no method of the user's is asked: it may be a subclass with other ideas. None for anything else."""
    kind = type(value)
    if kind is int or kind is float:
        return value
    if issubclass(kind, int):
        return int.__index__(value)
    return float.__float__(value) if issubclass(kind, float) else None


def nanoseconds(seconds):
    """A timeout; 0 for one that is no time, or no number: then the function itself says so."""
    try:
        return max(0, min(int(plain_number(seconds) * 1e9), 1 << 60))
    except Exception:
        return 0
