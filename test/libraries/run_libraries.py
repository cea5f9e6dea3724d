"""Libraries that use multiprocessing, or have their own: each behaves under Procession as it does alone, and the report shows what it did.

    python3 test/libraries/run_libraries.py [--python PATH] [--only NAME]... [--suites | --programs]

Programs (programs/) run plain and under `procession run`: what they print and how they end must be the same, every worker they know of
must be in the report by a sensible name, with the traffic that went through multiprocessing's own channels, and nothing dropped.
A third run is looked at as in the panel: what is found in a program that is well, there or in the report, is a false alarm.
Suites are libraries' own tests, run both ways and compared test by test. Under debugpy, a script must stop in its child.
Ends with `N passed, N failed, N skipped`: what cannot be had on this machine is skipped, and says why. Build first (`npm run build`).
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "truth"), str(HERE.parent / "conformance"), str(HERE.parent / "watched")]
from cases import PROGRAMS, SUITES, Program, Suite  # noqa: E402
from debugging import stop_in_child  # noqa: E402
from environment import ROOT, Unavailable, ensure_torch, environment, has, source  # noqa: E402
from run_conformance import outcomes_in, recorded_in  # noqa: E402
from run_truth import pythons  # noqa: E402
from sandbox import Outcome, difference, run  # noqa: E402
from watched import Seen, build, command, read  # noqa: E402

CLI = ROOT / "dist" / "cli.cjs"
BOOT = ROOT / "runtime" / "boot"
PROGRAMS_HERE = HERE / "programs"
#: What a pytest run prints differently each time: its progress, and how long it took.
UNSTEADY = re.compile(r"^worker \d+\n|^[.FEsx]+ +\[ *\d+%\]\n| in \d+\.\d+s\b|=+$", re.MULTILINE)
#: Under forkserver debugpy's session with the child never begins, with or without us.
DEBUGGED = ("fork", "spawn")


@dataclass
class Row:
    """What was found in a program: in the report, and on the way. None: it did not come so far."""

    title: str
    reported: Optional[List[str]] = None
    seen: Optional[List[Seen]] = None


def table(rows: List[Row]) -> str:
    """Per program: what was found, and how much of that is a false alarm. All programs here are well, so each that is more than a remark."""
    lines = [("library", "findings", "false alarms")]
    total = 0
    for row in rows:
        if row.reported is None or row.seen is None:
            lines.append((row.title, "not known: it did not run to its end", "?"))
            continue
        alarms = {each.rule for each in row.seen if each.alarms} | {text.split(" ")[0] for text in row.reported if not text.endswith("(info)")}
        total += len(alarms)
        found = sorted({*row.reported, *(each.title for each in row.seen if each.gone)})
        lines.append((row.title, ", ".join(found) or "none", str(len(alarms))))
    lines.append(("all", "", str(total)))
    wide = [max(len(line[column]) for line in lines) for column in (0, 1)]
    return "\n".join("%-*s  %-*s  %s" % (wide[0], first, wide[1], second, third) for first, second, third in lines)


def surroundings(folder: Path) -> Dict[str, str]:
    """The environment of one run, with its own place for whatever a program keeps, and nothing that changes how Python behaves."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PROCESSION_", "LIBRARIES_"))}
    return {**plain, "PYTHONDONTWRITEBYTECODE": "1", "LIBRARIES_WORKERS": str(folder / "workers"), "TMPDIR": str(folder)}


def printed(outcome: Outcome, folder: Path) -> Tuple[str, List[int]]:
    """What a program printed that should be the same each time, and the workers that it named."""
    named = folder / "workers"
    text = outcome.stdout + (named.read_text() if named.exists() else "")
    return UNSTEADY.sub("", outcome.stdout), sorted({int(pid) for pid in re.findall(r"^worker (\d+)$", text, re.MULTILINE)})


def watched_by(report: Path, python: Path, words: List[str]) -> List[str]:
    return ["node", str(CLI), "run", "--json", str(report), "--python", str(python), *words]


def judge_program(python: Path, program: Program, folder: Path, looker: Path, row: Row) -> List[str]:
    """Runs a program both ways, and once looked at; answers what is wrong, in sentences."""
    if program.needs and not has(python, program.needs):
        ensure_torch(python)
    script = str(PROGRAMS_HERE / program.script)
    words = ["-m", *program.module, script] if program.module else [script, *program.args]
    homes = folder / "plain", folder / "watched", folder / "looked-at"
    for home in homes:
        home.mkdir()
    plain = run([str(python), *words], surroundings(homes[0]), str(homes[0]), program.seconds, PROGRAMS_HERE)
    if plain.code is None:
        return ["the plain run did not end in %d s: %s" % (program.seconds, plain.stderr[-500:])]
    report = folder / "report.json"
    watched = run(watched_by(report, python, words), surroundings(homes[1]), str(homes[1]), program.seconds, PROGRAMS_HERE)
    if watched.code is None or not report.exists():
        return ["the watched run did not end in %d s, or wrote no report: %s" % (program.seconds, watched.stderr[-500:])]
    wrong = []
    if watched.code != (plain.code if plain.code >= 0 else 128 - plain.code):
        wrong.append("exit status %d, not %d" % (watched.code, plain.code))
    before, _ = printed(plain, homes[0])
    after, workers = printed(watched, homes[1])
    wrong += difference("standard output", before, after.replace(str(homes[1]), str(homes[0])), True)
    wrong += difference("standard error", plain.stderr, watched.stderr.replace(str(homes[1]), str(homes[0])), True)
    if len(watched.left) > len(plain.left):
        wrong.append("left behind: %s" % watched.left)
    told = json.loads(report.read_text())
    row.reported = sorted({"%s (%s)" % (each["rule"], each["severity"]) for each in told["findings"]})
    wrong += ["false alarm in the report: %s: %s %s" % (each["rule"], each["message"], " ".join(each["evidence"]))
              for each in told["findings"] if each["severity"] != "info"]
    seen = homes[2] / "seen.json"
    looked = run(command(looker, seen, str(python), words), surroundings(homes[2]), str(homes[2]), program.seconds, PROGRAMS_HERE)
    if looked.code != watched.code or not seen.exists():
        return [*wrong, "the run that is looked at ended with %s, not %d: %s" % (looked.code, watched.code, looked.stderr[-500:])]
    count, row.seen = read(seen)
    if count <= len(workers):
        wrong.append("in the run that is looked at %d processes were seen, not more than the %d workers" % (count, len(workers)))
    wrong += ["false alarm: %s" % each for each in row.seen if each.alarms]
    return wrong + compare(told, program, workers)


def compare(report: dict, program: Program, workers: List[int]) -> List[str]:
    """The report against what the program said of itself."""
    wrong = [] if workers else ["the program named no worker"]
    rows = {row["pid"]: row for row in report["processes"]}
    for pid in workers:
        row = rows.get(pid)
        if row is None:
            wrong.append("worker %d is not in the report" % pid)
        elif row["kind"] not in program.kinds or not re.fullmatch(program.names, row["name"]):
            wrong.append("worker %d is %s, a %s" % (pid, row["name"], row["kind"]))
        elif row["end"] not in ("exited", "signaled") or row["parent"] is None:
            wrong.append("worker %d, %s: end %s, parent %s" % (pid, row["name"], row["end"], row["parent"]))
    for kind, least in program.also:
        count = sum(row["kind"] == kind for row in report["processes"])
        if count < least:
            wrong.append("%d rows of kind %s, fewer than %d" % (count, kind, least))
    for kind, least in program.traffic:
        received = sum(channel["received"] for channel in report["channels"] if channel["kind"] == kind)
        if received < least:
            wrong.append("%d messages were received from channels of kind %s, fewer than %d" % (received, kind, least))
    for signal in program.signals - {row["signal"] for row in report["processes"]}:
        wrong.append("no process ended by %s" % signal)
    for key in ("dropped", "uninstrumented"):
        if report["run"][key]:
            wrong.append("%s: %d" % (key, report["run"][key]))
    return wrong


def judge_suite(python: Path, suite: Suite, folder: Path) -> Tuple[List[str], str]:
    """A library's own tests, plain and instrumented. A test that ended differently is run again alone, both ways."""
    home = source(python, suite.name) if suite.source else folder
    least = suite.least

    def outcomes(name: str, watched: bool, tests: List[str]) -> Tuple[Dict[str, str], int]:
        results, journals = folder / (name + ".xml"), folder / name
        journals.mkdir()
        env = surroundings(journals)
        if watched:
            env.update(PYTHONPATH=str(BOOT), PROCESSION_RUN=str(journals), PROCESSION_OPTIONS="preview=200,budget=%d" % (1 << 30))
        # A project's own options are about its coverage, or spread its tests over workers.
        words = [str(python), "-m", "pytest", "-o", "addopts=", "--timeout", "120", "--junit-xml", str(results)]
        for plugin in ("cacheprovider", *suite.unplugged):
            words += ["-p", "no:" + plugin]
        # By its place below the root a test is told from its namesake of another file.
        words += [] if suite.source else ["--rootdir", str(python.parent.parent), "--pyargs"]
        run([*words, *tests], env, str(journals), 1800, home)
        found = outcomes_in(results, by_class=True)
        recorded = recorded_in(journals) if watched else 0
        shutil.rmtree(journals, ignore_errors=True)
        return found, recorded

    tests = [*suite.tests, *(["-k", "not (%s)" % " or ".join("(%s)" % each for each in suite.without)] if suite.without else [])]
    plain, _ = outcomes("plain", False, tests)
    watched, recorded = outcomes("watched", True, tests)
    if not plain or not watched:
        return ["no results: %d plain, %d watched" % (len(plain), len(watched))], ""
    wrong, unsteady = [], []
    for number, name in enumerate(sorted(test for test in {*plain, *watched} if plain.get(test) != watched.get(test))):
        words = "%s: %s without, %s with" % (name, plain.get(name, "not run"), watched.get(name, "not run"))
        alone = [*suite.tests, "-k", name.partition("[")[0].rpartition(".")[2]]
        pairs = [[outcomes("again-%d-%d-%s" % (number, turn, way), way, alone)[0].get(name) for way in (False, True)] for turn in range(3)]
        if all(first == second for first, second in pairs) or len({first for first, _ in pairs}) > 1:
            unsteady.append("unsteady: " + words)
        else:
            wrong.append(words)
    if recorded < least:
        wrong.append("%d processes were recorded, fewer than %d" % (recorded, least))
    kinds = list(watched.values())
    counted = ", ".join("%d %s" % (kinds.count(kind), kind) for kind in ("passed", "skipped", "failed", "error") if kind in kinds)
    return wrong, "; ".join(["%s; %d processes recorded" % (counted, recorded), *unsteady])


def judge_debugger(python: Path, method: str, folder: Path) -> List[str]:
    """A script under debugpy, both ways: the same breakpoint is met in its child, with the same values."""
    script = PROGRAMS_HERE / "debugged.py"
    line = 1 + [text.endswith("# breakpoint") for text in script.read_text().splitlines()].index(True)
    results = []
    report = folder / "report.json"
    for name in ("plain", "watched"):
        home = folder / name
        home.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = ["-m", "debugpy", "--listen", "127.0.0.1:%d" % port, "--wait-for-client", "--configure-subProcess", "true", str(script), method]
        command = watched_by(report, python, words) if name == "watched" else [str(python), *words]
        with ThreadPoolExecutor(1) as thread:
            debugged = thread.submit(run, command, surroundings(home), str(home), 180, PROGRAMS_HERE)
            try:
                seen = stop_in_child(port, str(script), line)
            except (OSError, EOFError, RuntimeError) as error:
                seen = ["%s: %s" % (type(error).__name__, error)]
            outcome = debugged.result()
        results.append((outcome, seen, *printed(outcome, home)))
    (plain, seen_plain, out_plain, _), (watched, seen_watched, out_watched, workers) = results
    if seen_plain[:2] != ["breakpoint", "work:%d" % line]:
        return ["debugpy does not stop in the child of a plain run: %s; %s" % (seen_plain, plain.stderr[-300:])]
    wrong = [] if seen_watched == seen_plain else ["the debugger saw %s, not %s; %s" % (seen_watched, seen_plain, watched.stderr[-300:])]
    if (watched.code, out_watched) != (plain.code, out_plain):
        wrong.append("ended with %s and %r, not %s and %r" % (watched.code, out_watched, plain.code, out_plain))
    wrong += difference("standard error", plain.stderr, watched.stderr, True)
    if not report.exists():
        return [*wrong, "no report was written"]
    told = Program("debugged.py", names="debugged", kinds=frozenset({"process"}), traffic=(("Queue", 1),))
    return wrong + compare(json.loads(report.read_text()), told, workers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="a CPython from 3.11 on to make the environment with (default: the oldest of these)")
    parser.add_argument("--only", action="append", metavar="NAME", help="only what has a name that begins so")
    parser.add_argument("--programs", action="store_true", help="no suites")
    parser.add_argument("--suites", action="store_true", help="nothing but suites")
    options = parser.parse_args()
    if not CLI.exists():
        print("%s is missing: run `npm run build` first." % CLI)
        return 69
    usable = [(path, version) for path, version in pythons([options.python] if options.python else []) if version >= (3, 11)]
    if not usable:
        print("There is no CPython from 3.11 on, which the newest of these libraries want.")
        return 69
    base, version = usable[0]
    try:
        python = environment(base, version)
    except (Unavailable, subprocess.TimeoutExpired) as error:
        print("The libraries cannot be installed: %s" % error)
        return 69
    subprocess.run([str(python), "-m", "compileall", "-q", str(ROOT / "runtime")], check=True)

    Judge = Callable[[Path], Tuple[List[str], str]]
    tasks: List[Tuple[str, Judge]] = []
    rows: List[Row] = []
    looker = build()

    def judged(program: Program, folder: Path) -> Tuple[List[str], str]:
        rows.append(Row(program.title))
        return judge_program(python, program, folder, looker, rows[-1]), ""

    if not options.suites:
        for program in PROGRAMS:
            tasks.append((program.title, lambda folder, program=program: judged(program, folder)))
        for method in DEBUGGED:
            tasks.append(("debugpy " + method, lambda folder, method=method: (judge_debugger(python, method, folder), "")))
    if not options.programs:
        for suite in SUITES:
            tasks.append(("%s's own tests" % suite.name, lambda folder, suite=suite: judge_suite(python, suite, folder)))
    passed = failed = skipped = 0
    for title, judge in tasks:
        if options.only and not title.startswith(tuple(options.only)):
            continue
        folder = Path(tempfile.mkdtemp(prefix="procession-libraries-"))
        try:
            wrong, words = judge(folder)
        except (Unavailable, subprocess.TimeoutExpired) as error:
            skipped += 1
            print("skip %s: %s" % (title, error), flush=True)
            continue
        except Exception as error:  # one that is broken must not hide the others
            wrong, words = ["the test itself failed: %s: %s" % (type(error).__name__, error)], ""
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        passed += not wrong
        failed += bool(wrong)
        print("%s %s%s" % ("FAIL" if wrong else "ok  ", title, " (%s)" % words if words else ""), flush=True)
        for text in wrong:
            print("     " + text, flush=True)
    if rows:
        print(table(rows))
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
