"""A debugger's side of debugpy: speaks the Debug Adapter Protocol over a socket, as VS Code does, to the script and to its child."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List

Message = Dict[str, Any]
#: No answer takes this many seconds, however busy the machine is.
PATIENCE = 90.0


class Session:
    """One connection: requests with their answers, and the events that came meanwhile."""

    def __init__(self, host: str, port: int) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._socket = socket.create_connection((host, port), timeout=PATIENCE)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._kept: List[Message] = []

    def _read(self) -> Message:
        length = 0
        while True:
            line = self._stream.readline()
            if not line:
                raise EOFError("the debug adapter closed the connection")
            if not line.strip():
                return json.loads(self._stream.read(length).decode())
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)

    def send(self, command: str, **arguments: Any) -> int:
        self._number += 1
        body = json.dumps({"seq": self._number, "type": "request", "command": command, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self._number

    def wait(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message that is wanted, of those kept and those to come."""
        for message in self._kept:
            if wanted(message):
                self._kept.remove(message)
                return message
        while True:
            message = self._read()
            if wanted(message):
                return message
            self._kept.append(message)

    def answer(self, number: int) -> Message:
        message = self.wait(lambda each: each["type"] == "response" and each["request_seq"] == number)
        if not message["success"]:
            raise RuntimeError("%s: %s" % (message["command"], message.get("message")))
        return message.get("body") or {}

    def ask(self, command: str, **arguments: Any) -> Message:
        return self.answer(self.send(command, **arguments))

    def event(self, name: str) -> Message:
        return self.wait(lambda each: each["type"] == "event" and each["event"] == name).get("body") or {}

    def attach(self, file: str, line: int, **arguments: Any) -> None:
        """Attaches, with a breakpoint set before anything runs."""
        self.ask("initialize", clientID="test", adapterID="debugpy", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        attached = self.send("attach", justMyCode=False, subProcess=True, **arguments)
        self.event("initialized")
        self.ask("setBreakpoints", source={"path": file}, breakpoints=[{"line": line}])
        self.ask("configurationDone")
        self.answer(attached)

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


def stop_in_child(port: int, file: str, line: int) -> List[str]:
    """Debugs the script that waits at `port`; answers what was seen where a child stopped, and lets all run to their end.

    The script's connection tells of each of its Python processes, multiprocessing's helpers among them; all want a debugger.
    """
    seen: List[str] = []
    root = Session("127.0.0.1", port)
    try:
        root.attach(file, line, connect={"host": "127.0.0.1", "port": port})
        with ThreadPoolExecutor() as threads:
            children = []
            while True:
                told = root.wait(lambda each: each["type"] == "event" and each["event"] in ("debugpyAttach", "terminated"))
                if told["event"] == "terminated":
                    break
                children.append(threads.submit(_follow, told["body"], file, line, seen))
        for child in children:
            child.result()
        return seen
    finally:
        root.close()


def _follow(told: Message, file: str, line: int, seen: List[str]) -> None:
    """Debugs one child to its end; where it stops, notes what is there."""
    child = Session(told["connect"]["host"], told["connect"]["port"])
    try:
        child.attach(file, line, **{name: told[name] for name in ("connect", "subProcessId")})
        while True:
            event = child.wait(lambda each: each["type"] == "event" and each["event"] in ("stopped", "terminated"))
            if event["event"] == "terminated":
                return
            thread = event["body"]["threadId"]
            frame = child.ask("stackTrace", threadId=thread)["stackFrames"][0]
            scope = child.ask("scopes", frameId=frame["id"])["scopes"][0]
            values = {each["name"]: each["value"] for each in child.ask("variables", variablesReference=scope["variablesReference"])["variables"]}
            seen += [event["body"]["reason"], "%s:%d" % (frame["name"], frame["line"]), "n=" + values["n"], "square=" + values["square"]]
            child.ask("continue", threadId=thread)
    except EOFError:
        # A helper that ends last takes its connection along.
        return
    finally:
        child.close()
