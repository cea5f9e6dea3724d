/**
 * Bytes to facts, for one process image. Hot: at 100,000 records a second a put, a send or a receive must cost well under a
 * microsecond, so these are told by plain numbers and nothing is allocated for them.
 */
import type { CounterFact, FactSink, HeldFact, ImageId, RecordFact, SlotFact } from '../model/facts.js';
import type { Blocks } from './blocks.js';
import { readSigned, readUnsigned, type RunClock } from './clock.js';
import { Chunk, COUNTER_BYTES, COUNTER_ROWS, Header, KNOWN, MOST_STRING_BYTES, Rec, RECORD_BYTES, Slot, SLOT_BYTES, SLOT_COUNT, Type } from './format.js';

interface HalfString {
  readonly bytes: Uint8Array;
  /** By part number: 1 where it is here. */
  readonly parts: Uint8Array;
  missing: number;
}

interface Held {
  readonly fact: RecordFact;
  readonly s1: number;
  readonly s2: number;
  /** The record with this index does not wait any more. */
  readonly until: number;
}

/** BOOT is record 0, before its own strings, which follow at once. */
const BOOT_WAITS = 1;
/**
 * At the change of a segment another thread's record may overtake the string that it names. Further away than this nothing of the kind
 * was ever queued: the string is lost, and the record is told without it.
 */
const RECORD_WAITS = 64;

/** A process killed within a string leaves it unfinished; more than these at once means garbage. */
const MOST_HALF_STRINGS = 256;

const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

export class Decoder {
  readonly #image: ImageId;
  readonly #sink: FactSink;
  readonly #clock: RunClock;
  readonly #blocks: Blocks | null;
  readonly #strings = new Map<number, string>();
  readonly #half = new Map<number, HalfString>();
  /** Records that wait for the strings they name. */
  #held: readonly Held[] = [];
  /** The latest end of a record so far, ms from the run's start. */
  lastMs = Number.NEGATIVE_INFINITY;

  /** @param blocks what is to be remembered of the records, if anything is */
  constructor(image: ImageId, sink: FactSink, clock: RunClock, blocks: Blocks | null = null) {
    this.#blocks = blocks;
    this.#image = image;
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Tells the record at `at`, which is committed and read twice. `index` is its number in its image. */
  record(view: DataView, at: number, index: number): void {
    const type = view.getUint16(at + Rec.type, true);
    if (type === Type.STRING) {
      this.#blocks?.noteUntimed(index);
      this.#string(view, at);
      return;
    }
    if (type === Type.PREVIEW) {
      this.#preview(view, at, index);
      return;
    }
    if (KNOWN[type] !== 1) {
      this.#blocks?.noteUntimed(index);
      this.#sink.skipped(this.#image, 0, 1);
      return;
    }
    if (this.#held.length > 0) this.#tellHeld(index);
    const clock = this.#clock;
    const t0 = clock.ms(view.getUint32(at + 4, true), view.getUint32(at, true));
    const t1 = clock.ms(view.getUint32(at + 12, true), view.getUint32(at + 8, true));
    if (t1 > this.lastMs) this.lastMs = t1;
    const obj = readUnsigned(view, at + Rec.obj);
    const thread = view.getUint32(at + Rec.thread, true);
    const site = view.getUint32(at + Rec.site, true);
    const flags = view.getUint16(at + Rec.flags, true);
    this.#blocks?.note(index, type, thread, t0, t1);
    switch (type) {
      case Type.PUT:
        this.#sink.put(this.#image, t0, t1, obj, readUnsigned(view, at + Rec.a), flags, thread, site);
        return;
      case Type.SEND:
        this.#sink.send(this.#image, index, t0, t1, obj, readUnsigned(view, at + Rec.a), view.getUint32(at + Rec.b, true), flags, thread, site);
        return;
      case Type.RECV:
        this.#sink.receive(this.#image, t0, t1, obj, readUnsigned(view, at + Rec.a), view.getUint32(at + Rec.b, true), flags, thread, site);
        return;
      default: {
        const s1 = view.getUint32(at + Rec.s1, true);
        const s2 = view.getUint32(at + Rec.s2, true);
        const a = readSigned(view, at + Rec.a);
        const b = readSigned(view, at + Rec.b);
        if (type === Type.THREAD) this.#blocks?.noteThread(thread, a);
        const fact: RecordFact = { type, flags, t0, t1, obj, a, b, thread, site, s1: this.#text(s1), s2: this.#text(s2) };
        if (this.#lacksText(s1, s2)) this.#held = [...this.#held, { fact, s1, s2, until: index + (type === Type.BOOT ? BOOT_WAITS : RECORD_WAITS) }];
        else this.#sink.record(this.#image, fact);
      }
    }
  }

  #lacksText(s1: number, s2: number): boolean {
    return (s1 !== 0 && !this.#strings.has(s1)) || (s2 !== 0 && !this.#strings.has(s2));
  }

  /** Tells those whose strings are here, and those that waited until the record of this index. */
  #tellHeld(index: number): void {
    const told = this.#held.filter(({ s1, s2, until }) => index >= until || !this.#lacksText(s1, s2));
    if (told.length === 0) return;
    this.#held = this.#held.filter((held) => !told.includes(held));
    for (const { fact, s1, s2 } of told) this.#sink.record(this.#image, { ...fact, s1: this.#text(s1), s2: this.#text(s2) });
  }

  /** There are no more records: tells what waited for a string. */
  finish(): void {
    this.#tellHeld(Number.POSITIVE_INFINITY);
  }

  #text(id: number): string | null {
    return id === 0 ? null : (this.#strings.get(id) ?? null);
  }

  #string(view: DataView, at: number): void {
    const id = view.getUint32(at + Chunk.id, true);
    const total = view.getUint32(at + Chunk.total, true);
    const part = view.getUint32(at + Chunk.part, true);
    const length = view.getUint16(at + Chunk.length, true);
    const from = part * Chunk.dataBytes;
    if (id === 0 || total > MOST_STRING_BYTES || length > Chunk.dataBytes || length !== Math.min(Chunk.dataBytes, Math.max(0, total - from))) {
      this.#sink.skipped(this.#image, 0, 1);
      return;
    }
    if (this.#strings.has(id)) return;
    const data = new Uint8Array(view.buffer, view.byteOffset + at + Chunk.data, length);
    if (total <= Chunk.dataBytes) {
      this.#complete(id, data);
      return;
    }
    let half = this.#half.get(id);
    if (half?.bytes.length !== total) {
      const parts = Math.ceil(total / Chunk.dataBytes);
      half = { bytes: new Uint8Array(total), parts: new Uint8Array(parts), missing: parts };
      this.#half.set(id, half);
      if (this.#half.size > MOST_HALF_STRINGS) this.#forgetOldest();
    }
    if (half.parts[part] === 1) return;
    half.parts[part] = 1;
    half.bytes.set(data, from);
    half.missing -= 1;
    if (half.missing > 0) return;
    this.#half.delete(id);
    this.#complete(id, half.bytes);
  }

  #forgetOldest(): void {
    for (const id of this.#half.keys()) {
      this.#half.delete(id);
      return;
    }
  }

  #complete(id: number, bytes: Uint8Array): void {
    const text = utf8.decode(bytes);
    this.#strings.set(id, text);
    this.#sink.string(this.#image, id, text);
    if (this.#held.length > 0) this.#tellHeld(Number.NEGATIVE_INFINITY);
  }

  #preview(view: DataView, at: number, index: number): void {
    const length = view.getUint16(at + Chunk.length, true);
    const part = view.getUint32(at + Chunk.part, true);
    const total = view.getUint32(at + Chunk.total, true);
    if (length > Chunk.dataBytes || part * Chunk.dataBytes + length > total) {
      this.#blocks?.noteUntimed(index);
      this.#sink.skipped(this.#image, 0, 1);
      return;
    }
    this.#blocks?.notePreview(index, view.getUint32(at + Chunk.id, true), part);
    // A copy: the buffer below is used again for the next read.
    const from = view.byteOffset + at + Chunk.data;
    this.#sink.preview(this.#image, view.getUint32(at + Chunk.id, true), total, part, new Uint8Array(view.buffer.slice(from, from + length) as ArrayBuffer));
  }
}

/** True where the record at `at` carries the commit word of `index`. */
export function isCommitted(view: DataView, at: number, index: number): boolean {
  return view.getUint32(at + Rec.commit, true) === ((index + 1) % 4_294_967_296);
}

/** How many records from `at` on are committed in a row, the first of them number `index`; at most `count`. */
export function committedPrefix(view: DataView, at: number, index: number, count: number): number {
  let n = 0;
  while (n < count && isCommitted(view, at + n * RECORD_BYTES, index + n)) n += 1;
  return n;
}

/**
 * The busy in-flight slots of `now`, which begins with the first slot. `again` is a second read of the same bytes: a slot that
 * differs between the two is being written, so its thread is in nothing that lasts, and it is left out and counted in `moving`.
 */
export function readSlots(now: DataView, again: DataView, clock: RunClock): { readonly busy: SlotFact[]; readonly moving: number } {
  const busy: SlotFact[] = [];
  let moving = 0;
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const at = slot * SLOT_BYTES;
    if (!sameWords(now, again, at, Slot.held)) {
      moving += 1;
      continue;
    }
    if (now.getUint32(at + Slot.since, true) === 0 && now.getUint32(at + Slot.since + 4, true) === 0) continue;
    const hasDeadline = now.getUint32(at + Slot.deadline, true) !== 0 || now.getUint32(at + Slot.deadline + 4, true) !== 0;
    busy.push({
      slot,
      sinceMs: clock.read(now, at + Slot.since),
      obj: readUnsigned(now, at + Slot.obj),
      operand: readUnsigned(now, at + Slot.operand),
      deadlineMs: hasDeadline ? clock.read(now, at + Slot.deadline) : null,
      site: now.getUint32(at + Slot.site, true),
      op: now.getUint16(at + Slot.op, true),
      flags: now.getUint16(at + Slot.flags, true),
      nativeThread: now.getUint32(at + Slot.nativeThread, true),
    });
  }
  return { busy, moving };
}

const HELD_WORDS = ((SLOT_BYTES - Slot.held) / 8) * SLOT_COUNT;

/**
 * The locks that the image holds. `again` is a second read of the same bytes: a word that differs between the two is being taken
 * and freed, so it says nothing that lasts: it is left out and counted in `moving`.
 */
export function readHeld(now: DataView, again: DataView): HeldFact & { readonly moving: number } {
  const locks: number[] = [];
  let moving = 0;
  const perSlot = (SLOT_BYTES - Slot.held) / 8;
  for (let word = 0; word < HELD_WORDS - 1; word++) {
    const at = Math.floor(word / perSlot) * SLOT_BYTES + Slot.held + (word % perSlot) * 8;
    const obj = readUnsigned(now, at);
    if (!sameWords(now, again, at, 8)) moving += 1;
    else if (obj !== 0) locks.push(obj);
  }
  return { locks, unseen: readUnsigned(now, SLOT_COUNT * SLOT_BYTES - 8) !== 0, moving };
}

function sameWords(a: DataView, b: DataView, at: number, bytes: number): boolean {
  for (let i = at; i < at + bytes; i += 4) {
    if (a.getUint32(i, true) !== b.getUint32(i, true)) return false;
  }
  return true;
}

/** Rows of the counters table of a header page that count something. */
export function readCounters(page: DataView): CounterFact[] {
  const rows: CounterFact[] = [];
  for (let row = 0; row < COUNTER_ROWS; row++) {
    const at = Header.counters + row * COUNTER_BYTES;
    const obj = readUnsigned(page, at);
    if (obj === 0) continue;
    rows.push({
      obj,
      puts: readUnsigned(page, at + 8),
      gets: readUnsigned(page, at + 16),
      sent: readUnsigned(page, at + 24),
      received: readUnsigned(page, at + 32),
      bytesSent: readUnsigned(page, at + 40),
      bytesReceived: readUnsigned(page, at + 48),
    });
  }
  return rows;
}
