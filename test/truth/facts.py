"""What an example logged about itself (examples/_truth.py), put together into what the report must say."""

import ast
import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from locks import Lock, locks_of
from memory import Segment, Shared, segments_of, shared_of
from tasks import Pool, Unclear, pools_of

Fact = Dict[str, Any]


class IncompleteTruth(Exception):
    """The example did not log enough (or not clearly enough) to judge a report by it."""


@dataclass
class Process:
    """One process as the script knows it. `parent` is the pid of the process that asked for it."""

    pid: int
    kind: str
    parent: Optional[int] = None
    name: Optional[str] = None
    daemon: Optional[bool] = None
    method: Optional[str] = None
    line: Optional[int] = None
    target: Optional[str] = None
    exitcode: Optional[int] = None
    #: it was still there when the script, and so the report, was at its end
    outlived_main: bool = False
    ppid: Optional[int] = None
    exception: Optional[Fact] = None
    first_wall: Optional[int] = None
    last_wall: Optional[int] = None
    sent: int = 0
    received: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass
class Channel:
    """One queue or pipe as the script knows it. `edges`: (from pid, to pid) to [messages, bytes]."""

    name: str
    kind: str
    line: int
    creator: int
    maxsize: int
    duplex: Optional[bool]
    puts: int = 0
    lost: int = 0
    gets: int = 0
    bytes: int = 0
    task_done: int = 0
    #: of the Listener, for a Connection; and where and by whom each end was made
    address: Optional[str] = None
    ends: Dict[int, int] = field(default_factory=dict)
    edges: Dict[Tuple[int, int], List[int]] = field(default_factory=dict)

    @property
    def is_queue(self) -> bool:
        return self.kind not in ("Pipe", "Connection")


@dataclass
class Truth:
    script: Path
    root: int
    processes: Dict[int, Process]
    channels: List[Channel]
    helpers: Dict[str, set]
    facts: List[Fact]
    pools: List[Pool]
    locks: List[Lock]
    segments: List[Segment]
    shared: List[Shared]

    def named(self, name: str) -> Process:
        found = [process for process in self.processes.values() if process.name == name]
        if len(found) != 1:
            raise IncompleteTruth(f"{len(found)} processes are named {name}")
        return found[0]


def read_facts(folder: Path) -> List[Fact]:
    facts: List[Fact] = []
    for file in folder.glob("*.jsonl"):
        # A process that was killed while it wrote leaves a line without its end.
        facts += [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return sorted(facts, key=lambda fact: fact["t"])


def targets_by_line(script: Path) -> Dict[int, str]:
    """For each line that constructs a process of a plain function or of a subclass: what its target is called."""
    tree = ast.parse(script.read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    targets: Dict[int, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in classes:
            targets[node.lineno] = f"__main__.{node.func.id}.run"
        for keyword in node.keywords:
            if keyword.arg == "target" and isinstance(keyword.value, ast.Name) and keyword.value.id in functions:
                targets[node.lineno] = f"__main__.{keyword.value.id}"
    return targets


def understand(script: Path, folder: Path, method: Optional[str], root_exit: int) -> Truth:
    """`method`: the start method of every Process that does not say another; `root_exit`: what the plain run ended with."""
    facts = read_facts(folder)
    if not facts:
        raise IncompleteTruth("the script logged nothing")
    targets = targets_by_line(script)
    root = facts[0]["pid"]
    processes = {root: Process(root, "main", name="MainProcess", daemon=False, exitcode=root_exit)}
    helpers: Dict[str, set] = {"forkserver": set(), "tracker": set()}
    for fact in facts:
        for key, pids in helpers.items():
            if key in fact:
                pids.add(fact[key])
        if fact["fact"] == "started":
            processes[fact["child"]] = Process(
                fact["child"], "process", fact["pid"], fact["name"], fact["daemon"], fact["method"] or method, fact["line"], targets.get(fact["line"])
            )
        elif fact["fact"] == "forked":
            processes[fact["child"]] = Process(fact["child"], fact["kind"], fact["pid"])
        elif fact["fact"] == "manager":
            processes[fact["child"]] = Process(
                fact["child"], "manager", fact["pid"], fact["name"], fact["daemon"], method, fact["line"]
            )
    try:
        pools = pools_of(facts)
    except Unclear as error:
        raise IncompleteTruth(str(error)) from error
    for pool in pools:
        _add_workers(facts, pool, processes, method)
    _fill_processes(facts, processes, helpers)
    channels = _channels(facts, processes)
    missing = [process.name or str(process.pid) for process in processes.values() if process.exitcode is None and not process.outlived_main]
    if missing:
        raise IncompleteTruth(f"no exit code was logged for {', '.join(missing)}")
    return Truth(script, root, processes, channels, helpers, facts, pools, locks_of(facts), segments_of(facts), shared_of(facts))


def _add_workers(facts: List[Fact], pool: Pool, processes: Dict[int, Process], method: Optional[str]) -> None:
    """A worker is known because the pool had it when the script looked, or because it did something and said so."""
    kind = "pool-worker" if pool.kind == "Pool" else "executor-worker"
    for fact in facts:
        if fact["fact"] == "worker" and fact["pool"] == pool.name:
            processes[fact["child"]] = Process(fact["child"], kind, pool.creator, fact["name"], fact["daemon"], method)
    for fact in facts:
        if fact["fact"] == "task_begin" and fact["pid"] in pool.workers and fact["pid"] not in processes:
            # It came and went while the script did not look: it did as many tasks as it may.
            processes[fact["pid"]] = Process(fact["pid"], kind, pool.creator, fact["name"], fact["daemon"], method, exitcode=0)


def _fill_processes(facts: List[Fact], processes: Dict[int, Process], helpers: Dict[str, set]) -> None:
    for fact in facts:
        kind = fact["fact"]
        if kind == "ended":
            processes[fact["child"]].exitcode = fact["exitcode"]
        process = processes.get(fact["pid"])
        if process is None:
            if fact["pid"] in helpers["forkserver"]:
                continue  # from 3.14 on the fork server imports the script
            raise IncompleteTruth(f"process {fact['pid']} logged {kind}, but nobody said that it started it")
        process.first_wall = process.first_wall or fact["wall"]
        process.last_wall = fact["wall"]
        if "ppid" in fact:
            process.ppid = fact["ppid"]
        if kind == "raising":
            process.exception = fact
        if kind == "outlived_main":
            process.outlived_main = True


def _channels(facts: List[Fact], processes: Dict[int, Process]) -> List[Channel]:
    channels: Dict[str, Channel] = {}
    sent: Dict[str, Dict[str, List[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        if fact["fact"] == "made":
            channels[fact["channel"]] = Channel(fact["channel"], fact["kind"], fact["line"], fact["pid"], fact["maxsize"], fact["duplex"])
        elif fact["fact"] == "connected":
            new = Channel(fact["channel"], "Connection", fact["line"], fact["pid"], 0, True, address=fact["address"])
            channels.setdefault(fact["channel"], new).ends[fact["line"]] = fact["pid"]
        elif fact["fact"] == "put":
            sent[fact["channel"]][fact["message"]].append(fact)
    for name, messages in sent.items():
        for putting in (fact for same in messages.values() for fact in same):
            channels[name].puts += 1
            channels[name].bytes += putting["bytes"]
            processes[putting["pid"]].sent += 1
            processes[putting["pid"]].bytes_sent += putting["bytes"]
    got: Counter = Counter()
    for fact in facts:
        kind = fact["fact"]
        if kind == "task_done":
            channels[fact["channel"]].task_done += 1
        elif kind == "put_lost":
            channels[fact["channel"]].lost += 1
        elif kind == "got":
            channel = channels[fact["channel"]]
            same = sent[channel.name][fact["message"]]
            got[channel.name, fact["message"]] += 1
            if got[channel.name, fact["message"]] > len(same):
                raise IncompleteTruth(f"{channel.name}: a message was got more often than it was put")
            if len({putting["pid"] for putting in same}) > 1:
                raise IncompleteTruth(f"{channel.name}: two processes put equal messages, so nobody can say whose came where")
            channel.gets += 1
            edge = channel.edges.setdefault((same[0]["pid"], fact["pid"]), [0, 0])
            edge[0] += 1
            edge[1] += same[0]["bytes"]
            processes[fact["pid"]].received += 1
            processes[fact["pid"]].bytes_received += same[0]["bytes"]
    return list(channels.values())


def environment_with_truth(folder: Path) -> Dict[str, str]:
    """As it is, without what changes how Python itself behaves (unbuffered output mixes the lines of two processes)."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**plain, "PROCESSION_TRUTH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
