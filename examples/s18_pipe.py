"""A duplex Pipe with everything a Connection can do: objects, bytes, into a buffer, poll, fileno.

Watch for: one channel with two directions. The parent's wait in poll() with a timeout shows as a blocked span, as
do the recv()s; sizes are exact.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


def serve(end) -> None:
    truth.running()
    request = end.recv()
    truth.got("line", request)
    time.sleep(0.4)
    reply = {"sum": sum(request["numbers"])}
    end.send(reply)
    truth.put("line", reply)

    data = end.recv_bytes()
    truth.got_bytes("line", data)
    end.send_bytes(data[::-1])
    truth.put_bytes("line", data[::-1])

    buffer = bytearray(100_000)
    size = end.recv_bytes_into(buffer)
    truth.got_bytes("line", buffer[:size])
    end.send(size)
    truth.put("line", size)
    end.close()


def main() -> None:
    ours, theirs = mp.Pipe()
    truth.made("line", "Pipe", duplex=True)
    server = mp.Process(target=serve, args=(theirs,), name="server")
    server.start()
    truth.started(server)
    theirs.close()  # only the server needs this end

    request = {"numbers": [1, 2, 3, 4]}
    ours.send(request)
    truth.put("line", request)
    print(f"main: at once: {ours.poll()}, within 0.1 s: {ours.poll(0.1)}, within 10 s: {ours.poll(10)}")
    reply = ours.recv()
    truth.got("line", reply)
    print(f"main: {reply}")

    ours.send_bytes(b"stressed")
    truth.put_bytes("line", b"stressed")
    backwards = ours.recv_bytes()
    truth.got_bytes("line", backwards)
    print(f"main: {backwards!r}")

    picture = b"\x00\x7f" * 40_000
    ours.send_bytes(picture)
    truth.put_bytes("line", picture)
    size = ours.recv()
    truth.got("line", size)
    print(f"main: {size} bytes arrived; descriptor {'open' if ours.fileno() > 0 else 'closed'}")
    try:
        ours.recv()
    except EOFError:
        truth.note("eof", channel="line")
        print("main: end of file, the server closed its end")
    ours.close()
    server.join()
    truth.ended(server)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
