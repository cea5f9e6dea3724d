/** Which rows the process tree shows, in order: pure, from the rows, the folds, the filter and the order asked for. */
import type { ProcessKind, ProcessRow } from '../../src/protocol/view.js';
import { NO_TREE_CHOICES, type Folding, type TreeChoices } from '../state/tree-choices.js';

export type GroupKind = 'workers' | 'executors' | 'helpers' | 'ended';

export interface Group {
  readonly kind: GroupKind;
  /** The pool that its workers serve; null: not known. */
  readonly pool: string | null;
  /** Those that the filter lets through; of ended ones in a fold of their own too. */
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
  /** The filter does not find it: it stands here for what is under it. */
  readonly context: boolean;
  /** Processes folded away in it; none where it is open. */
  readonly inside: readonly string[];
  /** Index of the row it is under; -1 at the top. */
  readonly parentIndex: number;
};

export interface Tree {
  readonly rows: readonly TreeRow[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Every process, folded away or not, to the index of the row that stands for it; absent when the filter hides it. */
  readonly anchor: ReadonlyMap<string, number>;
  /** How many processes the filter finds; all without one. */
  readonly found: number;
  /** Ids of all that can be folded, whether it is on the screen or not. */
  readonly foldable: readonly string[];
}

/** Orders siblings; a group is compared by all of its members. */
export type Compare = (a: readonly ProcessRow[], b: readonly ProcessRow[]) => number;

export interface Shaping {
  readonly folds: TreeChoices['folds'];
  readonly folding: TreeChoices['folding'];
  /** Which processes the filter lets through (their ancestors stay); null: no filter. */
  readonly keep: ((row: ProcessRow) => boolean) | null;
  /** The pool that a worker serves: workers of two pools under one parent stand apart. */
  readonly poolOf: ReadonlyMap<string, string>;
  /** null: in order of start. */
  readonly compare: Compare | null;
}

const AS_USUAL: Shaping = { folds: NO_TREE_CHOICES.folds, folding: NO_TREE_CHOICES.folding, keep: null, poolOf: new Map(), compare: null };

/** More ended siblings than this push the living out of sight. */
const MANY_ENDED = 12;
/** A pool with more workers than this is closed at first. */
const MANY_WORKERS = 16;

const GROUPS: Partial<Record<ProcessKind, GroupKind>> = {
  'pool-worker': 'workers',
  'executor-worker': 'executors',
  forkserver: 'helpers',
  'resource-tracker': 'helpers',
};

interface Node {
  readonly id: string;
  readonly row: ProcessRow | null;
  readonly kind: GroupKind | null;
  readonly pool: string | null;
  children: Node[];
}

export function flatten(processes: Iterable<ProcessRow>, shaping: Partial<Shaping> = {}): Tree {
  const { folds, folding, keep, poolOf, compare } = { ...AS_USUAL, ...shaping };
  const roots = arrange(treeOf(processes, poolOf), null, folding);
  const passes = passing(keep);
  const out: TreeRow[] = [];
  const indexOf = new Map<string, number>();
  const anchor = new Map<string, number>();
  const foldable: string[] = [];
  let found = 0;

  /** Of what a fold hides: the row that stands for it. */
  const stand = (node: Node, index: number, inside: string[]): void => {
    if (node.row !== null && passes(node)) {
      anchor.set(node.id, index);
      inside.push(node.id);
      if (keep === null || keep(node.row)) found++;
    }
    if (node.children.length > 0) foldable.push(node.id);
    for (const child of node.children) stand(child, index, inside);
  };

  const emit = (siblings: readonly Node[], depth: number, parentIndex: number): void => {
    const shown = ordered(siblings.filter(passes), compare);
    shown.forEach((node, i) => {
      const index = out.length;
      const expandable = node.children.some(passes);
      const group = node.kind === null ? null : { kind: node.kind, pool: node.pool, members: membersOf(node).filter(passes).map((member) => member.id) };
      // A filter that matched something inside a fold would show nothing of it: while filtering all is open.
      const expanded = expandable && (keep !== null || (folds[node.id] ?? opensByItself(node, folding)));
      const hits = node.row !== null && (keep === null || keep(node.row));
      const inside: string[] = [];
      indexOf.set(node.id, index);
      if (node.row !== null) anchor.set(node.id, index);
      if (hits) found++;
      if (node.children.length > 0) foldable.push(node.id);
      out.push({ id: node.id, process: node.row?.key ?? null, group, depth, expandable, expanded, position: i + 1, setSize: shown.length, member: out[parentIndex]?.group != null, context: node.row !== null && !hits, inside, parentIndex });
      if (expanded) emit(node.children, depth + 1, index);
      else for (const child of node.children) stand(child, index, inside);
    });
  };
  emit(roots, 0, -1);
  return { rows: out, indexOf, anchor, found, foldable };
}

/** Parents over their children, both in order of start. */
function treeOf(processes: Iterable<ProcessRow>, poolOf: ReadonlyMap<string, string>): Node[] {
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
  return roots;
}

/** Whether the filter lets a node or anything under it through; each is asked once. */
function passing(keep: Shaping['keep']): (node: Node) => boolean {
  if (keep === null) return () => true;
  const known = new Map<Node, boolean>();
  const passes = (node: Node): boolean => {
    let does = known.get(node);
    if (does === undefined) known.set(node, (does = (node.row !== null && keep(node.row)) || node.children.some(passes)));
    return does;
  };
  return passes;
}

function opensByItself(node: Node, folding: Shaping['folding']): boolean {
  switch (node.kind) {
    case null: return true;
    case 'helpers': case 'ended': return false;
    case 'workers': case 'executors': return folding.workers !== 'always' && membersOf(node).length <= MANY_WORKERS;
  }
}

/** The processes of a group; one that is in no group is its own. */
function membersOf(node: Node): readonly Node[] {
  return node.row !== null ? [node] : node.children.flatMap(membersOf);
}

/** Folded lines of helpers and of what has ended stay at the end, however the others are sorted. */
function ordered(siblings: readonly Node[], compare: Compare | null): readonly Node[] {
  if (compare === null || siblings.length < 2) return siblings;
  const last = (node: Node): number => (node.kind === 'helpers' ? 2 : node.kind === 'ended' ? 1 : 0);
  const rows = new Map(siblings.map((node) => [node, membersOf(node).flatMap((member) => member.row ?? [])]));
  return [...siblings].sort((a, b) => last(a) - last(b) || compare(rows.get(a) ?? [], rows.get(b) ?? []));
}

/** Puts siblings of one kind, and what is under them, into groups. */
function arrange(siblings: readonly Node[], parent: Node | null, folding: Shaping['folding']): Node[] {
  const id = parent?.id ?? '';
  const grouped = parent === null || parent.kind === null ? group(siblings, id, folding) : siblings;
  const out = parent?.kind === 'ended' ? [...grouped] : foldEnded(grouped, id, folding.ended);
  for (const node of out) node.children = arrange(node.children, node, folding);
  return out;
}

/** What the members of a group have in common; null: the process stands for itself. */
function groupOf(node: Node, folding: Shaping['folding']): { readonly id: string; readonly kind: GroupKind } | null {
  const kind = node.row === null ? undefined : GROUPS[node.row.kind];
  if (kind === undefined || folding[kind === 'helpers' ? 'helpers' : 'workers'] === 'never') return null;
  return { id: kind === 'helpers' ? kind : (node.pool ?? kind), kind };
}

/** Workers of a pool stand where the first of them started; helpers go to the end. Helpers are folded even when there is one, workers from two on. */
function group(siblings: readonly Node[], parent: string, folding: Shaping['folding']): readonly Node[] {
  const groups = new Map<string, Node[]>();
  for (const node of siblings) {
    const of = groupOf(node, folding);
    if (of === null) continue;
    const members = groups.get(of.id);
    if (members === undefined) groups.set(of.id, [node]);
    else members.push(node);
  }
  if (groups.size === 0) return siblings;
  const out: Node[] = [];
  const last: Node[] = [];
  for (const node of siblings) {
    const of = groupOf(node, folding);
    const members = of === null ? undefined : groups.get(of.id);
    if (of === null || members === undefined || (of.kind !== 'helpers' && members.length < 2)) {
      out.push(node);
      continue;
    }
    if (members[0] !== node) continue;
    const helpers = of.kind === 'helpers';
    (helpers ? last : out).push({ id: `${parent}/${of.id}`, row: null, kind: of.kind, pool: helpers ? null : node.pool, children: members });
  }
  return [...out, ...last];
}

/** What has ended, with all that is under it, goes into one line after the living; helpers stay last. */
function foldEnded(siblings: readonly Node[], parent: string, when: Folding): Node[] {
  const least = when === 'never' ? Infinity : when === 'always' ? 2 : MANY_ENDED + 1;
  if (siblings.length < least) return [...siblings];
  const ended = siblings.filter((node) => node.row !== null && allOver(node));
  if (ended.length < least) return [...siblings];
  const gone = new Set(ended);
  const left = siblings.filter((node) => !gone.has(node));
  const at = left.findIndex((node) => node.kind === 'helpers');
  left.splice(at < 0 ? left.length : at, 0, { id: `${parent}/ended`, row: null, kind: 'ended', pool: null, children: ended });
  return left;
}

/** A zombie is not over: somebody has still to join it. */
export function isOver({ state }: ProcessRow): boolean {
  return state === 'exited' || state === 'signaled' || state === 'lost';
}

function allOver(node: Node): boolean {
  return node.row !== null && isOver(node.row) && node.children.every(allOver);
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
