/** Names of what has a key, and what a filter finds; reading them subscribes to the row. */
import type { ChannelRow, LockRow, PoolRow, SegmentRow, SharedRow, SourceRef } from '../../src/protocol/view.js';
import { alive, type Names, type ObjectName } from '../../src/model/words.js';
import { place } from './format.js';
import { t } from './l10n.js';
import { parseQuery, within, type Field, type Term } from './query.js';
import { store, type Rows } from './store.js';

export type ObjectRow = LockRow | PoolRow | SegmentRow | SharedRow;

export function channelName(row: ChannelRow): string {
  if (row.name !== null) return row.name;
  const pool = store.poolOfChannel.value.get(row.key);
  if (pool !== undefined) return pool.way === 'tasks' ? t('tasks of {0}', nameOf(pool.pool)) : t('results of {0}', nameOf(pool.pool));
  if (row.address !== null) return row.address;
  return `${row.kind} #${row.key.slice(1)}`;
}

/** What kind of thing an object is, by Python's name for it. */
export function objectKind(row: ObjectRow): string {
  return 'typeId' in row ? row.typeId : row.kind;
}

export function objectName(row: ObjectRow): string {
  if (row.name !== null) return store.namesApart.value.get(row.key) ?? row.name;
  if ('systemName' in row && row.systemName !== null) return row.systemName;
  return `${objectKind(row)} #${row.key.slice(1)}`;
}

/** The rows that a key belongs to: its letter says which. */
function rowsOf(key: string): Rows<LockRow> | Rows<PoolRow> | Rows<SegmentRow> | Rows<SharedRow> | null {
  switch (key[0]) {
    case 'l': return store.locks;
    case 'w': return store.pools;
    case 'm': return store.segments;
    case 'o': return store.shared;
    default: return null;
  }
}

export function objectOf(key: string): ObjectRow | undefined {
  return rowsOf(key)?.get(key)?.value;
}

/** The name of anything that has a key. */
export function nameOf(key: string): string {
  if (key.startsWith('p')) return names.process(key);
  return key.startsWith('c') ? names.channel(key) : names.object(key).name;
}

/** Ended, however: a lock that it holds is not released any more. */
export function hasEnded(process: string): boolean {
  const row = store.processes.get(process)?.value;
  return row !== undefined && !alive(row);
}

export const names: Names = {
  process: (key) => store.processes.get(key)?.value.name ?? key,
  channel: (key) => {
    const row = store.channels.get(key)?.value;
    return row === undefined ? key : channelName(row);
  },
  object: (key): ObjectName => {
    const row = objectOf(key);
    if (row === undefined) return { kind: null, name: key, holders: [] };
    const holders = 'holders' in row && !row.holdersUncertain ? row.holders : [];
    return { kind: objectKind(row), name: objectName(row), holders: holders.map((process) => ({ process, ended: hasEnded(process) })) };
  },
  servesPool: (process, channel) => {
    const pool = store.poolOfChannel.value.get(channel);
    return pool?.way === 'tasks' && store.poolOfWorker.value.get(process) === pool.pool;
  },
};

/** `Queue(100)`, `Pipe ⇄`, `Pipe →`: as the script would write it. */
export function channelKind(row: ChannelRow): string {
  if (row.maxsize !== null && row.maxsize > 0) return `${row.kind}(${row.maxsize})`;
  if (row.kind === 'Pipe' || row.kind === 'Connection') return row.duplex === null ? row.kind : `${row.kind} ${row.duplex ? '⇄' : '→'}`;
  return row.kind;
}

/** The fields that mean something to channels and objects; a table does not hear of the others, which are about processes. */
const OF_TABLES: ReadonlySet<Field | null> = new Set<Field | null>([null, 'name', 'channel', 'object']);

/** What the filter asks of a table of channels or objects. */
export function needles(filter: string): readonly Term[] {
  return parseQuery(filter).filter((term) => OF_TABLES.has(term.field));
}

function found(terms: readonly Term[], own: 'channel' | 'object', name: string, kind: string, created: SourceRef | null, more = ''): boolean {
  const named = name.toLowerCase();
  const hay = `${name} ${kind} ${created === null ? '' : place(created)} ${more}`.toLowerCase();
  return terms.every((term) => {
    if (term.field === null) return within(hay, term) !== term.not;
    return (term.field !== own && term.field !== 'name') || within(named, term) !== term.not;
  });
}

export function channelMatches(row: ChannelRow, terms: readonly Term[]): boolean {
  return found(terms, 'channel', channelName(row), row.kind, row.created, row.address ?? '');
}

export function objectMatches(row: ObjectRow, terms: readonly Term[]): boolean {
  return found(terms, 'object', objectName(row), objectKind(row), row.created, 'systemName' in row ? (row.systemName ?? '') : '');
}
