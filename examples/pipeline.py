"""A photo service at work: the sample that shows most of Procession at once. `npm start` runs it.

Three cameras put photos into `photos`, a bounded Queue; developers take them out and put prints into `prints`, a
JoinableQueue, from which a daemonic album takes them. The boss, who is the main process, steers the cameras over a
duplex Pipe to the control room. A daemonic monitor says how full the queues are.

Watch for:
- the bottleneck: at first `photos` is full, 20 of 20, and the cameras wait in put(), because two developers are
  too few. After a third of the time more are hired; the depth falls, and now the developers wait in get();
- `clumsy`, a developer that is killed by SIGKILL half-way; from then on the depth creeps up again until it is replaced;
- `courier`, which soon ends and is not joined by the control room: a zombie;
- `archive`, terminated while its child `archive-copy` is at work: from then on that one is an orphan;
- commands and answers on the Pipe, in both directions, and the time each takes;
- orderly ends: sentinels for the developers, join() on the prints, SIGTERM for the daemons.
"""

import argparse
import multiprocessing as mp
import os
import random
import signal
import time
from typing import List, Optional

import _truth as truth

SUBJECTS = ("harbour at dawn", "tram in the rain", "market hall", "old bridge", "night train", "grandmother", "football")


def camera(photos, pause, stop) -> None:
    """Take photos until told to stop, with a pause between them, or as fast as the queue takes them."""
    truth.running()
    name, shot = mp.current_process().name, 0
    while not stop.is_set():
        shot += 1
        photo = {
            "camera": name,
            "shot": shot,
            "subject": random.choice(SUBJECTS),
            "iso": random.choice((100, 200, 400, 800)),
            "pixels": os.urandom(random.randint(800, 6000)),
        }
        photos.put(photo)
        truth.put("photos", photo)
        time.sleep(pause.value * random.uniform(0.7, 1.3))


def developer(photos, prints, accident: Optional[float]) -> None:
    """Make prints of photos until the sentinel comes: the slow step. `accident`: when, on the monotonic clock."""
    truth.running()
    while True:
        photo = photos.get()
        truth.got("photos", photo)
        if photo is None:
            return
        brightness = expose(photo["pixels"], 0.07 * random.uniform(0.8, 1.2))
        if accident is not None and time.monotonic() > accident:
            os.kill(os.getpid(), signal.SIGKILL)  # the photo in its hands is lost
        picture = {"title": f"{photo['subject']} #{photo['shot']}", "by": photo["camera"], "brightness": brightness}
        prints.put(picture)
        truth.put("prints", picture)


def expose(pixels: bytes, seconds: float) -> float:
    """A fifth of honest work, the rest is waiting for the chemicals."""
    until = time.perf_counter() + seconds / 5
    total = 0
    while time.perf_counter() < until:
        total = sum(pixels)
    time.sleep(seconds * 4 / 5)
    return round(total / len(pixels), 1)


def album(prints) -> None:
    """A daemon that sticks prints into an album; turning a page takes a while."""
    truth.running()
    page: List[str] = []
    while True:
        picture = prints.get()
        truth.got("prints", picture)
        page.append(picture["title"])
        if len(page) == 24:
            time.sleep(0.3)
            page.clear()
        truth.note("task_done", channel="prints")
        prints.task_done()


def monitor(photos, prints, levels) -> None:
    """A daemon that reports twice a second how full the queues are."""
    truth.running()
    begin = time.monotonic()
    while True:
        level = {"at": round(time.monotonic() - begin, 1), "photos": size(photos), "prints": size(prints)}
        truth.put("levels", level)
        levels.put(level)
        time.sleep(0.5)


def size(queue) -> Optional[int]:
    try:
        return queue.qsize()
    except NotImplementedError:  # on macOS
        return None


def control_room(line, pause) -> None:
    """Set the cameras' pause as commanded and answer. Starts a courier and forgets about it."""
    truth.running()
    courier = mp.Process(target=time.sleep, args=(0.3,), name="courier")
    courier.start()
    truth.started(courier)
    truth.ended(courier, exitcode=0)
    while True:
        command = line.recv()
        truth.got("line", command)
        if command["order"] == "close":
            return
        pause.value = command["pause"]
        answer = {"re": command["number"], "done": True, "cameras": f"{1 / command['pause']:.0f} a second"}
        line.send(answer)
        truth.put("line", answer)


def archive(busy, stop, seconds: float) -> None:
    """Wait for a child that does the work. Whoever terminates this process leaves that child alone."""
    truth.running()
    copy = mp.Process(target=copy_archive, args=(stop, seconds), name="archive-copy")
    copy.start()
    truth.started(copy)
    truth.tells("busy", "set")
    busy.set()
    copy.join()


def copy_archive(stop, seconds: float) -> None:
    """Ends when it is done, or at closing time."""
    truth.running()
    stop.wait(seconds)
    truth.ended(os.getpid(), exitcode=0)


def main(seconds: float) -> None:
    begin = time.monotonic()
    photos = mp.Queue(maxsize=20)
    truth.made("photos", "Queue", maxsize=20)
    prints = mp.JoinableQueue()
    truth.made("prints", "JoinableQueue")
    levels = mp.SimpleQueue()
    truth.made("levels", "SimpleQueue")
    line, far_end = mp.Pipe()
    truth.made("line", "Pipe", duplex=True)
    pause = mp.Value("d", 0.04)  # seconds between two photos of a camera
    truth.value("pause", "Value", "c_double", 8, lock="pause's lock", sure=False)
    stop = mp.Event()
    truth.lock("stop", "Event", sure=False)
    busy = mp.Event()  # the archive's
    truth.lock("busy", "Event", sure=False)

    def say(words: str) -> None:
        print(f"{time.monotonic() - begin:5.1f} s  {words}", flush=True)

    def hire(name: str, accident: Optional[float] = None) -> mp.Process:
        process = mp.Process(target=developer, args=(photos, prints, accident), name=name)
        process.start()
        truth.started(process)
        developers.append(process)
        return process

    def command(order: str) -> None:
        nonlocal number
        number += 1
        message = {"number": number, "order": order, "pause": 0.04 if time.monotonic() < begin + seconds / 3 else 0.066}
        line.send(message)
        truth.put("line", message)
        if order != "close":
            truth.got("line", line.recv())

    number = 0
    say("the photo service opens, with three cameras and two developers")
    room = mp.Process(target=control_room, args=(far_end, pause), name="control-room")
    room.start()
    truth.started(room)
    far_end.close()
    album_keeper = mp.Process(target=album, args=(prints,), name="album", daemon=True)
    album_keeper.start()
    truth.started(album_keeper)
    watcher = mp.Process(target=monitor, args=(photos, prints, levels), name="monitor", daemon=True)
    watcher.start()
    truth.started(watcher)
    archivist = mp.Process(target=archive, args=(busy, stop, seconds * 0.6), name="archive")
    archivist.start()
    truth.started(archivist)
    developers: List[mp.Process] = []
    hire("developer-1")
    clumsy = hire("clumsy", accident=begin + seconds * 0.5)
    cameras = [mp.Process(target=camera, args=(photos, pause, stop), name=f"camera-{n}") for n in (1, 2, 3)]
    for process in cameras:
        process.start()
        truth.started(process, line=-3)

    def dismiss_archive() -> None:
        busy.wait()
        say("the archive is terminated; its copy goes on, alone")
        archivist.terminate()
        archivist.join()
        truth.ended(archivist)

    def hire_two() -> None:
        say("too many photos in the queue: two more developers, and slower cameras")
        hire("developer-2")
        hire("developer-3")

    def replace_clumsy() -> None:
        clumsy.join()
        truth.ended(clumsy)
        developers.remove(clumsy)
        say(f"clumsy had an accident (exit code {clumsy.exitcode}): a new developer")
        hire("developer-4")

    plan = [(0.2, dismiss_archive), (1 / 3, hire_two), (0.65, replace_clumsy)]
    while plan or time.monotonic() < begin + seconds * 0.85:
        if plan and time.monotonic() > begin + seconds * plan[0][0]:
            plan.pop(0)[1]()
        command("pace")
        while not levels.empty():
            level = levels.get()
            truth.got("levels", level)
            if level["at"] % 5 == 0 and level["at"] > 0:
                say(f"{level['photos']} photos wait to be developed, {level['prints']} prints for the album")
        time.sleep(0.25)

    say("closing time: the cameras stop")
    truth.tells("stop", "set")
    stop.set()
    for process in cameras:
        process.join()
        truth.ended(process)
    for process in developers:
        photos.put(None)
        truth.put("photos", None)
    for process in developers:
        process.join()
        truth.ended(process)
    say("all photos are developed")
    prints.join()
    say("all prints are in the album")
    command("close")
    room.join()
    truth.ended(room)
    truth.ended(album_keeper, exitcode=-signal.SIGTERM)
    truth.ended(watcher, exitcode=-signal.SIGTERM)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=mp.get_all_start_methods())
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the service is open, about (60)")
    options = parser.parse_args()
    mp.set_start_method(options.method)
    main(options.seconds)
