"""Locks and what is waited for like one: what the script knows of them, and what the report says."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Set

Fact = Dict[str, Any]
Row = Dict[str, Any]
HELD = ("Lock", "RLock", "Semaphore", "BoundedSemaphore")


@dataclass
class Wait:
    """Times: the wall clock, in ns. It surely waited `least` ns."""

    pid: int
    begun: int
    ended: Optional[int] = None
    in_vain: bool = False
    asleep: Optional[int] = None
    least: int = 0


@dataclass
class Lock:
    """`sure`: `waits` has every wait there was; else who waits is left to chance."""

    name: str
    kind: str
    line: int
    creator: int
    value: Optional[int]
    sure: bool
    #: the Value or Array whose lock it is
    part_of: Optional[str] = None
    shared: bool = False
    waits: List[Wait] = field(default_factory=list)
    held: Counter = field(default_factory=Counter)
    told: int = 0
    is_set: bool = False
    #: somebody released it who did not hold it
    freed: bool = False
    users: Set[int] = field(default_factory=set)
    tellers: Set[int] = field(default_factory=set)


def locks_of(facts: List[Fact]) -> List[Lock]:
    """`facts` in the order of time."""
    locks: Dict[str, Lock] = {}
    for fact in facts:
        kind, now = fact["fact"], fact["wall"]
        if kind == "lock":
            locks[fact["lock"]] = Lock(fact["lock"], fact["kind"], fact["line"], fact["pid"], fact["value"], fact["sure"])
        elif kind == "value" and fact["lock"] is not None and fact["lock"] not in locks:
            locks[fact["lock"]] = Lock(fact["lock"], "RLock", fact["line"], fact["pid"], None, fact["sure"], fact["segment"])
        elif kind == "value" and fact["lock"] is not None:
            locks[fact["lock"]].shared = True
        elif fact.get("lock") in locks:
            _happened(locks[fact["lock"]], kind, fact, now)
    return list(locks.values())


def _happened(lock: Lock, kind: str, fact: Fact, now: int) -> None:
    waiting = [wait for wait in lock.waits if wait.ended is None]
    if kind == "is_waiting":
        for wait in waiting:
            if wait.pid == fact["child"]:
                wait.asleep = now
        return
    lock.users.add(fact["pid"])
    mine = next((wait for wait in waiting if wait.pid == fact["pid"]), None)
    if kind == "waits":
        lock.waits.append(Wait(fact["pid"], now))
    elif kind == "waited" and mine is not None:
        mine.ended, mine.in_vain = now, fact["in_vain"]
    elif kind == "holds":
        lock.held[fact["pid"]] += 1
    elif kind in ("releases", "tells"):
        for wait in waiting:
            if wait.asleep is not None and not wait.least:
                wait.least = now - wait.asleep
    if kind == "releases":
        lock.freed = lock.freed or lock.held[fact["pid"]] == 0
        lock.held[fact["pid"]] -= 1
    elif kind == "tells":
        lock.told += fact["what"] != "clear"  # nobody hears of a clear
        lock.is_set = fact["what"] == "set"
        lock.tellers.add(fact["pid"])


def compare_locks(report: Row, locks: List[Lock], keys: Dict[str, int], script: str, slack: float) -> List[str]:
    """The nth lock that was made at a line is the nth lock of the report with that line."""
    segments = {row["key"]: row["created"] for row in report["segments"]}
    rows = sorted(report["locks"], key=lambda row: int(row["key"][1:]))
    wrong = []
    for lock in locks:
        at_line = [r for r in rows if (r["created"] or {}).get("line") == lock.line and r["created"]["file"] == script]
        row = next((r for r in at_line if lock.part_of is not None or not r["internal"]), None)
        if row is None:
            wrong.append(f"lock {lock.name} (line {lock.line}) is missing")
            continue
        rows.remove(row)
        wrong += [f"lock {lock.name}: {text}" for text in _lock(row, lock, keys, slack)]
        if lock.shared and row["partOf"] is not None:
            wrong.append(f"lock {lock.name} is the lock of several, not of {row['partOf']} alone")
        if lock.part_of is not None and not lock.shared and (segments.get(row["partOf"]) or {}).get("line") != lock.line:
            wrong.append(f"lock {lock.name} is part of {row['partOf']}, not of {lock.part_of}")
    return wrong + [f"unknown lock {row['kind']} made at {row['created']}" for row in rows if not row["internal"]]


def _lock(row: Row, lock: Lock, keys: Dict[str, int], slack: float) -> List[str]:
    wrong: List[str] = []

    def same(what: str, actual: Any, expected: Any) -> None:
        if actual != expected:
            wrong.append(f"{what} is {actual!r}, not {expected!r}")

    same("kind", row["kind"], lock.kind)
    same("created by", keys.get(row["createdBy"]), lock.creator)
    same("value", row["value"], lock.value)
    same("told", row["told"], lock.told)
    if lock.kind == "Event":
        same("is set", row["isSet"], lock.is_set)
    same("holders uncertain", row["holdersUncertain"], lock.freed)
    if lock.kind in HELD and not lock.freed:
        same("holders", sorted(keys[key] for key in row["holders"]), sorted(pid for pid, count in lock.held.items() if count > 0))
    if row["holder"] != (row["holders"][0] if len(row["holders"]) == 1 else None):
        wrong.append(f"holder is {row['holder']}, holders are {row['holders']}")
    if not lock.sure:
        return wrong
    # Who was ended while it waited is named as well.
    still = [wait for wait in lock.waits if wait.ended is None]
    done = [wait for wait in lock.waits if wait.ended is not None]
    same("waiters", sorted(keys[key] for key in row["waiters"]), sorted(wait.pid for wait in still))
    same("contended", row["contended"], len(done))
    same("given up", row["gaveUp"], sum(wait.in_vain for wait in done))
    least, most = sum(wait.least for wait in done) / 1e6, sum(wait.ended - wait.begun for wait in done if wait.ended) / 1e6
    if not least - slack <= row["waitMs"] <= most + slack:
        wrong.append(f"waited for {row['waitMs']:.1f} ms, not between {least:.1f} and {most:.1f} ms")
    longest = max([wait.least for wait in done], default=0) / 1e6, max([wait.ended - wait.begun for wait in done if wait.ended], default=0) / 1e6
    if not longest[0] - slack <= row["longestWaitMs"] <= min(longest[1] + slack, row["waitMs"] + 0.001):
        wrong.append(f"the longest wait took {row['longestWaitMs']:.1f} ms, not between {longest[0]:.1f} and {longest[1]:.1f} ms")
    # An acquire that need not wait leaves nothing behind but the word that says who holds it.
    users, sure = {keys[key] for key in row["users"]}, {wait.pid for wait in lock.waits} | lock.tellers
    # The lock of a Value is used by whoever reads its value.
    if not sure <= users or lock.part_of is None and not users <= lock.users | {lock.creator}:
        wrong.append(f"users are {sorted(users)}, not {sorted(lock.users)}")
    return wrong
