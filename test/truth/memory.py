"""Shared memory, and objects in a manager's process: what the script knows of them, and what the report says."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Set

Fact = Dict[str, Any]
Row = Dict[str, Any]


@dataclass
class Segment:
    """SharedMemory or ShareableList with its name in the system, or a Value and its like with their type."""

    name: str
    kind: str
    line: int
    creator: int
    bytes: int
    system_name: Optional[str] = None
    type: Optional[str] = None
    lock: Optional[str] = None
    mapped: Set[int] = field(default_factory=set)
    unlinked: bool = False


@dataclass
class Shared:
    """An object in a manager's process. `methods`: how often each was called."""

    name: str
    type_id: str
    address: str
    server: Optional[int]
    methods: Counter = field(default_factory=Counter)
    failed: int = 0
    users: Set[int] = field(default_factory=set)
    #: asked for it, which makes a proxy
    makers: Set[int] = field(default_factory=set)


def segments_of(facts: List[Fact]) -> List[Segment]:
    segments: Dict[str, Segment] = {}
    for fact in facts:
        kind = fact["fact"]
        name = fact.get("segment")
        if kind == "segment":
            segments[name] = Segment(name, fact["kind"], fact["line"], fact["pid"], fact["bytes"], system_name=fact["system_name"])
            segments[name].mapped.add(fact["pid"])
        elif kind == "value":
            segments[name] = Segment(name, fact["kind"], fact["line"], fact["pid"], fact["bytes"], type=fact["type"], lock=fact["lock"])
        elif kind == "maps":
            segments[name].mapped.add(fact["pid"])
        elif kind == "unmaps":
            segments[name].mapped.discard(fact["pid"])
        elif kind == "unlinked":
            segments[name].unlinked = True
    return list(segments.values())


def shared_of(facts: List[Fact]) -> List[Shared]:
    servers: Dict[str, int] = {}
    found: Dict[str, Shared] = {}
    for fact in facts:
        if fact["fact"] == "manager":
            servers[fact["address"]] = fact["child"]
        elif fact["fact"] == "served":
            servers[fact["address"]] = fact["pid"]
        elif fact["fact"] == "shared":
            new = Shared(fact["object"], fact["type_id"], fact["address"], servers.get(fact["address"]))
            found.setdefault(fact["object"], new).makers.add(fact["pid"])
        elif fact["fact"] == "called":
            one = found[fact["object"]]
            one.methods[fact["method"]] += 1
            one.failed += fact["failed"]
            one.users.add(fact["pid"])
    return list(found.values())


def compare_segments(report: Row, segments: List[Segment], keys: Dict[str, int], script: str, ended: Set[int]) -> List[str]:
    """The nth that was made at a line is the nth of the report with that line. `ended`: pids of those that ended."""
    rows = sorted(report["segments"], key=lambda row: int(row["key"][1:]))
    locks = {row["key"]: row for row in report["locks"]}
    wrong = []
    for segment in segments:
        row = next((r for r in rows if (r["created"] or {}).get("line") == segment.line and r["created"]["file"] == script), None)
        if row is None:
            wrong.append(f"segment {segment.name} (line {segment.line}) is missing")
            continue
        rows.remove(row)
        facts = {
            "kind": (row["kind"], segment.kind),
            "created by": (keys.get(row["createdBy"]), segment.creator),
            "bytes": (row["bytes"], segment.bytes),
            "name": (row["name"], segment.system_name),
            "type": (row["type"], segment.type),
            "mapped by": (sorted(keys[key] for key in row["mappedBy"]), sorted(segment.mapped - ended)),
            "unlinked": (row["unlinked"], segment.unlinked),
            "leaked": (row["leaked"], segment.system_name is not None and not segment.unlinked),
            "has a lock": (row["lock"] in locks, segment.lock is not None),
        }
        wrong += [f"segment {segment.name}: {what} is {a!r}, not {e!r}" for what, (a, e) in facts.items() if a != e]
    return wrong + [f"unknown segment {row['kind']} made at {row['created']}" for row in rows]


def compare_shared(report: Row, shared: List[Shared], keys: Dict[str, int]) -> List[str]:
    rows = list(report["shared"])
    wrong = []
    for one in shared:
        row = next((r for r in rows if r["typeId"] == one.type_id and r["address"] == one.address), None)
        if row is None:
            wrong.append(f"the {one.type_id} {one.name} at {one.address} is missing")
            continue
        rows.remove(row)
        facts = {
            "server": (keys.get(row["server"]), one.server),
            "calls": (row["calls"], sum(one.methods.values())),
            "waiters": (row["waiters"], []),
            "failed": (row["failed"], one.failed),
            "methods": ({each["method"]: each["calls"] for each in row["methods"]}, dict(one.methods)),
        }
        wrong += [f"{one.name}: {what} is {a!r}, not {e!r}" for what, (a, e) in facts.items() if a != e]
        users = {keys[key] for key in row["users"]}
        if not one.users <= users <= one.users | one.makers:
            wrong.append(f"{one.name}: users are {sorted(users)}, not {sorted(one.users)}")
        if one.methods and (row["callMs"] is None or not 0 < row["callMs"]["p50"] <= row["callMs"]["max"]):
            wrong.append(f"{one.name}: the calls took {row['callMs']}")
    return wrong + [f"unknown object {row['typeId']} at {row['address']}" for row in rows]
