"""A Process subclass that overrides `run` and names itself.

Watch for: two rows named `thermometer-kitchen` and `thermometer-cellar`; their target is the class's own `run`, and their
source link leads to the line that constructed the object.
"""

import argparse
import multiprocessing as mp
import time

import _truth as truth


class Thermometer(mp.Process):
    def __init__(self, room: str) -> None:
        super().__init__()
        self.name = f"thermometer-{room}"
        self.room = room

    def run(self) -> None:
        truth.running()
        for reading in (19.5, 19.7, 20.1):
            print(f"{self.name}: {reading} degrees in the {self.room}")
            time.sleep(0.1)


def main() -> None:
    kitchen = Thermometer("kitchen")
    kitchen.start()
    truth.started(kitchen)
    cellar = Thermometer(room="cellar")
    cellar.start()
    truth.started(cellar)
    for thermometer in (kitchen, cellar):
        thermometer.join()
        truth.ended(thermometer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    mp.set_start_method(parser.parse_args().method)
    main()
