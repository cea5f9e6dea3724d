"""Every example, on every Python and start method: Procession's report against what the script itself logged.

    python3 test/truth/run_truth.py [--python PATH]... [--method fork]... [--scenario s15]... [--quick]

For each case the example runs twice: plainly, and under `procession run`. The second must print and end as the first did,
its report must say exactly what the script logged, the report of the recording must equal it, and nothing may be left behind.
Ends with `N passed, N failed`. Needs Python 3.8 or later and nothing else; build first (`npm run build`).
"""

import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from compare import compare
from facts import IncompleteTruth, environment_with_truth, understand
from sandbox import difference, run, without_hooks
from scenarios import METHODS, SCENARIOS, Scenario
from tally import Tally

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "dist" / "cli.cjs"
#: With --quick: one start method is enough where the method makes no difference to what is shown.
QUICK = ("s01", "s07", "s09_terminate_with", "s11_fork.py", "s12_contexts", "s13_pool_calls", "s14_executor.py", "s15_queue.py", "s15_join", "s18_pipe.py", "s20_manager", "s21_leaked", "s22_", "s25_exit", "s25_no_main")


@dataclass(frozen=True)
class Case:
    python: str
    version: Tuple[int, int]
    scenario: Scenario
    method: Optional[str]

    @property
    def title(self) -> str:
        return " ".join([f"{self.version[0]}.{self.version[1]} {self.scenario.script}", *self.scenario.args, self.method or ""]).strip()


def pythons(asked: List[str]) -> List[Tuple[str, Tuple[int, int]]]:
    """CPython from 3.8 on: what was asked for, else pyenv's and those of debian.mjs, else the one on the path. One for each version."""
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    homes = os.path.join(pyenv, "versions"), os.path.join(str(ROOT), ".cache", "pythons")
    candidates = asked or [path for home in homes for path in sorted(glob.glob(os.path.join(glob.escape(home), "*", "bin", "python")))]
    found = {}
    for candidate in candidates or [shutil.which("python3") or sys.executable]:
        ask = "import sys; print(sys.implementation.name, *sys.version_info[:2])"
        answer = subprocess.run([candidate, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
        words = answer.stdout.split()
        if answer.returncode == 0 and words[0] == "cpython" and (3, 8) <= (int(words[1]), int(words[2])):
            # Runs begin in folders of their own, where a relative path means another file; a bare name is looked for on the path.
            found[int(words[1]), int(words[2])] = os.path.abspath(candidate) if os.sep in candidate else candidate
    return [(path, version) for version, path in sorted(found.items())]


def _stable(output: str, scenario: Scenario) -> str:
    return re.sub(scenario.ignore, "", output) if scenario.ignore else output


def judge_alone(case: Case, folder: Path) -> List[str]:
    """The example without Procession: it must end, print the same twice, and log enough to judge by."""
    scenario = case.scenario
    script = ROOT / "examples" / scenario.script
    words = [case.python, str(script), *scenario.args, *(["--method", case.method] if case.method else [])]
    outcomes = []
    for name in ("first", "second"):
        log = folder / name
        log.mkdir()
        outcome = run(words, environment_with_truth(log), str(log), scenario.seconds, ROOT, scenario.terminal)
        if outcome.code is None or outcome.left:
            return [f"ended with {outcome.code}, left {outcome.left} behind"]
        try:
            understand(script, log, case.method, outcome.code)
        except IncompleteTruth as error:
            return [f"the truth log cannot be judged by: {error}"]
        outcomes.append(outcome)
    first, second = outcomes
    wrong = difference("standard output", _stable(first.stdout, scenario), _stable(second.stdout, scenario), scenario.loose)
    wrong += difference("standard error", first.stderr, second.stderr, scenario.loose)
    return wrong if first.code == second.code else [*wrong, f"ended with {first.code}, then with {second.code}"]


def last_words(truth: Path) -> List[str]:
    """What each process of a run logged last."""
    return [path.read_text(errors="replace").splitlines()[-1] for path in sorted(truth.iterdir()) if path.is_file() and path.stat().st_size > 0]


def judge(case: Case, folder: Path) -> List[str]:
    """Run one case; answers what is wrong, in sentences."""
    scenario = case.scenario
    script = ROOT / "examples" / scenario.script
    words = [str(script), *scenario.args, *(["--method", case.method] if case.method else [])]
    plain_truth, watched_truth = folder / "plain", folder / "watched"
    plain_truth.mkdir()
    watched_truth.mkdir()
    plain = run([case.python, *words], environment_with_truth(plain_truth), str(plain_truth), scenario.seconds, ROOT, scenario.terminal)
    if plain.code is None:
        # Without us: a race of the library's own, on a machine as busy as this one. It is told, and tried once more.
        print(f"       {case.title}: the plain run hung: {plain.left}, its last words: {last_words(plain_truth)}", flush=True)
        shutil.rmtree(plain_truth)
        plain_truth.mkdir()
        plain = run([case.python, *words], environment_with_truth(plain_truth), str(plain_truth), scenario.seconds, ROOT, scenario.terminal)
    if plain.code is None or plain.left:
        return [f"the plain run did not end in {scenario.seconds} s, or left {plain.left} behind; its last words: {last_words(plain_truth)}"]

    live, recording, again = folder / "live.json", folder / "run.procession", folder / "again.json"
    command = ["node", str(CLI), "run", "--json", str(live), "--record", str(recording), "--python", case.python]
    runs = tempfile.mkdtemp(prefix="procession-truth-runs-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        environment = {**environment_with_truth(watched_truth), "PROCESSION_RUNS": runs}
        watched = run([*command, *words], environment, str(watched_truth), scenario.seconds, ROOT, scenario.terminal)
        # A note of the orphans that an example leaves on purpose is kept for `procession clean`, until they are gone.
        wrong = [f"left behind: {path}" for path in glob.glob(os.path.join(runs, "*", "*")) if not path.endswith(".left.json")]
    finally:
        shutil.rmtree(runs)
    if watched.code is None:
        return [f"the watched run did not end in {scenario.seconds} s: {watched.left}, its last words: {last_words(watched_truth)}; standard error: {watched.stderr[-300:]}"]
    if watched.code != (plain.code if plain.code >= 0 else 128 - plain.code):
        wrong.append(f"exit status {watched.code}, not {plain.code}")
    wrong += difference("standard output", _stable(plain.stdout, scenario), _stable(watched.stdout, scenario), scenario.loose)
    stderr = without_hooks(watched.stderr) if case.version < (3, 11) else watched.stderr
    wrong += difference("standard error", plain.stderr, stderr, scenario.loose)
    wrong += [f"left behind: {process}" for process in watched.left]
    if not live.exists():
        return [*wrong, f"no report was written; standard error: {watched.stderr[-300:]}"]
    report = json.loads(live.read_text())
    try:
        truth = understand(script, watched_truth, case.method, plain.code)
    except IncompleteTruth as error:
        return [*wrong, f"the truth log cannot be judged by: {error}"]
    wrong += compare(report, truth, scenario, case.method, watched.stderr)
    if not report["run"]["python"].startswith("%d.%d." % case.version):
        wrong.append(f"the report says Python {report['run']['python']}")
    wrong += _recording(recording, again, report, scenario)
    return wrong


def _recording(recording: Path, again: Path, report: dict, scenario: Scenario) -> List[str]:
    if not recording.exists():
        return ["no recording was written"]
    replay = run(["node", str(CLI), "report", str(recording), "--json", str(again)], dict(os.environ), str(again), 60, ROOT)
    if replay.code != 0 or not again.exists():
        return [f"the report of the recording ended with {replay.code}: {replay.stderr[-200:]}"]
    wrong = _unequal(report, json.loads(again.read_text()), "")
    with zipfile.ZipFile(recording) as archive:
        if archive.testzip() is not None:
            wrong.append("the recording is damaged")
        if scenario.secret and any(scenario.secret in archive.read(name) for name in archive.namelist()):
            wrong.append("the recording has the authkey's value in it")
    return [f"report of the recording: {text}" for text in wrong[:5]]


def _unequal(live: object, again: object, path: str) -> List[str]:
    """Where two JSON documents differ."""
    if isinstance(live, dict) and isinstance(again, dict) and live.keys() == again.keys():
        return [text for key in live for text in _unequal(live[key], again[key], f"{path}.{key}")]
    if isinstance(live, list) and isinstance(again, list) and len(live) == len(again):
        return [text for index, pair in enumerate(zip(live, again)) for text in _unequal(*pair, f"{path}[{index}]")]
    return [] if live == again else [f"{path} is {str(again)[:80]}, live it was {str(live)[:80]}"]


def cases(options: argparse.Namespace) -> List[Case]:
    found = pythons(options.python)
    if not found:
        sys.exit("No CPython from 3.8 on was found; name one by --python PATH.")
    if options.quick:
        found = sorted({found[0], found[-1]}, key=lambda each: each[1])
    chosen = [
        Case(python, version, scenario, method)
        for python, version in found
        for scenario in SCENARIOS
        for method in scenario.methods
        if not options.scenario or any(scenario.script.startswith(name) for name in options.scenario)
        if not options.method or method is None or method in options.method
        if scenario.since <= version < scenario.until
        if not options.quick or scenario.script.startswith(QUICK)
    ]
    if not chosen:
        sys.exit("No case fits these options.")
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="a Python to run the examples with; again for more")
    parser.add_argument("--method", action="append", choices=METHODS, help="only this start method")
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only examples whose name begins so")
    parser.add_argument("--quick", action="store_true", help="a few scenarios on the oldest and the newest Python")
    parser.add_argument("--alone", action="store_true", help="test the examples themselves, without Procession")
    parser.add_argument("--table", action="store_true", help="say at the end how many planted faults were found, and how many false findings there were")
    parser.add_argument("--keep", metavar="FOLDER", help="keep reports, recordings and truth logs of failed cases there")
    parser.add_argument("--jobs", type=int, default=2, help="cases at once (2)")
    options = parser.parse_args()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell starts what runs in its background; the examples would inherit that, and never hear Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not CLI.exists() and not options.alone:
        sys.exit(f"{CLI} is missing: run `npm run build` first.")

    tally = Tally()

    def work(case: Case) -> Tuple[Case, List[str], float]:
        begun = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix="procession-truth-"))
        try:
            wrong = (judge_alone if options.alone else judge)(case, folder)
            tally.add(case.scenario, case.method, folder / "live.json", folder / "run.procession")
            if wrong and options.keep:
                name = re.sub(r"[^\w.]+", "-", case.title)
                shutil.copytree(folder, os.path.join(options.keep, f"{name}-{os.path.basename(folder)[-6:]}"))
        except Exception as error:  # one broken case must not hide the others
            wrong = [f"the test itself failed: {type(error).__name__}: {error}"]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return case, wrong, time.monotonic() - begun

    failed = 0
    chosen = cases(options)
    with ThreadPoolExecutor(max_workers=options.jobs) as executor:
        for case, wrong, seconds in executor.map(work, chosen):
            failed += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok  '} {case.title} ({seconds:.1f} s)", flush=True)
            for text in wrong:
                print(f"       {text}", flush=True)
    if options.table:
        print(tally.table())
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
