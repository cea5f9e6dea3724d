/** What stands for what where there is more than a picture can hold: things alike become one. Pure. */

export interface Foldable {
  readonly key: string;
  /** Folds that it may go into, from those with what is most like it to the loosest. */
  readonly like: readonly string[];
  /** A fold that it belongs to however few there are: the pool of a worker. */
  readonly always?: string | null;
}

export interface Folded {
  /** Of each unit that is folded: the fold that stands for it. */
  readonly of: ReadonlyMap<string, string>;
  /** Of each unit that stands alone because its fold was opened: that fold. */
  readonly opened: ReadonlyMap<string, string>;
  /** Folds that want of room made, of things alike. */
  readonly made: ReadonlySet<string>;
}

export interface Room {
  /** How many may stand without folding. */
  readonly units: number;
  /** How many more may stand because the user opened a fold. */
  readonly opened: number;
}

/** Fewer than these are not worth a fold. */
const FEWEST = 3;

/**
 * @param open folds that the user opened
 * @param before folds made earlier: what was one stays one, though there may be room again
 */
export function fold(units: readonly Foldable[], room: Room, open: ReadonlySet<string>, before: ReadonlySet<string>): Folded {
  const of = new Map<string, string>();
  const made = new Set<string>();
  for (const unit of units) {
    // The last is for whatever there is no room for: it is found anew each time, or it would take in all that comes.
    const known = unit.always ?? unit.like.slice(0, -1).find((id) => before.has(id));
    if (known == null) continue;
    of.set(unit.key, known);
    if (unit.always == null) made.add(known);
  }
  const levels = Math.max(0, ...units.map((unit) => unit.like.length));
  for (let level = 0; level < levels && standing(units, of) > room.units; level++) foldLevel(units, level, level === levels - 1, room.units, of, made);
  return { made, ...openUp(units, of, open, room.opened) };
}

function standing(units: readonly Foldable[], of: ReadonlyMap<string, string>): number {
  return new Set(units.map((unit) => of.get(unit.key) ?? unit.key)).size;
}

/** The largest first, and no more than are needed; at the last level folds, too, go into larger ones. */
function foldLevel(units: readonly Foldable[], level: number, last: boolean, most: number, of: Map<string, string>, made: Set<string>): void {
  const groups = new Map<string, Foldable[]>();
  for (const unit of units) {
    const id = unit.like[level];
    if (id === undefined || unit.always != null || (of.has(unit.key) && !last)) continue;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [unit]);
    else group.push(unit);
  }
  let count = standing(units, of);
  for (const [id, group] of [...groups].sort(([, a], [, b]) => b.length - a.length)) {
    if (count <= most) return;
    if (!last && group.length < FEWEST) continue;
    // Of the last level only as many as must, the latest: who came first is most likely to matter.
    const shown = new Set(group.map((unit) => of.get(unit.key) ?? unit.key));
    const keep = last ? new Set([...shown].slice(0, Math.max(0, shown.size - (count - most) - 1))) : new Set<string>();
    let less = 0;
    for (const one of shown) if (!keep.has(one)) less++;
    for (const unit of group) if (!keep.has(of.get(unit.key) ?? unit.key)) of.set(unit.key, id);
    if (!last) made.add(id);
    count -= less - 1;
  }
}

function openUp(units: readonly Foldable[], of: Map<string, string>, open: ReadonlySet<string>, most: number): Pick<Folded, 'of' | 'opened'> {
  const opened = new Map<string, string>();
  for (const unit of units) {
    const id = of.get(unit.key);
    if (id === undefined || !open.has(id) || opened.size >= most) continue;
    of.delete(unit.key);
    opened.set(unit.key, id);
  }
  return { of, opened };
}
