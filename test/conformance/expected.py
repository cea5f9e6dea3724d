"""Findings that are true: tests of CPython's that do what a finding warns of. Each was read, and has its reason; docs/false-alarms.md tells of them."""

from typing import Dict, Tuple

_LOSES_ITEMS = "puts what cannot be pickled, to see that the queue goes on"
_LEAVES_ONE = "sends two messages, and asks for one of them"
_READS_TO_EMPTY = "lets two workers log what they die of, and reads with get_nowait() to the first Empty: the other's record may come after"
_CRASHES = "crashes a worker on purpose (faulthandler._sigsegv), to see what the executor makes of it"
_CRASHES_IN_TASK = "crashes it in a task, whose result never comes"
_UNPICKLABLE_TASK = "submits what cannot be pickled, to see that the executor does not hang"
_UNPICKLABLE_UNSEEN = "submits a method of a semaphore, or a local function, which cannot be pickled under any start method, and looks at no result"

#: By the name of a test, without its class, and the rule.
EXPECTED: Dict[Tuple[str, str], str] = {
    ("test_queue_feeder_donot_stop_onexc", "put-not-picklable"): _LOSES_ITEMS,
    ("test_queue_feeder_on_queue_feeder_error", "put-not-picklable"): _LOSES_ITEMS,
    ("test_boundaries", "messages-undelivered"): _LEAVES_ONE,
    ("test_initializer", "messages-undelivered"): _READS_TO_EMPTY,
    ("test_error_at_task_pickle", "put-not-picklable"): _UNPICKLABLE_TASK,
    ("test_shutdown_deadlock_pickle", "put-not-picklable"): _UNPICKLABLE_TASK,
    ("test_saturation", "put-not-picklable"): _UNPICKLABLE_UNSEEN,
    ("test_processes_terminate", "put-not-picklable"): _UNPICKLABLE_UNSEEN,
    ("test_shutdown_deadlock", "killed-by-system"): _CRASHES,
    ("test_crash_at_task_unpickle", "killed-by-system"): _CRASHES,
    ("test_crash_big_data", "killed-by-system"): _CRASHES,
    ("test_crash_during_func_exec_on_worker", "killed-by-system"): _CRASHES,
    ("test_crash_during_result_pickle_on_worker", "killed-by-system"): _CRASHES,
    ("test_shutdown_deadlock", "worker-died-with-task"): _CRASHES_IN_TASK,
    ("test_crash_big_data", "worker-died-with-task"): _CRASHES_IN_TASK,
    ("test_crash_during_func_exec_on_worker", "worker-died-with-task"): _CRASHES_IN_TASK,
    ("test_crash_during_result_pickle_on_worker", "worker-died-with-task"): _CRASHES_IN_TASK,
}


def reason(test: str, rule: str) -> str:
    """Why the finding is true; empty: nobody has said that it is."""
    return EXPECTED.get((test.rpartition(".")[2], rule), "")
