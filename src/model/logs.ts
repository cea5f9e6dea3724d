/** What was told of the messages on one stream: columns only, a row a message, in the order of arrival. */
import { octets, times, words, type Bytes, type Times, type Words } from './columns.js';
import { NO_THREAD, PutFlag, ReceiveFlag, SendFlag } from './record-types.js';
import { TimeOrder } from './time-order.js';

/** Orders two images by what does not depend on when they were told: 0 only for one and the same. */
export type CompareImages = (imageA: number, imageB: number) => number;

/** A sum is kept for each so many messages. */
const SUM_STEP = 1024;

/** No place in a feeder's queue: the message did not pass one. */
export const NO_PLACE = 0xffffffff;

/** Stands for all threads that have no slot: nobody can say how many they are. */
const UNKNOWN_ACTOR = -2;

/** Whether one thread alone used an end, or several did; and whether all of them held the channel's own lock. */
export class Usage {
  /** By who used it: the end of the first use. Milliseconds. */
  private readonly since = new Map<number, number>();
  private unlockedSince = Infinity;
  private latest = -1;
  private latestSince = Infinity;

  note(image: number, thread: number, locked: boolean, t1: number): void {
    if (!locked && t1 < this.unlockedSince) this.unlockedSince = t1;
    const actor = thread === NO_THREAD ? UNKNOWN_ACTOR : image * 256 + (thread & 255);
    // Hot: mostly it is whoever used it last.
    if (actor === this.latest && t1 >= this.latestSince) return;
    this.latest = actor;
    this.latestSince = Math.min(this.since.get(actor) ?? Infinity, t1);
    this.since.set(actor, this.latestSince);
  }

  /** As it was at a time. */
  until(ms: number): Usage {
    const then = new Usage();
    for (const [actor, since] of this.since) if (since <= ms) then.since.set(actor, since);
    if (this.unlockedSince <= ms) then.unlockedSince = this.unlockedSince;
    return then;
  }

  /** Times say nothing of the order when several use an end without a lock. */
  get sharedWithoutLock(): boolean {
    return this.unlockedSince < Infinity && (this.since.size > 1 || this.since.has(UNKNOWN_ACTOR));
  }
}

/** What was told of an end and is no message: it failed, or found no room. */
export class Missed {
  readonly image = words();
  readonly t0 = times();
  readonly t1 = times();

  get count(): number {
    return this.t1.length;
  }

  add(image: number, t0: number, t1: number): void {
    this.image.push(image);
    this.t0.push(t0);
    this.t1.push(t1);
  }

  /** How many had begun by a time, ms: few ever fail. */
  begunBy(ms: number): number {
    let begun = 0;
    for (let row = 0; row < this.count; row++) if (this.t0.at(row) <= ms) begun++;
    return begun;
  }

  /** The earliest begin of those told after the first so many; Infinity: there are none. */
  earliestAfter(count: number): number {
    let earliest = Infinity;
    for (let row = count; row < this.count; row++) earliest = Math.min(earliest, this.t0.at(row));
    return earliest;
  }
}

/** Of a log as it was at a moment: it shares the columns of the whole one, and has its own order. */
export interface Part<Log> {
  readonly of: Log;
  readonly order: TimeOrder;
  readonly usage: Usage;
}

/** How many rows each image has in a log, by the image's number. */
type Tally = number[];

function count(tally: Tally, image: number): void {
  tally[image] = (tally[image] ?? 0) + 1;
}

export class SendLog {
  readonly t0: Times;
  readonly t1: Times;
  readonly bytes: Words;
  readonly crc: Words;
  readonly image: Words;
  readonly site: Words;
  /** Record index in its image: what previews name. */
  readonly index: Words;
  /** Which one it was of those its image's feeder took, from 0. */
  readonly place: Words;
  readonly flags: Bytes;
  readonly usage: Usage;
  readonly byImage: Tally = [];
  readonly order: TimeOrder;
  /** Bytes of all, as a double: a sum of words would overflow. */
  total = 0;
  readonly missed = new Missed();
  private readonly closed: boolean;

  /** @param part it is one as it was at a moment, to which nothing is added */
  constructor(compare: CompareImages, part: Part<SendLog> | null = null) {
    const of = part?.of;
    this.t0 = of?.t0 ?? times();
    this.t1 = of?.t1 ?? times();
    this.bytes = of?.bytes ?? words();
    this.crc = of?.crc ?? words();
    this.image = of?.image ?? words();
    this.site = of?.site ?? words();
    this.index = of?.index ?? words();
    this.place = of?.place ?? words();
    this.flags = of?.flags ?? octets();
    this.usage = part?.usage ?? new Usage();
    this.order = part?.order ?? new TimeOrder(this.t0, (a, b) => compare(this.image.at(a), this.image.at(b)));
    this.closed = part !== null;
  }

  get count(): number {
    return this.closed ? this.order.length : this.t0.length;
  }

  /** Rows of the columns: of a part, those of the whole. */
  get rows(): number {
    return this.t0.length;
  }

  get failed(): number {
    return this.missed.count;
  }

  /** Bytes of the first SUM_STEP messages, of twice as many, and so on. */
  private readonly sums = [0];

  /** Bytes of the first so many messages in the order of time. */
  bytesOfFirst(count: number): number {
    // What lies before the first new message stays: a live run adds at the end.
    const { length } = this.order;
    const kept = Math.floor(Math.min(this.order.takeChange(), length) / SUM_STEP) + 1;
    if (this.sums.length > kept) this.sums.length = kept;
    while (this.sums.length * SUM_STEP <= length) {
      const from = (this.sums.length - 1) * SUM_STEP;
      let total = this.sums.at(-1)!;
      for (let at = from; at < from + SUM_STEP; at++) total += this.bytes.at(this.order.row(at));
      this.sums.push(total);
    }
    const whole = Math.floor(count / SUM_STEP);
    let total = this.sums[whole]!;
    for (let at = whole * SUM_STEP; at < count; at++) total += this.bytes.at(this.order.row(at));
    return total;
  }

  /** @returns the new row */
  add(image: number, index: number, t0: number, t1: number, bytes: number, crc: number, flags: number, thread: number, site: number, place: number): number {
    count(this.byImage, image);
    this.usage.note(image, thread, (flags & SendFlag.LOCKED) !== 0, t1);
    this.t0.push(t0);
    this.t1.push(t1);
    this.bytes.push(bytes);
    this.crc.push(crc);
    this.image.push(image);
    this.site.push(site);
    this.index.push(index);
    this.place.push(place);
    this.flags.push(flags);
    this.total += bytes;
    return this.t0.length - 1;
  }
}

export class ReceiveLog {
  readonly t0: Times;
  readonly t1: Times;
  readonly bytes: Words;
  readonly crc: Words;
  readonly image: Words;
  readonly site: Words;
  readonly flags: Bytes;
  readonly usage: Usage;
  readonly byImage: Tally = [];
  readonly order: TimeOrder;
  total = 0;
  readonly missed = new Missed();
  /** Received inside a queue's `get`. */
  gets = 0;
  private readonly closed: boolean;

  /** @param part as in SendLog */
  constructor(compare: CompareImages, part: Part<ReceiveLog> | null = null) {
    const of = part?.of;
    this.t0 = of?.t0 ?? times();
    this.t1 = of?.t1 ?? times();
    this.bytes = of?.bytes ?? words();
    this.crc = of?.crc ?? words();
    this.image = of?.image ?? words();
    this.site = of?.site ?? words();
    this.flags = of?.flags ?? octets();
    this.usage = part?.usage ?? new Usage();
    this.order = part?.order ?? new TimeOrder(this.t1, (a, b) => compare(this.image.at(a), this.image.at(b)));
    this.closed = part !== null;
  }

  get count(): number {
    return this.closed ? this.order.length : this.t1.length;
  }

  get rows(): number {
    return this.t1.length;
  }

  get failed(): number {
    return this.missed.count;
  }

  add(image: number, t0: number, t1: number, bytes: number, crc: number, flags: number, thread: number, site: number): number {
    count(this.byImage, image);
    this.usage.note(image, thread, (flags & ReceiveFlag.LOCKED) !== 0, t1);
    this.t0.push(t0);
    this.t1.push(t1);
    this.bytes.push(bytes);
    this.crc.push(crc);
    this.image.push(image);
    this.site.push(site);
    this.flags.push(flags);
    this.total += bytes;
    if (flags & ReceiveFlag.GET) this.gets++;
    return this.t1.length - 1;
  }
}

/** The puts of one image on one queue, in the order of their numbers: its feeder takes them in this order. */
export class FeederQueue {
  /** Rows in the put log. */
  readonly rows: Words;
  readonly numbers: Words;
  /** How many the feeder took: sent, failed or dropped. */
  taken = 0;
  /** Those that it took and did not send: their places, and when. */
  readonly unsent: { readonly place: number; readonly t: number }[] = [];
  /** A failed send was told; the error that follows it is about the same item. */
  private failedSend = false;
  /** Two puts have one number: this process has two Queue objects of one pipe, and so two feeders. */
  ambiguous: boolean;
  /** It is as it was at a moment: what was taken by then is in it already. */
  private readonly closed: boolean;
  /** Each put returned no earlier than those with lower numbers. */
  private ascends = true;
  private latestMs = -Infinity;

  /** @param then all that there was at a moment, to which nothing is added */
  constructor(then: { readonly rows: Words; readonly numbers: Words; readonly ambiguous: boolean } | null = null) {
    this.rows = then?.rows ?? words();
    this.numbers = then?.numbers ?? words();
    this.ambiguous = then?.ambiguous ?? false;
    this.closed = then !== null;
  }

  /** Those that had returned by a time; how many of the first they are, where that is all of them. @param t1 when each row's put returned */
  until(ms: number, t1: Times): { readonly then: FeederQueue; readonly first: number } {
    let first = 0;
    if (this.ascends) {
      for (let end = this.rows.length; first < end;) {
        const middle = (first + end) >>> 1;
        if (t1.at(this.rows.at(middle)) <= ms) first = middle + 1;
        else end = middle;
      }
      if (!this.ambiguous) return { then: new FeederQueue({ rows: this.rows.first(first), numbers: this.numbers.first(first), ambiguous: false }), first };
    }
    const [rows, numbers] = [words(), words()];
    let ambiguous = false;
    first = -1;
    for (let place = 0; place < this.rows.length; place++) {
      const row = this.rows.at(place);
      if (t1.at(row) > ms) {
        if (first < 0) first = place;
        continue;
      }
      const number = this.numbers.at(place);
      if (rows.length > 0 && numbers.at(rows.length - 1) === number) ambiguous = true;
      rows.push(row);
      numbers.push(number);
    }
    return { then: new FeederQueue({ rows, numbers, ambiguous }), first: first < 0 ? this.rows.length : first };
  }

  /** Takes the next place for a send of the feeder, which ended at `t`. */
  take(failed: boolean, t: number): number {
    this.failedSend = failed;
    if (failed) this.unsent.push({ place: this.taken, t });
    return this.taken++;
  }

  /** The feeder dropped an item. @returns the place it had, or NO_PLACE when a failed send had it already */
  drop(t: number): number {
    if (this.failedSend || this.closed) {
      this.failedSend = false;
      return NO_PLACE;
    }
    this.unsent.push({ place: this.taken, t });
    return this.taken++;
  }

  /** Where a put with this number belongs. */
  placeFor(number: number): number {
    let place = this.rows.length;
    while (place > 0 && this.numbers.at(place - 1) > number) place--;
    return place;
  }

  add(place: number, row: number, number: number, t1: number): void {
    if (place < this.rows.length || t1 < this.latestMs) this.ascends = false;
    else this.latestMs = t1;
    if (place > 0 && this.numbers.at(place - 1) === number) this.ambiguous = true;
    this.rows.insert(place, row);
    this.numbers.insert(place, number);
  }
}

export class PutLog {
  readonly t0: Times;
  readonly t1: Times;
  readonly image: Words;
  readonly site: Words;
  readonly feeders = new Map<number, FeederQueue>();
  readonly byImage: Tally = [];
  /** By the end of the call: from then on the item is in the queue. */
  readonly order: TimeOrder;
  /** Times at which a feeder dropped an item. */
  readonly drops: number[] = [];
  /** Found no room. */
  readonly missed = new Missed();
  private readonly closed: boolean;

  /** @param part as in SendLog; its feeders are to be added */
  constructor(compare: CompareImages, part: Pick<Part<PutLog>, 'of' | 'order'> | null = null) {
    const of = part?.of;
    this.t0 = of?.t0 ?? times();
    this.t1 = of?.t1 ?? times();
    this.image = of?.image ?? words();
    this.site = of?.site ?? words();
    this.order = part?.order ?? new TimeOrder(this.t1, (a, b) => compare(this.image.at(a), this.image.at(b)));
    this.closed = part !== null;
  }

  get count(): number {
    return this.closed ? this.order.length : this.t1.length;
  }

  feeder(image: number): FeederQueue {
    let feeder = this.feeders.get(image);
    if (feeder === undefined) {
      feeder = new FeederQueue();
      this.feeders.set(image, feeder);
    }
    return feeder;
  }

  /**
   * @param beforeRenumber called when sends that were told already get another put by this one, while the old ones
   *   stand, with the earliest begin of the puts concerned
   * @returns whether the item went in
   */
  add(image: number, t0: number, t1: number, number: number, flags: number, site: number, beforeRenumber: (earliest: number) => void): boolean {
    if (flags & PutFlag.FULL) {
      this.missed.add(image, t0, t1);
      return false;
    }
    const feeder = this.feeder(image);
    const place = feeder.placeFor(number);
    if (place < feeder.taken) {
      let earliest = t0;
      for (let i = place; i < feeder.rows.length; i++) earliest = Math.min(earliest, this.t0.at(feeder.rows.at(i)));
      beforeRenumber(earliest);
    }
    feeder.add(place, this.t1.length, number, t1);
    count(this.byImage, image);
    this.t0.push(t0);
    this.t1.push(t1);
    this.image.push(image);
    this.site.push(site);
    return true;
  }

  drop(t: number): void {
    let at = this.drops.length;
    while (at > 0 && this.drops[at - 1]! > t) at--;
    this.drops.splice(at, 0, t);
  }

  /** The put that a send came from; -1 when it was not recorded or not told yet. */
  rowOfPlace(image: number, place: number): number {
    if (place === NO_PLACE) return -1;
    const feeder = this.feeders.get(image);
    return feeder !== undefined && place < feeder.rows.length ? feeder.rows.at(place) : -1;
  }

  get ambiguous(): boolean {
    for (const feeder of this.feeders.values()) if (feeder.ambiguous) return true;
    return false;
  }
}
