"""Two processes take two locks, each in its own order, and wait for each other for ever (AB-BA).

Watch for: a second after both wait, the verdict with both processes, both locks and both lines. Neither would ever go on; the main process
looks on for a while and then terminates both.
The cure, with --cure: both take `stock` first, then `ledger`.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def sell(stock, ledger, both_hold) -> None:
    truth.running()
    with stock:
        truth.holds("stock")
        both_hold.wait()  # to make sure that it happens: otherwise it happens once in a while
        truth.waits("ledger")
        with ledger:
            print("sold")


def count(stock, ledger, both_hold) -> None:
    truth.running()
    with ledger:
        truth.holds("ledger")
        both_hold.wait()
        truth.waits("stock")
        with stock:
            print("counted")


def in_order(stock, ledger) -> None:
    truth.running()
    for _ in range(20):
        with stock:
            with ledger:
                pass


def main(cure: bool) -> None:
    stock = mp.Lock()
    truth.lock("stock", "Lock", sure=not cure)
    ledger = mp.Lock()
    truth.lock("ledger", "Lock", sure=not cure)
    if cure:
        both = [mp.Process(target=in_order, args=(stock, ledger), name=name) for name in ("seller", "counter")]
        for process in both:
            process.start()
            truth.started(process, line=-3)
        for process in both:
            process.join()
            truth.ended(process)
        print("main: both are through")
        return
    both_hold = mp.Barrier(2)
    truth.lock("both_hold", "Barrier", value=2, sure=False)
    seller = mp.Process(target=sell, args=(stock, ledger, both_hold), name="seller")
    seller.start()
    truth.started(seller)
    counter = mp.Process(target=count, args=(stock, ledger, both_hold), name="counter")
    counter.start()
    truth.started(counter)
    truth.until_waiting(seller, "ledger")
    truth.until_waiting(counter, "stock")
    seller.join(timeout=2.5)
    print(f"main: {sum(process.is_alive() for process in (seller, counter))} of 2 wait for each other, so I terminate them")
    for process in (seller, counter):
        process.terminate()
        process.join()
        truth.ended(process)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="take the locks in one order")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
