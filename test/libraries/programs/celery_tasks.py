"""Celery: a prefork worker (on billiard) that takes tasks from a broker in a folder, until it is told to end."""

import os
import signal
import subprocess
import sys
import tempfile
import time

from celery import Celery

home = os.environ.setdefault("LIBRARIES_CELERY", tempfile.mkdtemp(prefix="libraries-celery-") if __name__ == "__main__" else "")
app = Celery("celery_tasks", broker="filesystem://", backend="file://" + os.path.join(home, "results"))
app.conf.broker_transport_options = {
    "data_folder_in": os.path.join(home, "queue"), "data_folder_out": os.path.join(home, "queue"),
    "control_folder": os.path.join(home, "control"), "polling_interval": 0.05}
app.conf.broker_connection_retry_on_startup = True


@app.task(name="celery_tasks.square")
def square(n):
    time.sleep(0.05)
    return os.getpid(), n * n


@app.task(name="celery_tasks.fail")
def fail():
    raise LookupError("nothing here")


if __name__ == "__main__":
    for name in ("queue", "control", "results"):
        os.makedirs(os.path.join(home, name))
    words = ["-m", "celery", "-A", "celery_tasks", "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "CRITICAL",
             "--without-gossip", "--without-mingle", "--without-heartbeat", "--hostname", "worker@here"]
    server = subprocess.Popen([sys.executable, *words], cwd=os.path.dirname(os.path.abspath(__file__)), stdout=subprocess.DEVNULL)
    answers = [each.get(timeout=60) for each in [square.delay(n) for n in range(16)]]
    print([result for _, result in answers])
    try:
        fail.delay().get(timeout=60)
    except LookupError as error:
        print("LookupError", error)
    print("worker", server.pid)
    for pid in sorted({pid for pid, _ in answers}):
        print("worker", pid)
    server.send_signal(signal.SIGTERM)
    print("the worker ended with", server.wait(60))
