/** Reads one process image: its segments in order, holes and all, then its slots and counters. */
import * as path from 'node:path';
import type { FactSink, ImageId } from '../model/facts.js';
import { BLOCK_RECORDS, Blocks } from './blocks.js';
import { readUnsigned, type RunClock } from './clock.js';
import { committedPrefix, Decoder, isCommitted, readCounters, readHeld, readSlots } from './decode.js';
import { failed, type JournalError } from './errors.js';
import type { Files, JournalFile } from './files.js';
import { FIRST_RECORDS_AT, Header, HEADER_BYTES, IMAGE_BY_FORK, IMAGE_BY_LAUNCHER, LATER_RECORDS_AT, MAGIC, RECORD_BYTES, VERSION, type SegmentName } from './format.js';

/** A slot that is reserved and not committed for so long will never be: its writer was interrupted or killed between the two. */
const HOLE_MS = 1000;
/** Records in the first read of a poll: enough to see past the holes that threads can leave. */
const PEEK = 32;
/** Records in one read at most, and between two looks at the clock. */
const BATCH = 1024;
/** A segment's records are bounded by its bytes, and those by 4 MiB; more than this is garbage. */
const MOST_CAPACITY = 1 << 24;

/** What all images of a folder share: buffers are used for one read at a time. */
export interface Reading {
  readonly folder: string;
  readonly sink: FactSink;
  readonly clock: RunClock;
  readonly files: Files;
  readonly first: Pages;
  readonly second: Pages;
  /** Null: all is told, and remembered in blocks. */
  readonly passing: Passing | null;
}

/** Of a folder that was read before: what of it need not be read again. */
export interface Passing {
  /** Its number then. */
  idOf(image: string): ImageId | null;
  /** Index behind the last record that was told of it. */
  endOf(id: ImageId): number;
  /** Index of the next record that is to be told, from `index` on; `end` where there is none before it. */
  next(id: ImageId, index: number, end: number): number;
}

export interface Pages {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function newPages(): Pages {
  const bytes = new Uint8Array(BATCH * RECORD_BYTES);
  return { bytes, view: new DataView(bytes.buffer) };
}

interface Segment {
  readonly file: JournalFile;
  readonly number: number;
  readonly firstIndex: number;
  readonly endIndex: number;
  readonly recordsAt: number;
}

type Opened = { readonly state: 'ready'; readonly segment: Segment } | { readonly state: 'not-yet' } | { readonly state: 'refused'; readonly error: JournalError };

export interface ImageRead {
  /** Records told in this call. */
  readonly records: number;
  /** It stopped before the end, because of the time or the quota. */
  readonly more: boolean;
}

export class ImageReader {
  readonly id: ImageId;
  readonly name: SegmentName;
  /** Nothing writes it any more: what is not committed never will be. */
  ended = false;
  /** Why this journal cannot be read further; told once by the tailer. */
  problem: JournalError | null = null;
  /** Bytes of the segments seen so far. */
  bytes = 0;
  /** When its file was opened, by its name; ms from the run's start. */
  readonly openedMs: number;

  readonly #reading: Reading;
  readonly #decoder: Decoder;
  /** What is remembered of its records; null: nothing. */
  readonly blocks: Blocks | null;
  readonly #zero: JournalFile;
  #segment: Segment | null = null;
  /** Index of the next record to tell. */
  #next = 0;
  /** Segments up to this number were seen in the folder. */
  #lastSegment = 0;
  #hole: { readonly index: number; readonly sinceMs: number; readonly upTo: number } | null = null;
  /** Uncommitted records below this index are holes. */
  #horizon = 0;
  #page: Buffer | null = null;
  #pageDirty = false;
  /** The sink knows of locks that this image holds. */
  #toldHeld = false;

  constructor(reading: Reading, id: ImageId, name: SegmentName) {
    this.#reading = reading;
    this.id = id;
    this.name = name;
    this.openedMs = reading.clock.ms(Number(name.mono >> 32n), Number(name.mono & 0xffff_ffffn));
    this.blocks = reading.passing === null ? new Blocks(name.pid) : null;
    this.#decoder = new Decoder(id, reading.sink, reading.clock, this.blocks);
    this.#zero = this.#file(0);
  }

  /** Latest end of a record told so far, ms from the run's start; -Infinity before the first. */
  get lastMs(): number {
    return this.#decoder.lastMs;
  }

  /** The folder holds this segment. */
  hasSegment(number: number): void {
    this.#lastSegment = Math.max(this.#lastSegment, number);
  }

  close(): void {
    if (this.ended) this.#decoder.finish();
    this.#reading.files.close(this.#zero);
    if (this.#segment !== null) this.#reading.files.close(this.#segment.file);
    this.#page = null;
  }

  /** Tells records until there are no more, `quota` is used up or `deadline` (of `performance.now()`) has passed. */
  read(quota: number, deadline: number): ImageRead {
    let records = 0;
    let window = PEEK;
    while (this.problem === null) {
      const segment = this.#current();
      if (segment === null) break;
      const { passing } = this.#reading;
      if (passing !== null) {
        this.#next = passing.next(this.id, this.#next, segment.endIndex);
        if (this.#next >= passing.endOf(this.id)) break;
        if (this.#next >= segment.endIndex) continue;
      }
      // What follows a block may be passed over.
      const want = Math.min(window, segment.endIndex - this.#next, passing === null ? Infinity : BLOCK_RECORDS - (this.#next % BLOCK_RECORDS));
      const { committed, got } = this.#readTwice(segment, want);
      const { view } = this.#reading.second;
      for (let i = 0; i < committed; i++) this.#decoder.record(view, i * RECORD_BYTES, this.#next + i);
      this.#next += committed;
      records += committed;
      if (committed < want && !this.#passHole(segment, committed, got)) break;
      if (records >= quota || performance.now() >= deadline) return { records, more: true };
      window = Math.min(BATCH, window * 8);
    }
    return { records, more: false };
  }

  /**
   * Reads the committed prefix, then that prefix again; the second read is in `reading.second`. `got`: records in the first
   * read, which `reading.first` still holds. What nothing writes any more is read once.
   */
  #readTwice(segment: Segment, want: number): { readonly committed: number; readonly got: number } {
    const { files, first, second } = this.#reading;
    const position = segment.recordsAt + (this.#next - segment.firstIndex) * RECORD_BYTES;
    if (this.ended) {
      const got = Math.floor(files.read(segment.file, second.bytes, want * RECORD_BYTES, position) / RECORD_BYTES);
      return { committed: committedPrefix(second.view, 0, this.#next, got), got };
    }
    const got = Math.floor(files.read(segment.file, first.bytes, want * RECORD_BYTES, position) / RECORD_BYTES);
    const prefix = committedPrefix(first.view, 0, this.#next, got);
    if (prefix === 0) return { committed: 0, got };
    const again = Math.floor(files.read(segment.file, second.bytes, prefix * RECORD_BYTES, position) / RECORD_BYTES);
    return { committed: committedPrefix(second.view, 0, this.#next, Math.min(prefix, again)), got };
  }

  /** The segment that holds the next record; null where there is none yet. */
  #current(): Segment | null {
    if (this.#segment === null) return this.#take(this.#openZero());
    if (this.#next < this.#segment.endIndex) return this.#segment;
    const following = this.#following(this.#segment);
    if (following === null) return null;
    this.#enter(following);
    return following;
  }

  #take(opened: Opened): Segment | null {
    if (opened.state === 'refused') this.problem = opened.error;
    return opened.state === 'ready' ? opened.segment : null;
  }

  /** The segment after this one; in an ended image, the next one that can be read. */
  #following(segment: Segment): Segment | null {
    const last = this.ended ? Math.max(this.#lastSegment, segment.number + 1) : segment.number + 1;
    for (let number = segment.number + 1; number <= last; number++) {
      const found = this.#take(this.#open(number, this.#file(number)));
      if (found !== null || this.problem !== null) return found;
    }
    return null;
  }

  #enter(segment: Segment): void {
    if (this.#segment !== null && this.#segment.number > 0) this.#reading.files.close(this.#segment.file);
    // Indices that no segment holds were reserved and lost.
    if (segment.firstIndex > this.#next) this.#reading.sink.skipped(this.id, segment.firstIndex - this.#next, 0);
    this.#segment = segment;
    this.#next = segment.firstIndex;
    this.bytes += this.#reading.files.size(segment.file);
  }

  /**
   * The next record is not committed. `reading.first` holds `got` records of which `told` were told: the next one stands
   * behind them. True where a hole was passed and reading goes on.
   */
  #passHole(segment: Segment, told: number, got: number): boolean {
    if (this.ended) return this.#passRest(segment);
    const index = this.#next;
    let nextCommitted = -1;
    let lastCommitted = -1;
    for (let i = told; i < got; i++) {
      if (!isCommitted(this.#reading.first.view, i * RECORD_BYTES, index + i - told)) continue;
      if (nextCommitted < 0) nextCommitted = index + i - told;
      lastCommitted = index + i - told;
    }
    // Committed in the first read, not in the second: the next poll will see what it is.
    if (nextCommitted === index) return false;
    if (nextCommitted < 0 && index + PEEK >= segment.endIndex) {
      // The hole may reach the segment's end: then the next segment's being there says so.
      const following = this.#following(segment);
      if (following !== null) {
        this.#reading.files.close(following.file);
        nextCommitted = lastCommitted = segment.endIndex;
      }
    }
    if (nextCommitted < 0) {
      this.#hole = null;
      return false;
    }
    if (index >= this.#horizon) {
      const now = performance.now();
      if (this.#hole?.index !== index) {
        this.#hole = { index, sinceMs: now, upTo: lastCommitted };
        return false;
      }
      if (now - this.#hole.sinceMs < HOLE_MS) return false;
      this.#horizon = this.#hole.upTo;
    }
    this.#skipTo(nextCommitted);
    return true;
  }

  /** In an ended image: moves to the next committed record, wherever it is. What follows the last one was never used. */
  #passRest(segment: Segment): boolean {
    const { files, first } = this.#reading;
    for (let index = this.#next; index < segment.endIndex;) {
      const position = segment.recordsAt + (index - segment.firstIndex) * RECORD_BYTES;
      const got = Math.floor(files.read(segment.file, first.bytes, Math.min(BATCH, segment.endIndex - index) * RECORD_BYTES, position) / RECORD_BYTES);
      if (got === 0) break;
      for (let i = 0; i < got; i++, index++) {
        if (!isCommitted(first.view, i * RECORD_BYTES, index)) continue;
        if (index === this.#next) return false;
        this.#skipTo(index);
        return true;
      }
    }
    const following = this.#following(segment);
    if (following === null) return false;
    this.#skipTo(segment.endIndex);
    this.#reading.files.close(following.file);
    return true;
  }

  #skipTo(index: number): void {
    this.#reading.sink.skipped(this.id, index - this.#next, 0);
    this.#next = index;
    this.#hole = null;
  }

  #file(number: number): JournalFile {
    return { path: path.join(this.#reading.folder, `${this.name.image}.${number}`), fd: -1 };
  }

  /** Opens segment 0 and tells the sink of the image. */
  #openZero(): Opened {
    const opened = this.#open(0, this.#zero);
    if (opened.state !== 'ready') return opened;
    const { clock, sink, second: { view } } = this.#reading;
    const flags = view.getUint32(Header.flags, true);
    this.#enter(opened.segment);
    sink.image(this.id, {
      pid: view.getUint32(Header.pid, true),
      start: readUnsigned(view, Header.start),
      ppid: view.getUint32(Header.ppid, true),
      openedMs: clock.read(view, Header.openedMono),
      madeByFork: (flags & IMAGE_BY_FORK) !== 0,
      byLauncher: (flags & IMAGE_BY_LAUNCHER) !== 0,
      parentStart: readUnsigned(view, Header.parentStart),
    });
    return opened;
  }

  /** Checks a segment's header. The magic number is written last, so the header is read again once it is there. */
  #open(number: number, file: JournalFile): Opened {
    const { files, first, second: { bytes, view } } = this.#reading;
    const magicRead = files.read(file, first.bytes, MAGIC.length, 0);
    const ready = magicRead === MAGIC.length && MAGIC.every((byte, i) => first.bytes[i] === byte);
    if (!ready || files.read(file, bytes, HEADER_BYTES, 0) < HEADER_BYTES) {
      if (number > 0) files.close(file);
      return { state: 'not-yet' };
    }
    const name = path.basename(file.path);
    const refuse = (error: JournalError): Opened => {
      files.close(file);
      return { state: 'refused', error };
    };
    const version = view.getUint16(Header.version, true);
    if (version !== VERSION) {
      return refuse(failed('unknown-version', 'The journal {0} has format version {1}, and this Procession reads version {2}; use the Procession that wrote it.', name, version, VERSION).error);
    }
    const capacity = view.getUint32(Header.capacity, true);
    const firstIndex = readUnsigned(view, Header.firstIndex);
    const sane = view.getUint16(Header.recordBytes, true) === RECORD_BYTES && capacity <= MOST_CAPACITY && Number.isSafeInteger(firstIndex)
      && view.getUint32(Header.segment, true) === number && (number === 0 ? firstIndex === 0 : firstIndex >= (this.#segment?.endIndex ?? 0));
    if (!sane) return refuse(failed('damaged', 'The journal {0} is damaged in its header; what this process did from there on cannot be shown.', name).error);
    const recordsAt = number === 0 ? FIRST_RECORDS_AT : LATER_RECORDS_AT;
    return { state: 'ready', segment: { file, number, firstIndex, endIndex: firstIndex + capacity, recordsAt } };
  }

  /** Tells slots and counters where they changed since the last time. */
  readPage(): void {
    if (this.#segment === null) return;
    const { files, first, second, sink, clock } = this.#reading;
    const got = files.read(this.#zero, first.bytes, FIRST_RECORDS_AT, 0);
    if (got < FIRST_RECORDS_AT) return;
    const before = this.#page;
    if (before !== null && !this.#pageDirty && before.compare(first.bytes, 0, FIRST_RECORDS_AT) === 0) return;
    files.read(this.#zero, second.bytes, FIRST_RECORDS_AT, 0);
    const slotsChanged = before === null || this.#pageDirty || before.compare(second.bytes, HEADER_BYTES, FIRST_RECORDS_AT, HEADER_BYTES, FIRST_RECORDS_AT) !== 0;
    const countersChanged = before?.compare(second.bytes, Header.dropped, HEADER_BYTES, Header.dropped, HEADER_BYTES) !== 0;
    this.#pageDirty = false;
    if (slotsChanged) {
      const { busy, moving } = readSlots(viewOfSlots(second), viewOfSlots(first), clock);
      const { locks, unseen, moving: flickering } = readHeld(viewOfSlots(second), viewOfSlots(first));
      // A slot in motion may come to rest on the very bytes just read: look again even if nothing changes.
      this.#pageDirty = moving > 0 || flickering > 0;
      sink.slots(this.id, busy);
      if (locks.length > 0 || unseen || this.#toldHeld) sink.held(this.id, { locks, unseen });
      this.#toldHeld = locks.length > 0 || unseen;
    }
    if (countersChanged) {
      const dropped = readUnsigned(second.view, Header.dropped);
      const rows = readCounters(second.view);
      if (before !== null || dropped > 0 || rows.length > 0) sink.counters(this.id, dropped, rows);
    }
    this.#page ??= Buffer.alloc(FIRST_RECORDS_AT);
    this.#page.set(second.bytes.subarray(0, FIRST_RECORDS_AT));
  }
}

function viewOfSlots(pages: Pages): DataView {
  return new DataView(pages.view.buffer, HEADER_BYTES, FIRST_RECORDS_AT - HEADER_BYTES);
}
