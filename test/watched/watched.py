"""Running Python with watched.ts, and reading what was found: every finding that a user would have been shown, also for a while."""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import List, Tuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Seen:
    """A finding. `gone`: it was shown for a while, and at the end it was not there any more."""

    rule: str
    severity: str
    certain: bool
    file: str
    line: int
    message: str
    evidence: str
    gone: bool

    @property
    def alarms(self) -> bool:
        """Whether it is more than a remark."""
        return self.severity != "info"

    @property
    def title(self) -> str:
        """`zombie (warning, certain)`"""
        return "%s (%s, %s%s)" % (self.rule, self.severity, "certain" if self.certain else "likely", ", for a while" if self.gone else "")

    def __str__(self) -> str:
        return "%s at %s:%d: %s %s" % (self.title, os.path.basename(self.file), self.line, self.message, self.evidence)


def build() -> Path:
    """The program, for as long as this process runs. Needs node and its packages."""
    folder = tempfile.mkdtemp(prefix="procession-watched-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = Path(folder) / "watched.mjs"
    subprocess.run(["node", str(HERE / "build.mjs"), str(program)], check=True)
    return program


def command(program: Path, out: Path, python: str, words: List[str]) -> List[str]:
    """What to start so that `python words...` runs under observation; its exit status is Python's, and what was found is in `out`."""
    return ["node", str(program), str(ROOT / "runtime"), str(out), python, *words]


def read(out: Path) -> Tuple[int, List[Seen]]:
    """How many processes there were, and what was found."""
    told = json.loads(out.read_text())
    found = []
    for row in told["findings"]:
        where = row["where"] or {"file": "?", "line": 0}
        found.append(Seen(
            row["rule"], row["severity"], row["certain"], where["file"], where["line"], row["message"], " ".join(row["evidence"]), not row["last"]))
    return told["processes"], found
