/** How many messages are on their way: put (or sent) and not yet received, over time. */
import type { TimeOrder } from './time-order.js';

interface Checkpoint {
  readonly entered: number;
  readonly left: number;
  readonly depth: number;
  readonly max: number;
}

/** What is kept costs little beside the messages; what is folded again for a moment of the past costs the hand that drags. */
const STEP = 512;

/**
 * The largest depth, folded over entries and departures in the order of time; among equal times departures first.
 * Late records roll it back to the checkpoint before them.
 */
export class DepthFold {
  max = 0;
  private entered = 0;
  private left = 0;
  private depth = 0;
  private folded = 0;
  private lastTime = -Infinity;
  private readonly checkpoints: Checkpoint[] = [];

  constructor(
    private readonly entries: TimeOrder,
    private readonly departures: TimeOrder,
    /** Times at which something left without being received (dropped by a feeder), ascending. */
    private readonly drops: readonly number[],
  ) {}

  /**
   * Goes on from where another fold stood, whose first `entries` entries and whose departures up to `until` are the same as here. To be
   * told before the first fold. Milliseconds from the run's start.
   */
  goOnFrom(other: DepthFold, entries: number, until: number): void {
    let last = other.checkpointAt(until);
    while (last >= 0 && other.checkpoints[last]!.entered > entries) last--;
    const at = other.checkpoints[last];
    if (at === undefined) return;
    this.checkpoints.push(...other.checkpoints.slice(0, last + 1));
    this.entered = at.entered;
    this.left = at.left;
    this.depth = at.depth;
    this.max = at.max;
    this.folded = at.entered + at.left;
    this.lastTime = this.timeBefore(at);
  }

  /** Something will be told for `time`, which may have been folded already. */
  rollBack(time: number): void {
    if (time > this.lastTime) return;
    let last = this.checkpoints.length - 1;
    while (last >= 0 && this.timeBefore(this.checkpoints[last]!) >= time) last--;
    this.checkpoints.length = last + 1;
    const to = this.checkpoints[last] ?? { entered: 0, left: 0, depth: 0, max: 0 };
    this.entered = to.entered;
    this.left = to.left;
    this.depth = to.depth;
    this.max = to.max;
    this.folded = to.entered + to.left;
    this.lastTime = this.timeBefore(to);
  }

  /** @param cut from then on not everything was recorded: nothing is folded */
  fold(until: number, cut: number): void {
    for (;;) {
      const entry = this.entered < this.entries.length ? this.entries.keyAt(this.entered) : Infinity;
      const departure = this.left < this.departures.length ? this.departures.keyAt(this.left) : Infinity;
      const next = Math.min(entry, departure);
      if (next === Infinity || next > until || next >= cut) return;
      if (departure <= entry) {
        this.left++;
        this.depth--;
      } else {
        this.entered++;
        this.depth++;
        const now = this.depth - this.droppedUpTo(entry);
        if (now > this.max) this.max = now;
      }
      this.lastTime = next;
      this.folded++;
      if (this.folded % STEP === 0) this.checkpoints.push({ entered: this.entered, left: this.left, depth: this.depth, max: this.max });
    }
  }

  /** The largest depth up to a time. */
  maxUpTo(time: number): number {
    let { entered, left, depth, max } = this.checkpoints[this.checkpointAt(time)] ?? { entered: 0, left: 0, depth: 0, max: 0 };
    for (;;) {
      const entry = entered < this.entries.length ? this.entries.keyAt(entered) : Infinity;
      const departure = left < this.departures.length ? this.departures.keyAt(left) : Infinity;
      if (Math.min(entry, departure) > time || (entry === Infinity && departure === Infinity)) return max;
      if (departure <= entry) {
        left++;
        depth--;
      } else {
        entered++;
        depth++;
        max = Math.max(max, depth - this.droppedUpTo(entry));
      }
    }
  }

  /** Depth at a time, from what is known now. */
  at(time: number): number {
    return Math.max(0, this.entries.countUpTo(time) - this.departures.countUpTo(time) - this.droppedUpTo(time));
  }

  private droppedUpTo(time: number): number {
    let low = 0;
    let high = this.drops.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.drops[middle]! <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The last checkpoint of which all had happened by a time; -1: none. */
  private checkpointAt(time: number): number {
    let low = 0;
    let high = this.checkpoints.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeBefore(this.checkpoints[middle]!) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private timeBefore(checkpoint: Checkpoint): number {
    const entry = checkpoint.entered > 0 ? this.entries.keyAt(checkpoint.entered - 1) : -Infinity;
    const departure = checkpoint.left > 0 ? this.departures.keyAt(checkpoint.left - 1) : -Infinity;
    return Math.max(entry, departure);
  }
}
