"""Writes the golden journals and what a reader must make of them.

From docs/journal-format.md alone: it shares no code with the runtime nor with any reader, so that a mistake in one of them
shows. Each case is a folder of segments beside a JSON file of expectations. Run it to write them; `--check` only compares
and ends with 1 where a file differs from what it would write.

Expectations: times are ns from `startedMono`; `facts` are in the order in which a reader tells them: a string when
its last chunk was read, a record when it was read, BOOT when its own strings are there.
"""

import json
import os
import struct
import sys

STARTED = 5000000000123456789
FOLDER = os.path.dirname(os.path.abspath(__file__))
NO_THREAD = 0xFFFFFFFF

BOOT, THREAD, EXIT, REAPED, JOIN, SIGNAL = 1, 17, 8, 9, 10, 11
CHANNEL_NEW, PUT, SEND, RECV, GET_EMPTY, COUNTING = 32, 40, 41, 42, 43, 49
STRING, PREVIEW = 60, 61


class Writer:
    """One image: lays records out in segments and notes what they mean."""

    def __init__(self, pid, start, opened, capacities, ppid=77, flags=0, parent_start=0, version=1):
        self.pid, self.start, self.opened, self.capacities = pid, start, opened, capacities
        self.ppid, self.flags, self.parent_start, self.version = ppid, flags, parent_start, version
        self.records = []
        self.facts = []
        self.strings = {}
        self.slots = {}
        self.rows = {}
        self.dropped = 0
        self.counting_since = 0
        self.expected_slots = []
        self.expected_held = {'locks': [], 'unseen': False}
        self.expected_counters = []
        self.boot = None

    # ---- records

    def _put(self, body):
        index = len(self.records)
        assert len(body) == 60
        self.records.append(body + struct.pack('<I', (index + 1) & 0xFFFFFFFF))
        return index

    def hole(self, count=1):
        """Reserved, never committed; the other bytes may hold anything."""
        for _ in range(count):
            self.records.append(b'\xaa' * 60 + b'\0\0\0\0')
        self.facts.append({'skipped': [count, 0]})

    def unknown(self, kind):
        self._put(b'\x55' * 56 + struct.pack('<HH', kind, 9))
        self.facts.append({'skipped': [0, 1]})

    def chunk(self, kind, number, data, part):
        piece = data[part * 44:part * 44 + 44]
        self._put(struct.pack('<III44sHH', number, len(data), part, piece, kind, len(piece)))
        return piece

    def string(self, number, text, between=None):
        data = text.encode('utf-8')
        for part in range(max(1, (len(data) + 43) // 44)):
            if part and between:
                between()
            self.chunk(STRING, number, data, part)
        self.strings[number] = text
        self.facts.append({'string': [number, text]})
        if self.boot and not [s for s in self.boot[1] if s and s not in self.strings]:
            self._tell_boot()

    def preview(self, number, data):
        for part in range((len(data) + 43) // 44):
            piece = self.chunk(PREVIEW, number, data, part)
            self.facts.append({'preview': [number, len(data), part, piece.hex()]})

    def record(self, kind, flags=0, t0=0, t1=None, obj=0, a=0, b=0, thread=0, site=0, s1=0, s2=0):
        t1 = t0 if t1 is None else t1
        u64 = (1 << 64) - 1
        index = self._put(struct.pack(
            '<QQQQQIIIIHH', STARTED + t0, STARTED + t1, obj, a & u64, b & u64, thread, site, s1, s2, kind, flags))
        if kind == PUT:
            self.facts.append({'put': [t0, t1, obj, a, flags, thread, site]})
        elif kind == SEND:
            self.facts.append({'send': [index, t0, t1, obj, a, b, flags, thread, site]})
        elif kind == RECV:
            self.facts.append({'receive': [t0, t1, obj, a, b, flags, thread, site]})
        else:
            fact = dict(type=kind, flags=flags, t0=t0, t1=t1, obj=obj, a=a, b=b, thread=thread, site=site,
                        s1=self.strings.get(s1), s2=self.strings.get(s2))
            if kind == BOOT:
                self.boot = (fact, (s1, s2))
            else:
                self.facts.append({'record': fact})
        return index

    def begin(self, argv, about):
        self.record(BOOT, flags=self.flags & 3, t0=self.opened, a=self.ppid, b=0x030B07F0, s1=1, s2=2)
        self.string(1, '\0'.join(argv))
        self.string(2, json.dumps(about, sort_keys=True))

    def _tell_boot(self):
        fact, (s1, s2) = self.boot
        self.boot = None
        fact['s1'], fact['s2'] = self.strings.get(s1), self.strings.get(s2)
        self.facts.append({'record': fact})

    # ---- tables

    def slot(self, number, since, obj=0, operand=0, deadline=None, site=0, op=0, flags=0, thread=0, held=()):
        locks = list(held) + [0] * (8 - len(held))
        self.expected_held['locks'] += [lock for lock in locks[:7 if number == 63 else 8] if lock]
        if number == 63:
            self.expected_held['unseen'] = locks[7] != 0
        self.slots[number] = struct.pack(
            '<QQQQIHHII16s8Q', STARTED + since, obj, operand, 0 if deadline is None else STARTED + deadline, site, op, flags,
            thread, 0, b'', *locks)
        self.expected_slots.append(dict(slot=number, since=since, obj=obj, operand=operand, deadline=deadline, site=site,
                                        op=op, flags=flags, nativeThread=thread))

    def counter(self, row, obj, puts, gets, sent, received, bytes_sent, bytes_received):
        self.rows[row] = struct.pack('<8Q', obj, puts, gets, sent, received, bytes_sent, bytes_received, 0)
        self.expected_counters.append(dict(obj=obj, puts=puts, gets=gets, sent=sent, received=received,
                                           bytesSent=bytes_sent, bytesReceived=bytes_received))

    # ---- files

    def files(self):
        out = {}
        first = 0
        for number, capacity in enumerate(self.capacities):
            counting = STARTED + self.counting_since if self.counting_since and number == 0 else 0
            page = bytearray(4096)
            struct.pack_into('<8sHHIIIQQQIIQQQQ', page, 0, b'PRCSSN\r\n', self.version, 64, self.flags, self.pid, self.ppid,
                             self.start, STARTED + self.opened, 1700000000000000000 + self.opened, number, capacity, first,
                             self.dropped if number == 0 else 0, counting, self.parent_start)
            if number == 0:
                for row, body in self.rows.items():
                    page[256 + row * 64:320 + row * 64] = body
            body = bytearray(page)
            if number == 0:
                table = bytearray(64 * 128)
                for slot, content in self.slots.items():
                    table[slot * 128:slot * 128 + 128] = content
                body += table
            mine = b''.join(self.records[first:first + capacity])
            body += mine + b'\0' * (capacity * 64 - len(mine))
            out['%d-%d-%x.%d' % (self.pid, self.start, STARTED + self.opened, number)] = bytes(body)
            first += capacity
        assert first >= len(self.records), 'more records than room'
        return out

    def expectation(self):
        return dict(pid=self.pid, start=self.start, ppid=self.ppid, opened=self.opened, madeByFork=bool(self.flags & 1),
                    byLauncher=bool(self.flags & 2), parentStart=self.parent_start, facts=self.facts,
                    slots=self.expected_slots, held=self.expected_held, dropped=self.dropped, counters=self.expected_counters)


ABOUT = {'exe': '/usr/bin/python3', 'version': '3.11.7', 'implementation': 'cpython', 'cwd': '/home/me', 'platform': 'linux',
         'flags': ''}
QUEUE = (1 << 48) | 123456
MADE_UP = (2 << 48) | (4242 << 26) | 7
LOCK = (3 << 48) | 0xC0FFEE


def records():
    """Each kind of field, at its ends."""
    w = Writer(4242, 987654321, 1000000, [120])
    w.begin(['python', 'script.py', '--name', 'жук 甲'], ABOUT)
    w.record(THREAD, t0=1000500, a=4242, s1=0)
    w.string(3, '/home/me/script.py\n12\nmain')
    w.string(4, 'Queue')
    w.record(CHANNEL_NEW, t0=2000000, obj=QUEUE, a=QUEUE, b=3, site=3, s1=4)
    w.string(5, '')
    w.string(6, 'x' * 44)
    w.string(7, 'é' * 60, between=lambda: w.record(PUT, t0=2500000, t1=2500001, obj=QUEUE, a=1, site=3))
    w.record(11, flags=2, t0=2600000, a=-4242, b=15, site=3, s1=7, s2=5)
    w.record(JOIN, flags=1, t0=2700000, t1=2800000, a=4243, b=-1, thread=63, site=3)
    w.record(EXIT, flags=2, t0=2900000, a=-1)
    w.record(REAPED, flags=1, t0=2900001, a=4243, b=-9, thread=NO_THREAD, s1=6)
    w.preview(len(w.records) + 2, b'before its message')
    sent = w.record(SEND, flags=1 | 4 | 16 | 32, t0=3000000, t1=3000123, obj=QUEUE, a=123, b=0xFFFFFFFF, thread=1)
    w.preview(sent, bytes(range(200)))
    w.record(RECV, flags=1 | 16, t0=1, t1=3000999, obj=QUEUE, a=123, b=0xFFFFFFFF, thread=0, site=3)
    w.record(PUT, flags=2, t0=0, t1=86400 * 30 * 10**9 + 1, obj=(1 << 53) - 1, a=(1 << 53) - 1, thread=NO_THREAD)
    w.record(SEND, t0=-1000, t1=7, obj=MADE_UP, a=1 << 40, b=0)
    w.record(GET_EMPTY, flags=2, t0=4000000, t1=4100000, obj=QUEUE, site=3)
    w.slot(0, 4200000, obj=QUEUE, operand=0, deadline=None, site=3, op=RECV, flags=1, thread=4242)
    w.slot(63, 4300000, obj=0, operand=4243, deadline=9300000, site=3, op=JOIN, flags=2, thread=4299, held=(MADE_UP, 0, LOCK, 0, 0, 0, 0, 3))
    return [w]


def segments():
    """Three segments; a string lies across the edge of one."""
    w = Writer(5151, 5, 10, [12, 5, 9])
    w.begin(['p'], {'v': 1})
    while len(w.records) < 11:
        w.record(PUT, t0=len(w.records), obj=QUEUE, a=len(w.records))
    w.string(3, 'over the edge ' * 10)
    while len(w.records) < 23:
        w.record(RECV, t0=len(w.records), obj=QUEUE, a=len(w.records))
    w.record(PUT, t0=99, obj=QUEUE, a=99)
    return [w]


def holes():
    """Reserved and never committed, in the middle, twice, at a segment's end; and types that nobody knows."""
    w = Writer(6161, 6, 20, [12, 12])
    w.begin(['p'], {})
    w.record(PUT, t0=1, obj=QUEUE, a=1)
    w.hole()
    w.record(PUT, t0=2, obj=QUEUE, a=2)
    w.unknown(200)
    w.hole(2)
    w.unknown(0)
    w.record(PUT, t0=3, obj=QUEUE, a=3)
    w.hole()
    assert len(w.records) == 12
    w.record(PUT, t0=4, obj=QUEUE, a=4)
    w.hole()
    w.record(PUT, t0=5, obj=QUEUE, a=5)
    return [w]


def counted():
    """Past the budget, and a forked image beside its parent's."""
    parent = Writer(7001, 700, 5, [8])
    parent.begin(['p'], {})
    parent.dropped = 17
    parent.counting_since = 4000
    parent.record(COUNTING, t0=4000, obj=QUEUE)
    parent.counter(0, QUEUE, 10, 20, 30, 40, 1 << 40, (1 << 53) - 1)
    parent.counter(59, (1 << 53) - 1, 0, 0, 1, 0, 44, 0)
    child = Writer(7002, 701, 6, [8], ppid=7001, flags=1, parent_start=700)
    child.begin(['p'], {})
    launched = Writer(7003, 702, 7, [8], flags=2)
    launched.begin(['p'], {})
    return [parent, child, launched]


def refused():
    """A version of the future."""
    w = Writer(8001, 800, 5, [8], version=2)
    w.begin(['p'], {})
    return [w]


#: Ends of children that had no journal: pid, parent's pid, exit code, and from when to when the bootstrap ran.
QUIET = ((9001, 9000, 0, 1000, 2500), (9002, 9000, -3, 2000, 1 << 40), (4194304, 1, 255, 2001, 2001))


def quiet():
    """The file of forked children that had nothing to tell but their end."""
    return b''.join(
        struct.pack('<QQQqqIIIIHHI', STARTED + begin, STARTED + end, 0, pid, code, parent, 0, 0, 0, 16, 0, 1)
        for pid, parent, code, begin, end in QUIET)


CASES = (records, segments, holes, counted, refused)


def everything():
    """All files by their path from here."""
    out = {}
    for case in CASES:
        writers = case()
        for writer in writers:
            for name, data in writer.files().items():
                out['%s/%s' % (case.__name__, name)] = data
        images = [] if case is refused else [writer.expectation() for writer in writers]
        text = json.dumps({'about': case.__doc__, 'startedMono': str(STARTED), 'images': images}, indent=1, ensure_ascii=True)
        out['%s.json' % case.__name__] = (text + '\n').encode('ascii')
    ends = [dict(zip(('pid', 'parent', 'code', 'from', 'to'), end)) for end in QUIET]
    out['quiet/quiet'] = quiet()
    out['quiet.json'] = (json.dumps({'about': quiet.__doc__, 'startedMono': str(STARTED), 'ends': ends}, indent=1) + '\n').encode('ascii')
    return out


def main():
    check = sys.argv[1:] == ['--check']
    wrong = []
    for name, data in everything().items():
        path = os.path.join(FOLDER, *name.split('/'))
        if check:
            try:
                with open(path, 'rb') as file:
                    same = file.read() == data
            except OSError:
                same = False
            if not same:
                wrong.append(name)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(data)
    if wrong:
        sys.exit('differs from what make_golden.py writes: %s' % ', '.join(wrong))


if __name__ == '__main__':
    main()
