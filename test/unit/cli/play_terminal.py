"""Runs a command in a terminal of its own and plays a person: waits for words on the screen, then types.

    play_terminal.py ROWS COLUMNS STEPS COMMAND...

STEPS is JSON: a list of [words to wait for, what to type] or [words, {"resize": [rows, columns]}], [words, {"wait": milliseconds}]
or [words, {"kill": signal}]. No words: at once.
Prints JSON: {"output": latin-1 text, "status": wait status, "steps": number of steps done}.
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


def main():
    rows, columns, steps, command = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4:]
    pid, fd = pty.fork()
    if pid == 0:
        time.sleep(0.1)  # until the terminal has its size
        os.execvp(command[0], command)
    resize(fd, rows, columns)
    output, seen, done, deadline = b'', 0, 0, time.monotonic() + 40
    while time.monotonic() < deadline:
        ready, _, _ = select.select([fd], [], [], 0.05)
        if ready:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            output += data
        if done < len(steps):
            words, action = steps[done]
            at = output.find(words.encode(), seen)
            if at >= 0:
                seen = at + len(words.encode())
                done += 1
                time.sleep(0.2)
                if isinstance(action, str):
                    os.write(fd, action.encode())
                elif 'resize' in action:
                    resize(fd, *action['resize'])
                elif 'wait' in action:
                    time.sleep(action['wait'] / 1000)
                elif 'kill' in action:
                    os.kill(pid, action['kill'])
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    print(json.dumps({'output': output.decode('latin-1'), 'status': status, 'steps': done}))


main()
