/**
 * The messages of a run that is over as they were at a moment. They need not be told again: the whole run's logs have them, and the
 * logs of the moment are parts of those. They share the columns; what is their own is the order of time where it is another, and the
 * numbers of puts: 4 bytes a message at most. A part goes on from what the whole run had counted near the moment.
 */
import type { Stream, StreamThen } from './direction.js';
import { type Missed, NO_PLACE, PutLog, ReceiveLog, SendLog } from './logs.js';
import { ReceiveFlag } from './record-types.js';
import { SpanLog } from './spans.js';
import type { World } from './world.js';

/** Rows between two turns of others: less than a millisecond's work. */
const SLICE = 0x4000;
/** Rates are of the last so many milliseconds. */
const RATE_WINDOW = 1000;

/** Messages that came and went in the last second. */
export interface Recent {
  puts: number;
  sent: number;
  received: number;
}

/** Which places of a feeder's queue had been taken by the moment, and which were taken after it. */
interface Places {
  taken: number;
  last: number;
  firstAfter: number;
  /** Of its puts, in the order of their numbers, those before this one had returned by then. */
  readonly firstPutAfter: number;
}

/** What is counted of the sends of an object. */
interface SendsThen {
  readonly byImage: number[];
  /** Rows of those that were under way at the moment. */
  readonly under: number[];
  total: number;
  recent: number;
  /** Sends from this time on may come from another put than in the whole run. */
  otherFrom: number;
}

class ImageThen {
  records = 0;
  lastMs = -Infinity;
  sent = 0;
  received = 0;
  bytesSent = 0;
  bytesReceived = 0;

  constructor(readonly isThere: boolean) {}

  told(t1: number): void {
    this.records++;
    if (t1 > this.lastMs) this.lastMs = t1;
  }
}

export class MessagesThen {
  readonly recent = new Map<number, Recent>();
  private readonly streams = new Map<number, StreamThen>();
  /** Begin of the first message of an object. */
  private readonly firstMs = new Map<number, number>();
  private readonly spans: (SpanLog | undefined)[] = [];
  private readonly images: ImageThen[];
  /** What this cannot tell was met: an order of records that says more than their times. */
  private odd = false;
  /** Begin of the first message of the object that is being taken. */
  private first = Infinity;

  /** @param whole of a run that is over, all of it told and looked at @param atMs ms from the run's start */
  private constructor(
    private readonly whole: World,
    private readonly atMs: number,
  ) {
    this.images = whole.images.map((image) => new ImageThen(image !== undefined && image.info.openedMs <= atMs));
  }

  /** Piece by piece, so that others can have a turn in between. @returns null: they have to be told one by one */
  static *of(whole: World, atMs: number): Generator<void, MessagesThen | null> {
    const then = new MessagesThen(whole, atMs);
    for (const channel of whole.channels) channel.settle(Infinity);
    for (const stream of whole.channelTable.allStreams()) {
      if (stream.unknown) continue;
      const { sends, receives, puts } = stream;
      if (sends.order.length !== sends.rows || receives.order.length !== receives.rows || puts.order.length !== puts.count) return null;
      yield* then.take(stream);
      if (then.odd) return null;
    }
    for (const image of whole.images) {
      yield;
      if (image !== undefined && image.info.openedMs <= atMs) then.spans[image.id] = new SpanLog(image.spans, atMs);
    }
    return then;
  }

  streamOf(obj: number): StreamThen | null {
    return this.streams.get(obj) ?? null;
  }

  spansOf(image: number): SpanLog | null {
    return this.spans[image] ?? null;
  }

  /** What a model that was told the messages one by one would have noted of them elsewhere. */
  tellTo(world: World): void {
    for (const [obj, firstMs] of this.firstMs) world.channelTable.touch(world.channelTable.of(obj, firstMs));
    this.images.forEach((then, id) => {
      if (then.records === 0) return;
      const image = world.imageOf(id);
      world.counted(image, then.records, then.lastMs);
      image.sent = then.sent;
      image.received = then.received;
      image.bytesSent = then.bytesSent;
      image.bytesReceived = then.bytesReceived;
      for (const feed of this.whole.imageOf(id).longFeeds) if (feed.to <= this.atMs) image.longFeeds.push(feed);
    });
  }

  private *take(whole: Stream): Generator<void> {
    const { atMs } = this;
    this.first = Infinity;
    const recent: Recent = { puts: recentIn(whole.puts, atMs), sent: 0, received: recentIn(whole.receives, atMs) };
    const places = new Map<number, Places>();
    const puts = yield* this.putsOf(whole.puts, places);
    const { sends, same } = yield* this.sendsOf(whole.sends, places, recent);
    const receives = yield* this.receivesOf(whole.receives);
    this.feed(whole.puts, puts, places);
    const way: StreamThen['way'] = (from, to) => this.whole.channelAt(from.obj)?.directions.find((direction) => direction.from === from && direction.to === to) ?? null;
    this.streams.set(whole.obj, { sends, receives, puts, sameSends: same, whole, way });
    this.recent.set(whole.obj, recent);
    const firstMs = Math.min(earliest(sends), this.first);
    if (firstMs < Infinity) this.firstMs.set(whole.obj, firstMs);
  }

  private *putsOf(whole: PutLog, places: Map<number, Places>): Generator<void, PutLog> {
    const { atMs } = this;
    for (let row = 0; row < whole.count; row += SLICE) {
      this.countPuts(whole, row, Math.min(row + SLICE, whole.count));
      yield;
    }
    const puts = new PutLog(NO_ORDER, { of: whole, order: whole.order.first(whole.order.countUpTo(atMs), []) });
    for (const [id, feeder] of whole.feeders) {
      const { then, first } = feeder.until(atMs, whole.t1);
      yield;
      puts.byImage[id] = then.rows.length;
      puts.feeders.set(id, then);
      places.set(id, { taken: 0, last: -1, firstAfter: Infinity, firstPutAfter: first });
    }
    this.miss(whole.missed, puts.missed);
    return puts;
  }

  private *sendsOf(whole: SendLog, places: ReadonlyMap<number, Places>, recent: Recent): Generator<void, { sends: SendLog; same: number }> {
    const { atMs } = this;
    const { order } = whole;
    const counted: SendsThen = { byImage: [], under: [], total: 0, otherFrom: Infinity, recent: 0 };
    for (let row = 0; row < whole.rows; row += SLICE) {
      this.countSends(whole, places, counted, row, Math.min(row + SLICE, whole.rows));
      yield;
    }
    const { byImage, under, total, otherFrom } = counted;
    recent.sent = counted.recent;
    const without = under.map((row) => positionOf(whole, row)).sort((a, b) => a - b);
    const length = order.countUpTo(atMs);
    const sends = new SendLog(NO_ORDER, { of: whole, order: order.first(length, without), usage: whole.usage.until(atMs) });
    sends.total = total;
    byImage.forEach((count, id) => (sends.byImage[id] = count));
    this.miss(whole.missed, sends.missed);
    return { sends, same: Math.min(without[0] ?? length, order.countBefore(otherFrom)) };
  }

  private *receivesOf(whole: ReceiveLog): Generator<void, ReceiveLog> {
    const { atMs } = this;
    const receives = new ReceiveLog(NO_ORDER, { of: whole, order: whole.order.first(whole.order.countUpTo(atMs), []), usage: whole.usage.until(atMs) });
    for (let row = 0; row < whole.rows; row += SLICE) {
      this.countReceives(whole, receives, row, Math.min(row + SLICE, whole.rows));
      yield;
    }
    this.miss(whole.missed, receives.missed);
    return receives;
  }

  // Hot: plain loops over a slice of a log.

  private countPuts({ t0, t1, image }: PutLog, from: number, to: number): void {
    const { atMs } = this;
    for (let row = from; row < to; row++) {
      const end = t1.at(row);
      if (end > atMs) continue;
      this.imageAt(image.at(row)).told(end);
      this.began(t0.at(row));
    }
  }

  private countSends({ t0, t1, image, bytes, place: placeOf }: SendLog, places: ReadonlyMap<number, Places>, counted: SendsThen, from: number, to: number): void {
    const { atMs } = this;
    let id = -1;
    let one: ImageThen | undefined;
    let feeder: Places | undefined;
    for (let row = from; row < to; row++) {
      const by = image.at(row);
      if (by !== id) {
        id = by;
        one = undefined;
        feeder = places.get(id);
      }
      const place = placeOf.at(row);
      const end = t1.at(row);
      if (end > atMs) {
        if (t0.at(row) <= atMs) counted.under.push(row);
        if (feeder !== undefined && place !== NO_PLACE && place < feeder.firstAfter) feeder.firstAfter = place;
        continue;
      }
      one ??= this.imageAt(id);
      one.told(end);
      one.sent++;
      one.bytesSent += bytes.at(row);
      counted.total += bytes.at(row);
      counted.byImage[id] = (counted.byImage[id] ?? 0) + 1;
      if (end > atMs - RATE_WINDOW) counted.recent++;
      if (feeder === undefined || place === NO_PLACE) continue;
      feeder.taken++;
      if (place > feeder.last) feeder.last = place;
      if (place >= feeder.firstPutAfter && t0.at(row) < counted.otherFrom) counted.otherFrom = t0.at(row);
    }
  }

  private countReceives({ t0, t1, image, bytes, flags }: ReceiveLog, receives: ReceiveLog, from: number, to: number): void {
    const { atMs } = this;
    const { byImage } = receives;
    for (let row = from; row < to; row++) {
      const end = t1.at(row);
      if (end > atMs) continue;
      const id = image.at(row);
      const one = this.imageAt(id);
      one.told(end);
      this.began(t0.at(row));
      one.received++;
      one.bytesReceived += bytes.at(row);
      receives.total += bytes.at(row);
      byImage[id] = (byImage[id] ?? 0) + 1;
      if (flags.at(row) & ReceiveFlag.GET) receives.gets++;
    }
  }

  /** What the feeders had taken: the first so many of all that they took, or their places would be others. */
  private feed(whole: PutLog, puts: PutLog, places: ReadonlyMap<number, Places>): void {
    for (const [id, then] of puts.feeders) {
      const of = places.get(id)!;
      for (const { place, t } of whole.feeder(id).unsent) {
        if (t > this.atMs) of.firstAfter = Math.min(of.firstAfter, place);
        else {
          of.taken++;
          of.last = Math.max(of.last, place);
        }
      }
      if (of.firstAfter < of.last) this.odd = true;
      then.taken = of.taken;
      // One that had done nothing yet was not there.
      if (then.taken === 0 && then.rows.length === 0) puts.feeders.delete(id);
    }
  }

  private miss(whole: Missed, then: Missed): void {
    for (let row = 0; row < whole.count; row++) {
      const end = whole.t1.at(row);
      if (end > this.atMs) continue;
      this.imageAt(whole.image.at(row)).told(end);
      this.began(whole.t0.at(row));
      then.add(whole.image.at(row), whole.t0.at(row), end);
    }
  }

  /** Of a process whose journal was opened a moment later nothing is known, not even what it had done by then. */
  private imageAt(id: number): ImageThen {
    const image = this.images[id]!;
    if (!image.isThere) this.odd = true;
    return image;
  }

  private began(t0: number): void {
    if (t0 < this.first) this.first = t0;
  }
}

/** Nothing is ever told to a part, so that its order is never asked for. */
const NO_ORDER = (): number => 0;

function recentIn({ order }: PutLog | ReceiveLog, atMs: number): number {
  return order.countUpTo(atMs) - order.countUpTo(atMs - RATE_WINDOW);
}

function earliest({ order }: SendLog): number {
  return order.length === 0 ? Infinity : order.keyAt(0);
}

function positionOf({ order, t0 }: SendLog, row: number): number {
  let position = order.countBefore(t0.at(row));
  while (order.row(position) !== row) position++;
  return position;
}
