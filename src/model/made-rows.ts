/** Rows of locks, pools, segments or shared objects as they grow: stable keys, and rows made again only where something changed. */
import { keep, rowsSince, type Kept } from './kept.js';
import { compareMade, type Made, type MadeTable } from './made.js';
import { byNumber } from './waiters.js';

/** One that nobody announced may yet be: its maker's journal may be read a little later than its users'. */
const ANNOUNCE_WAIT = 500;

export class MadeRows<M extends Made, Row> {
  private readonly rows = new Map<M, Kept<Row>>();
  private readonly byKey = new Map<string, M>();
  private readonly hidden = new Set<M>();
  /** Those whose row changes with time alone. */
  private readonly restless = new Set<M>();
  private named = 0;

  /**
   * @param prefix of keys
   * @param changesByItself whether the row will be another by the passing of time; asked before the row is made
   */
  constructor(
    private readonly table: MadeTable<M>,
    private readonly prefix: string,
    private readonly make: (made: M, now: number) => Row,
    private readonly changesByItself: (made: M, now: number) => boolean,
    /** Where keys are given elsewhere. */
    private readonly keyOf?: (made: M, prefix: string) => string,
  ) {}

  at(key: string): M | null {
    return this.byKey.get(key) ?? null;
  }

  since(version: number): Row[] {
    return rowsSince(this.rows, version);
  }

  /** Gives keys to those that can be shown now, before any row is made: rows of all kinds speak of each other. */
  name(now: number, still: boolean, named: (made: M) => void): void {
    const fresh: M[] = [];
    for (const made of new Set([...this.table.dirty, ...this.hidden])) {
      if (made.key !== null) continue;
      if (made.origin !== null || still || now - made.firstMs > ANNOUNCE_WAIT) fresh.push(made);
      else this.hidden.add(made);
    }
    fresh.sort(compareMade);
    for (const made of fresh) {
      made.key = this.keyOf?.(made, this.prefix) ?? `${this.prefix}${++this.named}`;
      this.byKey.set(made.key, made);
      this.hidden.delete(made);
      made.touch();
      named(made);
    }
  }

  /** @returns whether any row changed */
  refresh(now: number, still: boolean, version: number): boolean {
    const { dirty } = this.table;
    const stale = new Set([...dirty, ...this.restless]);
    dirty.clear();
    let changed = false;
    // New rows in the order of their keys: that is the order of all rows.
    const inOrder = this.keyOf === undefined ? compareMade : (a: M, b: M): number => byNumber(a.key ?? '', b.key ?? '');
    const fresh = [...stale].filter((made) => made.key !== null && !this.rows.has(made)).sort(inOrder);
    for (const made of new Set([...fresh, ...stale])) {
      made.dirty = false;
      if (made.key === null) continue;
      if (!still && this.changesByItself(made, now)) this.restless.add(made);
      else this.restless.delete(made);
      changed = keep(this.rows, made, this.make(made, now), version) || changed;
    }
    return changed;
  }
}
