"""The journal's writer: records, strings, slots and counters of one process image (docs/journal-format.md).

For hook modules. Bind what you need inside `patch(module)`, once: these functions stay the same objects for the
life of the process; a fork changes the cells they close over, not them.

    from . import core

    def patch(module):
        emit, site, now = core.emit, core.site, core.now

- `emit(type, flags, t0, t1, obj, a, b, site, s1=0, s2=0)`: a control record. Returns its index, or -1. `a` and `b`
  are signed (write -1 for 2^64-1), the rest unsigned.
- `emit_message(type, flags, t0, t1, obj, a, b, site)`: a record of types 40 to 46; past the budget it counts instead.
- `emit_often(...)`: as `emit`, for what comes as often as messages; past the budget it counts as dropped.
- `intern(text)`: string id; `intern(text, False)` for one that will not come again. `site(depth)`: string id of the user's line, `depth` frames up from `site` itself: 1 is the
  function that called `site`, 2 the caller of that hook.
- `slot_begin(op, flags, obj, operand, deadline, site)`: the time it began (ns, true) when this thread was in no
  operation yet, else 0. Whoever got a true value calls `slot_end()` in a `finally`.
- `seat()`: this thread's seat, for the channels' hooks.
- `new_word()`: place in the cells (see `hot`) of a lock's held word.
- `preview(index, data)`, `count(obj, kind, n)`, `note(where, exc)`, `drop()`, `new_id()`, `now()`.

None of these raises, blocks, or takes a lock. Every one may be re-entered at any point: by a finalizer, by a
signal handler, by another thread.

How a slot is reserved: `zip(repeat(mapping), range(offsets), range(commits)).__next__` is one C call, so that the
mapping and the offset always belong together, and its end is the end of the segment. Past its end (and in a forked
child, which must never write into its parent's file) comes `write_slowly`. One thread at a time makes room there. The
others stand by until it has, for some milliseconds at most: a string that came after a record that names it would be of
no use to a reader. Who cannot stand by, being that very thread in a signal handler, leaves its record with it; it writes
what was left before it lets others in.
"""

import os
import sys
import time
from _collections import deque
from _struct import Struct
from _thread import _local, get_ident
from itertools import count as _counter
from itertools import repeat
from time import sleep

from . import about, segment, sites

try:
    from _thread import get_native_id
except ImportError:
    get_native_id = get_ident

now = time.monotonic_ns

THREAD = 17
NOTE = 18
PUT = 40
SEND = 41
RECV = 42
COUNTING = 49
STRING = about.STRING
PREVIEW = 61
QUIET = 16

COUNT_PUT = 0
COUNT_GET = 1
COUNT_SENT = 2
COUNT_RECEIVED = 3

NO_THREAD = 0xFFFFFFFF
STRING_LIMIT = 16384
_CHUNK = about.CHUNK
_SEGMENT_SIZES = (65536, 1 << 20, 4 << 20)
_CONTROL_SEGMENT = 65536
_FIRST_SIZE = about.FIRST_SIZE
_FIRST_AT = about.FIRST_RECORDS_AT
_SLOTS_AT = about.SLOTS_AT
_SLOT_SIZE = about.SLOT_SIZE
_FIRST_CAPACITY = about.FIRST_CAPACITY
#: The file of those that had nothing to tell may hold some 65,000 of them: 4 MiB.
_MOST_QUIET = 4194304
_NO_MAGIC = b'\0' * 8
_RETRY_NS = 1000000000
_MANY_STRINGS = 50000
_NOTES_A_PLACE = 20
#: A thread stands by while another one makes room for this many looks of this many seconds.
_LOOKS = 400
_LOOK_S = 0.00005

_RECORD = segment.FIELDS
MESSAGE = Struct('<QQQqqII8xHHI')
#: The same for the channels' hooks: from `b` to the flags in one piece, which seldom changes.
FAST_MESSAGE = Struct('<QQQQ28sI')
TAIL = Struct('<qII8xHH')
#: And the same of a record that names strings, from `b` or from the thread on: (b,) thread, site, s1, s2, type, flags.
MESSAGE_ENDING = Struct('<QQQq28sI')
ENDING = Struct('<qIIIIHH')
RECORD_ENDING = Struct('<QQQqq20sI')
SHORT_ENDING = Struct('<IIIIHH')
_SLOT = Struct('<QQQQIHHI')
_BOOT = Struct('<QQQq')


def _nothing(*_args, **_named):
    return 0


def _never():
    raise StopIteration


#: False until `open_journal` succeeded, and again when the journal was given up.
enabled = False
emit = emit_message = emit_often = intern = site = slot_begin = slot_end = preview = count = note = new_id = touch = site_of = _nothing
leave_quietly = new_word = drop = _nothing
in_library = _nothing
hot: dict = {}
#: The launcher's way to bring the runtime into children that read no sitecustomize; None where that is not needed.
carry = None
#: The process whose `_bootstrap` has come to its end: this one, or one that it was forked from; 0: none has.
ended = 0
#: What is to be called when that process then ends, where it still has handlers to run: says that it ended. Else None.
last_word = None
#: True in a forked child that has no file yet: one that never uses a channel nor waits for anything has nothing to tell but its end.
fresh = False
#: What to call when a forked child's file was made, and with what: what it would have said before, had it had one.
herald = None


def seat():
    return None


class _Seat:
    """A thread's slot. It lives in the thread's local storage, and dies with the thread: then the slot is free again."""

    __slots__ = (
        'number', 'at', 'pid', 'give_back', 'native', 'cells', 'words', 'busy', 'obj', 'word', 'operand', 'outer', 'line', 'since', 'began', 'tail',
        'put_code', 'put_at', 'put_line', 'put_word', 'put_tail', 'simple_tail', 'get_code', 'get_at', 'get_line', 'get_word', 'get_tail',
        'send_code', 'send_at', 'send_line', 'send_word', 'send_tail', 'recv_code', 'recv_at', 'recv_line', 'recv_word', 'recv_tail',
    )

    def __init__(self, number, at, pid, give_back, cells, words):
        self.number = number
        self.at = at
        self.pid = pid
        self.give_back = give_back
        self.native = get_native_id()
        # For the channels' hooks (channel.py). The slot's 16 words, and whether it is in use; what is in those that
        # seldom change (`obj` is -1 when somebody else wrote them); the queue operation that this thread is in; and for
        # each of four operations the place where it was last seen, with its string id, its word for the slot, and
        # the end of its record.
        self.cells = cells
        #: the same as doubles (see `as_double` in channel.py)
        self.words = words
        cells[5] = self.native
        self.busy = 0
        self.obj = -1
        self.word = self.operand = 0
        self.outer = self.line = self.since = self.began = 0
        self.tail = b''
        self.put_code = self.get_code = self.send_code = self.recv_code = None
        self.put_at = self.get_at = self.send_at = self.recv_at = -1
        self.put_line = self.get_line = self.send_line = self.recv_line = 0
        self.put_word = self.get_word = self.send_word = self.recv_word = 0

    def __del__(self):
        try:
            # In a forked child the seats of its parent's threads die: their slots are the parent's.
            if self.at >= 0 and self.pid == os.getpid():
                self.give_back(self)
        except Exception:
            pass


def open_journal(first, budget=268435456, internal=()):
    """Maps the image's first file, and makes this module's functions live.

    `first`: what about.py wrote, with which the journal goes on; in a child that somebody's own fork has made since, it
    begins anew. `budget` in bytes for the whole run; `internal`: path prefixes of library code that `site` walks out of.
    Raises OSError when there is no room or no file: then nothing is changed.
    """
    folder = first.folder
    pid = first.pid
    start = first.start
    mono = first.mono
    parent_start = 0
    flags = first.flags
    forked_flags = flags | segment.MADE_BY_FORK
    # What belongs to this image, and is replaced in a forked child.
    local = _local()
    mapped = None
    cells = None
    # The cells again, for the hooks of locks: as doubles, since to store an id as the double of the same bits costs a third of what an
    # integer of several digits does (no arithmetic is done with it); and of each cell the byte that says an id's kind, which is 0 in none.
    held_words = held_kinds = None
    strings = {}
    # 1 and 2 are BOOT's.
    string_number = _counter(3).__next__
    id_number = _counter(1).__next__
    free_slots = []
    slot_number = _counter().__next__
    word_number = _counter().__next__
    rows = {}
    row_number = _counter().__next__
    forgotten = []
    notes = {}
    # Where the next record goes. `room` is the same for who has the turn, before others are let in.
    reserve = reserve_message = room = _never
    segments = 0
    records = 0
    counting = full = dead = forking = False
    retry_at = 0
    lost = 0
    turn = [True]
    # The thread that has the turn, 0 for none; and the records left with it.
    writer = 0
    waiting = deque()
    first_records = first.records
    # The thread that may have the first seat, 0 for whoever comes; and the file to go on in.
    main_thread = first.thread
    to_adopt = first.path

    pack_record = _RECORD.pack_into
    pack_message = MESSAGE.pack_into
    pack_chunk = segment.CHUNK_FIELDS.pack_into
    pack_slot = _SLOT.pack_into
    pack_header = segment.HEADER.pack_into
    pack_boot = _BOOT.pack_into
    quiet_record = _RECORD.pack
    append_quiet = segment.append
    quiet_path = folder + '/quiet'
    getppid = os.getppid
    getpid = os.getpid
    wall_clock = time.time_ns

    def emit(type, flags, t0, t1, obj, a, b, site, s1=0, s2=0):
        try:
            thread = local.number
            into, at, commit = reserve()
            pack_record(into, at, t0, t1, obj, a, b, thread, site, s1, s2, type, flags, commit)
            return commit - 1
        except Exception:
            try:
                return write_slowly(pack_record, (t0, t1, obj, a, b, None, site, s1, s2, type, flags), False)
            except Exception:
                # Deep in a recursion there is room for this call, and for none below it.
                if cells is not None:
                    cells[8] += 1
                return -1

    def emit_message(type, flags, t0, t1, obj, a, b, site):
        try:
            thread = local.number
            into, at, commit = reserve_message()
            pack_message(into, at, t0, t1, obj, a, b, thread, site, type, flags, commit)
            return commit - 1
        except Exception:
            try:
                return write_slowly(pack_message, (t0, t1, obj, a, b, None, site, type, flags), True)
            except Exception:
                # Deep in a recursion there is room for this call, and for none below it.
                if cells is not None:
                    cells[8] += 1
                return -1

    def emit_often(type, flags, t0, t1, obj, a, b, site, s1=0, s2=0):
        try:
            thread = local.number
            into, at, commit = reserve_message()
            pack_record(into, at, t0, t1, obj, a, b, thread, site, s1, s2, type, flags, commit)
            return commit - 1
        except Exception:
            try:
                return write_slowly(pack_record, (t0, t1, obj, a, b, None, site, s1, s2, type, flags), True)
            except Exception:
                # Deep in a recursion there is room for this call, and for none below it.
                if cells is not None:
                    cells[8] += 1
                return -1

    def emit_chunks(kind, number, data, message=False):
        total = len(data)
        parts = range(0, total, _CHUNK) if total else (0,)
        for at in parts:
            part = data[at:at + _CHUNK]
            values = (number, total, at // _CHUNK, part, kind, len(part))
            try:
                into, offset, commit = reserve_message() if message else reserve()
            except StopIteration:
                if write_slowly(pack_chunk, values, message) < 0 and message:
                    return
            else:
                pack_chunk(into, offset, *values, commit)

    # ---- the slow way: no room in this segment, no file yet, or a thread that was not seen before

    def write_slowly(pack, values, message):
        try:
            if dead:
                return -1
            if pid != os.getpid():
                restart()
            if len(values) > 7 and values[5] is None:
                try:
                    thread = local.number
                except AttributeError:
                    thread = take_seat()
                values = values[:5] + (thread,) + values[6:]
            looks = 0
            while not (turn or full or forking or (message and counting) or writer == get_ident()):
                if looks == _LOOKS:
                    if not writer:
                        # An exception of a signal handler's came between taking the turn and using it.
                        turn.append(True)
                    break
                looks += 1
                sleep(_LOOK_S)
                try:
                    into, at, commit = reserve_message() if message else reserve()
                except StopIteration:
                    continue
                pack(into, at, *values, commit)
                return commit - 1
            mine = [pack, values, message, -1]
            waiting.append(mine)
            work_off()
            return mine[3]
        except Exception as error:
            drop()
            note('core.write', error)
            return -1

    def work_off():
        """Writes what waits, unless somebody is at it or a fork is under way, and only then lets others write again.

        None waits for the file alone.
        """
        nonlocal writer, reserve, reserve_message
        while waiting and not forking:
            try:
                turn.pop()
            except IndexError:
                return
            try:
                writer = get_ident()
                while waiting:
                    settle(waiting.popleft())
                if not forking:
                    reserve = room
                    reserve_message = _never if counting else room
            finally:
                writer = 0
                turn.append(True)

    def settle(item):
        if (fresh or segments == 0) and (dead or not begin()):
            return
        if item is None:
            return
        pack, values, message, _ = item
        if message and counting:
            count_message(pack, values)
            return
        try:
            into, at, commit = room()
        except StopIteration:
            grown = grow()
            if message and counting:
                count_message(pack, values)
                return
            if not grown:
                drop()
                return
            into, at, commit = room()
        pack(into, at, *values, commit)
        item[3] = commit - 1

    def drop():
        nonlocal lost
        if cells is None:
            lost += 1
        else:
            cells[8] += 1

    def count_message(pack, values):
        if pack is not pack_message:
            # A piece of a preview is told with its message; anything else is lost.
            if pack is pack_record:
                drop()
            return
        _t0, _t1, obj, size, _b, _thread, _site, kind, how = values
        if kind == PUT:
            count(obj, COUNT_PUT, 0)
        elif kind == SEND and not how & 2:
            count(obj, COUNT_SENT, size)
        elif kind == RECV and not how & 2:
            if how & 1:
                count(obj, COUNT_GET, 0)
            count(obj, COUNT_RECEIVED, size)
        else:
            drop()

    def start_counting():
        nonlocal counting, reserve_message
        if not counting:
            counting = True
            reserve_message = _never
            if cells is not None:
                cells[9] = now()

    def grow():
        """Another segment: true when there is `room` again."""
        nonlocal retry_at, full, room, segments, records
        if full and now() < retry_at:
            return False
        size = _SEGMENT_SIZES[min(segments, 2)]
        try:
            used = segment.folder_bytes(folder)
        except OSError:
            # The folder is gone, or not ours any more: the script became another user.
            used = 2 * budget
        if not counting and used + size > budget:
            start_counting()
        made = None
        if not counting:
            made = try_segment(size)
            if made is None:
                start_counting()
        if made is None:
            size = _CONTROL_SEGMENT
            if used + size <= budget + budget // 8:
                made = try_segment(size)
        if made is None:
            full = True
            retry_at = now() + _RETRY_NS
            return False
        full = False
        capacity = (size - segment.LATER_RECORDS_AT) // about.RECORD
        segment.write_header(made, flags, pid, os.getppid(), start, mono, time.time_ns(), segments, capacity, records, parent_start)
        segment.publish(made)
        room = places_in(made, segment.LATER_RECORDS_AT, capacity, records)
        segments += 1
        records += capacity
        return True

    def try_segment(size):
        try:
            return segment.create('%s/%d-%d-%x.%d' % (folder, pid, start, mono, segments), size)
        except (OSError, ValueError, MemoryError):
            return None

    def try_to_adopt(path):
        try:
            return segment.adopt(path, _FIRST_SIZE)
        except (OSError, ValueError, MemoryError):
            return None

    def begin():
        """Segment 0 of this image, with its BOOT record. Every forked child passes here: see `restart` on what that costs."""
        global fresh, herald
        nonlocal local, mapped, cells, held_words, held_kinds, start, mono, reserve, reserve_message, room, segments, records
        nonlocal dead, rows, row_number, notes, string_number, slot_number, free_slots, flags, parent_start, to_adopt, main_thread
        if fresh:
            # In this order: who looks whether there is a file asks for both.
            segments = records = main_thread = 0
            fresh = False
            local = _local()
            forgotten.append((rows, notes, free_slots, mapped, room))
            flags = forked_flags
            parent_start, start = start, 0
            mapped = None
            room = _never
            rows = {}
            notes = {}
            free_slots = []
            row_number = _counter().__next__
            slot_number = _counter().__next__
            string_number = _counter(3).__next__
        if to_adopt:
            made = try_to_adopt(to_adopt)
            to_adopt = ''
        else:
            if not start:
                start = about.start_ticks()
            mono = now()
            made = try_segment(_FIRST_SIZE)
        if made is None:
            # Nobody could be told of anything. One process goes unwatched, the script goes on.
            dead = True
            return False
        mapped = made
        size = len(first_records)
        if flags & segment.MADE_BY_FORK:
            ppid = getppid()
            pack_header(
                made, 0, _NO_MAGIC, about.VERSION, about.RECORD, flags, pid, ppid, start, mono, wall_clock(), 0, _FIRST_CAPACITY, 0,
                lost, mono if counting else 0, parent_start)
            made[_FIRST_AT:_FIRST_AT + size] = first_records
            pack_boot(made, _FIRST_AT, mono, mono, 0, ppid)
            made[_FIRST_AT + 58] = flags
            made[0:8] = about.MAGIC
        view = memoryview(made)
        cells = view.cast('Q')
        held_words = view.cast('d')
        held_kinds = view[6::8]
        used = size >> 6
        room = reserve = zip(
            repeat(made), range(_FIRST_AT + size, _FIRST_SIZE, 64), range(used + 1, _FIRST_CAPACITY + 1)).__next__
        reserve_message = _never if counting else reserve
        segments = 1
        records = _FIRST_CAPACITY
        # The first seat is the main thread's, and in a forked child that of the thread that forked; it needs no name.
        number = slot_number()
        if main_thread in (0, get_ident()):
            main_thread = 0
            sit(number)
        if herald is not None:
            (say, process, t0), herald = herald, None
            say(process, t0)
        return True

    def places_in(into, at, capacity, first):
        return zip(repeat(into), range(at, at + capacity * 64, 64), range(first + 1, first + capacity + 1)).__next__

    # ---- threads and slots

    def take_seat():
        """This thread's number, on its first use of the journal."""
        nonlocal local, main_thread
        # Opening the file first: seats are places in it.
        touch()
        if local is None:
            local = _local()
        try:
            return local.number
        except AttributeError:
            pass
        if main_thread == get_ident():
            # Another thread came before it.
            main_thread = 0
            sit(0)
            return 0
        try:
            number = free_slots.pop()
        except IndexError:
            number = slot_number()
        if number >= about.SLOT_COUNT or cells is None:
            spare = memoryview(bytearray(_SLOT_SIZE))
            local.seat = _Seat(NO_THREAD, -1, pid, give_back, spare.cast('Q'), spare.cast('d'))
            local.number = NO_THREAD
            return NO_THREAD
        sit(number)
        threading = sys.modules.get('threading')
        thread = getattr(threading, '_active', {}).get(get_ident())
        name = getattr(thread, '_name', None)
        t = now()
        emit(THREAD, 0, t, t, 0, get_native_id(), 0, 0, intern(name) if isinstance(name, str) else 0)
        return number

    def sit(number):
        at = _SLOTS_AT + number * _SLOT_SIZE
        local.seat = _Seat(number, at, pid, give_back, cells[at >> 3:(at + _SLOT_SIZE) >> 3], held_words[at >> 3:(at + _SLOT_SIZE) >> 3])
        local.number = number

    def give_back(seat):
        if cells is not None and seat.at >= 0:
            cells[seat.at >> 3] = 0
            free_slots.append(seat.number)

    def slot_begin(op, flags, obj, operand, deadline, site):
        try:
            seat = local.seat
        except AttributeError:
            try:
                take_seat()
                seat = local.seat
            except Exception as error:
                note('core.slot', error)
                return 0
        try:
            at = seat.at
            if at < 0 or seat.busy:
                return 0
            t = now()
            seat.busy = 1
            seat.obj = -1
            pack_slot(mapped, at, t, obj, operand, deadline, site, op, flags, seat.native)
            return t
        except Exception as error:
            note('core.slot', error)
            return 0

    def seat():
        """This thread's seat; None when there is no journal to sit at."""
        try:
            return local.seat
        except AttributeError:
            try:
                take_seat()
                return local.seat
            except Exception as error:
                note('core.seat', error)
                return None

    def new_word():
        """Index in the cells of the next held word, the same one in the children that a fork makes from here on; the last one is for all that find none."""
        number = min(word_number(), segment.HELD_WORDS - 1)
        return (_SLOTS_AT + (number >> 3) * _SLOT_SIZE + segment.HELD_AT >> 3) + (number & 7)

    def _hot():
        return local, reserve_message, cells, held_words, held_kinds

    # The channels' and the locks' hooks write their records and slots in place, without a call. A cell is the one thing that follows
    # both a new segment and a fork.
    hot = dict(zip(_hot.__code__.co_freevars, _hot.__closure__ or ()))

    def slot_end():
        try:
            seat = local.seat
            # The deadline goes too: the channels' hooks never write one.
            seat.cells[0] = seat.cells[3] = seat.busy = 0
        except Exception:
            pass

    # ---- strings

    def intern(text, again=True):
        nonlocal strings
        if type(text) is not str:
            # A subclass's hash and comparison are the user's.
            text = str.__str__(text) if issubclass(type(text), str) else ''
        number = strings.get(text)
        if number is not None:
            return number
        try:
            if not text:
                return 0
            data = text.encode('utf-8', 'replace')
            if len(data) > STRING_LIMIT:
                data = data[:STRING_LIMIT].decode('utf-8', 'ignore').encode('utf-8')
            if len(strings) > _MANY_STRINGS:
                strings = {}
            if pid != os.getpid():
                restart()
            if (fresh or segments == 0) and not dead:
                touch()
            number = string_number()
            size = len(data)
            if size <= _CHUNK:
                try:
                    into, at, commit = reserve()
                except StopIteration:
                    write_slowly(pack_chunk, (number, size, 0, data, STRING, size), False)
                else:
                    pack_chunk(into, at, number, size, 0, data, STRING, size, commit)
            else:
                emit_chunks(STRING, number, data)
            # Only now: another thread must not name a string that is not there yet. Two may write the same one; that does no harm.
            if again:
                strings[text] = number
            return number
        except Exception as error:
            note('core.intern', error)
            return 0

    def preview(index, data):
        if index >= 0:
            try:
                emit_chunks(PREVIEW, index & 0xFFFFFFFF, data, True)
            except Exception as error:
                note('core.preview', error)

    # ---- counters

    def count(obj, kind, size):
        """One more of `kind` (COUNT_...) on a channel, `size` bytes of it, not recorded one by one."""
        try:
            if cells is None:
                return
            row = rows.get(obj)
            if row is None:
                row = row_number()
                if row >= segment.COUNTER_ROWS - 1:
                    row, obj = segment.COUNTER_ROWS - 1, (1 << 53) - 1
                else:
                    rows[obj] = row
                at = (segment.COUNTERS_AT + row * 64) >> 3
                if not cells[at]:
                    cells[at] = obj
                    t = now()
                    emit(COUNTING, 0, t, t, obj, 0, 0, 0)
            at = (segment.COUNTERS_AT + row * 64) >> 3
            cells[at + 1 + kind] += 1
            if size and kind >= COUNT_SENT:
                cells[at + 3 + kind] += size
        except Exception as error:
            note('core.count', error)

    # ---- what goes wrong in here

    def note(where, error):
        try:
            seen = notes.get(where, 0)
            notes[where] = seen + 1
            if seen < _NOTES_A_PLACE and not dead:
                t = now()
                emit(NOTE, 0, t, t, 0, 0, 0, 0, intern(where), intern('%s: %s' % (type(error).__name__, str(error)[:500])))
        except Exception:
            pass

    def touch():
        """Makes sure that this image has its file: for a forked child that may never write a record otherwise."""
        if pid != getpid():
            restart()
        if (fresh or segments == 0) and not dead:
            waiting.append(None)
            work_off()
            # Another thread may be at it; what it begins anew, the numbers of strings for one, may not be used before.
            looks = 0
            while (fresh or segments == 0) and not (turn or dead or forking or writer == get_ident()) and looks < _LOOKS:
                looks += 1
                sleep(_LOOK_S)

    def leave_quietly(t0, code, parent):
        """In a forked child of multiprocessing that has no file, at its end: one line in the run's file for all of these.

        False where it has a file after all, or could not be added: then the end is told as by any other.
        """
        return fresh and append_quiet(quiet_path, quiet_record(t0, now(), 0, pid, code, parent, 0, 0, 0, QUIET, 0, 1), _MOST_QUIET)

    def new_id():
        """An object id that this process makes up."""
        return (2 << 48) | ((pid & 0x3FFFFF) << 26) | (id_number() & 0x3FFFFFF)

    # ---- fork

    def before_fork():
        # From here until `restart` a finalizer in the child must not write into the parent's file.
        nonlocal forking, reserve, reserve_message
        # The child names its parent by its start time, which is read when the file is made.
        try:
            if fresh or segments == 0:
                touch()
        except RecursionError:
            pass
        forking = True
        reserve = reserve_message = _never

    def after_fork_in_parent():
        nonlocal forking, reserve, reserve_message
        if forking:
            forking = False
            # What other threads left meanwhile comes first. A thread that is making room lets all in when it is done.
            if waiting:
                work_off()
            if turn:
                reserve = room
                reserve_message = _never if counting else room

    def restart():
        """This is a forked child: everything of this image begins anew; its file is made by its first record.

        What a child costs is page faults: each page that it writes to, be it a reference count, is copied. So this and
        `begin` are functions of few calls and few new objects, what was the parent's is kept and not freed, and what nobody
        looks at before `begin` stays for `begin` to do.
        """
        global fresh, herald
        nonlocal local, cells, held_words, held_kinds, strings, reserve, reserve_message, full, lost
        nonlocal turn, writer, waiting, forking, pid, dead
        here = getpid()
        if pid == here:
            return
        forgotten.append((local, cells, held_words, held_kinds, strings, places.cell_contents))
        pid = here
        # Nobody has a seat, and nobody can have one before `begin`.
        local = cells = held_words = held_kinds = None
        strings = {}
        places.cell_contents = {}
        if not forking:
            # Somebody's own way to fork, that of a C library.
            reserve = reserve_message = _never
        forking = False
        # Written only where it changes something.
        if lost or dead or full:
            lost = 0
            full = dead = False
        if waiting or not turn:
            # The fork came while another thread was writing.
            turn = [True]
            writer = 0
            waiting = deque()
        fresh = True
        if herald is not None:
            herald = None

    site, site_of, in_library, places = sites.make(intern, internal, first.cwd)
    if getpid() != pid:
        parent_start, start, pid = start, 0, getpid()
        flags = forked_flags
        main_thread = 0
        to_adopt = ''
    if not begin():
        raise OSError('no journal in ' + folder)
    take_seat()
    if hasattr(os, 'register_at_fork'):
        os.register_at_fork(before=before_fork, after_in_parent=after_fork_in_parent, after_in_child=restart)
    globals().update(
        enabled=True, emit=emit, emit_message=emit_message, emit_often=emit_often, new_word=new_word, intern=intern, site=site, slot_begin=slot_begin, slot_end=slot_end,
        preview=preview, count=count, note=note, new_id=new_id, in_library=in_library,
        seat=seat, hot=hot, touch=touch, site_of=site_of, leave_quietly=leave_quietly, drop=drop,
    )
