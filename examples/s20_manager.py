"""A Manager: a process that holds a dict, a list, a Namespace, a Queue and a Lock for all others.

Watch for: the manager's own process, and each call on a proxy: `scores["a"] += 1` is two of them, __getitem__ and __setitem__,
so it needs the lock. Every call is a message there and one back: look at the time it takes. A waiting get() waits in the
manager's process.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def play(name: str, scores, log, settings, turns, lock) -> None:
    truth.running()
    rounds = settings.rounds
    truth.called("settings", "__getattribute__")
    for _ in range(rounds):
        with lock:
            truth.called("lock", "acquire")
            scores[name] = scores[name] + 1
            truth.called("scores", "__getitem__")
            truth.called("scores", "__setitem__")
        truth.called("lock", "release")
        log.append(f"{name} played")
        truth.called("log", "append")
    turns.put(name)
    truth.called("turns", "put")


def main() -> None:
    manager = mp.Manager()
    truth.manager(manager)
    scores = manager.dict({"ann": 0, "bob": 0})
    truth.shared("scores", "dict", manager.address)
    log = manager.list()
    truth.shared("log", "list", manager.address)
    settings = manager.Namespace(rounds=3)
    truth.shared("settings", "Namespace", manager.address)
    turns = manager.Queue()
    truth.shared("turns", "Queue", manager.address)
    lock = manager.Lock()
    truth.shared("lock", "Lock", manager.address)

    for name in ("ann", "bob"):
        player = mp.Process(target=play, args=(name, scores, log, settings, turns, lock), name=name)
        player.start()
        truth.started(player)
        print(f"main: {turns.get()} is done")
        truth.called("turns", "get")
        player.join()
        truth.ended(player)

    print(f"main: {scores.copy()} after {len(log)} moves")
    truth.called("scores", "copy")
    truth.called("log", "__len__")
    try:
        scores["cleo"]
    except KeyError as error:
        truth.called("scores", "__getitem__", failed=True)
        print(f"main: the manager's exceptions come back to the caller: {error!r}")
    manager.shutdown()
    truth.managers_ended()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
