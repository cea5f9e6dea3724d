/** One way through a channel: its logs, the pairing over them, and how much was on its way. */
import { DepthFold } from './depth.js';
import type { PutLog, ReceiveLog, SendLog, CompareImages } from './logs.js';
import { PutLog as Puts, ReceiveLog as Receives, SendLog as Sends } from './logs.js';
import { Pairing } from './pairing.js';
import type { CounterFact } from './facts.js';

/** Attempts of one image to get that raised Empty: how many, and the last of them. A poller has millions, so they are not kept. */
export interface EmptyGets {
  readonly count: number;
  readonly t1: number;
  readonly site: number;
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
  ) {
    this.sends = new Sends(compare);
    this.receives = new Receives(compare);
    this.puts = new Puts(compare);
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
  private readonly queueDepth: DepthFold;
  private readonly pipeDepth: DepthFold;

  private cutBefore = Infinity;

  constructor(
    /** The end that is written to: its sends and puts. */
    readonly from: Stream,
    /** The end that is read from: its receives. */
    readonly to: Stream,
  ) {
    this.pairing = new Pairing(from.sends, to.receives, from.puts);
    this.queueDepth = new DepthFold(from.puts.order, to.receives.order, from.puts.drops);
    this.pipeDepth = new DepthFold(from.sends.order, to.receives.order, []);
  }

  /** Takes in what was told since, and pairs what was received up to `until`. */
  settle(until: number, queue: boolean): void {
    const { pairing, queueDepth, pipeDepth } = this;
    this.from.sends.order.settle((position, time) => {
      pairing.sendsWillChange(position);
      pipeDepth.rollBack(time);
    });
    this.to.receives.order.settle((position, time) => {
      pairing.receivesWillChange(position);
      pipeDepth.rollBack(time);
      queueDepth.rollBack(time);
    });
    this.from.puts.order.settle((_position, time) => queueDepth.rollBack(time));
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
  }

  maxDepth(queue: boolean): number {
    if (this.isOneSided) return 0;
    return (queue ? this.queueDepth : this.pipeDepth).max;
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
