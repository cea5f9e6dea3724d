"""Which examples are run in which ways, and what only the example's author can know: findings, matching, timing."""

import signal
from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

from facts import Truth

Report = Dict[str, Any]
#: rule, and the name of the process that it is about (None: not checked)
Rule = Tuple[str, Optional[str]]
METHODS = ("fork", "spawn", "forkserver")


@dataclass(frozen=True)
class Scenario:
    script: str
    #: an example without `--method` runs once
    methods: Tuple[Optional[str], ...] = METHODS
    args: Tuple[str, ...] = ()
    #: findings that must be there, as certain ones
    findings: FrozenSet[Rule] = frozenset()
    #: findings that must be there, as likely ones
    likely: FrozenSet[Rule] = frozenset()
    #: rules that may be there as well, and need not
    may_find: FrozenSet[str] = frozenset()
    #: which process prints which number depends on timing: compare the output without numbers
    loose: bool = False
    #: lines of the output that depend on timing altogether
    ignore: Optional[str] = None
    #: channels whose messages need not be matched exactly
    inferred: FrozenSet[str] = frozenset()
    #: findings, children and times that depend on more than a name
    check: Optional[Callable[[Report, Truth, Optional[str]], List[str]]] = None
    #: findings that a start method does not bring: (rule, method)
    unless: FrozenSet[Tuple[str, str]] = frozenset()
    #: must not stand anywhere in a recording
    secret: Optional[bytes] = None
    #: runs in the foreground of a terminal, which is where Ctrl-C comes from
    terminal: bool = False
    #: needs this Python
    since: Tuple[int, int] = (3, 8)
    #: the library has the fault in Pythons before this one only
    until: Tuple[int, int] = (4, 0)
    seconds: float = 60.0


def by_name(report: Report, name: str) -> Dict[str, Any]:
    found = [process for process in report["processes"] if process["name"] == name]
    if len(found) != 1:
        raise LookupError(f"the report has {len(found)} processes named {name}")
    return found[0]


def finding(report: Report, rule: str) -> Dict[str, Any]:
    found = [each for each in report["findings"] if each["rule"] == rule]
    if not found:
        raise LookupError(f"the report has no finding {rule}")
    return found[0]


def _overlapping(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    workers = [by_name(report, f"worker-{n}") for n in (1, 2, 3)]
    if max(worker["startedMs"] for worker in workers) < min(worker["endedMs"] for worker in workers):
        return []
    return [f"the workers' lives do not overlap: {[(w['startedMs'], w['endedMs']) for w in workers]}"]


def _serial(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    workers = [by_name(report, f"worker-{n}") for n in (1, 2, 3)]
    wrong = [f"{a['name']} and {b['name']} overlap" for a, b in zip(workers, workers[1:]) if a["endedMs"] > b["startedMs"] + 5]
    return wrong


def _at_least(name: str, key: str, low: float, high: float) -> Callable[[Report, Truth, Optional[str]], List[str]]:
    def check(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
        milliseconds = by_name(report, name)[key]
        return [] if low <= milliseconds <= high else [f"{name}: {key} is {milliseconds}, not between {low} and {high}"]

    return check


def _refused_line(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    return _where(report, "daemon-with-children", truth.named("daemon").exception["line"])


def _put_line(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    return _where(report, "put-not-picklable", next(fact["line"] for fact in truth.facts if fact["fact"] == "put_lost"))


def _where(report: Report, rule: str, line: int) -> List[str]:
    where = finding(report, rule)["where"] or {}
    return [] if where.get("line") == line else [f"{rule} points at line {where.get('line')}, not {line}"]


def _waiting_line(rule: str, *lines: str) -> Callable[[Report, Truth, Optional[str]], List[str]]:
    """The finding points at one of these lines of the script."""
    def check(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
        source = truth.script.read_text().splitlines()
        number = (finding(report, rule)["where"] or {}).get("line", 0)
        return [] if source[number - 1].strip() in lines else [f"{rule} points at line {number}"]

    return check


_pipe_line = _waiting_line("descriptor-leak", "asked.append(mp.Pipe())  # the mistake: nobody closes them", "asked.append(mp.Pipe())")


def _forking_line(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    return _waiting_line("fork-with-held-lock", "writer.start()")(report, truth, method) if method == "fork" else []


def _killed_worker(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    return _lost_task(report, truth, "vanish", -signal.SIGKILL)


def _broken_worker(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    """The one that left, and not the other, which the executor ended."""
    return _lost_task(report, truth, "leave", 3)


def _lost_task(report: Report, truth: Truth, function: str, code: int) -> List[str]:
    """One finding, about the worker that ended with `code`, at the line that submitted the task."""
    found = [each for each in report["findings"] if each["rule"] == "worker-died-with-task"]
    about = next((process for process in report["processes"] if found and process["key"] == found[0]["process"]), {})
    line = next(fact["line"] for fact in truth.facts if fact["fact"] == "submits" and fact["function"] == function)
    wrong = _where(report, "worker-died-with-task", line)
    if len(found) != 1 or about.get("exitCode") != code:
        wrong.append(f"{len(found)} findings, the first about a process that ended with {about.get('exitCode')}, not {code}")
    if f"__main__.{function}" not in found[0]["message"]:
        wrong.append(f"the finding does not name {function}: {found[0]['message']}")
    return wrong


def _storm(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    """As many workers as failed, and of what."""
    failed = [process for process in truth.processes.values() if process.kind == "pool-worker" and process.exitcode == 1]
    found = finding(report, "respawn-storm")
    wrong = _where(report, "respawn-storm", truth.pools[0].line)
    if not found["message"].startswith(f"{len(failed)} workers of pool,") or "ConnectionError: no such host: archive" not in found["evidence"][0]:
        wrong.append(f"{len(failed)} workers failed, but the finding says {found['message']} {found['evidence']}")
    return wrong


def _refused(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    """At the line that submitted the task, whose exception is named."""
    line = next(fact["line"] for fact in truth.facts if fact["fact"] == "submits" and fact["function"] == "refuse")
    wrong = _where(report, "result-handler-died", line)
    found = finding(report, "result-handler-died")
    told = "__main__.refuse had raised Refused: ann: not today." in found["evidence"][0]
    return wrong if told else [*wrong, f"the evidence is {found['evidence']}"]


def _stalled(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    line = next(fact["line"] for fact in truth.facts if fact["fact"] == "submits")
    return _where(report, "executor-stalled", line)


def _not_closed(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    found = finding(report, "pool-not-closed")
    wrong = _where(report, "pool-not-closed", truth.pools[0].line)
    return wrong if "One task had not ended, and is lost." in found["evidence"] else [*wrong, f"the evidence is {found['evidence']}"]


def _leaked_line(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    return _where(report, "shared-memory-leak", next(each.line for each in truth.segments if each.name == "forgotten"))


def _join_line(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    return _where(report, "task-done-missing", truth.script.read_text().splitlines().index("    orders.join()") + 1)


def _guard(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    if method == "fork":
        return []
    # From 3.14 on the fork server imports the script, and dies of it before it has made a child.
    name = next((each.name for each in truth.processes.values() if each.kind == "process"), "forkserver")
    exception = by_name(report, name)["exception"] or {}
    line = truth.script.read_text().splitlines().index("process.start()") + 1
    wrong = _where(report, "no-main-guard", line)
    if exception.get("type") != "RuntimeError" or "bootstrapping phase" not in exception.get("message", ""):
        wrong.append(f"{name} has the exception {exception.get('type')}: {exception.get('message', '')[:60]}")
    return wrong


def _inner_fork(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    """The subprocess that is a Python program forked a child, which ended with 4."""
    parents = [p["key"] for p in report["processes"] if p["exitCode"] == 3]
    inner = [p for p in report["processes"] if p["parent"] in parents and p["kind"] == "fork" and p["exitCode"] == 4]
    wrong = [] if len(inner) == 1 else [f"{len(inner)} forked children of the Python subprocess with exit code 4, not 1"]
    if report["run"]["uninstrumented"] < 1:
        wrong.append("the isolated Python is not counted as one without instrumentation")
    return wrong


def _zombie(report: Report, truth: Truth, method: Optional[str]) -> List[str]:
    low, high = (0, 0) if method == "forkserver" else (1500, 4000)
    return _at_least("forgotten", "zombieMs", low, high)(report, truth, method)


NEVER_ENDS = frozenset({"getter-never-ends"})
#: The fork server reaps its children at once, whether or not the one who asked for them joins them.
REAPED_BY_SERVER = frozenset({("zombie", "forkserver")})

SCENARIOS: List[Scenario] = [
    Scenario("s01_one_process.py"),
    Scenario("s02_subclass.py"),
    Scenario("s03_overlapping.py", check=_overlapping),
    Scenario("s04_join_too_early.py", check=_serial),
    Scenario("s05_separate_memory.py"),
    Scenario("s06_daemon.py"),
    Scenario("s07_daemon_with_children.py", findings=frozenset({("daemon-with-children", "daemon")}), check=_refused_line),
    Scenario("s08_attributes.py", secret=b"correct horse battery staple"),
    Scenario("s09_terminate_and_kill.py"),
    Scenario("s09_terminate_holding_lock.py", findings=frozenset({("holder-died", "holder")})),
    Scenario(
        "s09_terminate_with_children.py",
        findings=frozenset({("terminate-orphaned-grandchildren", "supervisor")}),
        check=_at_least("worker", "orphanMs", 1000, 2500),
    ),
    Scenario("s09_terminate_with_children.py", args=("--cure",)),
    Scenario("s09_terminate_ignored.py", likely=frozenset({("terminate-ignored", "stubborn")})),
    Scenario("s09_terminate_ignored.py", args=("--cure",)),
    Scenario("s10_zombie.py", findings=frozenset({("zombie", "forgotten")}), unless=REAPED_BY_SERVER, check=_zombie),
    Scenario("s10_orphan.py", findings=frozenset({("terminate-orphaned-grandchildren", "boss")}), check=_at_least("worker", "orphanMs", 1500, 3000)),
    Scenario("s11_fork.py", methods=(None,)),
    Scenario("s11_fork_exec.py", methods=(None,)),
    Scenario(
        "s11_fork_with_threads.py",
        likely=frozenset({("fork-with-held-lock", "writer")}),
        unless=frozenset({("fork-with-held-lock", "spawn"), ("fork-with-held-lock", "forkserver")}),
        check=_forking_line,
    ),
    Scenario("s11_fork_with_threads.py", args=("--cure",)),
    Scenario("s11_fork_with_threads.py", args=("--calm",)),
    Scenario("s11_subprocess.py", check=_inner_fork),
    Scenario("s12_contexts.py", methods=(None,)),
    Scenario("s12_start_methods.py"),
    Scenario("s13_pool.py"),
    Scenario("s13_pool_calls.py"),
    Scenario("s13_pool_maxtasks.py"),
    Scenario("s13_pool_errors.py"),
    Scenario("s13_pool_killed_worker.py", findings=frozenset({("worker-died-with-task", None)}), check=_killed_worker),
    Scenario("s13_pool_initializer.py", findings=frozenset({("respawn-storm", "MainProcess")}), check=_storm),
    Scenario("s13_pool_initializer.py", args=("--cure",)),
    Scenario("s13_pool_unpicklable_error.py", findings=frozenset({("result-handler-died", "MainProcess")}), check=_refused),
    Scenario(
        "s13_pool_unpicklable_error.py",
        args=("--callback",),
        findings=frozenset({("result-handler-died", "MainProcess")}),
        check=_waiting_line("result-handler-died", 'raise ConnectionError("no such host: archive")'),
    ),
    Scenario("s13_pool_unpicklable_error.py", args=("--cure",)),
    Scenario("s13_pool_not_closed.py", findings=frozenset({("pool-not-closed", "MainProcess")}), check=_not_closed),
    Scenario("s13_pool_not_closed.py", args=("--cure",)),
    Scenario("s13_pool_terminate.py"),
    Scenario("s14_executor.py"),
    Scenario("s14_executor_errors.py"),
    Scenario("s14_executor_broken.py", findings=frozenset({("worker-died-with-task", None)}), check=_broken_worker),
    Scenario("s14_executor_max_tasks.py", methods=("spawn", "forkserver"), since=(3, 11)),
    Scenario(
        "s14_executor_stalled.py",
        methods=("spawn", "forkserver"),
        findings=frozenset({("executor-stalled", "MainProcess")}),
        check=_stalled,
        since=(3, 11),
        until=(3, 14),
    ),
    Scenario("s14_executor_stalled.py", methods=("spawn", "forkserver"), args=("--cure",), since=(3, 11)),
    Scenario("s15_queue.py", loose=True),
    Scenario("s15_queue_timeouts.py"),
    Scenario("s15_terminated_reader.py", may_find=NEVER_ENDS),
    Scenario("s15_reader_never_ends.py", findings=frozenset({("getter-never-ends", "reader")})),
    Scenario("s15_reader_never_ends.py", args=("--cure",)),
    Scenario("s15_join_before_drain.py", findings=frozenset({("join-before-drain", None)})),
    Scenario("s15_undelivered.py", findings=frozenset({("messages-undelivered", None)})),
    Scenario("s15_unreliable_empty.py", findings=frozenset({("unreliable-empty", "collector"), ("messages-undelivered", None)})),
    Scenario("s15_unreliable_empty.py", args=("--cure",)),
    Scenario("s16_joinable_queue.py", may_find=NEVER_ENDS),
    Scenario("s16_task_done_missing.py", findings=frozenset({("task-done-missing", "MainProcess")}), check=_join_line),
    Scenario("s16_task_done_missing.py", args=("--cure",)),
    Scenario("s17_simple_queue.py"),
    Scenario("s18_pipe.py"),
    Scenario("s18_pipe_eof.py"),
    Scenario("s18_pipe_left_open.py", findings=frozenset({("pipe-end-left-open", None)})),
    Scenario("s18_pipe_deadlock.py", findings=frozenset({("deadlock-cycle", None)}), check=_waiting_line("deadlock-cycle", "heard = here.recv()")),
    Scenario("s18_pipe_deadlock.py", args=("--cure",)),
    Scenario("s18_pipe_not_closed.py", findings=frozenset({("descriptor-leak", "collector")}), check=_pipe_line),
    Scenario("s18_pipe_not_closed.py", args=("--catch",), methods=("fork",), findings=frozenset({("descriptor-leak", "collector")}), check=_pipe_line),
    Scenario("s18_pipe_not_closed.py", args=("--slow",), methods=("fork",), likely=frozenset({("descriptor-leak", "collector")}), check=_pipe_line),
    Scenario("s18_pipe_not_closed.py", args=("--cure",)),
    Scenario("s18_pipe_shared_end.py", inferred=frozenset({"reports"})),
    Scenario("s18_pipe_without_lock.py", inferred=frozenset({"reports"}), findings=frozenset({("shared-end-without-lock", None)})),
    Scenario("s18_pipe_without_lock.py", args=("--cure",), inferred=frozenset({"reports"})),
    Scenario("s19_values.py"),
    Scenario("s20_manager.py"),
    Scenario("s20_remote_manager.py", secret=b"the chef's own secret"),
    Scenario("s21_shared_memory.py"),
    Scenario("s21_leaked.py", findings=frozenset({("shared-memory-leak", "MainProcess")}), check=_leaked_line),
    Scenario("s21_leaked.py", args=("--cure",)),
    Scenario("s21_manager.py"),
    Scenario("s22_locks.py"),
    Scenario("s22_semaphores.py"),
    Scenario("s22_condition.py"),
    Scenario("s22_event.py"),
    Scenario("s22_barrier.py"),
    Scenario("s22_deadlock.py", findings=frozenset({("deadlock-cycle", None)}), check=_waiting_line("deadlock-cycle", "with ledger:", "with stock:")),
    Scenario("s22_deadlock.py", args=("--cure",)),
    Scenario("s22_barrier_party_died.py", findings=frozenset({("barrier-party-died", "ann")})),
    Scenario("s22_barrier_party_died.py", args=("--cure",)),
    Scenario("s22_philosophers.py", findings=frozenset({("orphan", None)})),
    Scenario("s22_philosophers.py", args=("--cure",)),
    Scenario("s23_pipeline.py"),
    Scenario("s24_processes_or_threads.py"),
    Scenario("s25_no_main_guard.py", findings=frozenset({("no-main-guard", None)}), check=_guard, unless=frozenset({("no-main-guard", "fork")})),
    Scenario("s25_unpicklable_target.py"),
    Scenario("s25_unpicklable_message.py", findings=frozenset({("put-not-picklable", "producer")}), check=_put_line),
    Scenario("s25_exception.py"),
    Scenario("s25_exception_in_main.py"),
    Scenario("s25_exit_codes.py", findings=frozenset({("killed-by-system", "os.abort()")})),
    Scenario("s25_killed_main.py", findings=frozenset({("orphan", "child")})),
    Scenario("s25_segfault.py", findings=frozenset({("killed-by-system", "crasher")})),
    Scenario("s25_killed_by_kernel.py", likely=frozenset({("killed-by-system", "glutton")})),
    Scenario("s25_killed_by_kernel.py", args=("--cure",)),
    Scenario("s26_listener.py", secret=b"as thick as thieves"),
    Scenario("s27_logging_queue.py"),
    Scenario("s27_log_to_stderr.py"),
    Scenario("s28_ctrl_c.py", terminal=True),
    Scenario("s28_ctrl_c_ignored.py", terminal=True),
    Scenario(
        "pipeline.py",
        args=("--seconds", "8"),
        findings=frozenset({("terminate-orphaned-grandchildren", "archive"), ("zombie", "courier")}),
        unless=REAPED_BY_SERVER,
        may_find=NEVER_ENDS | {"messages-undelivered"},
        loose=True,
        ignore=r".*photos wait to be developed.*\n",
        check=_at_least("archive-copy", "orphanMs", 1000, 7000),
    ),
]
