"""What Procession finds in CPython's own tests that pass: class by class, then test by test where there was something.

Used by `run_conformance.py --findings`. Many of these tests provoke on purpose what a finding warns of, so a finding here is no mistake by
itself: it is held against `expected.py`, which says of each that was read and why it is true, or known to be false. What is not there fails.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Set

ROOT = Path(__file__).resolve().parents[2]
WATCHED = ROOT / "test" / "watched" / "build.mjs"
#: A class takes up to a minute; one that has not ended after this many seconds hangs.
PATIENCE = 600

#: Prints the names of a module's tests. Those of threads alone make no process.
LIST = """
import sys, unittest
def walk(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from walk(test)
        else:
            yield test.id()
for name in walk(unittest.defaultTestLoader.loadTestsFromName("test." + sys.argv[1])):
    print(name)
"""


@dataclass(frozen=True)
class Found:
    """A finding that is not 'info', in a test that passed. `gone`: it was shown for a while, and is in no report."""

    test: str
    rule: str
    severity: str
    certain: bool
    place: str
    message: str
    evidence: str
    gone: bool

    def __str__(self) -> str:
        known = "certain" if self.certain else "likely"
        return "%s: %s (%s, %s%s) at %s: %s %s" % (
            self.test, self.rule, self.severity, known, ", for a while" if self.gone else "", self.place, self.message, self.evidence)


@dataclass
class Examined:
    """Of one run: how its tests ended, and what was found."""

    passed: bool
    tests: int
    skipped: int
    processes: int
    words: str
    found: List[Found] = field(default_factory=list)


def tests_of(python: str, module: str) -> Dict[str, List[str]]:
    """The tests of a module by their class, without those that never make a process."""
    done = subprocess.run([python, "-c", LIST, module], stdout=subprocess.PIPE, universal_newlines=True, check=True, cwd=tempfile.gettempdir())
    classes: Dict[str, List[str]] = {}
    for name in done.stdout.splitlines():
        owner = name.rpartition(".")[0]
        if name.startswith("test.") and not re.search(r"\.(WithThreads|ThreadPool)\w+$", owner):
            classes.setdefault(owner, []).append(name)
    return classes


def examine(watched: Path, python: str, name: str) -> Examined:
    """Runs one class or test, looked at as in the panel, in a session of its own, so that whatever it leaves can be ended."""
    home = Path(tempfile.mkdtemp(prefix="procession-findings-"))
    report = home / "report.json"
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PROCESSION_", "PYTHON"))}
    env.update(TMPDIR=str(home), PYTHONDONTWRITEBYTECODE="1")
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            ["node", str(watched), str(ROOT / "runtime"), str(report), python, "-m", "unittest", "-v", name],
            env=env, cwd=str(home), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code: Optional[int] = child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            child.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    try:
        ran = re.search(r"^Ran (\d+) tests? in", text, re.MULTILINE)
        skips = re.search(r"^OK \(.*?skipped=(\d+)", text, re.MULTILINE)
        examined = Examined(code == 0 and report.exists(), int(ran.group(1)) if ran else 0, int(skips.group(1)) if skips else 0, 0, text[-1500:])
        if report.exists():
            seen = json.loads(report.read_text())
            examined.processes = seen["processes"]
            examined.found = [_found(name, row) for row in seen["findings"] if row["severity"] != "info"]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return examined


def _found(test: str, row: dict) -> Found:
    where = row["where"]
    place = "%s:%d" % (os.path.basename(where["file"]), where["line"]) if where else "?"
    return Found(test, row["rule"], row["severity"], row["certain"], place, row["message"], " ".join(row["evidence"]), not row["last"])
