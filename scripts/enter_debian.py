"""Becomes a CPython of the Debian in `.cache/pythons/debian`: what `.cache/pythons/3.14/bin/python` does when it is run.

Those are small scripts that debian.mjs wrote; they run this file under their own name. It is one process from beginning to end, so that pid, signals, descriptors, current folder, environment and exit status are the
interpreter's own. The Debian brings its system folders; all else is the machine's: the project, /tmp, /dev/shm, /proc. The mounts are
this process's and its children's, in a namespace of their own, and go with the last of them. In there the small script's path
is the interpreter itself, so that `sys.executable` means the same inside and out. Needs root.
"""

import ctypes
import os
import signal
import sys

#: Top-level folders of the Debian's own; all others are the machine's.
SYSTEM = {"bin", "boot", "etc", "lib", "lib32", "lib64", "libx32", "sbin", "usr", "var"}
#: From <sched.h> and <sys/mount.h>.
CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result != 0:
        number = ctypes.get_errno()
        sys.exit("%s: %s: %s" % (os.path.basename(__file__), what, os.strerror(number)))


def _mount(source, target, flags):
    _checked(_libc.mount(os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None), "mount %s" % target)


def enter(debian, project):
    """The machine as it is, but for its system folders and its Pythons, which become the Debian's."""
    folder = os.getcwd()
    _checked(_libc.unshare(CLONE_NEWNS), "a mount namespace (are you root?)")
    _mount("none", "/", MS_REC | MS_PRIVATE)
    for entry in os.scandir("/"):
        if entry.name in SYSTEM or not entry.is_dir(follow_symlinks=False):
            continue
        target = os.path.join(debian, entry.name)
        os.makedirs(target, exist_ok=True)
        _mount(entry.path, target, MS_BIND | MS_REC)
    if project.split("/")[1] in SYSTEM:
        os.makedirs(debian + project, exist_ok=True)
        _mount(project, debian + project, MS_BIND | MS_REC)
    pythons = os.path.join(project, ".cache", "pythons")
    for name in os.listdir(pythons):
        python = os.path.join(pythons, name, "bin", "python")
        if os.path.exists(python):
            _mount(os.path.join(debian, "usr", "bin", "python" + name), debian + python, MS_BIND)
    os.chroot(debian)
    os.chdir(folder)


def main():
    # What this interpreter did to itself would be inherited.
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    project = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    enter(os.path.join(project, ".cache", "pythons", "debian"), project)
    # os.environ may hold an LC_CTYPE of this interpreter's own.
    with open("/proc/self/environ", "rb") as file:
        environment = dict(each.partition(b"=")[::2] for each in file.read().split(b"\0") if each)
    os.execve(sys.argv[0], sys.argv, environment)


if __name__ == "__main__":
    main()
