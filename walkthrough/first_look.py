"""A first look at Procession: a small darkroom that gets stuck, and why.

Two cameras put photos into `photos`; three developers take them out and put prints into `prints`. The main process waits
for the developers before it takes the prints: the pipe behind `prints` fills up, the developers cannot leave, and join()
never returns. Run this file with Procession, see who waits for whom, then let the quick fix in the editor cure it.
"""

import multiprocessing
import os
import random
import time


def camera(photos, shots):
    for shot in range(shots):
        photos.put({"shot": shot, "pixels": os.urandom(6_000)})
        time.sleep(random.uniform(0.02, 0.08))


def developer(photos, prints):
    while True:
        photo = photos.get()
        if photo is None:
            return
        time.sleep(random.uniform(0.05, 0.12))
        prints.put({"shot": photo["shot"], "pixels": bytes(reversed(photo["pixels"]))})


def main():
    photos = multiprocessing.Queue(10)
    prints = multiprocessing.Queue()
    cameras = [multiprocessing.Process(target=camera, args=(photos, 60), name=f"camera-{n}") for n in (1, 2)]
    developers = [multiprocessing.Process(target=developer, args=(photos, prints), name=f"developer-{n}") for n in (1, 2, 3)]
    for process in cameras + developers:
        process.start()

    for process in cameras:
        process.join()
    for _ in developers:
        photos.put(None)  # no more photos

    for process in developers:
        process.join()  # too early: the prints are still on their way
    for _ in range(120):
        prints.get()
    print("120 prints made")


if __name__ == "__main__":
    main()
