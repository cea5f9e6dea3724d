"""Findings in figures: for each rule the faults that were planted and found, and the healthy runs and those with a false finding."""

import json
import statistics
import threading
import zipfile
from collections import Counter
from pathlib import Path
from typing import List, Optional

from scenarios import Scenario

MS = 1e6


class Tally:
    """Counts over many cases. A run is healthy for a rule when the scenario neither has that fault nor may be said to."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self.runs = 0
        self.planted: Counter = Counter()
        self.found: Counter = Counter()
        self.excused: Counter = Counter()
        self.false: Counter = Counter()
        #: ms from the moment at which the last of them came to wait to the verdict
        self.verdicts: List[float] = []

    def add(self, scenario: Scenario, method: Optional[str], report: Path, recording: Path) -> None:
        """`report` and `recording` of one run; nothing is counted of a run that left none."""
        if not report.exists():
            return
        with self._turn:
            self._add(scenario, method, report, recording)

    def _add(self, scenario: Scenario, method: Optional[str], report: Path, recording: Path) -> None:
        self.runs += 1
        found = {each["rule"] for each in json.loads(report.read_text())["findings"]}
        planted = {rule for rule, _ in scenario.findings | scenario.likely if (rule, method) not in scenario.unless}
        self.planted.update(planted)
        self.found.update(planted & found)
        self.excused.update(planted | scenario.may_find)
        self.false.update(found - planted - scenario.may_find)
        if recording.exists():
            with zipfile.ZipFile(recording) as archive:
                lines = archive.read("observer.jsonl").decode().splitlines() if "observer.jsonl" in archive.namelist() else []
            first = next((each for each in map(json.loads, lines) if each["k"] == "stuck"), None)
            if first is not None:
                self.verdicts.append(first["t"] / MS - max(since for _pid, _start, since, *_ in first["p"]))

    def table(self) -> str:
        rules = sorted(set(self.planted) | set(self.false))
        wide = max([len(rule) for rule in rules] + [4])
        lines = [f"{'rule':{wide}}  found / planted  false / healthy runs"]
        for rule in rules:
            lines.append(f"{rule:{wide}}  {self.found[rule]:5} / {self.planted[rule]:<7}  {self.false[rule]:5} / {self.runs - self.excused[rule]}")
        lines.append(f"{'all':{wide}}  {sum(self.found.values()):5} / {sum(self.planted.values()):<7}  {sum(self.false.values()):5} in {self.runs} runs")
        if self.verdicts:
            lines.append(
                f"from hang to verdict: median {statistics.median(self.verdicts):.0f} ms, longest {max(self.verdicts):.0f} ms, in {len(self.verdicts)} runs that hung")
        return "\n".join(lines)
