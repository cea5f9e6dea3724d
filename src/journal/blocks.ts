/** What is remembered of the records of one image, block by block: enough to pass over those of which nothing more is asked. Some 60 bytes for 256 records. */
import { octets, times, words } from '../model/columns.js';
import type { RecordBlock } from '../model/facts.js';
import { isOften } from '../model/in-flight.js';
import { Type } from './format.js';

export const BLOCK_RECORDS = 256;

const Has = { other: 1, untimed: 2, often: 4 } as const;
/** A byte a type, for it is looked up for each record. */
const KIND = Uint8Array.from({ length: 256 }, (_, type) => {
  if (type === Type.PUT || type === Type.SEND || type === Type.RECV) return Has.often;
  if (type === Type.PREVIEW) return 0;
  const untimed = type === Type.STRING || type === Type.THREAD;
  return Has.other | (untimed ? Has.untimed : 0) | (isOften(type) ? Has.often : 0);
});

export class Blocks {
  readonly #begin = times();
  readonly #end = times();
  readonly #mainEnd = times();
  readonly #count = words();
  readonly #has = octets();
  /** Of the first SEND in its block, from 1; 0: none. */
  readonly #firstSend = words();
  readonly #previews = words();
  readonly #previewsFrom = times();
  /** By thread: whether it is the main one, where that was told. */
  readonly #main = new Map<number, boolean>();
  /** Index behind the last record. */
  #next = 0;

  // Of the block that is being filled.
  #at = -1;
  #upTo = 0;
  #beginMs = Infinity;
  #endMs = -Infinity;
  #mainEndMs = -Infinity;
  #records = 0;
  #kinds = 0;
  #send = 0;
  #starts = 0;
  #earliest = Infinity;

  /** @param pid the process, whose main thread has this number @param size records in a block */
  constructor(
    readonly pid: number,
    readonly size = BLOCK_RECORDS,
  ) {}

  /** Index behind the last record that was told. */
  get next(): number {
    return this.#next;
  }

  /** A record; times in ms from the run's start. To be told in the order of their indices. */
  note(index: number, type: number, thread: number, t0: number, t1: number): void {
    this.#enter(index);
    this.#kinds |= KIND[type] ?? Has.other | Has.untimed;
    if (t0 < this.#beginMs) this.#beginMs = t0;
    if (t1 > this.#endMs) this.#endMs = t1;
    if (t1 > this.#mainEndMs && this.#isMain(thread)) this.#mainEndMs = t1;
    if (type === Type.SEND && this.#send === 0) this.#send = index - this.#at * this.size + 1;
  }

  /** A piece of a string, or what cannot be read. */
  noteUntimed(index: number): void {
    this.#enter(index);
    this.#kinds |= Has.other | Has.untimed;
  }

  notePreview(index: number, send: number, part: number): void {
    this.#enter(index);
    if (part === 0) this.#starts++;
    if (send < this.#earliest) this.#earliest = send;
  }

  /** What a THREAD record says. */
  noteThread(thread: number, native: number): void {
    this.#main.set(thread, native === this.pid);
  }

  /** The block that begins at an index; null: none does, it is not full, or records in it are missing. */
  from(index: number): RecordBlock | null {
    const block = index / this.size;
    if (!Number.isInteger(block) || block >= this.#count.length || this.#count.at(block) !== this.size) return null;
    const has = this.#has.at(block);
    const send = this.#firstSend.at(block);
    return {
      from: index,
      to: index + this.size,
      beginMs: this.#begin.at(block),
      endMs: this.#end.at(block),
      mainEndMs: this.#mainEnd.at(block),
      onlyMessages: (has & Has.other) === 0,
      onlyTimed: (has & Has.untimed) === 0,
      often: (has & Has.often) !== 0,
      firstSend: send === 0 ? -1 : index + send - 1,
      previews: this.#previews.at(block),
      previewsFrom: this.#previewsFrom.at(block),
    };
  }

  /**
   * Index from which on at least so many previews begin in full blocks that had ended by a time; 0 where there are fewer. So much at
   * least must be read by whoever wants the last of them.
   */
  lastPreviews(count: number, untilMs: number): number {
    let found = 0;
    for (let block = this.#count.length - 1; block >= 0; block--) {
      if (this.#end.at(block) <= untilMs) found += this.#previews.at(block);
      if (found >= count) return block * this.size;
    }
    return 0;
  }

  #isMain(thread: number): boolean {
    return this.#main.get(thread) ?? thread === 0;
  }

  #enter(index: number): void {
    this.#next = index + 1;
    // Hot: a division is dear.
    if (index < this.#upTo) {
      this.#records++;
      return;
    }
    const block = Math.floor(index / this.size);
    if (this.#at >= 0) this.#close();
    // Blocks that are missing as a whole.
    while (this.#count.length < block) this.#push(0);
    this.#at = block;
    this.#upTo = (block + 1) * this.size;
    this.#records = 1;
  }

  #close(): void {
    this.#push(this.#records);
    this.#beginMs = this.#earliest = Infinity;
    this.#endMs = this.#mainEndMs = -Infinity;
    this.#kinds = this.#send = this.#starts = 0;
  }

  #push(records: number): void {
    this.#begin.push(this.#beginMs);
    this.#end.push(this.#endMs);
    this.#mainEnd.push(this.#mainEndMs);
    this.#count.push(records);
    this.#has.push(this.#kinds);
    this.#firstSend.push(this.#send);
    this.#previews.push(this.#starts);
    this.#previewsFrom.push(this.#earliest);
  }
}
