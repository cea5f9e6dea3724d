/** The report's tasks, pools, locks, segments and shared objects. Keys are by time here, whatever keys the live view had given. */
import type { LockKind, LockRow, PoolRow, SegmentRow, SharedRow, Spread, TaskOutcome, TaskRow } from '../protocol/view.js';
import type { Column } from './columns.js';
import { LOCK_OPS, lockRow } from './lock-row.js';
import { compareMade, type Made } from './made.js';
import { POOL_OPS, poolFacts } from './pool-row.js';
import type { Pool } from './pool-table.js';
import type { Keys } from './rows.js';
import { segmentRow } from './segment-row.js';
import { methodsOf, SHARED_OPS, sharedFacts } from './shared-row.js';
import type { Shared } from './shared-table.js';
import { tasksInOrder } from './task-rows.js';
import { waitedOn } from './waiters.js';
import type { World } from './world.js';

/** Tasks listed one by one, of all pools together. */
const MOST_TASKS = 100_000;

export interface Place {
  readonly file: string;
  readonly line: number;
}

interface Making {
  readonly key: string;
  /** The variable that its source line assigns it to. */
  readonly name: string | null;
  readonly created: Place | null;
  readonly createdBy: string | null;
}

export interface ReportTask {
  readonly key: string;
  /** Channel that carries the pool's tasks. */
  readonly pool: string | null;
  readonly poolKey: string;
  readonly job: number;
  readonly index: number;
  readonly function: string;
  readonly method: string | null;
  readonly submitter: string | null;
  readonly worker: string | null;
  readonly submittedMs: number | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly resultMs: number | null;
  readonly items: number | null;
  readonly outcome: TaskOutcome;
  readonly error: string | null;
  readonly where: Place | null;
}

export interface ReportPool extends Making, Omit<PoolRow, keyof Making | 'rate' | 'waiters'> {
  /** Processes that wait for its results or its end, or did so when they ended. */
  readonly waiters: readonly string[];
  readonly tasksOmitted: number;
}

export interface ReportLock extends Making {
  readonly kind: LockKind;
  readonly internal: boolean;
  readonly value: number | null;
  readonly partOf: string | null;
  /** Acquires that did not wait are not counted by anybody. */
  readonly acquisitions: null;
  readonly contended: number;
  readonly waitMs: number;
  readonly longestWaitMs: number;
  readonly gaveUp: number;
  readonly told: number;
  readonly isSet: boolean | null;
  readonly holder: string | null;
  readonly holders: readonly string[];
  readonly holdersUncertain: boolean;
  readonly waiters: readonly string[];
  readonly users: readonly string[];
}

export interface ReportSegment extends Omit<Making, 'name'> {
  readonly kind: SegmentRow['kind'];
  /** Its name in the system. */
  readonly name: string | null;
  readonly variable: string | null;
  readonly type: string | null;
  readonly bytes: number;
  readonly lock: string | null;
  readonly mappedBy: readonly string[];
  readonly unlinked: boolean;
  readonly leaked: boolean;
}

export interface ReportShared extends Making, Omit<SharedRow, keyof Making | 'waiters'> {
  readonly waiters: readonly string[];
}

export interface ReportObjects {
  readonly tasks: readonly ReportTask[];
  readonly pools: readonly ReportPool[];
  readonly locks: readonly ReportLock[];
  readonly segments: readonly ReportSegment[];
  readonly shared: readonly ReportShared[];
}

/** Keys of all objects that are no channels, by time. */
export function objectKeys(world: World): ReadonlyMap<Made, string> {
  const { locks, pools, segments, shared } = world.objects;
  const keys = new Map<Made, string>();
  const give = (table: { readonly all: readonly Made[] }, prefix: string): void => sorted(table).forEach((made, i) => keys.set(made, `${prefix}${i + 1}`));
  give(locks, 'l');
  give(pools, 'w');
  give(segments, 'm');
  give(shared, 'o');
  return keys;
}

export function reportObjects(world: World, now: number, keys: Keys): ReportObjects {
  const { locks, pools, segments, shared } = world.objects;
  const { tasks, omitted } = listTasks(world, sorted(pools), keys);
  return {
    tasks,
    pools: sorted(pools).map((pool) => poolOf(world, pool, omitted.get(pool) ?? 0, keys)),
    locks: sorted(locks).map((lock) => lockOf(lockRow(world, lock, now, keys), waitedOn(world, lock.obj, keys, LOCK_OPS))),
    segments: sorted(segments).map((segment) => segmentOf(segmentRow(world, segment, keys))),
    shared: sorted(shared).map((one) => sharedOf(world, one, keys)),
  };
}

function sorted<M extends Made>(table: { readonly all: readonly M[] }): M[] {
  return [...table.all].sort(compareMade);
}

export function place(where: { readonly file: string; readonly line: number } | null): Place | null {
  return where === null ? null : { file: where.file, line: where.line };
}

/** The earliest tasks of all pools, and how many of each are left out. */
function listTasks(world: World, pools: readonly Pool[], keys: Keys): { readonly tasks: ReportTask[]; readonly omitted: ReadonlyMap<Pool, number> } {
  const lists = pools.map((pool) => ({ pool, poolKey: keys.object(pool) ?? '', channel: channelOf(world, pool, keys), rows: tasksInOrder(world, pool, keys), listed: 0 }));
  const heads = lists.map((list) => list.rows.next());
  const tasks: ReportTask[] = [];
  while (tasks.length < MOST_TASKS) {
    let first = -1;
    let at = Infinity;
    heads.forEach((head, i) => {
      if (head.done === true || head.value.at >= at) return;
      first = i;
      at = head.value.at;
    });
    const head = heads[first];
    const list = lists[first];
    if (head === undefined || list === undefined || head.done === true) break;
    tasks.push(taskOf(head.value.row, `t${tasks.length + 1}`, list.channel, list.poolKey));
    list.listed++;
    heads[first] = list.rows.next();
  }
  return { tasks, omitted: new Map(lists.map(({ pool, listed }) => [pool, pool.tasks.jobs.tasks - listed])) };
}

function channelOf(world: World, pool: Pool, keys: Keys): string | null {
  const channel = world.channelAt(pool.obj);
  return channel === null ? null : keys.channel(channel);
}

function taskOf(row: TaskRow, key: string, pool: string | null, poolKey: string): ReportTask {
  const { job, index, method, submitter, worker, submittedMs, startedMs, endedMs, resultMs, outcome, error } = row;
  const items = row.items === 0 ? null : row.items;
  return { key, pool, poolKey, job, index, function: row.function, method, submitter, worker, submittedMs, startedMs, endedMs, resultMs, items, outcome, error, where: place(row.where) };
}

function poolOf(world: World, pool: Pool, tasksOmitted: number, keys: Keys): ReportPool {
  const facts = poolFacts(world, pool, keys);
  return { ...facts, ...exactly(pool), created: place(facts.created), waiters: waitedOn(world, pool.obj, keys, POOL_OPS), tasksOmitted };
}

/** All times of a pool, in place of the counts that are kept while it runs. */
function exactly(pool: Pool): Pick<PoolRow, 'queueMs' | 'runMs'> {
  const { tasks } = pool;
  const queued: number[] = [];
  const ran: number[] = [];
  for (let run = 0; run < tasks.t0.length; run++) {
    const submitted = tasks.jobs.submitMs.at(tasks.job.at(run));
    if (!Number.isNaN(submitted)) queued.push(Math.max(0, tasks.t0.at(run) - submitted));
    if (tasks.hasEnded(run)) ran.push(Math.max(0, tasks.t1.at(run) - tasks.t0.at(run)));
  }
  return { queueMs: shares(Float64Array.from(queued)), runMs: shares(Float64Array.from(ran)) };
}

/** Median, 99th percentile and maximum of all of them. Sorts in place. */
export function shares(all: Float64Array): Spread | null {
  if (all.length === 0) return null;
  all.sort();
  const rank = (share: number): number => all[Math.max(0, Math.ceil(share * all.length) - 1)]!;
  return { p50: rank(0.5), p99: rank(0.99), max: all[all.length - 1]! };
}

function lockOf(row: LockRow, waiters: readonly string[]): ReportLock {
  const { key, name, kind, internal, value, partOf, contended, waitMs, longestWaitMs, gaveUp, told, isSet, holders, holdersUncertain, users } = row;
  return {
    key, kind, name, internal, created: place(row.created), createdBy: row.createdBy, value, partOf,
    acquisitions: null, contended, waitMs, longestWaitMs, gaveUp, told, isSet,
    holder: holders.length === 1 ? holders[0]! : null, holders, holdersUncertain, waiters, users,
  };
}

function segmentOf(row: SegmentRow): ReportSegment {
  const { key, kind, type, bytes, lock, mappedBy, unlinked, leaked, createdBy } = row;
  return { key, kind, name: row.systemName, variable: row.name, type, bytes, created: place(row.created), createdBy, lock, mappedBy, unlinked, leaked };
}

function sharedOf(world: World, shared: Shared, keys: Keys): ReportShared {
  const facts = sharedFacts(world, shared, keys);
  return { ...facts, created: place(facts.created), callMs: shares(toArray(shared.lengths)), methods: methodsOf(shared, Infinity), waiters: waitedOn(world, shared.obj, keys, SHARED_OPS) };
}

function toArray(column: Column<Float64Array>): Float64Array {
  const all = new Float64Array(column.length);
  for (let i = 0; i < all.length; i++) all[i] = column.at(i);
  return all;
}
