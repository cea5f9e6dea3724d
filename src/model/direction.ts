/** One way through a channel: its logs, the pairing over them, and how much was on its way. */
import { DepthFold } from './depth.js';
import type { PutLog, ReceiveLog, SendLog, CompareImages } from './logs.js';
import { PutLog as Puts, ReceiveLog as Receives, SendLog as Sends } from './logs.js';
import { OverlapFold, type Overlap } from './overlap.js';
import { Pairing } from './pairing.js';
import type { CounterFact } from './facts.js';
import { ReceiveFlag, SendFlag } from './record-types.js';

/** A message whose bytes and header are more than PIPE_BUF (on Linux) may be written in several pieces. */
export const LARGE_MESSAGE = 4093;
/** How many sends before one are asked whether they were still under way when it began. */
const UNDER_WAY = 64;

/** Attempts of one image to get that raised Empty: how many, and the last of them. A poller has millions, so they are not kept. */
export interface EmptyGets {
  readonly count: number;
  readonly t1: number;
  readonly site: number;
}

/** What an end's logs are at a moment in the past: parts of those of the whole run. */
export interface StreamThen {
  readonly sends: SendLog;
  readonly receives: ReceiveLog;
  readonly puts: PutLog;
  /** So many sends, by position, are those of the whole run and come from the same puts. */
  readonly sameSends: number;
  /** Of the whole run. */
  readonly whole: Stream;
  /** The way of the whole run that leads from one of its streams to another. */
  way(from: Stream, to: Stream): Direction | null;
}

/** Everything told about one object id, as an end to write to and as an end to read from. */
export class Stream {
  readonly sends: SendLog;
  readonly receives: ReceiveLog;
  readonly puts: PutLog;
  /** What images counted instead of recording, by image. */
  readonly counted = new Map<number, CounterFact>();
  /** By image. */
  readonly emptyGets = new Map<number, EmptyGets>();
  /** When the first image began to count. */
  countingFrom = Infinity;

  constructor(
    readonly obj: number,
    compare: CompareImages,
    /** It stands for the other end of a connection, of which nothing was told. */
    readonly unknown = false,
    /** All its messages are there from the beginning. */
    readonly then: StreamThen | null = null,
  ) {
    this.sends = then?.sends ?? new Sends(compare);
    this.receives = then?.receives ?? new Receives(compare);
    this.puts = then?.puts ?? new Puts(compare);
  }

  gotEmpty(image: number, t1: number, site: number): void {
    const known = this.emptyGets.get(image);
    const count = (known?.count ?? 0) + 1;
    this.emptyGets.set(image, known !== undefined && known.t1 > t1 ? { ...known, count } : { count, t1, site });
  }

  sum(field: Exclude<keyof CounterFact, 'obj'>): number {
    let total = 0;
    for (const row of this.counted.values()) total += row[field];
    return total;
  }
}

export class Direction {
  readonly pairing: Pairing;
  /** Operations of two processes at once, on the end that is written to and on the one that is read from. */
  readonly sendOverlap: OverlapFold;
  readonly receiveOverlap: OverlapFold;
  private readonly queueDepth: DepthFold;
  private readonly pipeDepth: DepthFold;

  /** The earliest time of which something was told since columns over time were last made of it. */
  changedFrom = Infinity;

  private cutBefore = Infinity;
  private begun = false;
  private missedSeen = 0;

  constructor(
    /** The end that is written to: its sends and puts. */
    readonly from: Stream,
    /** The end that is read from: its receives. */
    readonly to: Stream,
  ) {
    this.pairing = new Pairing(from.sends, to.receives, from.puts);
    this.sendOverlap = new OverlapFold(from.sends, SendFlag.LOCKED, LARGE_MESSAGE, (overlap, position) => this.isUnread(overlap, position));
    // Nobody but the reader itself can know that it has done, and it says so only after it has looked at the clock.
    this.receiveOverlap = new OverlapFold(to.receives, ReceiveFlag.LOCKED, 0, () => true);
    this.queueDepth = new DepthFold(from.puts.order, to.receives.order, from.puts.drops);
    this.pipeDepth = new DepthFold(from.sends.order, to.receives.order, []);
  }

  /** Takes in what was told since, and pairs what was received up to `until`. */
  settle(until: number, queue: boolean): void {
    this.goOn(until);
    const { pairing, queueDepth, pipeDepth, sendOverlap, receiveOverlap } = this;
    this.from.sends.order.settle((position, time) => {
      pairing.sendsWillChange(position);
      sendOverlap.rollBack(position);
      pipeDepth.rollBack(time);
      this.changed(time);
    });
    const { missed } = this.to.receives;
    if (missed.count > this.missedSeen) sendOverlap.rollBackTo(missed.earliestAfter(this.missedSeen));
    this.missedSeen = missed.count;
    this.to.receives.order.settle((position, time) => {
      pairing.receivesWillChange(position);
      receiveOverlap.rollBack(position);
      sendOverlap.rollBackTo(time);
      pipeDepth.rollBack(time);
      queueDepth.rollBack(time);
      this.changed(time);
    });
    this.from.puts.order.settle((_position, time) => {
      queueDepth.rollBack(time);
      this.changed(time);
    });
    const cut = Math.min(this.from.countingFrom, this.to.countingFrom);
    if (cut < this.cutBefore) {
      // What comes after it may have been folded before it was told of.
      this.cutBefore = cut;
      pipeDepth.rollBack(cut);
      queueDepth.rollBack(cut);
    }
    pairing.cutAt(cut);
    pairing.fold(until);
    (queue ? queueDepth : pipeDepth).fold(until, cut);
    if (queue) return;
    // Where one thread alone used an end, or all did under its lock, there is nothing to look for: the common case.
    if (this.from.sends.usage.sharedWithoutLock) sendOverlap.fold(until);
    if (this.to.receives.usage.sharedWithoutLock) receiveOverlap.fold(until);
  }

  /** Of a moment in the past much was folded before, in the whole run: what had been received by `until` need not be again. */
  goOn(until: number): void {
    if (this.begun) return;
    this.begun = true;
    const [from, to] = [this.from.then, this.to.then];
    const whole = from === null || to === null ? null : from.way(from.whole, to.whole);
    if (from === null || to === null || whole === null) return;
    const receives = this.to.receives.order.countUpTo(until);
    this.pairing.goOnFrom(whole.pairing, from.sameSends, receives, Math.min(this.from.countingFrom, this.to.countingFrom));
    const before = Math.min(until, this.from.countingFrom, this.to.countingFrom);
    this.pipeDepth.goOnFrom(whole.pipeDepth, from.sameSends, before);
    const { drops } = this.from.puts;
    if (whole.from.puts.drops.slice(0, drops.length).every((t, i) => t === drops[i]) && (whole.from.puts.drops[drops.length] ?? Infinity) > before) {
      this.queueDepth.goOnFrom(whole.queueDepth, this.from.puts.order.length, before);
    }
  }

  /**
   * Whether the first of two messages was still in the pipe when the second was begun. Once it was read, its sender was done, though it may not
   * have looked at the clock yet, and the second may be the answer to it: those take turns. All that was sent before it is read before it.
   */
  private isUnread({ first, second }: Overlap, position: number): boolean {
    const { sends } = this.from;
    const { receives } = this.to;
    let before = position;
    for (let at = position - 1; at >= 0 && at >= position - UNDER_WAY; at--) if (sends.t1.at(sends.order.row(at)) > sends.t0.at(first)) before--;
    // One that failed may have taken a message; one that failed later took none of these.
    const begun = sends.t0.at(second);
    return receives.order.countUpTo(begun) + receives.missed.begunBy(begun) <= before;
  }

  /** Of what goes to or comes from an end that tells nothing, nobody knows how much is on its way. */
  get isOneSided(): boolean {
    return this.from.unknown || this.to.unknown;
  }

  get latestMs(): number {
    return Math.max(...[this.from.puts.order, this.from.sends.order, this.to.receives.order].map((order) => (order.length === 0 ? -Infinity : order.keyAt(order.length - 1))));
  }

  dropped(time: number): void {
    this.queueDepth.rollBack(time);
    this.from.puts.drop(time);
    this.changed(time);
  }

  private changed(time: number): void {
    if (time < this.changedFrom) this.changedFrom = time;
  }

  maxDepth(queue: boolean): number {
    if (this.isOneSided) return 0;
    return (queue ? this.queueDepth : this.pipeDepth).max;
  }

  maxDepthUpTo(time: number, queue: boolean): number {
    if (this.isOneSided) return 0;
    return (queue ? this.queueDepth : this.pipeDepth).maxUpTo(time);
  }

  depthAt(time: number, queue: boolean): number {
    if (this.isOneSided) return 0;
    return (queue ? this.queueDepth : this.pipeDepth).at(time);
  }

  /** Messages on their way now, counted ones included. */
  depth(queue: boolean): number {
    if (this.isOneSided) return 0;
    const received = this.to.receives.count + this.to.sum('received');
    const entered = queue
      ? this.from.puts.count + this.from.sum('puts') - this.from.puts.drops.length
      : this.from.sends.count + this.from.sum('sent');
    return Math.max(0, entered - received);
  }
}
