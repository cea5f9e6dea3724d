/** What nodes and edges of the graph are called and say. Pure but for the language. */
import { operation, stateWords, type Names, type Shape, type Tone } from '../../src/model/words.js';
import type { ChannelRow, LockRow, PoolRow, ProcessRow, SharedRow } from '../../src/protocol/view.js';
import { count, duration, place, rate } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';
import type { GraphEdge, GraphNode, GraphRows } from './types.js';

/** The rows by key, and the page's now. */
export interface Scene {
  readonly processes: ReadonlyMap<string, ProcessRow>;
  readonly channels: ReadonlyMap<string, ChannelRow>;
  readonly locks: ReadonlyMap<string, LockRow>;
  readonly pools: ReadonlyMap<string, PoolRow>;
  readonly shared: ReadonlyMap<string, SharedRow>;
  readonly names: Names;
  readonly nowMs: number;
}

export function sceneOf(rows: GraphRows, names: Names, nowMs: number): Scene {
  const byKey = <Row extends { readonly key: string }>(all: readonly Row[]): ReadonlyMap<string, Row> => new Map(all.map((row) => [row.key, row]));
  return { processes: byKey(rows.processes), channels: byKey(rows.channels), locks: byKey(rows.locks), pools: byKey(rows.pools), shared: byKey(rows.shared), names, nowMs };
}

export interface NodeWords {
  readonly name: string;
  readonly line: string;
  readonly mark: Shape | null;
  readonly tone: Tone;
  /** How full a channel is, 0 to 1; null: it is none. */
  readonly fill: number | null;
  /** Every process in it has ended. */
  readonly ended: boolean;
}

const LONG_MS = 1000;

export function nodeWords(node: GraphNode, scene: Scene): NodeWords {
  const blank = { mark: null, tone: 'plain', fill: null, ended: false } as const;
  switch (node.kind) {
    case 'process': return node.folded ? processes(node, scene) : process(node, scene);
    case 'pool': return { ...blank, ...pool(node, scene) };
    case 'channel': return { ...blank, ...channel(node, scene) };
    case 'lock': return { ...blank, ...lock(node, scene) };
    case 'shared': return { ...blank, ...shared(node, scene) };
  }
}

function process(node: GraphNode, { processes: rows, names, nowMs }: Scene): NodeWords {
  const row = rows.get(node.id);
  if (row === undefined) return { name: node.id, line: '', mark: null, tone: 'plain', fill: null, ended: false };
  const words = stateWords(row, names, node.severity);
  const since = words.sinceMs !== null && nowMs - words.sinceMs >= LONG_MS ? ` ${duration(nowMs - words.sinceMs)}` : '';
  return { name: row.name, line: `${words.text}${since}`, mark: words.shape, tone: words.tone, fill: null, ended: row.endedMs !== null };
}

/** `334 × batch`, and how they are. */
function processes(node: GraphNode, { processes: rows }: Scene): NodeWords {
  const all = node.members.flatMap((key) => rows.get(key) ?? []);
  const living = all.filter((row) => row.endedMs === null).length;
  const blocked = all.filter((row) => row.endedMs === null && row.blocked.length > 0).length;
  const parts = [living === 0 ? t('all ended') : t('{0} alive', integer(living)), ...(blocked === 0 ? [] : [t('{0} waiting', integer(blocked))])];
  return { name: foldName(node, all), line: parts.join(' · '), mark: null, tone: 'plain', fill: null, ended: living === 0 };
}

function foldName({ id, members }: GraphNode, all: readonly ProcessRow[]): string {
  if (id === 'lone') return t('{0} by themselves', integer(members.length));
  // `module.function` is long: what they run is told by its last part.
  const stems = new Set(all.map((row) => row.target?.slice(row.target.lastIndexOf('.') + 1) ?? row.name.replace(/[\d:_-]+$/, '')));
  const [stem = ''] = stems;
  return stems.size === 1 && stem !== '' ? `${integer(members.length)} × ${stem}` : plural(members.length, '{0} process', '{0} processes');
}

function pool({ id, members }: GraphNode, { pools, names }: Scene): Partial<NodeWords> & { name: string; line: string } {
  const row = pools.get(id);
  const name = names.object(id).name;
  if (row === undefined) return { name, line: '' };
  const inside = members.length - 1;
  const workers = inside < row.workers.length && inside > 0 ? t('{0} more workers', integer(inside)) : plural(row.workersAlive, '{0} worker', '{0} workers');
  const done = row.ok + row.failed + row.lost + row.cancelled;
  return { name, line: `${workers} · ${count(done)} / ${count(row.submitted)}`, tone: row.failed + row.lost > 0 ? 'warn' : 'plain', ended: row.workersAlive === 0 && row.state !== 'open' };
}

function channel({ id, members, folded, severity }: GraphNode, { channels, names }: Scene): Partial<NodeWords> & { name: string; line: string } {
  if (folded) {
    const all = members.flatMap((key) => channels.get(key) ?? []);
    const depth = all.reduce((sum, row) => sum + row.depth, 0);
    const [first] = all;
    return { name: `${integer(members.length)} × ${first === undefined ? '' : first.created === null ? first.kind : `${first.kind} ${place(first.created)}`}`, line: t('{0} under way', count(depth)) };
  }
  const row = channels.get(id);
  if (row === undefined) return { name: id, line: '' };
  const bounded = row.maxsize !== null && row.maxsize > 0;
  const most = bounded ? row.maxsize : row.maxDepth;
  const kind = row.kind === 'Pipe' || row.kind === 'Connection' ? `${row.kind}${row.duplex === true ? ' ⇄' : ''}` : row.kind;
  const full = bounded && row.depth >= row.maxsize;
  return {
    name: names.channel(id),
    line: `${kind} · ${row.depth < 10_000 ? integer(row.depth) : count(row.depth)}${bounded ? ` / ${count(row.maxsize)}` : ''}`,
    fill: most === 0 || row.depth === 0 ? 0 : Math.min(1, row.depth / most),
    tone: severity === 'error' ? 'bad' : severity === 'warning' || full ? 'warn' : 'plain',
  };
}

function lock({ id, folded, members }: GraphNode, { locks, processes: rows, names }: Scene): Partial<NodeWords> & { name: string; line: string } {
  const row = locks.get(id);
  if (folded || row === undefined) {
    const waiters = members.reduce((sum, key) => sum + (locks.get(key)?.waiters.length ?? 0), 0);
    const first = members[0] === undefined ? undefined : locks.get(members[0]);
    return { name: `${integer(members.length)} × ${first?.kind ?? ''}`, line: waiters === 0 ? t('nobody waits') : t('{0} waiting', integer(waiters)) };
  }
  const kind = row.value !== null && row.kind !== 'Event' ? `${row.kind}(${row.value})` : row.kind;
  const [holder] = row.holdersUncertain ? [] : row.holders;
  if (holder === undefined) return { name: names.object(id).name, line: row.waiters.length === 0 ? kind : `${kind} · ${t('{0} waiting', integer(row.waiters.length))}` };
  const gone = rows.get(holder)?.endedMs != null;
  return { name: names.object(id).name, line: `${kind} · ${gone ? t('holder ended') : t('held')}`, tone: gone ? 'warn' : 'plain' };
}

function shared({ id, folded, members }: GraphNode, { shared: rows, names }: Scene): { name: string; line: string } {
  const row = rows.get(id);
  if (folded || row === undefined) return { name: plural(members.length, '{0} shared object', '{0} shared objects'), line: '' };
  return { name: names.object(id).name, line: `${row.typeId} · ${t('{0} calls', count(row.calls))}` };
}

/** In little room: the rate while it flows, else how many there were. */
export function edgeLabel(edge: GraphEdge, nowMs: number): string {
  const [first] = edge.waiting;
  if (edge.kind === 'wait') {
    if (first === undefined || nowMs - first.sinceMs < LONG_MS) return '';
    return `${duration(nowMs - first.sinceMs)}${edge.waiting.length > 1 ? ` ×${edge.waiting.length}` : ''}`;
  }
  if (edge.messages === null) return '';
  return edge.rate !== null && edge.rate > 0 ? t('{0}/s', rate(edge.rate)) : count(edge.messages);
}

/** The whole of it in a sentence. */
export function edgeSentence(edge: GraphEdge, nameOf: (id: string) => string, scene: Scene): string {
  const [from, to] = [nameOf(edge.from), nameOf(edge.to)];
  switch (edge.kind) {
    case 'put': return t('{0} puts into {1}', from, to);
    case 'get': return edge.messages === 0 ? t('{0} could read {1} and never did', to, from) : t('{0} gets from {1}', to, from);
    case 'use': return t('{0} uses {1}', from, to);
    case 'hold': return t('{0} holds {1}', to, from);
    case 'serve': return t('{0} serves {1}', to, from);
    case 'wait': {
      const [first] = edge.waiting;
      const blocked = first === undefined ? undefined : scene.processes.get(first.process)?.blocked.find((b) => b.op === first.op);
      const does = blocked === undefined ? t('{0} waits for {1}', from, to) : t('{0}: {1}', edge.waiting.length > 1 ? from : scene.names.process(first?.process ?? ''), operation(blocked, scene.names));
      return edge.waiting.length > 1 ? t('{0}, and {1} more', does, integer(edge.waiting.length - 1)) : does;
    }
  }
}

export function edgeFigures(edge: GraphEdge, nowMs: number): { readonly messages: string; readonly rate: string; readonly waiting: string } {
  const [first] = edge.waiting;
  return {
    messages: edge.messages === null ? '–' : integer(edge.messages),
    rate: edge.rate === null ? '–' : rate(edge.rate),
    waiting: first === undefined ? '–' : duration(nowMs - first.sinceMs),
  };
}
