/** What was told of the messages on one stream: columns only, a row a message, in the order of arrival. */
import { octets, times, words } from './columns.js';
import { NO_THREAD, PutFlag, ReceiveFlag, SendFlag } from './record-types.js';
import { TimeOrder } from './time-order.js';

/** Orders two images by what does not depend on when they were told: 0 only for one and the same. */
export type CompareImages = (imageA: number, imageB: number) => number;

/** A sum is kept for each so many messages. */
const SUM_STEP = 1024;

/** No place in a feeder's queue: the message did not pass one. */
export const NO_PLACE = 0xffffffff;

/** Whether one thread alone used an end, or several did; and whether all of them held the channel's own lock. */
export class Usage {
  private first = -1;
  private several = false;
  private unlocked = false;

  note(image: number, thread: number, locked: boolean): void {
    if (!locked) this.unlocked = true;
    if (this.several) return;
    const actor = thread === NO_THREAD ? -2 : image * 256 + (thread & 255);
    if (actor === -2) this.several = true;
    else if (this.first === -1) this.first = actor;
    else if (this.first !== actor) this.several = true;
  }

  /** Times say nothing of the order when several use an end without a lock. */
  get sharedWithoutLock(): boolean {
    return this.several && this.unlocked;
  }
}

/** How many rows each image has in a log, by the image's number. */
type Tally = number[];

function count(tally: Tally, image: number): void {
  tally[image] = (tally[image] ?? 0) + 1;
}

export class SendLog {
  readonly t0 = times();
  readonly t1 = times();
  readonly bytes = words();
  readonly crc = words();
  readonly image = words();
  readonly site = words();
  /** Record index in its image: what previews name. */
  readonly index = words();
  /** Which one it was of those its image's feeder took, from 0. */
  readonly place = words();
  readonly flags = octets();
  readonly usage = new Usage();
  readonly byImage: Tally = [];
  readonly order: TimeOrder;
  /** Bytes of all, as a double: a sum of words would overflow. */
  total = 0;
  failed = 0;

  constructor(compare: CompareImages) {
    this.order = new TimeOrder(this.t0, (a, b) => compare(this.image.at(a), this.image.at(b)));
  }

  get count(): number {
    return this.t0.length;
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
    this.usage.note(image, thread, (flags & SendFlag.LOCKED) !== 0);
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
  readonly t0 = times();
  readonly t1 = times();
  readonly bytes = words();
  readonly crc = words();
  readonly image = words();
  readonly site = words();
  readonly flags = octets();
  readonly usage = new Usage();
  readonly byImage: Tally = [];
  readonly order: TimeOrder;
  total = 0;
  failed = 0;
  /** Received inside a queue's `get`. */
  gets = 0;

  constructor(compare: CompareImages) {
    this.order = new TimeOrder(this.t1, (a, b) => compare(this.image.at(a), this.image.at(b)));
  }

  get count(): number {
    return this.t1.length;
  }

  add(image: number, t0: number, t1: number, bytes: number, crc: number, flags: number, thread: number, site: number): number {
    count(this.byImage, image);
    this.usage.note(image, thread, (flags & ReceiveFlag.LOCKED) !== 0);
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
  readonly rows = words();
  private readonly numbers = words();
  /** How many the feeder took: sent, failed or dropped. */
  taken = 0;
  /** A failed send was told; the error that follows it is about the same item. */
  private failedSend = false;
  /** Two puts have one number: this process has two Queue objects of one pipe, and so two feeders. */
  ambiguous = false;

  /** Takes the next place for a send of the feeder. */
  take(failed: boolean): number {
    this.failedSend = failed;
    return this.taken++;
  }

  /** The feeder dropped an item. @returns the place it had, or NO_PLACE when a failed send had it already */
  drop(): number {
    if (this.failedSend) {
      this.failedSend = false;
      return NO_PLACE;
    }
    return this.taken++;
  }

  /** Where a put with this number belongs. */
  placeFor(number: number): number {
    let place = this.rows.length;
    while (place > 0 && this.numbers.at(place - 1) > number) place--;
    return place;
  }

  add(place: number, row: number, number: number): void {
    if (place > 0 && this.numbers.at(place - 1) === number) this.ambiguous = true;
    this.rows.insert(place, row);
    this.numbers.insert(place, number);
  }
}

export class PutLog {
  readonly t0 = times();
  readonly t1 = times();
  readonly image = words();
  readonly site = words();
  readonly feeders = new Map<number, FeederQueue>();
  readonly byImage: Tally = [];
  /** By the end of the call: from then on the item is in the queue. */
  readonly order: TimeOrder;
  /** Times at which a feeder dropped an item. */
  readonly drops: number[] = [];
  full = 0;

  constructor(compare: CompareImages) {
    this.order = new TimeOrder(this.t1, (a, b) => compare(this.image.at(a), this.image.at(b)));
  }

  get count(): number {
    return this.t1.length;
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
      this.full++;
      return false;
    }
    const feeder = this.feeder(image);
    const place = feeder.placeFor(number);
    if (place < feeder.taken) {
      let earliest = t0;
      for (let i = place; i < feeder.rows.length; i++) earliest = Math.min(earliest, this.t0.at(feeder.rows.at(i)));
      beforeRenumber(earliest);
    }
    feeder.add(place, this.t1.length, number);
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
