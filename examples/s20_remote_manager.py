"""A remote manager: a server at an address, and clients that know the address and the secret key.

Watch for: `server` offers a list and a queue of its own over TCP; `client` reaches them by address and authkey, as it could from
another machine. The key is never sent and never recorded. A wrong key is refused.
"""

import argparse
import multiprocessing as mp
from multiprocessing.managers import BaseManager, ListProxy
from queue import Queue

import _truth as truth

guests = []
orders = Queue()


def get_guests() -> list:
    return guests


def get_orders() -> Queue:
    return orders


class Restaurant(BaseManager):
    pass


Restaurant.register("get_guests", get_guests, proxytype=ListProxy)
Restaurant.register("get_orders", get_orders)


def serve(address) -> None:
    truth.running()
    restaurant = Restaurant(address=("127.0.0.1", 0), authkey=b"the chef's own secret")
    server = restaurant.get_server()
    truth.served(server.address)
    truth.put("address", server.address)
    address.send(server.address)
    server.serve_forever()


def visit(address) -> None:
    truth.running()
    restaurant = Restaurant(address=address, authkey=b"the chef's own secret")
    restaurant.connect()
    at_table = restaurant.get_guests()
    truth.shared("guests", "get_guests", address)
    waiter = restaurant.get_orders()
    truth.shared("orders", "get_orders", address)
    at_table.append("client")
    truth.called("guests", "append")
    waiter.put({"soup": 2})
    truth.called("orders", "put")


def main() -> None:
    told, address_out = mp.Pipe(duplex=False)
    truth.made("address", "Pipe", duplex=False)
    server = mp.Process(target=serve, args=(address_out,), name="server")
    server.start()
    truth.started(server)
    address = told.recv()
    truth.got("address", address)

    client = mp.Process(target=visit, args=(address,), name="client")
    client.start()
    truth.started(client)
    client.join()
    truth.ended(client)

    kitchen = Restaurant(address=address, authkey=b"the chef's own secret")
    kitchen.connect()
    orders_here = kitchen.get_orders()
    print(f"main: {orders_here.get()} was ordered")
    truth.called("orders", "get")
    guests_here = kitchen.get_guests()
    print(f"main: {guests_here[:]} are here")
    truth.called("guests", "__getitem__")

    try:
        Restaurant(address=address, authkey=b"something else").connect()
    except mp.AuthenticationError as error:
        print(f"main: with a wrong key: {error!r}")
    server.terminate()  # serve_forever means for ever
    server.join()
    truth.ended(server)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
