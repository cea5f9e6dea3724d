/** Locks, pools, shared memory and managers' objects as tables of text. */
import pc from 'picocolors';
import type { LockRow, LockWaiter, PoolRow, SegmentRow, SharedRow, Snapshot } from '../../protocol/view.js';
import { head, table, WIDE, type Cell, type Colours, type PictureOptions } from './table.js';
import { bytes, count, counted, duration, hasEnded, objectName, place, plain, processName } from './words.js';

type Tone = 'plain' | 'dim' | 'good' | 'warn' | 'bad';

function painted({ text, tone }: { readonly text: string; readonly tone: Tone }, c: Colours): Cell {
  const paint = { plain: String, dim: c.dim, good: c.green, warn: c.yellow, bad: c.red }[tone];
  return { text, paint };
}

function number(n: number, paint: (text: string) => string = String): Cell {
  return { text: n === 0 ? '' : count(n), right: true, paint };
}

function heads(titles: readonly string[], right: readonly string[], c: Colours): Cell[] {
  return titles.map((title) => head(title, c, right.includes(title)));
}

/** Who waits longest and since when, and how many more. */
function waiting(waiters: readonly LockWaiter[], snapshot: Snapshot, c: Colours): Cell {
  const [first, ...more] = [...waiters].sort((a, b) => a.sinceMs - b.sinceMs);
  if (first === undefined) return { text: '' };
  const others = more.length === 0 ? '' : ` +${more.length}`;
  return { text: `${processName(first.process, snapshot)} ${duration(Math.max(0, snapshot.nowMs - first.sinceMs))}${others}`, paint: c.yellow };
}

function spread(of: { readonly p50: number; readonly p99: number } | null): Cell {
  return { text: of === null ? '' : `p50 ${duration(of.p50)}, p99 ${duration(of.p99)}` };
}

// Locks.

/** Somebody ended and never released it. */
function isAbandoned(row: LockRow, snapshot: Snapshot): boolean {
  return !row.holdersUncertain && row.holders.some((key) => hasEnded(key, snapshot));
}

/** Locks that nobody had to wait for and that are free have nothing to tell. */
function tells(row: LockRow): boolean {
  return row.contended > 0 || row.waiters.length > 0 || row.holders.length > 0;
}

function lockState(row: LockRow, snapshot: Snapshot): { readonly text: string; readonly tone: Tone } {
  switch (row.kind) {
    case 'Event': return row.isSet === null ? { text: 'not known', tone: 'dim' } : { text: row.isSet ? 'set' : 'not set', tone: 'plain' };
    case 'Barrier': return { text: row.value === null ? `${row.waiters.length} there` : `${row.waiters.length} of ${row.value} there`, tone: 'plain' };
    case 'Condition': return { text: '', tone: 'plain' };
    default: break;
  }
  if (row.holdersUncertain) return { text: 'not known', tone: 'dim' };
  const ended = row.holders.find((key) => hasEnded(key, snapshot));
  if (ended !== undefined) return { text: `${processName(ended, snapshot)} ended holding it`, tone: 'bad' };
  const [first, ...more] = row.holders;
  if (first === undefined) return { text: 'free', tone: 'dim' };
  return { text: `held by ${processName(first, snapshot)}${more.length === 0 ? '' : ` and ${more.length} more`}`, tone: 'plain' };
}

function lockTable(rows: readonly LockRow[], snapshot: Snapshot, o: PictureOptions, c: Colours): string[] {
  const cells = rows.map((row): Cell[] => [
    { text: objectName(row, snapshot) },
    { text: row.value === null || row.kind === 'Event' ? row.kind : `${row.kind}(${row.value})`, paint: c.cyan },
    painted(lockState(row, snapshot), c),
    number(row.contended),
    { text: row.contended === 0 ? '' : duration(row.waitMs), right: true },
    { text: row.contended === 0 ? '' : duration(row.longestWaitMs), right: true },
    waiting(row.waiters, snapshot, c),
    { text: place(row.created, snapshot.run.cwd), paint: c.dim },
  ]);
  return table([heads(['LOCK', 'KIND', 'STATE', 'CONTENDED', 'WAITED', 'LONGEST', 'WAITING', 'MADE AT'], ['CONTENDED', 'WAITED', 'LONGEST'], c), ...cells], o.width ?? WIDE, [6, 7, 2, 0]);
}

function lockLines(snapshot: Snapshot, o: PictureOptions, c: Colours): string[] {
  const own = snapshot.locks.filter((row) => !row.internal);
  const shown = own.filter(tells);
  const more = own.length - shown.length;
  if (own.length === 0) return [];
  const rest = c.dim(shown.length === 0 ? `LOCKS: ${counted(more, 'lock', 'locks')} that nobody had to wait for` : `and ${counted(more, 'lock', 'locks')} more that nobody had to wait for`);
  return [...(shown.length === 0 ? [] : lockTable(shown, snapshot, o, c)), ...(more === 0 ? [] : [rest])];
}

// Pools.

function poolState(row: PoolRow): { readonly text: string; readonly tone: Tone } {
  if (row.state === 'broken') return { text: row.brokenWhy === null ? 'broken' : `broken: ${plain(row.brokenWhy)}`, tone: 'bad' };
  return { text: row.state, tone: row.state === 'open' ? 'good' : 'dim' };
}

function poolTable(rows: readonly PoolRow[], snapshot: Snapshot, o: PictureOptions, c: Colours): string[] {
  const cells = rows.map((row): Cell[] => [
    { text: objectName(row, snapshot) },
    { text: row.kind, paint: c.cyan },
    { text: `${row.workersAlive}/${row.workersWanted}`, right: true },
    { text: `${count(row.ok)}/${count(row.submitted)}`, right: true },
    number(row.running),
    number(row.pending),
    number(row.failed, c.red),
    number(row.lost, c.red),
    spread(row.queueMs),
    spread(row.runMs),
    painted(poolState(row), c),
    waiting(row.waiters, snapshot, c),
    { text: place(row.created, snapshot.run.cwd), paint: c.dim },
  ]);
  const titles = ['POOL', 'KIND', 'ALIVE', 'DONE', 'RUNNING', 'PENDING', 'FAILED', 'LOST', 'QUEUE TIME', 'RUN TIME', 'STATE', 'WAITING', 'MADE AT'];
  return table([heads(titles, ['ALIVE', 'DONE', 'RUNNING', 'PENDING', 'FAILED', 'LOST'], c), ...cells], o.width ?? WIDE, [11, 12, 8, 10, 9, 0, 1]);
}

// Memory.

function segmentState(row: SegmentRow): { readonly text: string; readonly tone: Tone } {
  if (row.leaked) return { text: 'leaked', tone: 'warn' };
  if (row.unlinked) return { text: 'unlinked', tone: 'dim' };
  return { text: '', tone: 'plain' };
}

function segmentLines(snapshot: Snapshot, o: PictureOptions, c: Colours): string[] {
  if (snapshot.segments.length === 0) return [];
  const cells = snapshot.segments.map((row): Cell[] => [
    { text: objectName(row, snapshot) },
    { text: row.kind, paint: c.cyan },
    { text: row.systemName === null ? '' : plain(row.systemName) },
    { text: row.type === null ? '' : plain(row.type) },
    { text: bytes(row.bytes), right: true },
    { text: row.mappedBy.map((key) => processName(key, snapshot)).join(', ') },
    painted(segmentState(row), c),
    { text: place(row.created, snapshot.run.cwd), paint: c.dim },
  ]);
  return table([heads(['MEMORY', 'KIND', 'NAME', 'TYPE', 'BYTES', 'MAPPED BY', 'STATE', 'MADE AT'], ['BYTES'], c), ...cells], o.width ?? WIDE, [5, 7, 2, 0]);
}

// Managers' objects.

function sharedTable(rows: readonly SharedRow[], snapshot: Snapshot, o: PictureOptions, c: Colours): string[] {
  const cells = rows.map((row): Cell[] => [
    { text: objectName(row, snapshot) },
    { text: plain(row.typeId), paint: c.cyan },
    { text: row.server === null ? plain(row.address ?? '') : processName(row.server, snapshot) },
    number(row.calls),
    number(row.failed, c.yellow),
    spread(row.callMs),
    { text: row.methods.slice(0, 4).map((m) => `${plain(m.method)} ${count(m.calls)}`).join(', ') },
    waiting(row.waiters, snapshot, c),
    { text: place(row.created, snapshot.run.cwd), paint: c.dim },
  ]);
  return table([heads(['SHARED OBJECT', 'TYPE', 'SERVER', 'CALLS', 'RAISED', 'TIME A CALL', 'METHODS', 'WAITING', 'MADE AT'], ['CALLS', 'RAISED'], c), ...cells], o.width ?? WIDE, [6, 8, 7, 2, 0]);
}

/** The sections that have anything to say, each with its head. */
export function objectLines(snapshot: Snapshot, o: PictureOptions): readonly (readonly string[])[] {
  const c = pc.createColors(o.colours);
  return [
    lockLines(snapshot, o, c),
    snapshot.pools.length === 0 ? [] : poolTable(snapshot.pools, snapshot, o, c),
    segmentLines(snapshot, o, c),
    snapshot.shared.length === 0 ? [] : sharedTable(snapshot.shared, snapshot, o, c),
  ].filter((section) => section.length > 0);
}

/** For the foot of a terminal, where lines are few: pools at work or in trouble, and what somebody waits for or will never be released. */
export function urgentLines(snapshot: Snapshot, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const pools = snapshot.pools.filter((row) => row.state === 'broken' || row.running + row.pending + row.failed + row.lost > 0);
  const locks = snapshot.locks.filter((row) => !row.internal && (row.waiters.length > 0 || isAbandoned(row, snapshot)));
  const shared = snapshot.shared.filter((row) => row.waiters.length > 0);
  return [
    ...(pools.length === 0 ? [] : poolTable(pools, snapshot, o, c)),
    ...(locks.length === 0 ? [] : lockTable(locks, snapshot, o, c)),
    ...(shared.length === 0 ? [] : sharedTable(shared, snapshot, o, c)),
  ];
}
