"""Running a command so that nothing of it survives, and comparing what two runs printed."""

import fcntl
import os
import re
import signal
import subprocess
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional


@dataclass
class Outcome:
    """`code` is None when the command was ended because it took too long. `left`: command lines of what it left behind."""

    pid: int
    code: Optional[int]
    stdout: str
    stderr: str
    left: List[str]


def _take_terminal() -> None:
    """In the child: its standard input becomes the terminal that controls it and its group."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def run(command: List[str], environment: Dict[str, str], mark: str, seconds: float, cwd: Path, terminal: bool = False) -> Outcome:
    """Run a command in its own session, with its output in files (a pipe would wait for orphans, too).

    `mark`: a text that is in the environment of this command's processes and of no other's.
    `terminal`: it is what runs in the foreground of a terminal, as when somebody types it.
    """
    keyboard, screen = os.openpty() if terminal else (-1, -1)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            command, env=environment, cwd=cwd, stdin=screen if terminal else subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True, preexec_fn=_take_terminal if terminal else None,
        )
        try:
            code: Optional[int] = child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = None
        left = _end_all(mark, grace=0.0 if code is None else 2.0)
        if code is None:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        for descriptor in (keyboard, screen) if terminal else ():
            os.close(descriptor)
        out.seek(0)
        err.seek(0)
        return Outcome(child.pid, code, out.read().decode(errors="replace"), err.read().decode(errors="replace"), left)


def _marked(mark: str) -> List[int]:
    """Processes that were started with `mark` in their environment: Linux only, elsewhere none is found."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:  # it ended, or belongs to somebody else
            continue
    return found


def _stands(pid: int) -> str:
    """In which call of the system each of a process's threads sleeps, the main thread first: `futex_do_wait, pipe_read`."""
    calls = []
    for thread in sorted(Path(f"/proc/{pid}/task").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            calls.append((thread / "wchan").read_text() or "?")
        except OSError:
            continue
    return ", ".join(calls)


def _end_all(mark: str, grace: float) -> List[str]:
    """Give what is still there some seconds to end, then kill it; answers the command lines of the killed ones."""
    deadline = time.monotonic() + grace
    pids = _marked(mark)
    while pids and time.monotonic() < deadline:
        time.sleep(0.02)
        pids = _marked(mark)
    left = []
    # All of them before the first is killed: the others may end with it.
    stands = {pid: _stands(pid) for pid in pids}
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
            os.kill(pid, signal.SIGKILL)
            left.append(f"{pid} {words} ({stands[pid]})")
        except OSError:
            continue
    return left


def without_hooks(traceback: str) -> str:
    """A traceback without the runtime's own frames. Before Python 3.11 a function that is wrapped cannot hide from one."""
    return re.sub(r'  File "[^"]*/procession_runtime/\w+\.py", line \d+, in \w+\n    .*\n', "", traceback)


def normal(text: str, loose: bool) -> List[str]:
    """A text's lines without what differs from run to run (pids, times, addresses, order); loose: without any number."""
    if loose:
        text = re.sub(r" +", " ", text)
    # Names that the library makes up: of its folder, of semaphores, of shared memory. Before addresses: "0x4" is
    # among the letters of one such name in some hundreds.
    text = re.sub(r"\b(pymp-|mp-|psm_)\w+", r"\1#", text)
    text = re.sub(r"0x[0-9a-f]+", "0x#", text)
    text = re.sub(r"\d+" if loose else r"\d+\.\d+|\d{3,}", "#", text)
    return sorted(text.splitlines())


def difference(what: str, plain: str, watched: str, loose: bool) -> List[str]:
    expected, actual = normal(plain, loose), normal(watched, loose)
    if expected == actual:
        return []
    missing = [line for line in expected if line not in actual]
    extra = [line for line in actual if line not in expected]
    return [f"{what} differs from a plain run's: missing {missing[:4]}, extra {extra[:4]} ({len(expected)} and {len(actual)} lines)"]
