"""gunicorn: a master and two forked workers that answer over HTTP, until the master is told to end."""

import os

import _serving


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]


if __name__ == "__main__":
    port = _serving.free_port()
    words = ["-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:%d" % port, "--chdir", os.path.dirname(os.path.abspath(__file__)),
             "--no-control-socket", "--log-level", "critical", "gunicorn_server:application"]
    _serving.serve(words, port, 2)
