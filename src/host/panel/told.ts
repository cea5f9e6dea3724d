/**
 * The rows that a page has: of each only what differs is told again. Of a thousand rows that change some figures twenty times a second, most
 * are names, lines and holders that stay.
 */
import { same } from '../../model/same.js';
import type { Patch } from '../../protocol/patch.js';

interface Keyed {
  readonly key: string;
}

export class Told {
  readonly #rows = new Map<string, Keyed>();

  /** The page has these, whole, and no others. */
  reset(...kinds: readonly (readonly Keyed[])[]): void {
    this.#rows.clear();
    for (const rows of kinds) for (const row of rows) this.#rows.set(row.key, row);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** What to tell of these rows; from here on the page has them as they are. */
  patches<Row extends Keyed>(rows: readonly Row[]): Patch<Row>[] {
    const patches: Patch<Row>[] = [];
    for (const row of rows) {
      // Keys are of one kind each.
      const patch = patchOf(this.#rows.get(row.key) as Row | undefined, row);
      if (patch === null) continue;
      this.#rows.set(row.key, row);
      patches.push(patch);
    }
    return patches;
  }

  /** Forgets rows. @returns the keys of those that the page has and that are not there any more */
  leave(there: ReadonlySet<string>, isOfInterest: (key: string) => boolean): string[] {
    const gone = [...this.#rows.keys()].filter((key) => !there.has(key) && isOfInterest(key));
    for (const key of gone) this.#rows.delete(key);
    return gone;
  }
}

/** @returns null: nothing differs */
function patchOf<Row extends Keyed>(before: Row | undefined, after: Row): Patch<Row> | null {
  if (before === after) return null;
  if (before === undefined) return after;
  const patch: Partial<Row> = {};
  let differs = false;
  for (const field of Object.keys(after) as (keyof Row)[]) {
    if (same(before[field], after[field])) continue;
    patch[field] = after[field];
    differs = true;
  }
  return differs ? { ...patch, key: after.key } : null;
}
