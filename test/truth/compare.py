"""The report against the truth: everything that the report says and the script knows. Each answer is a sentence."""

import signal
from datetime import datetime
from typing import Any, Dict, List, Optional

from facts import Channel, Process, Truth
from locks import compare_locks
from memory import compare_segments, compare_shared
from scenarios import Scenario
from tasks import compare_pools

Report = Dict[str, Any]

#: How far the wall clock and the report's clock may be apart, in ms.
SLACK_MS = 20.0

KINDS = {
    "main": {"main"},
    "process": {"process"},
    "fork": {"fork"},
    "subprocess": {"subprocess"},
    "isolated": {"uninstrumented"},
    "pool-worker": {"pool-worker"},
    "executor-worker": {"executor-worker"},
    "manager": {"manager"},
}


def compare(report: Report, truth: Truth, scenario: Scenario, method: Optional[str], stderr: str) -> List[str]:
    wrong: List[str] = []
    if report.get("schema") != "procession-report/1":
        return [f"the report's schema is {report.get('schema')}"]
    by_pid = {process["pid"]: process for process in report["processes"]}
    keys = {process["key"]: process["pid"] for process in report["processes"]}
    if len(by_pid) != len(report["processes"]):
        wrong.append("a pid stands in two rows")
    wrong += _run(report, truth)
    wrong += _process_set(report, truth, by_pid, scenario)
    for process in truth.processes.values():
        row = by_pid.get(process.pid)
        if row is not None:
            wrong += [f"{process.name or process.kind} ({process.pid}): {text}" for text in _process(row, process, truth, keys, stderr, report)]
    wrong += _channels(report, truth, keys, scenario)
    script, ended = str(truth.script), {pid for pid, process in truth.processes.items() if not process.outlived_main}
    wrong += compare_pools(report, truth.pools, keys, script, _origin(report), SLACK_MS)
    wrong += compare_locks(report, truth.locks, keys, script, SLACK_MS)
    wrong += compare_segments(report, truth.segments, keys, script, ended)
    wrong += compare_shared(report, truth.shared, keys)
    wrong += _findings(report, keys, by_pid, scenario, method)
    if scenario.check is not None:
        try:
            wrong += scenario.check(report, truth, method)
        except LookupError as error:
            wrong.append(str(error))
    return wrong


def _run(report: Report, truth: Truth) -> List[str]:
    run = report["run"]
    root = truth.processes[truth.root]
    code = root.exitcode or 0
    ended = (None, signal.Signals(-code).name) if code < 0 else (code, None)
    wrong = [] if (run["exitCode"], run["signal"]) == ended else [f"the run ended with {run['exitCode']} {run['signal']}, not {ended}"]
    if run["dropped"] != 0:
        wrong.append(f"{run['dropped']} records dropped")
    if not run["records"] > 0 or not run["durationMs"] > 0:
        wrong.append(f"{run['records']} records in {run['durationMs']} ms")
    if not any(str(word).endswith(truth.script.name) for word in run["argv"]):
        wrong.append(f"argv is {run['argv']}")
    return wrong


def _end(row: Dict[str, Any], exitcode: int, what: str) -> List[str]:
    """A process's exit code is what Python's `exitcode` says: negative for a signal."""
    expected = (exitcode, signal.Signals(-exitcode).name if exitcode < 0 else None)
    actual = (row["exitCode"], row["signal"])
    return [] if actual == expected else [f"{what} ended with {actual}, not {expected}"]


def _process_set(report: Report, truth: Truth, by_pid: Dict[int, Any], scenario: Scenario) -> List[str]:
    wrong = []
    for process in truth.processes.values():
        if process.pid not in by_pid:
            wrong.append(f"{process.name or process.kind} ({process.pid}) is missing")
    helpers = {pid: kind for kind, name in (("forkserver", "forkserver"), ("resource-tracker", "tracker")) for pid in truth.helpers[name]}
    for pid, kind in helpers.items():
        row = by_pid.get(pid)
        if row is None:
            wrong.append(f"the helper {kind} ({pid}) is missing")
        elif row["kind"] != kind:
            wrong.append(f"the helper {kind} ({pid}) is of kind {row['kind']}")
        elif row["parent"] is None:
            wrong.append(f"the helper {kind} ({pid}) has no parent")
    known = set(truth.processes) | set(helpers)
    more = [f"{row['name']} {row['kind']} ({row['pid']})" for row in report["processes"] if row["pid"] not in known]
    allowed = 1 if scenario.script == "s11_subprocess.py" else 0  # its check looks at that one
    if len(more) > allowed:
        wrong.append(f"unknown processes: {', '.join(more)}")
    return wrong


def _process(row: Dict[str, Any], process: Process, truth: Truth, keys: Dict[str, int], stderr: str, report: Report) -> List[str]:
    wrong: List[str] = []

    def same(what: str, actual: Any, expected: Any) -> None:
        if actual != expected:
            wrong.append(f"{what} is {actual!r}, not {expected!r}")

    if row["kind"] not in KINDS[process.kind]:
        wrong.append(f"kind is {row['kind']}, not {' or '.join(KINDS[process.kind])}")
    same("the parent's pid", keys.get(row["parent"]), process.parent)
    same("start method", row["startMethod"], process.method)
    if process.name is not None:
        same("name", row["name"], process.name)
        same("daemon", row["daemon"] or False, process.daemon)
    if process.line is not None:
        where = row["created"] or {}
        same("created", (str(where.get("file")), where.get("line")), (str(truth.script), process.line))
    if process.target is not None:
        same("target", row["target"], process.target)
    if process.outlived_main:
        # On a busy machine the last look can come when they have left as well.
        main_ended = next(main["endedMs"] for main in report["processes"] if main["parent"] is None and main["kind"] == "main")
        if row["end"] != "exited" or row["endedMs"] < main_ended:
            same("end", (row["end"], row["exitCode"], row["signal"], row["endedMs"]), ("running", None, None, None))
    else:
        wrong += _end(row, process.exitcode or 0, "it")
        same("end", row["end"], "signaled" if (process.exitcode or 0) < 0 else "exited")
    if process.ppid is not None and process.parent is not None and not row["orphanMs"] and not process.outlived_main:
        same("the operating system's parent", row["osParent"], process.ppid)
    wrong += _exception(row["exception"], process, truth, stderr)
    wrong += _traffic(row, process, report)
    wrong += _times(row, process, report)
    return wrong


def _traffic(row: Dict[str, Any], process: Process, report: Report) -> List[str]:
    """A process's own messages, and what the library's channels (a Pool's, for one) carry: that the script cannot know, but it is in the edges."""
    internal = [channel for channel in report["channels"] if channel["internal"]]
    sent = [edge for channel in internal for edge in channel["edges"] if edge["from"] == row["key"]]
    received = [edge for channel in internal for edge in channel["edges"] if edge["to"] == row["key"]]
    # Each that a signal ended may have been between a message's last byte and its record: then nobody knows the other side.
    killed = sum(each["signal"] is not None for each in report["processes"]) if internal else 0
    # So may the threads of a Pool that nobody could end: they are daemons, and go with their process.
    killed += sum(pool["state"] == "terminated" for pool in report["pools"]) if internal else 0
    # What nobody received has no edge.
    more = sum(channel["undelivered"] for channel in internal) + killed
    least = process.sent + sum(edge["messages"] for edge in sent)
    wrong = [] if least <= row["sent"] <= least + more else [f"sent is {row['sent']}, not between {least} and {least + more}"]
    least = process.bytes_sent + sum(edge["bytes"] for edge in sent)
    if row["bytesSent"] < least or more == 0 and row["bytesSent"] > least:
        wrong.append(f"bytesSent is {row['bytesSent']}, not {least}")
    for key, unit, own in (("received", "messages", process.received), ("bytesReceived", "bytes", process.bytes_received)):
        expected = own + sum(edge[unit] for edge in received)
        if row[key] < expected or row[key] > expected and (killed == 0 or unit == "messages" and row[key] > expected + killed):
            wrong.append(f"{key} is {row[key]}, not {expected}" + (f" with {killed} that were cut off" if killed else ""))
    return wrong


def _exception(actual: Optional[Dict[str, str]], process: Process, truth: Truth, stderr: str) -> List[str]:
    expected = process.exception
    if expected is None:
        guard = truth.script.name == "s25_no_main_guard.py"  # its check looks at that one
        return [] if actual is None or guard else [f"has the exception {actual['type']}: {actual['message']}"]
    if actual is None:
        return [f"has no exception, not {expected['type']}"]
    wrong = []
    if actual["type"].split(".")[-1] != expected["type"] or actual["message"] != expected["message"]:
        wrong.append(f"exception is {actual['type']}: {actual['message']!r}, not {expected['type']}: {expected['message']!r}")
    if f'{truth.script.name}", line {expected["line"]}, in ' not in actual["traceback"]:
        wrong.append(f"the traceback does not name line {expected['line']}")
    strange = [line for line in actual["traceback"].splitlines() if line not in stderr]
    if strange:
        wrong.append(f"the traceback has lines that standard error has not: {strange[:2]}")
    return wrong


def _times(row: Dict[str, Any], process: Process, report: Report) -> List[str]:
    """The row's life includes everything that the process logged, by the wall clock."""
    if process.first_wall is None or process.last_wall is None or process.outlived_main:
        return []
    if row["startedMs"] is None or row["endedMs"] is None:
        return [f"lived from {row['startedMs']} to {row['endedMs']}"]
    origin = _origin(report)
    first, last = process.first_wall / 1e6 - origin, process.last_wall / 1e6 - origin
    if row["startedMs"] > first + SLACK_MS or row["endedMs"] < last - SLACK_MS:
        return [f"lived from {row['startedMs']:.0f} to {row['endedMs']:.0f} ms, but logged from {first:.0f} to {last:.0f} ms"]
    return []


def _origin(report: Report) -> float:
    """The report's time 0 on the wall clock, in ms. Before 3.11 fromisoformat does not know the Z."""
    return datetime.fromisoformat(report["run"]["startedAt"].replace("Z", "+00:00")).timestamp() * 1000


def _channels(report: Report, truth: Truth, keys: Dict[str, int], scenario: Scenario) -> List[str]:
    """The nth channel that was made at a line is the nth channel of the report with that line."""
    rows = sorted((row for row in report["channels"] if not row["internal"]), key=lambda row: int(row["key"][1:]))
    wrong = []
    for channel in truth.channels:
        lines = set(channel.ends) or {channel.line}
        fitting = (r for r in rows if (r["created"] or {}).get("line") in lines and r["created"]["file"] == str(truth.script))
        row = next((r for r in fitting if channel.address is None or r["address"] == channel.address), None)
        if row is None:
            wrong.append(f"channel {channel.name} (line {channel.line}) is missing")
            continue
        rows.remove(row)
        wrong += [f"channel {channel.name}: {text}" for text in _channel(row, channel, keys, scenario)]
    return wrong + [f"unknown channel {row['kind']} made at {row['created']}" for row in rows]


def _channel(row: Dict[str, Any], channel: Channel, keys: Dict[str, int], scenario: Scenario) -> List[str]:
    wrong: List[str] = []

    def same(what: str, actual: Any, expected: Any) -> None:
        if actual != expected:
            wrong.append(f"{what} is {actual!r}, not {expected!r}")

    same("kind", row["kind"], channel.kind)
    same("duplex", row["duplex"], channel.duplex)
    same("maxsize", row["maxsize"] or 0, channel.maxsize)
    same("created by", keys.get(row["createdBy"]), channel.ends.get(row["created"]["line"], channel.creator))
    same("sent", row["sent"], channel.puts)
    same("received", row["received"], channel.gets)
    same("puts", row["puts"], channel.puts + channel.lost if channel.is_queue else 0)
    same("gets", row["gets"], channel.gets if channel.is_queue else 0)
    same("bytes", row["bytes"], channel.bytes)
    same("undelivered", row["undelivered"], channel.puts - channel.gets)
    same("unfinished", row["unfinished"], channel.puts - channel.task_done if channel.kind == "JoinableQueue" else None)
    edges = {(keys.get(edge["from"]), keys.get(edge["to"])): [edge["messages"], edge["bytes"]] for edge in row["edges"]}
    same("edges", edges, channel.edges)
    if len(edges) != len(row["edges"]):
        wrong.append("an edge stands there twice")
    if channel.gets:
        if row["matching"] != "exact" and not (channel.name in scenario.inferred and row["matching"] == "inferred"):
            wrong.append(f"matching is {row['matching']}: {row['matchingWhy']}")
        latency = row["latencyMs"]
        if latency is None or not 0 <= latency["p50"] <= latency["p99"] <= latency["max"]:
            wrong.append(f"latency is {latency}")
    if channel.puts and not 1 <= row["maxDepth"] <= (channel.maxsize or channel.puts):
        wrong.append(f"the greatest depth is {row['maxDepth']}, with a capacity of {channel.maxsize} and {channel.puts} puts")
    return wrong


def _findings(report: Report, keys: Dict[str, int], by_pid: Dict[int, Any], scenario: Scenario, method: Optional[str]) -> List[str]:
    expected = {(rule, name) for rule, name in scenario.findings | scenario.likely if (rule, method) not in scenario.unless}
    found = [(each, (by_pid.get(keys.get(each["process"]), {}) or {}).get("name")) for each in report["findings"]]
    wrong = []
    for rule, name in expected:
        matching = [each for each, about in found if each["rule"] == rule and name in (None, about)]
        if not matching:
            wrong.append(f"no finding {rule}" + (f" about {name}" if name else ""))
        elif matching[0]["certain"] is not ((rule, name) in scenario.findings):
            wrong.append(f"the finding {rule} is {'certain' if matching[0]['certain'] else 'likely'}")
        elif not matching[0]["message"] or not matching[0]["fix"]:
            wrong.append(f"the finding {rule} does not say what happened and what to do")
    rules = {rule for rule, _ in expected} | scenario.may_find
    return wrong + [f"false alarm: {each['rule']} ({about}): {each['message']}" for each, about in found if each["rule"] not in rules]
