"""The user's line of an operation: found once for each place in the code, then one look-up."""

import sys

_SHARED_OFFSETS = sys.version_info < (3, 11)
_MANY = 20000
_FARTHEST = 60


def make(intern, internal, cwd):
    """Returns (site, site_of, in_library, places): the last is the cell of a dict, which a forked child replaces by an empty one.

    `intern(text)` gives string ids; `internal` are path prefixes of library code; `cwd` completes relative file names.
    """
    getframe = sys._getframe
    # key of (code, instruction) -> string id, or -1 for library code. The code object is kept in `codes`, since a
    # freed one's id would be taken by another.
    places = {}
    codes = {}
    prefixes = tuple(internal)

    def in_library(code):
        """Whether this code is the library's or ours, where a user's line is never found."""
        name = code.co_filename
        return name.startswith(prefixes) or name.startswith('<frozen ')

    def site_of(code, line):
        """String id of this line of this code."""
        name = code.co_filename
        if name[:1] not in ('/', '<') and name[1:2] != ':':
            name = cwd + '/' + name
        return intern('%s\n%d\n%s' % (name, line or 0, getattr(code, 'co_qualname', code.co_name)))

    def find(frame, key):
        code = frame.f_code
        number = -1 if in_library(code) else site_of(code, frame.f_lineno)
        if len(places) > _MANY:
            places.clear()
            codes.clear()
        codes[id(code)] = code
        places[key] = number
        return number

    # One function, not one for the first frame and one for those behind it: `site` is on the way of a fork, which copies the
    # pages of each function that is called. From 3.11 on the instructions lie inside the code object, so address + offset is
    # unique. Before, they do not.
    if _SHARED_OFFSETS:
        def site(depth):
            try:
                frame = getframe(depth)
                number = places.get((id(frame.f_code) << 24) + frame.f_lasti, -1)
                if number >= 0:
                    return number
                for _ in range(_FARTHEST):
                    key = (id(frame.f_code) << 24) + frame.f_lasti
                    number = places.get(key)
                    if number is None:
                        number = find(frame, key)
                    if number >= 0:
                        return number
                    frame = frame.f_back
                    if frame is None:
                        return 0
            except Exception:
                pass
            return 0
    else:
        def site(depth):
            try:
                frame = getframe(depth)
                number = places.get(id(frame.f_code) + frame.f_lasti, -1)
                if number >= 0:
                    return number
                for _ in range(_FARTHEST):
                    key = id(frame.f_code) + frame.f_lasti
                    number = places.get(key)
                    if number is None:
                        number = find(frame, key)
                    if number >= 0:
                        return number
                    frame = frame.f_back
                    if frame is None:
                        return 0
            except Exception:
                pass
            return 0

    return site, site_of, in_library, dict(zip(site.__code__.co_freevars, site.__closure__ or ()))['places']
