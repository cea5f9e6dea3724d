"""Pools and their tasks: what the script knows of them, and what the report says."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

Fact = Dict[str, Any]
Row = Dict[str, Any]


class Unclear(Exception):
    """The facts do not say who ran what."""


@dataclass
class Task:
    """One task as the script knows it: a call, or a chunk of several. Times: the wall clock, in ns."""

    method: str
    function: str
    items: int
    line: int
    submitter: int
    submitted_after: int
    outcome: str
    #: somebody gets its result, if there is one
    answered: bool = True
    worker: Optional[int] = None
    error: Optional[str] = None
    #: it ran from here or before ...
    begun_by: Optional[int] = None
    #: ... and till there or later
    ended_from: Optional[int] = None
    #: but not before this, the end of what the same worker did before,
    begun_after: Optional[int] = None
    #: nor after this, the begin of what it did next, or the end of the pool
    ended_by: Optional[int] = None


@dataclass
class Pool:
    """`workers`: pids of those that served it, `wanted` of them at a time. `jobs`: the tasks of each call."""

    name: str
    kind: str
    line: int
    creator: int
    wanted: int
    tasks_per_worker: Optional[int]
    initializer: Optional[str]
    workers: List[int] = field(default_factory=list)
    jobs: List[List[Task]] = field(default_factory=list)
    state: Optional[str] = None


def pools_of(facts: List[Fact]) -> List[Pool]:
    """`facts` in the order of time."""
    pools: Dict[str, Pool] = {}
    calls = _calls(facts)
    # A worker may have said something before its pool's maker came to do so.
    for fact in sorted(facts, key=lambda each: each["fact"] != "pool"):
        if fact["fact"] == "pool":
            pools[fact["pool"]] = Pool(
                fact["pool"], fact["kind"], fact["line"], fact["pid"], fact["workers"], fact["tasks_per_worker"], fact["initializer"]
            )
        elif fact["fact"] == "worker":
            if fact["child"] not in pools[fact["pool"]].workers:
                pools[fact["pool"]].workers.append(fact["child"])
        elif fact["fact"] == "retired":
            pools[fact["pool"]].state = fact["state"]
        elif fact["fact"] == "submits":
            pool = pools[fact["pool"]]
            tasks = [_task(fact, items, calls) for items in fact["tasks"]]
            # An executor's map() submits each chunk by itself.
            pool.jobs += [tasks] if pool.kind == "Pool" else [[task] for task in tasks]
            for task in tasks:
                if task.worker is not None and task.worker not in pool.workers:
                    pool.workers.append(task.worker)
    return list(pools.values())


Calls = Dict[Tuple[str, str], List[Fact]]


def _calls(facts: List[Fact]) -> Calls:
    """What was written down of each call: its begin, with the end of what this worker did before, and its end, with the begin of the next."""
    calls: Calls = defaultdict(list)
    latest: Dict[int, Fact] = {}
    for fact in facts:
        kind, pid = fact["fact"], fact["child"] if fact["fact"] == "ended" else fact["pid"]
        if kind == "task_begin" or kind == "ended" and pid in latest:
            before = latest.get(pid)
            fact["after"] = None if before is None else before["wall"]
            if before is not None:
                before.setdefault("by", fact["wall"])
        if kind in ("task_begin", "task_end"):
            latest[pid] = fact
            calls[fact["function"], fact["call"]].append(fact)
    for (function, _), both in calls.items():
        if len(both) > 2:
            raise Unclear(f"{function} was called twice with the same arguments, so nobody can say who ran which")
    return calls


def _task(submit: Fact, items: List[str], calls: Calls) -> Task:
    told = [calls.get((submit["function"], item), []) for item in items]
    task = Task(submit["method"], submit["function"], len(items), submit["line"], submit["pid"], submit["wall"], "pending", submit["answered"])
    begun = [both for both in told if both]
    if begun:
        workers = {both[0]["pid"] for both in begun}
        if len(workers) > 1:
            raise Unclear(f"a chunk of {submit['function']} ran in several workers")
        task.worker = workers.pop()
        task.begun_by, task.begun_after = begun[0][0]["wall"], begun[0][0]["after"]
        last = begun[-1][-1]
        task.error = last.get("error")
        if last["fact"] == "task_end":
            task.ended_from, task.ended_by = last["wall"], last.get("by")
            task.outcome = last["outcome"] if task.error or len(begun) == len(items) else "lost"
        else:
            task.outcome = "lost"
    task.outcome = submit["outcome"] or task.outcome
    return task


def compare_pools(report: Row, pools: List[Pool], keys: Dict[str, int], script: str, origin: float, slack: float) -> List[str]:
    """`origin`: the report's time 0 on the wall clock, in ms; `slack`: how far the two clocks may be apart."""
    rows = list(report["pools"])
    wrong = []
    known = set()
    for pool in pools:
        row = next((r for r in rows if (r["created"] or {}).get("line") == pool.line and r["created"]["file"] == script), None)
        if row is None:
            wrong.append(f"pool {pool.name} (line {pool.line}) is missing")
            continue
        rows.remove(row)
        known.add(row["channel"])
        tasks = [task for task in report["tasks"] if task["pool"] == row["channel"]]
        wrong += [f"pool {pool.name}: {text}" for text in _pool(row, pool, keys) + _totals(row, tasks, report)]
        wrong += [f"pool {pool.name}: {text}" for text in _jobs(tasks, pool, keys, script, origin, slack)]
    wrong += [f"unknown pool {row['kind']} made at {row['created']}" for row in rows]
    return wrong + [f"a task of no known pool: {task['function']}" for task in report["tasks"] if task["pool"] not in known]


def _pool(row: Row, pool: Pool, keys: Dict[str, int]) -> List[str]:
    wrong: List[str] = []

    def same(what: str, actual: Any, expected: Any) -> None:
        if actual != expected:
            wrong.append(f"{what} is {actual!r}, not {expected!r}")

    tasks = [task for job in pool.jobs for task in job]
    count = Counter(task.outcome for task in tasks)
    same("kind", row["kind"], pool.kind)
    same("created by", keys.get(row["createdBy"]), pool.creator)
    same("workers wanted", row["workersWanted"], pool.wanted)
    # Who never came so far as to ask for a task has not served it.
    workers, busy = {keys[key] for key in row["workers"]}, {task.worker for task in tasks if task.worker is not None}
    if not busy <= workers <= set(pool.workers) or len(workers) != len(row["workers"]):
        wrong.append(f"workers are {sorted(workers)}, not {sorted(pool.workers)}, of which {sorted(busy)} ran tasks")
    same("tasks a worker", row["maxTasksPerWorker"], pool.tasks_per_worker)
    same("initializer", (row["initializer"] or "").rpartition(".")[2] or None, pool.initializer)
    same("jobs", row["jobs"], len(pool.jobs))
    same("submitted", row["submitted"], len(tasks))
    for key, outcome in (("ok", "ok"), ("failed", "error"), ("lost", "lost"), ("cancelled", "cancelled"), ("pending", "pending")):
        same(key, row[key], count[outcome])
    same("running", row["running"], 0)
    same("state", row["state"], pool.state)
    return wrong


def _totals(row: Row, tasks: List[Row], report: Row) -> List[str]:
    """What the pool's row adds up is in the rows of its tasks."""
    channels = {channel["key"]: channel for channel in report["channels"]}
    queued = [task["startedMs"] - task["submittedMs"] for task in tasks if task["startedMs"] is not None]
    ran = [task["endedMs"] - task["startedMs"] for task in tasks if task["endedMs"] is not None]
    facts = {
        "channels": all(channels[row[key]]["internal"] for key in ("channel", "results")) and row["channel"] != row["results"],
        "key": all(task["poolKey"] == row["key"] for task in tasks),
        "omitted": row["tasksOmitted"] == 0,
        "alive": row["workersAlive"] == 0 and row["waiters"] == [],
        "items": row["items"] == sum(task["items"] for task in tasks if task["endedMs"] is not None),
        "queue time": not queued or abs(row["queueMs"]["max"] - max(0.0, *queued)) < 0.001,
        "run time": not ran or abs(row["runMs"]["max"] - max(ran)) < 0.001,
    }
    return [f"its {what} and its tasks' do not agree" for what, right in facts.items() if not right]


def _jobs(rows: List[Row], pool: Pool, keys: Dict[str, int], script: str, origin: float, slack: float) -> List[str]:
    """The nth job that was given to a pool is the one with the nth number."""
    jobs: Dict[int, List[Row]] = defaultdict(list)
    for row in rows:
        jobs[row["job"]].append(row)
    if len(jobs) != len(pool.jobs):
        return [f"{len(jobs)} jobs have tasks in the report, not {len(pool.jobs)}"]
    wrong = []
    for number, expected in zip(sorted(jobs), pool.jobs):
        actual = sorted(jobs[number], key=lambda row: row["index"])
        if [row["index"] for row in actual] != list(range(len(expected))):
            wrong.append(f"job {number} has the tasks {[row['index'] for row in actual]}, not {len(expected)}")
            continue
        for row, task in zip(actual, expected):
            wrong += [f"{task.method} of {task.function}, task {row['index']}: {text}" for text in _row(row, task, keys, script, origin, slack)]
    return wrong


def _row(row: Row, task: Task, keys: Dict[str, int], script: str, origin: float, slack: float) -> List[str]:
    wrong: List[str] = []

    def same(what: str, actual: Any, expected: Any) -> None:
        if actual != expected:
            wrong.append(f"{what} is {actual!r}, not {expected!r}")

    def within(what: str, actual: Optional[float], low: Optional[int], high: Optional[int]) -> None:
        if actual is None:
            wrong.append(f"{what} is not known")
        elif low is not None and actual < low / 1e6 - origin - slack or high is not None and actual > high / 1e6 - origin + slack:
            bounds = [None if bound is None else round(bound / 1e6 - origin, 1) for bound in (low, high)]
            wrong.append(f"{what} is {actual:.1f} ms, not between {bounds[0]} and {bounds[1]} ms")

    same("function", row["function"], f"__main__.{task.function}")
    same("method", row["method"], task.method)
    # How many items a chunk has is known from its worker.
    same("items", row["items"], None if task.begun_by is None else task.items)
    same("outcome", row["outcome"], task.outcome)
    same("submitter", keys.get(row["submitter"]), task.submitter)
    where = row["where"] or {}
    same("where", (where.get("file"), where.get("line")), (script, task.line))
    same("worker", keys.get(row["worker"]), task.worker)
    within("submitted", row["submittedMs"], task.submitted_after, task.begun_by)
    if task.begun_by is None:
        same("begin", row["startedMs"], None)
    else:
        within("begin", row["startedMs"], max(task.submitted_after, task.begun_after or 0), task.begun_by)
    if task.ended_from is not None:
        within("end", row["endedMs"], task.ended_from, task.ended_by)
    if task.error is not None:
        same("error", row["error"], task.error)
    if task.outcome in ("ok", "error", "cancelled") and (row["resultMs"] is None) == task.answered:
        wrong.append("nobody had its result" if task.answered else "somebody had its result")
    times = [time for time in (row["submittedMs"], row["startedMs"], row["endedMs"], row["resultMs"]) if time is not None]
    if times != sorted(times):
        wrong.append(f"its times are out of order: {times}")
    return wrong
