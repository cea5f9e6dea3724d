/** Tells objects apart that one source line made, and that so have one name. */

interface Named {
  readonly key: string;
  readonly name: string | null;
  readonly kind?: string;
  readonly internal?: boolean;
}

/**
 * Names for those that share one with others of their kind. `a, b = Lock(), Lock()` names as many as it makes, in their order; of others
 * (`forks[…]`) the place among them is added, from 1.
 *
 * @param rows of one table, in order of creation
 * @returns by key; nothing for those whose name is their own
 */
export function namesApart(rows: Iterable<Named>): Map<string, string> {
  const alike = new Map<string, Named[]>();
  for (const row of rows) {
    if (row.name === null) continue;
    // A Barrier and the lock inside of it come from one line too, and are no two of one kind.
    const id = `${row.kind ?? ''}\n${row.internal === true ? 'internal' : ''}\n${row.name}`;
    const others = alike.get(id);
    if (others === undefined) alike.set(id, [row]);
    else others.push(row);
  }
  const apart = new Map<string, string>();
  for (const group of alike.values()) {
    if (group.length < 2) continue;
    const each = group[0]?.name?.split(', ') ?? [];
    group.forEach((row, i) => apart.set(row.key, each.length === group.length ? (each[i] ?? '') : `${row.name ?? ''} #${i + 1}`));
  }
  return apart;
}
