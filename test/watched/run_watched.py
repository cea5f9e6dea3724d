"""Near misses: programs that are well and look as if they were not, each looked at as in the panel while it runs.

    python3 test/watched/run_watched.py [--python PATH]... [--only CASE]... [--jobs N]

Nothing may be found that is more than a remark, not even for a while, and every program must end as it does. Ends with `N passed, N failed`.
Needs node and its packages.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, Tuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "truth")]
from run_truth import pythons  # noqa: E402
from sandbox import run  # noqa: E402
from watched import ROOT, build, command, read  # noqa: E402

#: What is slow to begin, is so by these; the others by fork and spawn.
METHODS = {"slow_start": ("spawn", "forkserver"), "looks_hopeless": ("fork", "spawn")}
#: They make no process.
ALONE = ("thread_puts", "thread_sends", "timer_puts")
SECONDS = 90.0

Case = Tuple[str, str, str]


def cases() -> List[Case]:
    """(program, start method, case), read from the programs' sources: to be imported is what one of them is slow at."""
    found = []
    for program, methods in METHODS.items():
        source = (HERE / "programs" / (program + ".py")).read_text()
        names = source.partition("CASES = (")[2].partition(")")[0].replace("\n", " ").split(",")
        found += [(program, method, name.strip()) for method in methods for name in names if name.strip()]
    return found


def judge(looker: Path, python: str, case: Case) -> List[str]:
    program, method, name = case
    home = Path(tempfile.mkdtemp(prefix="procession-near-"))
    try:
        seen = home / "seen.json"
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PROCESSION_", "PYTHON"))}
        env.update(TMPDIR=str(home), PYTHONDONTWRITEBYTECODE="1")
        words = command(looker, seen, python, [str(HERE / "programs" / (program + ".py")), method, name])
        outcome = run(words, env, str(home), SECONDS, HERE)
        if outcome.code != 0 or outcome.left or not seen.exists():
            return ["ended with %s, left %s behind: %s" % (outcome.code, outcome.left, outcome.stderr[-500:])]
        processes, found = read(seen)
        wrong = [str(each) for each in found if each.alarms]
        if processes < (1 if name in ALONE else 2):
            wrong.append("%d processes were seen" % processes)
        return wrong
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", default=[], help="an interpreter (default: the oldest and the newest of these)")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="only cases of this name")
    parser.add_argument("--jobs", type=int, default=2, help="programs at once (default: 2; they wait more than they work)")
    options = parser.parse_args()
    found = pythons(options.python)
    chosen = found if options.python else found[:1] + found[1:][-1:]
    if not chosen:
        print("There is no CPython from 3.8 on.")
        return 69
    looker = build()
    for path, _ in chosen:
        # As every run does beforehand: two at once must not write the same files.
        subprocess.run([path, "-m", "compileall", "-q", str(ROOT / "runtime")], check=True)
    passed = failed = 0
    with ThreadPoolExecutor(options.jobs) as workers:
        jobs = [
            ("%d.%d %s" % (version + (" ".join(case),)), workers.submit(judge, looker, path, case))
            for path, version in chosen for case in cases() if not options.only or case[2] in options.only]
        for title, job in jobs:
            wrong = job.result()
            passed += not wrong
            failed += bool(wrong)
            print("%s %s" % ("FAIL" if wrong else "ok  ", title), flush=True)
            for text in wrong:
                print("     " + text, flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
