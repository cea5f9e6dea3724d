"""What the programs that start a server have in common: a free port, requests until all workers have answered, an orderly end."""

import http.client
import signal
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def serve(words, port, workers):
    """Starts the server, asks until `workers` different processes have answered with their pid, and ends it with SIGTERM."""
    server = subprocess.Popen([sys.executable, *words])
    pids = set()
    until = time.monotonic() + 60
    while len(pids) < workers and time.monotonic() < until and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            pids.add(int(connection.getresponse().read()))
            connection.close()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    print("worker", server.pid)
    for pid in sorted(pids):
        print("worker", pid)
    server.send_signal(signal.SIGTERM)
    print("the server ended with", server.wait(60))
    sys.exit(0 if len(pids) == workers else 1)
