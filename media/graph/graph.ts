/** The graph made of the page's rows: which nodes there are, what is folded, and the edges between. Pure. */
import { isIdle, type Names } from '../../src/model/words.js';
import type { ChannelRow, ProcessRow, Severity } from '../../src/protocol/view.js';
import { Edges } from './edges.js';
import { fold, type Foldable, type Folded } from './fold.js';
import type { Graph, GraphNode, GraphRows, NodeKind } from './types.js';
import { circlesOf, subjects, waitsOf, waitSeverities, worse } from './waits.js';

export interface GraphOptions {
  /** What multiprocessing made for itself is shown too. */
  readonly internal: boolean;
  /** Folds that the user opened. */
  readonly open: ReadonlySet<string>;
  /** Folds of an earlier graph: they stay. */
  readonly before: ReadonlySet<string>;
  readonly names: Names;
  /** Messages a second of a process on a channel; null: not known. */
  readonly rateOf: (channel: ChannelRow, process: string, way: 'put' | 'get') => number | null;
}

/** So many nodes can be taken in; about 150 at most are laid out, whatever is opened. */
const PROCESSES = 44;
const OBJECTS = 56;
const OPENED = 50;
/** Stands for the processes that have to do with nothing that is shown. */
const LONE = 'lone';

/** More edges than these are no picture: then more is folded. */
const EDGES = 300;
const LEAST = 10;

export function graphOf(rows: GraphRows, options: GraphOptions): Graph {
  let made = graphIn(rows, options, PROCESSES, OBJECTS);
  for (let share = 2; made.edges.length > EDGES && PROCESSES / share >= LEAST; share *= 2) made = graphIn(rows, { ...options, before: new Set([...options.before, ...made.folds]) }, PROCESSES / share, OBJECTS / share);
  return made;
}

/** @param units how many processes, and @param others how many of all else, may stand without being folded */
function graphIn(rows: GraphRows, options: GraphOptions, units: number, others: number): Graph {
  const shown = shownRows(rows, options);
  const workers = new Map(rows.pools.flatMap((pool) => pool.workers.map((worker) => [worker, pool.key] as const)));
  const processes = fold(shown.processes.map((row) => likeness(row, workers.get(row.key) ?? null)), { units, opened: OPENED }, options.open, options.before);
  const objects = fold([...shown.channels, ...shown.locks, ...shown.shared].map(likenessOfObject), { units: others, opened: OPENED - processes.opened.size }, options.open, options.before);
  const nodeOf = nodeNames(rows, shown, options.internal, processes, objects);
  const edges = new Edges(nodeOf);
  addTraffic(rows, edges, options);
  addObjects(rows, edges);
  const severities = waitSeverities(rows.findings);
  for (const row of shown.processes) addWaits(row, edges, severities.get(row.key) ?? null, options.names);
  addUntaken(rows, edges);
  const lone = setAside(shown.processes, nodeOf, edges, options.open);
  const all = edges.list();
  const circles = circlesOf(all, rows.findings, (key) => nodeOf.get(key) ?? key);
  return {
    nodes: nodesOf(rows, shown, nodeOf, new Map([...lone, ...processes.opened, ...objects.opened])),
    edges: all.map((edge) => (circles.edges.has(edge.id) ? { ...edge, circle: true, severity: 'error' } : edge)),
    nodeOf,
    circles: circles.rings,
    folds: new Set([...processes.made, ...objects.made]),
    foldedAway: shown.processes.filter((row) => nodeOf.get(row.key) !== row.key).length,
  };
}

type Shown = GraphRows;

/** Locks that nobody ever had to wait for say nothing here; helpers do nothing of the script's. */
function shownRows(rows: GraphRows, { internal }: GraphOptions): Shown {
  const pooled = new Set(rows.pools.flatMap((pool) => [pool.channel, pool.results]));
  return {
    ...rows,
    processes: rows.processes.filter((row) => internal || (row.kind !== 'forkserver' && row.kind !== 'resource-tracker')),
    channels: rows.channels.filter((row) => internal || (!row.internal && !pooled.has(row.key))),
    locks: rows.locks.filter((row) => (internal || !row.internal) && (row.waiters.length > 0 || row.contended > 0)),
  };
}

function likeness(row: ProcessRow, pool: string | null): Foldable {
  const does = row.target ?? row.name.replace(/[\d:_-]+$/, '');
  return { key: row.key, always: pool, like: [`alike ${row.parent ?? ''} ${row.kind} ${does}`, `alike ${row.kind} ${does}`, 'others'] };
}

function likenessOfObject(row: { readonly key: string; readonly kind?: string; readonly typeId?: string; readonly created: { readonly file: string; readonly line: number } | null }): Foldable {
  const letter = row.key.charAt(0);
  const made = row.created === null ? '' : `${row.created.file}:${row.created.line}`;
  return { key: row.key, like: [`made ${letter} ${row.kind ?? row.typeId ?? ''} ${made}`, `other ${letter}`] };
}

/** A pool's channels are the pool, unless they are shown themselves; what a lock is a part of stands for it. */
function nodeNames(rows: GraphRows, shown: Shown, internal: boolean, processes: Folded, objects: Folded): Map<string, string> {
  const nodeOf = new Map<string, string>();
  for (const row of shown.processes) nodeOf.set(row.key, processes.of.get(row.key) ?? row.key);
  for (const row of [...shown.channels, ...shown.locks, ...shown.shared]) nodeOf.set(row.key, objects.of.get(row.key) ?? row.key);
  for (const pool of rows.pools) {
    nodeOf.set(pool.key, pool.key);
    if (internal) continue;
    if (pool.channel !== null) nodeOf.set(pool.channel, pool.key);
    if (pool.results !== null) nodeOf.set(pool.results, pool.key);
  }
  for (const lock of rows.locks) {
    const whole = lock.partOf === null ? undefined : nodeOf.get(lock.partOf);
    if (!nodeOf.has(lock.key) && whole !== undefined) nodeOf.set(lock.key, whole);
  }
  return nodeOf;
}

function addTraffic(rows: GraphRows, edges: Edges, options: GraphOptions): void {
  for (const channel of rows.channels) {
    for (const [process, put, got] of channel.flows) {
      if (put > 0) edges.add('put', process, channel.key, { messages: put, rate: options.rateOf(channel, process, 'put') });
      if (got > 0) edges.add('get', channel.key, process, { messages: got, rate: options.rateOf(channel, process, 'get') });
    }
  }
  for (const pool of rows.pools) {
    // An executor's tasks may go by a way that was not recorded: then its own count is what is known.
    if (pool.createdBy === null || pool.submitted === 0 || edges.touches(pool.key)) continue;
    edges.add('put', pool.createdBy, pool.key, { messages: pool.submitted, rate: null });
  }
}

function addObjects(rows: GraphRows, edges: Edges): void {
  for (const lock of rows.locks) {
    for (const process of lock.users) edges.add('use', process, lock.key, null);
    if (lock.holdersUncertain) continue;
    for (const process of lock.holders) {
      edges.add('use', process, lock.key, null);
      edges.add('hold', lock.key, process, null);
    }
  }
  for (const one of rows.shared) {
    for (const process of one.users) edges.add('use', process, one.key, null);
    if (one.server !== null) edges.add('serve', one.key, one.server, { messages: one.calls, rate: null });
  }
}

function addWaits(row: ProcessRow, edges: Edges, severity: Severity | null, names: Names): void {
  // A worker that waits for its next task lacks nothing.
  if (isIdle(row, names)) return;
  for (const { blocked, target } of waitsOf(row)) edges.wait(row.key, target, { process: row.key, op: blocked.op, sinceMs: blocked.sinceMs }, severity);
}

/** Where a finding speaks of a channel and of one who could read it and never did, the missing way is what there is to see. */
function addUntaken(rows: GraphRows, edges: Edges): void {
  for (const finding of rows.findings) {
    const channel = rows.channels.find((row) => row.key === finding.object);
    if (channel === undefined || finding.severity === 'info') continue;
    const ends = new Map(channel.flows.map(([process, , got]) => [process, got]));
    for (const process of subjects(finding)) {
      if (channel.readers.includes(process) && (ends.get(process) ?? 0) === 0 && !channel.waiters.some((w) => w.process === process)) {
        edges.add('get', channel.key, process, { messages: 0, rate: 0 });
      }
    }
  }
}

/** Several processes that have to do with nothing else here are one node. @returns those that stand alone because it was opened */
function setAside(processes: readonly ProcessRow[], nodeOf: Map<string, string>, edges: Edges, open: ReadonlySet<string>): ReadonlyMap<string, string> {
  const lone = processes.filter((row) => nodeOf.get(row.key) === row.key && !edges.touches(row.key));
  if (open.has(LONE)) return new Map(lone.map((row) => [row.key, LONE]));
  if (lone.length > 1) for (const row of lone) nodeOf.set(row.key, LONE);
  return new Map();
}

function nodesOf(rows: GraphRows, shown: Shown, nodeOf: ReadonlyMap<string, string>, opened: ReadonlyMap<string, string>): GraphNode[] {
  const worst = new Map<string, Severity>();
  for (const finding of rows.findings) {
    for (const key of [...subjects(finding), ...(finding.object === null ? [] : [finding.object])]) {
      const id = nodeOf.get(key);
      if (id !== undefined) worst.set(id, worse(finding.severity, worst.get(id) ?? null) ?? finding.severity);
    }
  }
  const nodes = new Map<string, { kind: NodeKind; members: string[] }>();
  const put = (kind: NodeKind, key: string): void => {
    const id = nodeOf.get(key);
    if (id === undefined) return;
    const known = nodes.get(id);
    if (known === undefined) nodes.set(id, { kind, members: [key] });
    else known.members.push(key);
  };
  for (const row of rows.pools) put('pool', row.key);
  for (const row of shown.processes) put('process', row.key);
  for (const row of shown.channels) put('channel', row.key);
  for (const row of shown.locks) put('lock', row.key);
  for (const row of shown.shared) put('shared', row.key);
  return [...nodes].map(([id, { kind, members }]) => ({ id, kind, members, folded: members.length > 1, fold: opened.get(id) ?? null, severity: worst.get(id) ?? null }));
}

/** Whether there is anything to see but processes by themselves. */
export function isEmpty(graph: Graph): boolean {
  return graph.edges.length === 0 && graph.nodes.every((node) => node.kind === 'process');
}
