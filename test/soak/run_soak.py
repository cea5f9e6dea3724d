"""Random programs, and the shapes of traffic at which matching is at its limits: with and without Procession, each message judged.

    python3 test/soak/run_soak.py [--python PATH]... [--programs 30] [--seed 1] [--messages 1000000] [--short]

Every random program is played plainly and under `procession run`: both must print and end alike, and the report and the pairing of
each message must be what the program itself noted. The shapes are played under Procession only. Ends with `N passed, N failed`.
Needs a build (`npm run build`), Node and nothing else.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from judge import Verdict, judge
from plans import Plan, random_plan, shapes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLI = ROOT / 'dist' / 'cli.cjs'
METHODS = ('fork', 'spawn', 'forkserver')
#: Random programs of the short form, one after the other by each start method.
SHORT = 6


class Failed(Exception):
    """It could not be judged; the message says why."""


def build_pairs(folder: str) -> str:
    """pairs.ts as one file that Node runs."""
    out = os.path.join(folder, 'pairs.mjs')
    banner = "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"
    command = [str(ROOT / 'node_modules' / '.bin' / 'esbuild'), str(HERE / 'pairs.ts'), '--bundle', '--platform=node', '--format=esm', '--banner:js=' + banner,
               '--log-level=error', '--outfile=' + out]
    subprocess.run(command, check=True, cwd=str(ROOT))
    return out


def run(command: List[str], environment: Dict[str, str], seconds: float) -> Tuple[int, str, str]:
    """(exit status, standard output, standard error) of a command in a session of its own, of which nothing survives."""
    with tempfile.TemporaryFile('w+') as out, tempfile.TemporaryFile('w+') as err:
        child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        try:
            code: Optional[int] = child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            try:
                os.killpg(child.pid, 9)
            except ProcessLookupError:
                pass
            child.wait()
        out.seek(0)
        err.seek(0)
        texts = out.read(), err.read()
    if code is None:
        raise Failed('it did not end in %d s: %s' % (seconds, texts[1][-500:]))
    return code, texts[0], texts[1]


def play(plan: Plan, python: str, folder: str, pairs: str, budget: str, seconds: float, plain: bool) -> Verdict:
    """Raises Failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(('PROCESSION_', 'PYTHON'))}
    path = os.path.join(folder, 'plan.json')
    with open(path, 'w') as file:
        json.dump(plan, file)
    wrong = []
    outcomes = {}
    for name in ('plain', 'watched') if plain else ('watched',):
        log = os.path.join(folder, name)
        os.mkdir(log)
        words = [str(HERE / 'play.py'), path, log]
        if name == 'plain':
            command = [python] + words
        else:
            recording = os.path.join(folder, 'run.procession')
            command = ['node', str(CLI), 'run', '--budget', budget, '--record', recording, '--python', python] + words
        try:
            outcomes[name] = run(command, environment, seconds)
        except Failed as error:
            raise Failed('%s: %s' % (name, error))
    code, out, err = outcomes['watched']
    if code:
        raise Failed('it ended with %d: %s' % (code, err[-800:]))
    if plain:
        for what, one, other in zip(('exit status', 'standard output', 'standard error'), outcomes['plain'], outcomes['watched']):
            if _normal(one) != _normal(other):
                wrong.append('%s differs from a plain run: %r, not %r' % (what, str(other)[-300:], str(one)[-300:]))
    answer = os.path.join(folder, 'pairs.json')
    status, _, complaint = run(['node', '--max-old-space-size=4096', pairs, recording, answer], environment, seconds)
    if status:
        raise Failed('the recording could not be judged: ' + complaint[-800:])
    with open(answer) as file:
        verdict = judge(plan, os.path.join(folder, 'watched'), json.load(file))
    return verdict._replace(wrong=wrong + verdict.wrong)


def _normal(output: Any) -> Any:
    """What several processes print may come in any order, and even one within the other."""
    return ''.join(sorted(output)) if isinstance(output, str) else output


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', action='append', default=[], metavar='PATH', help='again for more; this one without')
    parser.add_argument('--programs', type=int, default=30, help='random programs a Python (30)')
    parser.add_argument('--seed', type=int, default=1, help='of the first random program; the next ones follow (1)')
    parser.add_argument('--messages', type=int, default=1000000, help='in all shapes together (1,000,000); 0 for none')
    parser.add_argument('--shape', default='', help='only shapes whose name has this text')
    parser.add_argument('--short', action='store_true', help='%d random programs and no shapes' % SHORT)
    parser.add_argument('--keep', metavar='FOLDER', help='keep plan, logs and recording of what failed there')
    options = parser.parse_args()
    if not CLI.exists():
        sys.exit('%s is missing: run `npm run build` first.' % CLI)
    if options.short:
        options.programs, options.messages = SHORT, 0
    passed = failed = 0
    totals = [0, 0, 0, 0]
    work = tempfile.mkdtemp(prefix='procession-soak-')
    try:
        pairs = build_pairs(work)
        for python in options.python or [sys.executable]:
            cases: List[Tuple[str, Plan, bool]] = []
            version = subprocess.run([python, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()
            for seed in range(options.seed, options.seed + options.programs):
                cases.append(('program %d' % seed, random_plan(seed, METHODS[seed % 3]), True))
            for name, plan in shapes(options.messages).items() if options.messages else ():
                if options.shape in name:
                    cases.append((name, plan, False))
            for name, plan, plain in cases:
                begun = time.monotonic()
                folder = os.path.join(work, 'case')
                os.mkdir(folder)
                try:
                    verdict = play(plan, python, folder, pairs, '300M', 120 if plain else 900, plain)
                except Failed as error:
                    verdict = Verdict([str(error)], 0, 0, 0, 0)
                totals = [total + count for total, count in zip(totals, verdict[1:])]
                passed, failed = passed + (not verdict.wrong), failed + bool(verdict.wrong)
                print('%s %s %s, %s: %d messages, %d pairs exact, %d inferred of which %d not the true ones (%.1f s)' % (
                    'FAIL' if verdict.wrong else 'ok  ', version, name, plan['method'], *verdict[1:], time.monotonic() - begun), flush=True)
                for text in verdict.wrong[:8]:
                    print('       ' + text, flush=True)
                if verdict.wrong and options.keep:
                    shutil.copytree(folder, os.path.join(options.keep, re.sub(r'\W+', '-', '%s-%d' % (name, passed + failed))))
                shutil.rmtree(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print('%d messages: %d pairs exact and right, %d inferred, of which %d are not the true ones' % tuple(totals))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
