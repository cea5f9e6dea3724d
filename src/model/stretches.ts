/** Stretches of time in the order in which they ended, roughly; from far away whole blocks of them are looked at as one. */
import { times } from './columns.js';

const BLOCK_BITS = 6;
const BLOCK_MASK = (1 << BLOCK_BITS) - 1;
/** So many that are told after a later one may have ended before it: threads of one process tell theirs in turn. */
const OUT_OF_ORDER = 64;
const LEVELS = 3;

/** Times of blocks of 64, 4,096, 262,144 stretches. */
interface Level {
  readonly start: number[];
  readonly end: number[];
}

export class Stretches {
  private readonly t0 = times();
  private readonly t1 = times();
  /** The largest end so far: threads tell theirs slightly out of order, and this is what can be searched. */
  private readonly told = times();
  /** How many had ended by the moment that was looked up last. */
  private near = 0;
  private readonly levels: Level[] = Array.from({ length: LEVELS }, () => ({ start: [], end: [] }));

  /** @param summarise a row came into a block: what else is known of its rows is to be added to what is known of the block */
  constructor(private readonly summarise: (level: number, block: number, row: number) => void) {}

  get count(): number {
    return this.t1.length;
  }

  /** Of a row, milliseconds. */
  lengthOf(row: number): number {
    return this.t1.at(row) - this.t0.at(row);
  }

  /** Of a row, milliseconds from the run's start. */
  beginOf(row: number): number {
    return this.t0.at(row);
  }

  add(t0: number, t1: number): void {
    const row = this.t1.length;
    this.t0.push(t0);
    this.t1.push(t1);
    this.told.push(row > 0 ? Math.max(t1, this.told.at(row - 1)) : t1);
    for (let level = 0; level < LEVELS; level++) {
      const block = row >>> (BLOCK_BITS * (level + 1));
      const { start, end } = this.levels[level]!;
      if (block === start.length) {
        start.push(t0);
        end.push(t1);
      } else {
        start[block] = Math.min(start[block]!, t0);
        end[block] = Math.max(end[block]!, t1);
      }
      this.summarise(level, block, row);
    }
  }

  /** How many of the first had all ended by a time. @param late those told after them that had, too: a few */
  endedBy(ms: number, late: (row: number) => void): number {
    const first = this.near = this.told.upperBoundNear(ms, this.near);
    for (let row = first; row < Math.min(this.count, first + OUT_OF_ORDER); row++) if (this.t1.at(row) <= ms) late(row);
    return first;
  }

  /** Those that a moment lies in, and that had begun by another. @param take their rows are added */
  at(ms: number, begunBy: number, take: number[]): void {
    const n = this.t1.length;
    // Looked up at one moment after the other, mostly: the next is not far from the last.
    let i = this.near = this.told.upperBoundNear(ms, this.near);
    while (i < n) {
      for (const end = Math.min(n, (i | BLOCK_MASK) + 1); i < end; i++) if (this.t0.at(i) <= begunBy && this.t1.at(i) > ms) take.push(i);
      i = this.skip(i, begunBy);
    }
  }

  /** The first row from one on, where a block begins, that is in a block of which some had begun by then. */
  private skip(from: number, begunBy: number): number {
    let i = from;
    for (const n = this.t1.length; i < n;) {
      let level = LEVELS - 1;
      while (level >= 0 && ((i & ((1 << (BLOCK_BITS * (level + 1))) - 1)) !== 0 || this.levels[level]!.start[i >>> (BLOCK_BITS * (level + 1))]! <= begunBy)) level--;
      if (level < 0) return i;
      i += 1 << (BLOCK_BITS * (level + 1));
    }
    return i;
  }

  /** All, in the order in which they were told. */
  each(take: (row: number, t0: number, t1: number) => void): void {
    for (let row = 0; row < this.t1.length; row++) take(row, this.t0.at(row), this.t1.at(row));
  }

  /** All that touch the window, one by one, or as a block where that lies within one `grain`. */
  visit(
    fromMs: number,
    toMs: number,
    grain: number,
    one: (row: number, t0: number, t1: number) => void,
    several: (level: number, block: number, t0: number, t1: number) => void,
  ): void {
    const n = this.t1.length;
    let i = this.told.upperBound(fromMs);
    while (i < n) {
      let level = LEVELS - 1;
      for (; level >= 0; level--) {
        const bits = BLOCK_BITS * (level + 1);
        if ((i & ((1 << bits) - 1)) !== 0) continue;
        const block = i >>> bits;
        const { start, end } = this.levels[level]!;
        if (block >= start.length) continue;
        const outside = start[block]! > toMs;
        if (!outside && end[block]! - start[block]! > grain) continue;
        if (!outside) several(level, block, start[block]!, end[block]!);
        i += 1 << bits;
        break;
      }
      if (level >= 0) continue;
      // One by one to where a block begins.
      for (const end = Math.min(n, (i | BLOCK_MASK) + 1); i < end; i++) {
        const t0 = this.t0.at(i);
        if (t0 > toMs) continue;
        const t1 = this.t1.at(i);
        if (t1 > fromMs) one(i, t0, t1);
      }
    }
  }
}
