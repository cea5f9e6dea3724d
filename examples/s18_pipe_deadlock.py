"""Two processes each wait for the other to speak first.

Watch for: `polite` and `shy` are both in recv(), each holding the only end that the other waits for. The verdict comes a second later; the
main process looks on for a while and then terminates both.
The cure, with --cure: one of them sends before it receives.
"""

import argparse
import multiprocessing as mp

import _truth as truth


def talk(here, there, name: str, first: bool) -> None:
    truth.running()
    there.close()
    if first:
        truth.put("line", f"{name} speaks")
        here.send(f"{name} speaks")
    try:
        heard = here.recv()
    except EOFError:  # the other one was terminated a moment earlier
        raise SystemExit(1) from None
    truth.got("line", heard)
    print(f"{name} heard: {heard}")
    if not first:
        truth.put("line", f"{name} answers")
        here.send(f"{name} answers")


def main(cure: bool) -> None:
    one, other = mp.Pipe()
    truth.made("line", "Pipe", duplex=True)
    polite = mp.Process(target=talk, args=(one, other, "polite", cure), name="polite")
    polite.start()
    truth.started(polite)
    shy = mp.Process(target=talk, args=(other, one, "shy", False), name="shy")
    shy.start()
    truth.started(shy)
    one.close()
    other.close()
    polite.join(timeout=3.5)
    if polite.is_alive():
        print("main: nobody says a word, so I terminate both")
        polite.terminate()
        shy.terminate()
    for process in (polite, shy):
        process.join()
        truth.ended(process)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--cure", action="store_true", help="let one of them speak first")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.cure)
