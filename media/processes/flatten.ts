/** Which rows the process tree shows, in order: pure, from the rows, the folds and the filter. */
import type { ProcessKind, ProcessRow } from '../../src/protocol/view.js';

export type GroupKind = 'workers' | 'executors' | 'helpers';

export interface Group {
  readonly kind: GroupKind;
  /** The pool that its workers serve; null: not known. */
  readonly pool: string | null;
  readonly members: readonly string[];
}

/** A row on the screen: a process, or a line that stands for several of one kind under one parent. */
export type TreeRow = {
  /** The process key, `parent/kind` of a group, `parent/pool` of a pool's workers. */
  readonly id: string;
  readonly process: string | null;
  readonly group: Group | null;
  readonly depth: number;
  readonly expandable: boolean;
  readonly expanded: boolean;
  readonly position: number;
  readonly setSize: number;
  /** It is one of a group, whose row says what they have in common. */
  readonly member: boolean;
  /** Index of the row it is under; -1 at the top. */
  readonly parentIndex: number;
};

export interface Tree {
  readonly rows: readonly TreeRow[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Every process, folded away or not, to the index of the row that stands for it; absent when the filter hides it. */
  readonly anchor: ReadonlyMap<string, number>;
}

const GROUPS: Partial<Record<ProcessKind, GroupKind>> = {
  'pool-worker': 'workers',
  'executor-worker': 'executors',
  forkserver: 'helpers',
  'resource-tracker': 'helpers',
};

/** Helpers are folded even when there is one; workers make a group from two on. */
function grouped(kind: GroupKind, members: number): boolean {
  return kind === 'helpers' || members > 1;
}

export function openByDefault(row: { readonly group: { readonly kind: GroupKind } | null }): boolean {
  return row.group?.kind !== 'helpers';
}

const NO_POOLS: ReadonlyMap<string, string> = new Map();

interface Node {
  readonly id: string;
  readonly row: ProcessRow | null;
  readonly kind: GroupKind | null;
  readonly pool: string | null;
  readonly children: Node[];
}

/**
 * @param turned ids of rows whose fold differs from the default
 * @param poolOf the pool that a worker serves: workers of two pools under one parent stand apart
 * @param keep which processes the filter lets through (their ancestors stay); null: no filter
 */
export function flatten(processes: Iterable<ProcessRow>, turned: ReadonlySet<string>, keep: ((row: ProcessRow) => boolean) | null, poolOf: ReadonlyMap<string, string> = NO_POOLS): Tree {
  const all = [...processes].sort(byStart);
  const nodes = new Map<string, Node>();
  for (const row of all) nodes.set(row.key, { id: row.key, row, kind: null, pool: poolOf.get(row.key) ?? null, children: [] });
  const roots: Node[] = [];
  for (const row of all) {
    const node = nodes.get(row.key);
    const parent = row.parent === null || row.parent === row.key ? undefined : nodes.get(row.parent);
    if (node === undefined) continue;
    if (parent === undefined || leadsTo(parent.row, row.key, nodes)) roots.push(node);
    else parent.children.push(node);
  }

  const out: TreeRow[] = [];
  const indexOf = new Map<string, number>();
  const anchor = new Map<string, number>();

  const passes = (node: Node): boolean =>
    keep === null || (node.row !== null && keep(node.row)) || node.children.some(passes);

  const stand = (node: Node, index: number): void => {
    if (node.row !== null && passes(node)) anchor.set(node.id, index);
    for (const child of node.children) stand(child, index);
  };

  const emit = (siblings: readonly Node[], depth: number, parentIndex: number): void => {
    const parent = out[parentIndex];
    // The members of a group are not grouped again.
    const shown = (parent?.group == null ? group(siblings, parent?.id ?? '') : siblings).filter(passes);
    shown.forEach((node, i) => {
      const index = out.length;
      const expandable = node.children.some(passes);
      const group = node.kind === null ? null : { kind: node.kind, pool: node.pool, members: node.children.map((c) => c.id) };
      const byDefault = openByDefault({ group });
      // A filter that matched something inside a fold would show nothing of it: while filtering all is open.
      const expanded = expandable && (keep !== null || byDefault !== turned.has(node.id));
      indexOf.set(node.id, index);
      if (node.row !== null) anchor.set(node.id, index);
      out.push({ id: node.id, process: node.row?.key ?? null, group, depth, expandable, expanded, position: i + 1, setSize: shown.length, member: parent?.group != null, parentIndex });
      if (expanded) emit(node.children, depth + 1, index);
      else for (const child of node.children) stand(child, index);
    });
  };
  emit(roots, 0, -1);
  return { rows: out, indexOf, anchor };
}

/** What the members of a group have in common; null: the process stands for itself. */
function groupOf(node: Node): { readonly id: string; readonly kind: GroupKind } | null {
  const kind = node.row === null ? undefined : GROUPS[node.row.kind];
  return kind === undefined ? null : { id: kind === 'helpers' ? kind : (node.pool ?? kind), kind };
}

/** Workers of a pool stand where the first of them started; helpers go to the end. */
function group(siblings: readonly Node[], parent: string): readonly Node[] {
  const groups = new Map<string, Node[]>();
  for (const node of siblings) {
    const of = groupOf(node);
    if (of === null) continue;
    const members = groups.get(of.id);
    if (members === undefined) groups.set(of.id, [node]);
    else members.push(node);
  }
  if (groups.size === 0) return siblings;
  const out: Node[] = [];
  const last: Node[] = [];
  for (const node of siblings) {
    const of = groupOf(node);
    const members = of === null ? undefined : groups.get(of.id);
    if (of === null || members === undefined || !grouped(of.kind, members.length)) {
      out.push(node);
      continue;
    }
    if (members[0] !== node) continue;
    const helpers = of.kind === 'helpers';
    (helpers ? last : out).push({ id: `${parent}/${of.id}`, row: null, kind: of.kind, pool: helpers ? null : node.pool, children: members });
  }
  return [...out, ...last];
}

/** A parent that descends from its own child would make the tree endless; the records cannot say it, a bad file can. */
function leadsTo(from: ProcessRow | null, key: string, nodes: ReadonlyMap<string, Node>): boolean {
  let at = from;
  for (let steps = 0; at !== null && steps <= nodes.size; steps++) {
    if (at.key === key) return true;
    at = at.parent === null ? null : (nodes.get(at.parent)?.row ?? null);
  }
  return at !== null;
}

function byStart(a: ProcessRow, b: ProcessRow): number {
  return a.startedMs - b.startedMs || Number(a.key.slice(1)) - Number(b.key.slice(1));
}
