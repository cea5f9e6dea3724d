"""Listener and Client of multiprocessing.connection: two processes joined by a channel that nobody inherited.

Watch for: two connections, one over a socket in the file system, one over TCP, with the address, both directions and
who is at either end. Each side proves that it knows the key before anything else is sent; the key itself is never sent, and
never recorded. Who has a wrong key is refused.
"""

import argparse
import multiprocessing as mp
from multiprocessing.connection import Client, Listener

import _truth as truth


def call(name: str, address, key: bytes) -> None:
    truth.running()
    try:
        line = Client(address, authkey=key)
        truth.connected(name, address)
    except mp.AuthenticationError:
        print(f"{name}: I was refused", flush=True)
        return
    question = {"from": name, "numbers": [1, 2, 3]}
    truth.put(name, question)
    line.send(question)
    answer = line.recv()
    truth.got(name, answer)
    print(f"{name}: the answer is {answer}", flush=True)
    truth.put_bytes(name, b"thank you")
    line.send_bytes(b"thank you")
    line.close()


def serve(name: str, family: str, address) -> None:
    with Listener(address, family, authkey=b"as thick as thieves") as listener:
        caller = mp.Process(target=call, args=(name, listener.address, b"as thick as thieves"), name=name)
        caller.start()
        truth.started(caller)
        with listener.accept() as line:
            truth.connected(name, listener.address)
            question = line.recv()
            truth.got(name, question)
            answer = sum(question["numbers"])
            truth.put(name, answer)
            line.send(answer)
            thanks = line.recv_bytes()
            truth.got_bytes(name, thanks)
            print(f"main: {name} says {thanks!r}", flush=True)
        caller.join()
        truth.ended(caller)


def refuse() -> None:
    with Listener(authkey=b"as thick as thieves") as listener:
        stranger = mp.Process(target=call, args=("stranger", listener.address, b"open sesame"), name="stranger")
        stranger.start()
        truth.started(stranger)
        try:
            listener.accept()
        except mp.AuthenticationError:
            print("main: a stranger called", flush=True)
        stranger.join()
        truth.ended(stranger)


def main() -> None:
    serve("by-file", "AF_UNIX", None)
    serve("by-tcp", "AF_INET", ("127.0.0.1", 0))
    refuse()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
