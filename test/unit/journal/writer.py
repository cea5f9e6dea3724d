"""Writes a journal as fast as it can, or at a rate, from the format document alone: for tests of the tailer.

usage: writer.py FOLDER STARTED COUNT [RATE]     prints the pid and COUNT when it is done
Record i is a PUT with a = i, t0 = STARTED + 1000 * i, t1 = t0 + i % 7, obj = 2^48 + i % 3: a torn record cannot agree with itself.
"""

import mmap
import os
import struct
import sys
import time

folder, started, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rate = float(sys.argv[4]) if len(sys.argv) > 4 else 0
pid = os.getpid()
sizes = [65536, 1 << 20, 4 << 20]
pack = struct.Struct('<QQQQQIIIIHHI').pack_into
first = number = 0
opened = time.monotonic_ns()


def segment():
    global first, number
    size = sizes[min(number, 2)]
    at = 12288 if number == 0 else 4096
    capacity = (size - at) // 64
    fd = os.open('%s/%d-%d-%x.%d' % (folder, pid, 1, opened, number), os.O_RDWR | os.O_CREAT | os.O_EXCL)
    os.posix_fallocate(fd, 0, size)
    mapped = mmap.mmap(fd, size)
    os.close(fd)
    struct.pack_into('<8sHHIIIQQQIIQQQQ', mapped, 0, b'', 1, 64, 0, pid, 0, 1, opened, 0, number, capacity, first, 0, 0, 0)
    mapped[0:8] = b'PRCSSN\r\n'
    number += 1
    first += capacity
    return mapped, at


mapped, at = segment()
begin = time.monotonic()
for i in range(count):
    if i == first:
        mapped, at = segment()
    t0 = started + 1000 * i
    pack(mapped, at, t0, t0 + i % 7, (1 << 48) + i % 3, i, 0, 0, 0, 0, 0, 40, 0, i + 1)
    at += 64
    if rate and i % 500 == 0:
        ahead = i / rate - (time.monotonic() - begin)
        if ahead > 0:
            time.sleep(ahead)
print(pid, count, flush=True)
