/**
 * The messages of a channel in one order, without a list of them: a few ascending sequences over the columns, merged only
 * where a window is looked at. A million rows cost no more than the ones that are seen.
 */

/** Sent; put and not sent yet; received, and no send is known. */
export type SpotKind = 'sent' | 'put' | 'received';

/** Where a message is in the columns. `at`: position in the order of sends or receives; row of the put. */
export interface Spot {
  readonly way: 0 | 1;
  readonly kind: SpotKind;
  readonly at: number;
}

/** Ascending by time. */
export interface Sequence {
  readonly way: 0 | 1;
  readonly kind: SpotKind;
  readonly length: number;
  timeAt(index: number): number;
  spotAt(index: number): number;
  /** Which one it is of all of its kind: another number only where this is a choice among them. */
  placeAt(index: number): number;
}

export interface Placed {
  readonly spot: Spot;
  /** As of `placeAt`. */
  readonly place: number;
}

/** So few between two times are stepped over one by one. */
const NEAR = 32;

/** Sequences that are merged by time; all of one group come before all of the next. */
export class Merged {
  readonly length: number;

  constructor(private readonly groups: readonly (readonly Sequence[])[]) {
    this.length = groups.reduce((sum, group) => sum + lengthOf(group), 0);
  }

  /** Messages `first` to `first + count` of the order, as far as there are so many. */
  window(first: number, count: number): Placed[] {
    const found: Placed[] = [];
    let skip = Math.max(0, first);
    for (const group of this.groups) {
      const length = lengthOf(group);
      if (skip >= length) {
        skip -= length;
        continue;
      }
      const heads = headsAt(group, skip);
      skip = 0;
      while (found.length < count) {
        const next = earliest(group, heads);
        if (next < 0) break;
        const sequence = group[next]!;
        const index = heads[next]!++;
        found.push({ spot: { way: sequence.way, kind: sequence.kind, at: sequence.spotAt(index) }, place: sequence.placeAt(index) });
      }
    }
    return found;
  }

  /** The place in the order of the index-th message of one of the sequences. */
  rankOf(kind: SpotKind, way: 0 | 1, index: number): number {
    let before = 0;
    for (const group of this.groups) {
      const own = group.findIndex((sequence) => sequence.kind === kind && sequence.way === way);
      if (own < 0) {
        before += lengthOf(group);
        continue;
      }
      const time = group[own]!.timeAt(index);
      // Of equal times the sequence that stands first comes first.
      group.forEach((sequence, i) => {
        before += i === own ? index : i < own ? countUpTo(sequence, time) : countBefore(sequence, time);
      });
      return before;
    }
    return before;
  }
}

function lengthOf(group: readonly Sequence[]): number {
  return group.reduce((sum, { length }) => sum + length, 0);
}

/** How many of each sequence come before the rank-th of all. */
function headsAt(group: readonly Sequence[], rank: number): number[] {
  if (group.length === 1) return [rank];
  const filled = group.filter(({ length }) => length > 0);
  let low = Math.min(...filled.map((sequence) => sequence.timeAt(0))) - 1;
  let high = Math.max(...filled.map((sequence) => sequence.timeAt(sequence.length - 1)));
  let below = 0;
  let above = lengthOf(group);
  // Up to `low` there are no more than `rank`, up to `high` there are more.
  while (above - below > NEAR) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    const upTo = group.reduce((sum, sequence) => sum + countUpTo(sequence, middle), 0);
    if (upTo > rank) [high, above] = [middle, upTo];
    else [low, below] = [middle, upTo];
  }
  const heads = group.map((sequence) => countUpTo(sequence, low));
  for (let at = below; at < rank; at++) {
    const next = earliest(group, heads);
    if (next < 0) break;
    heads[next]!++;
  }
  return heads;
}

function earliest(group: readonly Sequence[], heads: readonly number[]): number {
  let best = -1;
  let time = Infinity;
  for (let i = 0; i < group.length; i++) {
    const sequence = group[i]!;
    const head = heads[i]!;
    if (head >= sequence.length) continue;
    const at = sequence.timeAt(head);
    if (best < 0 || at < time) [best, time] = [i, at];
  }
  return best;
}

function countUpTo(sequence: Sequence, time: number): number {
  return bound(sequence, (at) => at <= time);
}

function countBefore(sequence: Sequence, time: number): number {
  return bound(sequence, (at) => at < time);
}

function bound(sequence: Sequence, isBefore: (time: number) => boolean): number {
  let low = 0;
  let high = sequence.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sequence.timeAt(middle))) low = middle + 1;
    else high = middle;
  }
  return low;
}
