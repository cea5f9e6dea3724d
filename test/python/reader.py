"""An independent reader of the journal, strict about docs/journal-format.md. It shares no code with the runtime."""

import os
import re
import struct
from collections import namedtuple

Record = namedtuple('Record', 'index type flags t0 t1 obj a b thread site s1 s2')
Slot = namedtuple('Slot', 'number since obj operand deadline site op flags thread')
Counter = namedtuple('Counter', 'obj puts gets sent received bytes_sent bytes_received')
Place = namedtuple('Place', 'file line function')

BOOT = 1
START, START_FAILED, BOOTSTRAP, BOOTSTRAP_END, EXCEPTION, EXIT, REAPED, JOIN, SIGNAL, FORK, EXEC, SPAWNED, SUBPROCESS = range(3, 16)
THREAD, NOTE = 17, 18
CHANNEL_NEW, CHANNEL_HELD, CHANNEL_CLOSED = 32, 33, 34
PUT, SEND, RECV, GET_EMPTY, FEEDER_ERROR, POLL, TASK_DONE, QUEUE_JOIN, QUEUE_CLOSE, COUNTING = range(40, 50)
STRING, PREVIEW = 60, 61
LOCK_NEW, LOCK_HELD, LOCK_WAIT, LOCK_FREED, SYNC_WAIT, SYNC_TELL = range(64, 70)
POOL_NEW, TASK_SUBMIT, TASK_BEGIN, TASK_END, TASK_RESULT, TASK_WAIT, POOL_STATE, POOL_WORKER = range(72, 80)
SERVER_NEW, SHARED_NEW, PROXY_CALL, PROXY_NEW, LISTENER_NEW, ACCEPT, CONNECT, LISTENER_CLOSED = range(84, 92)
SEGMENT_NEW, SEGMENT_CLOSED, SEGMENT_UNLINKED, VALUE_NEW, TRACKED = range(96, 101)
KNOWN = (
    {1} | set(range(3, 16)) | {17, 18, 32, 33, 34} | set(range(40, 50)) | {60, 61} | set(range(64, 70)) | set(range(72, 80))
    | set(range(84, 92)) | set(range(96, 101)))

NAME = re.compile(r'^(\d+)-(\d+)-([0-9a-f]+)\.(\d+)$')


class NotReady(Exception):
    """A journal that its process is just making."""


class FormatError(Exception):
    """The journal is not as the document says."""


class Image:
    """One process image: its segments read to the end, holes counted."""

    def __init__(self, paths):
        self.records = []
        self.strings = {}
        self.previews = {}
        self.slots = []
        #: ids of the locks that the image holds, by the word they stand on
        self.held = {}
        #: it uses locks that have no word
        self.held_unseen = False
        self.counters = []
        self.holes = 0
        self.unknown = 0
        chunks = {}
        named = {}
        expected = 0
        for number, path in enumerate(paths):
            with open(path, 'rb') as file:
                data = file.read()
            if number == 0 and data[:8].strip(b'\0') == b'':
                raise NotReady(path)
            if data[:8].strip(b'\0') == b'' and number == len(paths) - 1:
                # Not ready, or not even reserved, when its writer was killed.
                continue
            head = struct.unpack_from('<8sHHIIIQQQIIQQQQ', data, 0)
            if head[0] != b'PRCSSN\r\n':
                raise FormatError('%s: no magic number' % path)
            if head[1:3] != (1, 64):
                raise FormatError('%s: version or record size' % path)
            name = NAME.match(os.path.basename(path))
            if (head[4], head[6], head[7], head[9]) != (int(name.group(1)), int(name.group(2)), int(name.group(3), 16), number):
                raise FormatError('%s: the header does not agree with the name' % path)
            if head[11] != expected:
                raise FormatError('%s: first record is %d, not %d' % (path, head[11], expected))
            begin = 12288 if number == 0 else 4096
            capacity = head[10]
            if begin + capacity * 64 > len(data):
                raise FormatError('%s: capacity is more than the file holds' % path)
            if number == 0:
                self.flags, self.pid, self.ppid, self.start, self.opened, self.wall = head[3:9]
                self.dropped, self.counting_since, self.parent_start = head[12:15]
                self._tables(data)
            for i in range(capacity):
                at = begin + i * 64
                index = expected + i
                kind, = struct.unpack_from('<H', data, at + 56)
                commit, = struct.unpack_from('<I', data, at + 60)
                if commit == 0:
                    self.holes += 1
                    continue
                if commit != (index + 1) & 0xFFFFFFFF:
                    raise FormatError('%s: record %d is committed as %d' % (path, index, commit))
                if kind not in KNOWN:
                    self.unknown += 1
                elif kind in (STRING, PREVIEW):
                    self._chunk(chunks, kind, data, at)
                    # At a segment's change another thread's record may overtake the string that it names, but not by far.
                    for text in [text for text in named if text in self.strings]:
                        if index - named.pop(text) >= 64:
                            raise FormatError('string %d comes long after it was named' % text)
                else:
                    t0, t1, obj, a, b, thread, site, s1, s2, kind, flags, _ = struct.unpack_from('<QQQqqIIIIHHI', data, at)
                    for text in (site, s1, s2):
                        if text and text not in self.strings:
                            named.setdefault(text, index)
                    if t1 < t0:
                        raise FormatError('record %d ends before it begins' % index)
                    if obj >= 1 << 53:
                        raise FormatError('record %d: object id is too large' % index)
                    if thread != 0xFFFFFFFF and thread >= 64:
                        raise FormatError('record %d: thread %d' % (index, thread))
                    self.records.append(Record(index, kind, flags, t0, t1, obj, a, b, thread, site, s1, s2))
            expected += capacity
        if named:
            raise FormatError('strings that are named and not there: %r' % named)
        if not self.records or self.records[0].type != BOOT or self.records[0].index != 0:
            raise FormatError('the first record is not BOOT')
        used = [r.index for r in self.records]
        self.last = used[-1]

    def _tables(self, data):
        for number in range(64):
            since, obj, operand, deadline, site, op, flags, thread, zero = struct.unpack_from('<QQQQIHHII', data, 4096 + number * 128)
            if since:
                self.slots.append(Slot(number, since, obj, operand, deadline, site, op, flags, thread))
            if zero:
                raise FormatError('slot %d: not zero where it must be' % number)
        for word in range(512):
            value, = struct.unpack_from('<Q', data, 4096 + (word >> 3) * 128 + 64 + (word & 7) * 8)
            if word == 511:
                self.held_unseen = value != 0
            elif value:
                self.held[word] = value
        for row in range(60):
            values = struct.unpack_from('<8Q', data, 256 + row * 64)
            if values[0]:
                self.counters.append(Counter(*values[:7]))

    def _chunk(self, chunks, kind, data, at):
        number, total, part = struct.unpack_from('<III', data, at)
        length, = struct.unpack_from('<H', data, at + 58)
        if length > 44 or part * 44 + length > total:
            raise FormatError('a chunk of %d bytes in part %d of %d' % (length, part, total))
        parts = chunks.setdefault((kind, number), {})
        if part in parts:
            raise FormatError('part %d of string %d twice' % (part, number))
        parts[part] = data[at + 12:at + 12 + length]
        if sum(map(len, parts.values())) == total:
            whole = b''.join(parts[p] for p in sorted(parts))
            if kind == STRING:
                self.strings[number] = whole.decode('utf-8')
            else:
                self.previews[number] = whole

    def text(self, number):
        """The string of this id; None for 0."""
        return self.strings[number] if number else None

    def place(self, number):
        """The place that a site names; None for 0."""
        if not number:
            return None
        file, line, function = self.strings[number].split('\n')
        return Place(file, int(line), function)

    def of(self, *types):
        """Records of these types, in order."""
        return [r for r in self.records if r.type in types]

    def one(self, kind):
        """The only record of this type."""
        found = self.of(kind)
        if len(found) != 1:
            raise AssertionError('%d records of type %d, not one, in %s' % (len(found), kind, self))
        return found[0]

    @property
    def argv(self):
        return self.strings[self.records[0].s1].split('\0')

    @property
    def made_by_fork(self):
        return bool(self.flags & 1)

    @property
    def notes(self):
        return [(self.text(r.s1), self.text(r.s2)) for r in self.of(NOTE)]

    def __repr__(self):
        return '<image of %d: %s>' % (self.pid, ' '.join(self.argv))


Quiet = namedtuple('Quiet', 't0 t1 pid code parent')


def read_quiet(folder):
    """Ends of the children that had nothing else to tell, in the order in which they were told."""
    path = os.path.join(folder, 'quiet')
    if not os.path.exists(path):
        return []
    with open(path, 'rb') as file:
        data = file.read()
    if len(data) % 64:
        raise FormatError('quiet: %d bytes' % len(data))
    ends = []
    for at in range(0, len(data), 64):
        t0, t1, obj, pid, code, parent, site, s1, s2, kind, flags, commit = struct.unpack_from('<QQQqqIIIIHHI', data, at)
        if (obj, site, s1, s2, kind, flags, commit) != (0, 0, 0, 0, 16, 0, 1) or t1 < t0:
            raise FormatError('quiet: record %d' % (at // 64))
        ends.append(Quiet(t0, t1, pid, code, parent))
    return ends


def read_folder(folder):
    """All images of a run's folder that can be read by now, in the order in which they were opened."""
    groups = {}
    for name in os.listdir(folder):
        match = NAME.match(name)
        if match:
            groups.setdefault(match.group(1, 2, 3), []).append((int(match.group(4)), os.path.join(folder, name)))
    images = []
    for files in groups.values():
        files.sort()
        if [n for n, _ in files] != list(range(len(files))):
            raise FormatError('a segment is missing: %r' % files)
        try:
            images.append(Image([path for _, path in files]))
        except NotReady:
            pass
    return sorted(images, key=lambda image: image.opened)
