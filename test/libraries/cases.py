"""The programs, and what the report must say of each: which processes its workers are, and what went through which channels."""

from dataclasses import dataclass
from typing import FrozenSet, Tuple


@dataclass(frozen=True)
class Program:
    """A program prints `worker PID` for each process that it knows of; all of these must be in the report."""

    script: str
    args: Tuple[str, ...] = ()
    #: a regular expression for the names of the workers' rows
    names: str = ""
    #: the kinds that these may be of
    kinds: FrozenSet[str] = frozenset()
    #: kind of a channel, and the least number of messages that were received from all of that kind
    traffic: Tuple[Tuple[str, int], ...] = ()
    #: of kinds of rows, how many there must be at least besides the workers
    also: Tuple[Tuple[str, int], ...] = ()
    #: signals that some process must have ended by
    signals: FrozenSet[str] = frozenset()
    #: imports it needs that are not in requirements.txt
    needs: str = ""
    #: run as `-m`, with these words after it, in place of the script itself
    module: Tuple[str, ...] = ()
    seconds: float = 180.0

    @property
    def title(self) -> str:
        return " ".join((self.script.rpartition(".")[0], *self.args))


#: What a worker's row may be called where a library has its own copy of multiprocessing: nobody told its name.
FORKED = r"fork of .+"
COMMAND = r"python -c|-m \S+"

PROGRAMS = [
    Program(
        "joblib_parallel.py", names=r"LokyProcess-\d+|ForkPoolWorker-\d+", kinds=frozenset({"process", "pool-worker"}),
        traffic=(("Queue", 10), ("SimpleQueue", 10)), also=(("resource-tracker", 1),)),
    Program(
        "loky_executor.py", names=r"LokyProcess-\d+", kinds=frozenset({"process"}), traffic=(("Queue", 13), ("SimpleQueue", 12)),
        also=(("resource-tracker", 1),), signals=frozenset({"SIGKILL"})),
    Program("billiard_pool.py", names=FORKED, kinds=frozenset({"fork"})),
    Program("multiprocess_pool.py", ("fork",), names=FORKED, kinds=frozenset({"fork"})),
    Program("multiprocess_pool.py", ("spawn",), names=COMMAND, kinds=frozenset({"subprocess"})),
    Program("pathos_pool.py", names=FORKED + "|" + COMMAND, kinds=frozenset({"fork", "subprocess"})),
    Program("mpire_pool.py", ("fork",), names=r"Worker-\d", kinds=frozenset({"process"}), traffic=(("JoinableQueue", 40),)),
    Program("mpire_pool.py", ("spawn",), names=r"Worker-\d", kinds=frozenset({"process"}), traffic=(("JoinableQueue", 40),)),
    Program("pebble_pool.py", names=r"pebble_pool_worker|Process-\d+", kinds=frozenset({"process"}), traffic=(("Pipe", 60),)),
    Program(
        "torch_loader.py", ("fork", "file_system"), names=r"ForkProcess-\d", kinds=frozenset({"process"}), traffic=(("Queue", 64),), needs="torch"),
    Program(
        "torch_loader.py", ("spawn", "file_descriptor"), names=r"SpawnProcess-\d", kinds=frozenset({"process"}), traffic=(("Queue", 64),),
        needs="torch"),
    Program(
        "xdist_tests.py", module=("pytest", "-p", "no:cacheprovider", "-n", "2", "-rs"), names=r"python -c", kinds=frozenset({"subprocess"})),
    Program("gunicorn_server.py", names=r"-m gunicorn|fork of -m gunicorn", kinds=frozenset({"subprocess", "fork"})),
    Program("uvicorn_server.py", names=r"-m uvicorn|SpawnProcess-\d", kinds=frozenset({"subprocess", "process"}), also=(("resource-tracker", 1),)),
    Program("celery_tasks.py", names=r"-m celery|fork of -m celery", kinds=frozenset({"subprocess", "fork"})),
]


@dataclass(frozen=True)
class Suite:
    """A library's own tests, by pytest: what is installed with it, or (`source`) what its source archive has."""

    name: str
    tests: Tuple[str, ...]
    source: bool = False
    #: what pytest's `-k` would select of the tests that are left out, each with its reason beside it
    without: Tuple[str, ...] = ()
    #: plugins of pytest that are switched off: xdist's changes some suites' behaviour by its mere presence
    unplugged: Tuple[str, ...] = ("xdist",)
    #: the least number of processes that must have been recorded
    least: int = 10


#: What is about processes in them. Left out as files:
#: joblib's test_parallel and loky's test_reusable_executor hang or take longer than all else here together, plain as well;
#: pathos' test_maps has no tests and hangs pytest when it is imported, test_pp and test_decorate use ppft's servers, see below;
#: multiprocess' spawn variant is the same tests once more, and takes as long as both others; gunicorn's test_http2_live needs h2,
#: and its tests of "dirty" workers pretend the processes; mpire's and torch's releases come without tests.
SUITES = [
    Suite("billiard", ("t/unit",), source=True, least=1),
    Suite("loky", ("tests/test_loky_backend.py", "tests/test_synchronize.py", "tests/test_worker_timeout.py"), source=True, least=20),
    Suite("pebble", ("test/test_process_pool_fork.py", "test/test_process_pool_spawn.py", "test/test_concurrent_process_forkserver.py"), source=True, least=100),
    Suite("joblib", ("joblib.test.test_memmapping",), least=20),
    Suite(
        "pathos", tuple("pathos.tests.test_" + name for name in ("join", "map", "mp", "random", "star", "with")),
        without=("pp", "nodes"),  # with these in one process a plain run did not end in ten minutes: it waits for ppft's servers
        least=20),
    Suite(
        "multiprocess", tuple("multiprocess.tests.test_multiprocessing_" + name for name in ("fork", "forkserver")), least=300),
    Suite(
        "pytest-xdist", ("testing",), source=True, unplugged=(),
        without=(
            "TestLoadScope and test_workqueue",  # expects one worker to take all of a file's tests first: by chance, plain as well
            "TestLocking",  # one scenario twelve times over, about the package filelock
        ),
        least=100),
    Suite(
        "gunicorn", tuple("tests/test_%s.py" % name for name in (
            "arbiter", "asgi_connection_close", "asgi_keepalive_pipeline", "asgi_keepalive_timeout", "control_socket_integration",
            "gthread_keepalive_shutdown", "reload", "signal_integration")),
        source=True, least=15),
    Suite("uvicorn", ("tests/supervisors", "tests/test_subprocess.py"), source=True, least=5),
    Suite("celery", ("t/unit/concurrency",), source=True, least=1),  # nearly all of them pretend the processes; celery_tasks.py has real ones
]
