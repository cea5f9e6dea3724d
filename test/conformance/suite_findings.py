"""What is found in CPython's own tests that pass: class by class, then test by test where there was something.

Used by `run_conformance.py --findings`. Some of these tests do on purpose what a finding warns of: each such pair of test and rule was read,
and is in expected.py with its reason. Every other finding that is more than a remark is a false alarm, also one that was shown for a while.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "watched"))
from expected import reason  # noqa: E402
from watched import Seen, command, read  # noqa: E402

#: A class takes up to a minute; one that has not ended after this many seconds hangs.
PATIENCE = 600

#: Prints the names of a module's tests.
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
#: Their classes are about threads, and make no process.
OF_THREADS = re.compile(r"\.(WithThreads|ThreadPool)\w+$")


@dataclass
class Examined:
    """Of one run of a class or test: how it ended, and what was found."""

    passed: bool
    ran: int
    skipped: int
    processes: int
    output: str
    found: List[Seen] = field(default_factory=list)


@dataclass
class Findings:
    """Of a module: `true` and `false` by test, rule and what was said, each once; `lines`: what else is to be told."""

    classes: int = 0
    ran: int = 0
    skipped: int = 0
    processes: int = 0
    true: List[Tuple[str, Seen]] = field(default_factory=list)
    false: List[Tuple[str, Seen]] = field(default_factory=list)
    unjudged: List[str] = field(default_factory=list)


def classes_of(python: str, module: str, match: List[str]) -> Dict[str, List[str]]:
    """The tests of a module by their class, without those of threads; `match`: only classes that have one of these in their name."""
    done = subprocess.run([python, "-c", LIST, module], stdout=subprocess.PIPE, universal_newlines=True, check=True, cwd=tempfile.gettempdir())
    classes: Dict[str, List[str]] = {}
    for name in done.stdout.splitlines():
        owner = name.rpartition(".")[0]
        if name.startswith("test.") and not OF_THREADS.search(owner) and (not match or any(word in owner for word in match)):
            classes.setdefault(owner, []).append(name)
    return classes


def examine(program: Path, python: str, name: str) -> Examined:
    """Runs one class or test looked at as in the panel, in a session of its own, so that whatever it leaves can be ended."""
    home = Path(tempfile.mkdtemp(prefix="procession-findings-"))
    seen = home / "seen.json"
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PROCESSION_", "PYTHON"))}
    env.update(TMPDIR=str(home), PYTHONDONTWRITEBYTECODE="1")
    try:
        with open(home / "output", "w+b") as output:
            child = subprocess.Popen(
                command(program, seen, python, ["-m", "unittest", "-v", name]),
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
        ran = re.search(r"^Ran (\d+) tests? in", text, re.MULTILINE)
        skipped = re.search(r"^OK \(.*?skipped=(\d+)", text, re.MULTILINE)
        processes, found = read(seen) if seen.exists() else (0, [])
        return Examined(
            code == 0 and seen.exists() and ran is not None, int(ran.group(1)) if ran else 0, int(skipped.group(1)) if skipped else 0,
            processes, text[-1000:], [each for each in found if each.alarms])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def findings_in(program: Path, python: str, module: str, match: List[str]) -> Findings:
    """Runs a module's classes one after the other, and those with findings test by test. A test that fails is not judged, but named."""
    result = Findings()
    for owner, tests in classes_of(python, module, match).items():
        whole = examine(program, python, owner)
        result.classes += 1
        result.ran += whole.ran
        result.skipped += whole.skipped
        result.processes += whole.processes
        if whole.passed and not whole.found:
            continue
        alone: List[Seen] = []
        for name in tests:
            one = examine(program, python, name)
            alone += one.found
            if not one.passed:
                result.unjudged.append("%s did not pass, so it is not judged: %s" % (name, " ".join(one.output.split())[-300:]))
                continue
            for seen in one.found:
                (result.true if reason(name, seen.rule) else result.false).append((name, seen))
        # What came of a class and of none of its tests alone is a false alarm unless one of its tests is known to do that.
        if whole.passed:
            rules = {seen.rule for seen in alone}
            known = {seen.rule for seen in whole.found if any(reason(name, seen.rule) for name in tests)}
            result.false += [(owner, seen) for seen in whole.found if seen.rule not in rules | known]
    return result
