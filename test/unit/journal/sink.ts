/** A sink that writes down what it is told, image by image, with times in ns. */
import type { CounterFact, FactSink, HeldFact, ImageId, ImageInfo, Observation, RecordFact, SlotFact } from '../../../src/model/facts.js';

export const toNs = (ms: number): number => Math.round(ms * 1e6);

export interface SeenImage {
  info: ImageInfo;
  facts: unknown[];
  slots: readonly SlotFact[];
  held: HeldFact;
  dropped: number;
  counters: readonly CounterFact[];
}

export class NotingSink implements FactSink {
  readonly images = new Map<ImageId, SeenImage>();
  readonly observations: Observation[] = [];
  readonly advanced: number[] = [];
  bytes = 0;
  records = 0;
  holes = 0;
  unknown = 0;

  image(image: ImageId, info: ImageInfo): void {
    if (this.images.has(image)) throw new Error(`image ${image} was told twice`);
    this.images.set(image, { info, facts: [], slots: [], held: { locks: [], unseen: false }, dropped: 0, counters: [] });
  }

  of(image: ImageId): SeenImage {
    const seen = this.images.get(image);
    if (seen === undefined) throw new Error(`image ${image} was not told`);
    return seen;
  }

  #note(image: ImageId, fact: unknown): void {
    this.records += 1;
    this.of(image).facts.push(fact);
  }

  string(image: ImageId, id: number, text: string): void {
    this.#note(image, { string: [id, text] });
  }
  put(image: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void {
    this.#note(image, { put: [toNs(t0), toNs(t1), obj, seq, flags, thread, site] });
  }
  send(image: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    this.#note(image, { send: [index, toNs(t0), toNs(t1), obj, bytes, crc, flags, thread, site] });
  }
  receive(image: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    this.#note(image, { receive: [toNs(t0), toNs(t1), obj, bytes, crc, flags, thread, site] });
  }
  preview(image: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    this.#note(image, { preview: [sendIndex, total, part, Buffer.from(bytes).toString('hex')] });
  }
  record(image: ImageId, fact: RecordFact): void {
    this.#note(image, { record: { ...fact, t0: toNs(fact.t0), t1: toNs(fact.t1) } });
  }
  slots(image: ImageId, busy: readonly SlotFact[]): void {
    this.of(image).slots = busy;
  }
  held(image: ImageId, held: HeldFact): void {
    this.of(image).held = held;
  }
  counters(image: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    this.of(image).dropped = dropped;
    this.of(image).counters = rows;
  }
  skipped(image: ImageId, holes: number, unknown: number): void {
    if (holes < 0 || unknown < 0 || holes + unknown === 0) throw new Error('skipped nothing');
    this.holes += holes;
    this.unknown += unknown;
    this.of(image).facts.push({ skipped: [holes, unknown] });
  }
  observe(observation: Observation): void {
    this.observations.push(observation);
  }
  size(bytes: number): void {
    this.bytes = bytes;
  }
  advance(nowMs: number): void {
    const before = this.advanced.at(-1);
    if (before !== undefined && nowMs < before) throw new Error('the clock went back');
    this.advanced.push(nowMs);
  }
}
