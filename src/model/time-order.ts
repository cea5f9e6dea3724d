/**
 * The order of a log's rows by time, whatever the order in which they were told. Rows are never moved: the order is a
 * permutation beside them, and none at all while they arrive in order, which is the common case.
 */
import type { Times } from './columns.js';

export class TimeOrder {
  private order: Uint32Array | null = null;
  private settled = 0;
  private changedFrom = Infinity;
  /** It is of a moment in the past: rows that came later are not in it. */
  private closed = false;

  /**
   * @param keys the time of each row
   * @param tieBreak order of two rows of equal time, by something that does not depend on arrival; 0 only for rows of
   *   one image, whose arrival order is always the same
   */
  constructor(
    private readonly keys: Times,
    private readonly tieBreak: (rowA: number, rowB: number) => number,
  ) {}

  /** Rows in the order; rows told since are not in it before `settle`. */
  get length(): number {
    return this.settled;
  }

  /** The row at a position. */
  row(position: number): number {
    return this.order === null ? position : this.order[position]!;
  }

  keyAt(position: number): number {
    return this.keys.at(this.row(position));
  }

  /**
   * Takes in the rows that were told since. When there are any, `beforeChange` hears the first position that will be
   * another (the old length when all come behind) and the earliest new time, while the old order still stands.
   */
  settle(beforeChange: (position: number, time: number) => void): void {
    const before = this.settled;
    const total = this.keys.length;
    if (this.closed || before === total) return;
    const runs = this.runsOfNewRows(before, total);
    const firstFits = before === 0 || this.compare(this.row(before - 1), before) <= 0;
    if (runs.length === 1 && firstFits) {
      this.changedFrom = Math.min(this.changedFrom, before);
      beforeChange(before, this.keys.at(before));
      if (this.order !== null) {
        this.reserve(total);
        for (let row = before; row < total; row++) this.order[row] = row;
      }
      this.settled = total;
      return;
    }
    const fresh = this.sortRuns(before, total, runs);
    const from = this.positionFor(fresh[0]!, before);
    this.changedFrom = Math.min(this.changedFrom, from);
    beforeChange(from, this.keys.at(fresh[0]!));
    this.mergeIn(fresh, from, before, total);
  }

  /** First position that is another than when this was last asked: for one who keeps something by position. Infinity: none is. */
  takeChange(): number {
    const from = this.changedFrom;
    this.changedFrom = Infinity;
    return from;
  }

  /**
   * The first `length` rows without those at some positions, ascending. Nothing may be told to this order any more: where it can
   * be, what it keeps is shared.
   */
  first(length: number, without: readonly number[]): TimeOrder {
    const part = new TimeOrder(this.keys, this.tieBreak);
    part.closed = true;
    part.settled = length - without.length;
    const changedAt = without[0] ?? length;
    if (changedAt >= part.settled) {
      part.order = this.order;
      return part;
    }
    const rows = new Uint32Array(part.settled);
    if (this.order === null) for (let i = 0; i < changedAt; i++) rows[i] = i;
    else rows.set(this.order.subarray(0, changedAt));
    for (let position = changedAt, out = changedAt, next = 0; position < length; position++) {
      if (without[next] === position) next++;
      else rows[out++] = this.row(position);
    }
    part.order = rows;
    return part;
  }

  /** Number of rows with a time `<= limit`. */
  countUpTo(limit: number): number {
    let low = 0;
    let high = this.settled;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keyAt(middle) <= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Number of rows with a time `< limit`. */
  countBefore(limit: number): number {
    let low = 0;
    let high = this.settled;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keyAt(middle) < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private compare(rowA: number, rowB: number): number {
    const difference = this.keys.at(rowA) - this.keys.at(rowB);
    if (difference !== 0) return difference;
    return this.tieBreak(rowA, rowB) || rowA - rowB;
  }

  /** Starts of the ascending runs among the rows told since: one a journal and poll, seldom more. */
  private runsOfNewRows(from: number, to: number): number[] {
    const starts = [from];
    for (let row = from + 1; row < to; row++) {
      if (this.compare(row - 1, row) > 0) starts.push(row);
    }
    return starts;
  }

  private sortRuns(from: number, to: number, starts: readonly number[]): Uint32Array {
    let current = new Uint32Array(to - from);
    for (let i = 0; i < current.length; i++) current[i] = from + i;
    let other = new Uint32Array(current.length);
    let bounds = [...starts.map((start) => start - from), current.length];
    while (bounds.length > 2) {
      const next: number[] = [0];
      for (let i = 0; i + 1 < bounds.length; i += 2) {
        const low = bounds[i]!;
        const middle = bounds[i + 1]!;
        const high = bounds[i + 2] ?? middle;
        this.merge(current, low, middle, high, other);
        next.push(high);
      }
      bounds = next;
      [current, other] = [other, current];
    }
    return current;
  }

  private merge(source: Uint32Array, low: number, middle: number, high: number, target: Uint32Array): void {
    let left = low;
    let right = middle;
    for (let out = low; out < high; out++) {
      if (left < middle && (right >= high || this.compare(source[left]!, source[right]!) <= 0)) target[out] = source[left++]!;
      else target[out] = source[right++]!;
    }
  }

  private positionFor(row: number, length: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.row(middle), row) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Merges from the back, so that only what lies behind the first new row is touched. */
  private mergeIn(fresh: Uint32Array, from: number, before: number, total: number): void {
    const order = this.reserve(total);
    let old = before - 1;
    let next = fresh.length - 1;
    for (let out = total - 1; next >= 0; out--) {
      if (old >= from && this.compare(order[old]!, fresh[next]!) > 0) order[out] = order[old--]!;
      else order[out] = fresh[next--]!;
    }
    this.settled = total;
  }

  private reserve(total: number): Uint32Array {
    if (this.order === null) {
      this.order = new Uint32Array(Math.max(64, total + (total >>> 2)));
      for (let i = 0; i < this.settled; i++) this.order[i] = i;
    } else if (this.order.length < total) {
      const larger = new Uint32Array(total + (total >>> 1));
      larger.set(this.order.subarray(0, this.settled));
      this.order = larger;
    }
    return this.order;
  }
}
