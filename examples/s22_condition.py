"""Condition: wait until somebody says that something has changed.

Watch for: `baker` and `eater` wait, giving the condition's lock away meanwhile; the main process takes it, changes something and
notifies one or all. A wait with a timeout gives up.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def wait_for_news(name: str, ready, news) -> None:
    truth.running()
    with news:
        truth.put("ready", name)
        ready.put(name)
        truth.waits("news")
        news.wait()
        truth.waited("news")
    print(f"{name}: I heard it", flush=True)


def main() -> None:
    news = mp.Condition()
    truth.lock("news", "Condition")
    ready = mp.SimpleQueue()
    truth.made("ready", "SimpleQueue")
    listeners = [mp.Process(target=wait_for_news, args=(name, ready, news), name=name) for name in ("baker", "eater", "miller")]
    for listener in listeners:
        listener.start()
        truth.started(listener, line=-3)
        # Who says so has the condition's lock, and gives it back only by waiting: so the next `with news` comes after that.
        truth.got("ready", ready.get())

    with news:
        truth.tells("news", "notify")
        news.notify()
    with news:
        truth.tells("news", "notify")
        news.notify_all()
    for listener in listeners:
        listener.join()
        truth.ended(listener)

    with news:
        truth.waits("news")
        print(f"main: somebody notified me: {news.wait(timeout=0.2)}")
        truth.waited("news", in_vain=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
