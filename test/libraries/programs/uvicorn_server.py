"""uvicorn: a supervisor and two workers, spawned by multiprocessing, that answer over HTTP."""

import os

import _serving


async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


if __name__ == "__main__":
    port = _serving.free_port()
    words = ["-m", "uvicorn", "--workers", "2", "--port", str(port), "--lifespan", "off", "--log-level", "critical",
             "--app-dir", os.path.dirname(os.path.abspath(__file__)), "uvicorn_server:application"]
    _serving.serve(words, port, 2)
