/**
 * Whether two processes were in an operation on one end at the same time, each without the channel's own lock. A fold over a log in the
 * order of its times: of the rows before, the latest end and the latest end of any other process tell whether a row begins before one of
 * another has ended.
 */
import type { Bytes, Times, Words } from './columns.js';
import type { TimeOrder } from './time-order.js';

interface Log {
  readonly t0: Times;
  readonly t1: Times;
  readonly bytes: Words;
  readonly image: Words;
  readonly site: Words;
  readonly flags: Bytes;
  readonly order: TimeOrder;
}

/** Two rows of the log; the one that began later is `second`. */
export interface Overlap {
  readonly first: number;
  readonly second: number;
}

/** Says of two rows, and the position of the one that began first, whether they met for certain: clocks are read a little after the deed. */
export type Proof = (overlap: Overlap, position: number) => boolean;

interface Place {
  readonly row: number;
  readonly position: number;
}

export class OverlapFold {
  /** The earliest, and the earliest in which a message of at least `large` bytes took part. */
  earliest: Overlap | null = null;
  earliestLarge: Overlap | null = null;
  private folded = 0;
  /** Row with the latest end, and that of another image's with the latest end. */
  private latest: Place | null = null;
  private other: Place | null = null;
  private lastBegin = -Infinity;

  constructor(
    private readonly log: Log,
    private readonly lockedFlag: number,
    private readonly large: number,
    private readonly proves: Proof,
  ) {}

  /** Rows come in before this position. */
  rollBack(position: number): void {
    if (position >= this.folded) return;
    // Of rows under the lock nothing is kept: the ends of queues, where several processes write and what they say comes late, fold on.
    if (this.latest === null) this.folded = position;
    else this.restart();
  }

  /** Something by which meetings are proven will be told for `time`. */
  rollBackTo(time: number): void {
    if (time <= this.lastBegin) this.restart();
  }

  fold(until: number): void {
    const { log } = this;
    for (; this.folded < log.order.length && this.earliestLarge === null; this.folded++) {
      const row = log.order.row(this.folded);
      if (log.t1.at(row) > until) return;
      if (log.flags.at(row) & this.lockedFlag) continue;
      const place = { row, position: this.folded };
      this.lastBegin = Math.max(this.lastBegin, log.t0.at(place.row));
      for (const before of [this.latest, this.other]) if (before !== null) this.compare(before, place);
      this.keep(place);
    }
  }

  private compare(before: Place, now: Place): void {
    const { t0, t1, image, bytes } = this.log;
    const [a, b] = [before.row, now.row];
    // Two that only touch did not meet.
    if (image.at(a) === image.at(b) || Math.min(t1.at(a), t1.at(b)) <= Math.max(t0.at(a), t0.at(b))) return;
    const isLarge = bytes.at(a) >= this.large || bytes.at(b) >= this.large;
    if (this.earliest !== null && !isLarge) return;
    const inOrder = t0.at(a) <= t0.at(b);
    const overlap = inOrder ? { first: a, second: b } : { first: b, second: a };
    if (!this.proves(overlap, inOrder ? before.position : now.position)) return;
    this.earliest ??= overlap;
    if (isLarge) this.earliestLarge = overlap;
  }

  private keep(place: Place): void {
    const { t1, image } = this.log;
    const { latest, other } = this;
    const isLater = (than: Place | null): boolean => than === null || t1.at(place.row) >= t1.at(than.row);
    if (latest !== null && image.at(place.row) === image.at(latest.row)) {
      if (isLater(latest)) this.latest = place;
    } else if (isLater(latest)) {
      this.other = latest;
      this.latest = place;
    } else if (isLater(other)) this.other = place;
  }

  private restart(): void {
    this.folded = 0;
    this.lastBegin = -Infinity;
    this.latest = this.other = null;
    this.earliest = this.earliestLarge = null;
  }
}
