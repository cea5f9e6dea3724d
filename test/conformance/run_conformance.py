"""CPython's own tests of multiprocessing and concurrent.futures, plain and under the runtime: every single test must end alike.

    python3 test/conformance/run_conformance.py [--python PATH]... [--module NAME]... [--match PATTERN]... [--jobs N] [--findings]

Each module runs twice in CPython's own test runner, and the results it writes are compared test by test. A test that ended
differently is run again alone, three times each way: one that then ends alike is unsteady (these tests wait for real time) and
is named; one that differs again is a difference. A module in which too few processes were recorded proves nothing, and fails.
With `--findings` the tests are not compared; instead each class runs as in the panel, and what is found in tests that pass is told, and fails
where it is not known to be true (expected.py). `--match` is then a part of a class's name.
Ends with `N passed, N failed`: one for each module on each Python. Needs the `test` package, which distributions may leave out.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Dict, List, Optional, Tuple

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("truth", "conformance", "watched")]
from expected import reason  # noqa: E402
from run_truth import pythons  # noqa: E402
from suite_findings import findings_in  # noqa: E402
from watched import build  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BOOT = ROOT / "runtime" / "boot"
VERSIONS = ((3, 9), (3, 10), (3, 13), (3, 14))
#: Each with the least number of processes that must have been recorded. The tests of main handling start most of theirs isolated.
MODULES = {
    "test_multiprocessing_fork": 300,
    "test_multiprocessing_spawn": 300,
    "test_multiprocessing_forkserver": 300,
    "test_multiprocessing_main_handling": 1,
    "test_concurrent_futures": 100,
}
#: A module takes minutes; one that has not ended after this many seconds hangs.
PATIENCE = 3600
AGAIN = 3

Version = Tuple[int, int]
#: Outcome of each test by its name: passed, skipped, failed or error.
Outcomes = Dict[str, str]


@dataclass
class Ran:
    """What one run of the test runner left."""

    outcomes: Outcomes
    code: Optional[int]
    seconds: float
    output: str
    #: processes that were recorded, by a journal or in the file of those that had nothing to tell
    recorded: int = 0


@dataclass
class Verdict:
    title: str
    lines: List[str] = field(default_factory=list)
    wrong: List[str] = field(default_factory=list)


def outcomes_in(file: Path, by_class: bool = False) -> Outcomes:
    """Reads what `--junit-xml` wrote; empty where the runner did not come so far.

    `by_class`: names hold their class, which CPython's runner has in them and pytest beside them.
    """
    try:
        tree = ElementTree.parse(file)
    except (OSError, ElementTree.ParseError):
        return {}
    found: Outcomes = {}
    for case in tree.iter("testcase"):
        inner = {child.tag for child in case}
        outcome = "error" if "error" in inner else "failed" if "failure" in inner else "skipped" if "skipped" in inner else "passed"
        found[(case.get("classname", "") + "." if by_class else "") + case.get("name", "")] = outcome
    return found


def recorded_in(folder: Path) -> int:
    """Processes of which the folder tells."""
    names = os.listdir(folder)
    images = {name.rpartition(".")[0].rsplit("-", 1)[0] for name in names if re.match(r"\d+-\d+-[0-9a-f]+\.\d+$", name)}
    quiet = folder / "quiet"
    return len(images) + (quiet.stat().st_size // 64 if quiet.exists() else 0)


def run(python: str, module: str, patterns: List[str], watched: bool) -> Ran:
    """The module in CPython's own runner, in a session of its own, so that whatever it leaves can be ended."""
    home = Path(tempfile.mkdtemp(prefix="procession-conformance-"))
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="procession-conformance-", dir=shared if shared.is_dir() else None))
    results = home / "results.xml"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PROCESSION_") and name != "PYTHONPATH"}
    if watched:
        env.update(PYTHONPATH=str(BOOT), PROCESSION_RUN=str(folder), PROCESSION_OPTIONS="preview=200,budget=%d" % (1 << 30))
    words = [python, "-m", "test", "--junit-xml", str(results), "--tempdir", str(home), module]
    for pattern in patterns:
        words += ["-m", pattern]
    began = time.monotonic()
    child = subprocess.Popen(
        words, env=env, cwd=str(home), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, errors="replace", start_new_session=True)
    try:
        output, _ = child.communicate(timeout=PATIENCE)
        code: Optional[int] = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        code = None
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    ran = Ran(outcomes_in(results), code, time.monotonic() - began, output, recorded_in(folder) if watched else 0)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
    return ran


def pattern_of(name: str) -> str:
    """What selects one test in the runner: `Class.method` of its dotted name."""
    return "*" + ".".join(name.split(" ")[0].split(".")[-2:])


def differs_again(python: str, module: str, name: str) -> bool:
    """Whether one test ends differently with and without in any of three more pairs, alone."""
    for _ in range(AGAIN):
        plain = run(python, module, [pattern_of(name)], False).outcomes.get(name)
        watched = run(python, module, [pattern_of(name)], True).outcomes.get(name)
        if plain != watched:
            return True
    return False


def judge(python: str, version: Version, module: str, patterns: List[str]) -> Verdict:
    """Runs one module both ways and compares."""
    verdict = Verdict("%d.%d %s" % (version + (module,)))
    plain = run(python, module, patterns, False)
    watched = run(python, module, patterns, True)
    for which, ran in (("plain", plain), ("instrumented", watched)):
        if not ran.outcomes:
            end = "after %d s" % ran.seconds if ran.code is None else "with %d" % ran.code
            verdict.wrong.append("the %s run wrote no results and ended %s: %s" % (which, end, ran.output[-1500:]))
    if verdict.wrong:
        return verdict
    different = sorted(name for name in {*plain.outcomes, *watched.outcomes} if plain.outcomes.get(name) != watched.outcomes.get(name))
    for name in different:
        words = "%s: %s without, %s with" % (name, plain.outcomes.get(name, "not run"), watched.outcomes.get(name, "not run"))
        if differs_again(python, module, name):
            verdict.wrong.append(words)
        else:
            verdict.lines.append("unsteady: " + words)
    if not different and plain.code != watched.code:
        # The runner also looks at what tests leave behind: files, threads, warnings' filters, environment.
        verdict.wrong.append("the runner ended with %s without, %s with: %s" % (plain.code, watched.code, watched.output[-1500:]))
    least = 1 if patterns else MODULES.get(module, 1)
    if watched.recorded < least:
        verdict.wrong.append("%d processes were recorded, fewer than %d" % (watched.recorded, least))
    kinds = list(watched.outcomes.values())
    counted = ", ".join("%d %s" % (kinds.count(kind), kind) for kind in ("passed", "skipped", "failed", "error") if kind in kinds)
    verdict.lines.insert(0, "%d tests alike (%s); %d processes recorded; %.0f s plain, %.0f s instrumented" % (
        len(plain.outcomes) - len(different), counted, watched.recorded, plain.seconds, watched.seconds))
    return verdict


def judge_findings(program: Path, python: str, version: Version, module: str, match: List[str]) -> Verdict:
    """What is found in a module's tests, held against what is known to be true of them."""
    verdict = Verdict("%d.%d %s" % (version + (module,)))
    found = findings_in(program, python, module, match)
    verdict.lines.append("%d classes, %d tests of which %d skipped, %d processes seen; findings that are more than remarks: %d true, %d false" % (
        found.classes, found.ran, found.skipped, found.processes, len(found.true), len(found.false)))
    told = Counter((name.rpartition(".")[2], seen.title) for name, seen in found.true)
    verdict.lines += ["true: %s: %s, %d times: it %s" % (name, title, count, reason(name, title.partition(" ")[0])) for (name, title), count in sorted(told.items())]
    verdict.lines += found.unjudged
    verdict.wrong += ["false alarm: %s: %s" % (name, seen) for name, seen in found.false]
    if found.ran == 0 or found.processes < found.classes:
        verdict.wrong.append("%d tests ran and %d processes were seen, which proves nothing" % (found.ran, found.processes))
    return verdict


def main() -> int:
    parser = argparse.ArgumentParser(description="CPython's own tests, with and without the runtime.")
    parser.add_argument("--python", action="append", default=[], help="an interpreter (default: pyenv's 3.9, 3.10 and 3.13, and 3.14 of `npm run test:pythons`)")
    parser.add_argument("--module", action="append", default=[], help="a test module (default: %s)" % ", ".join(MODULES))
    parser.add_argument("--match", action="append", default=[], help="only tests of this pattern, as `python -m test -m` takes it")
    parser.add_argument("--jobs", type=int, default=1, help="modules at once (default: 1; more make tests that wait unsteady)")
    parser.add_argument("--findings", action="store_true", help="what Procession finds in them, in place of whether they end alike")
    options = parser.parse_args()
    chosen = [(path, version) for path, version in pythons(options.python) if options.python or version in VERSIONS]
    if not chosen:
        print("There is no CPython of %s." % ", ".join("%d.%d" % version for version in VERSIONS))
        return 69
    absent = [] if options.python else sorted(set(VERSIONS) - {version for _, version in chosen})
    if absent:
        print("Not judged, because not found here: CPython %s." % ", ".join("%d.%d" % version for version in absent))
    for path, _ in chosen:
        # As every run does beforehand: the tests may run with PYTHONDONTWRITEBYTECODE.
        subprocess.run([path, "-m", "compileall", "-q", str(ROOT / "runtime")], check=True)
    passed = failed = 0
    if options.findings:
        judged = partial(judge_findings, build())
    else:
        judged = judge
    with ThreadPoolExecutor(options.jobs) as workers:
        jobs = [
            workers.submit(judged, path, version, module, options.match)
            for path, version in chosen for module in options.module or MODULES]
        for job in jobs:
            verdict = job.result()
            passed += not verdict.wrong
            failed += bool(verdict.wrong)
            print("%s %s" % ("FAIL" if verdict.wrong else "ok  ", verdict.title))
            for line in verdict.lines + verdict.wrong:
                print("     " + line)
            sys.stdout.flush()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
