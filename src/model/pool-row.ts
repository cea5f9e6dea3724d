/** Rows of pools: how their tasks went, as counts. */
import type { BlockedOp, PoolRow, Spread } from '../protocol/view.js';
import { percentiles } from './latency.js';
import { compareProcs } from './order.js';
import { makingOf } from './lock-row.js';
import type { Pool } from './pool-table.js';
import type { Proc } from './process.js';
import { channelKey, type Keys } from './rows.js';
import type { Took } from './task-log.js';
import { waitersOn } from './waiters.js';
import type { World } from './world.js';

export const POOL_OPS: readonly BlockedOp[] = ['result', 'pool-join'];
const RATE_WINDOW = 1000;

/** What became of the tasks of a pool; the sum is all. */
export interface TaskCounts {
  pending: number;
  running: number;
  ok: number;
  failed: number;
  lost: number;
  cancelled: number;
}

/** What became of a run that has not ended: the whole job's result, or the end of its process, may say. */
export function fateOfOpen(world: World, pool: Pool, run: number): 'ok' | 'lost' | 'running' {
  const { tasks } = pool;
  if (tasks.jobs.fateOf(tasks.job.at(run)) === 'ok') return 'ok';
  return world.derived(world.imageOf(tasks.image.at(run)).proc).end !== null ? 'lost' : 'running';
}

export function countTasks(world: World, pool: Pool): TaskCounts {
  const { tasks } = pool;
  const { unbegun } = tasks.jobs;
  const counts: TaskCounts = { pending: unbegun.pending, running: 0, ok: tasks.ok + unbegun.ok, failed: tasks.failed + unbegun.failed, lost: 0, cancelled: unbegun.cancelled };
  for (const run of tasks.open) if (tasks.counts(run)) counts[fateOfOpen(world, pool, run)]++;
  return counts;
}

/** Processes that serve it or did so, in the order of their start. */
export function workersOf(world: World, pool: Pool): Proc[] {
  return [...new Set([...pool.workers].map((image) => image.proc))].sort((a, b) => compareProcs(world, a, b));
}

export function poolRow(world: World, pool: Pool, now: number, live: boolean, keys: Keys): PoolRow {
  return { ...poolFacts(world, pool, keys), rate: live ? rateOf(pool, now) : 0, waiters: waitersOn(world, pool.obj, now, keys, POOL_OPS) };
}

/** What does not change with time alone. */
export function poolFacts(world: World, pool: Pool, keys: Keys): Omit<PoolRow, 'rate' | 'waiters'> {
  const { made, tasks } = pool;
  const workers = workersOf(world, pool);
  return {
    ...makingOf(world, pool, keys),
    kind: pool.kind,
    channel: channelKey(world, keys, pool.obj),
    results: made === null ? null : channelKey(world, keys, made.results),
    workersWanted: made?.workers ?? 0,
    workers: workers.map((proc) => keys.process(proc)).filter((key) => key !== null),
    workersAlive: workers.filter((proc) => world.derived(proc).end === null).length,
    maxTasksPerWorker: made !== null && made.tasksPerWorker > 0 ? made.tasksPerWorker : null,
    initializer: made?.initializer ?? null,
    state: pool.state,
    brokenWhy: pool.brokenWhy,
    jobs: tasks.jobs.count,
    submitted: tasks.jobs.tasks,
    ...countTasks(world, pool),
    items: tasks.itemsEnded,
    queueMs: spreadOf(tasks.queued),
    runMs: spreadOf(tasks.ran),
  };
}

/** To about 2 %; the largest exactly. */
export function spreadOf({ counts, max }: Took): Spread | null {
  const shares = percentiles([counts], [0.5, 0.99]);
  return shares === null ? null : { p50: Math.min(shares[0]!, max), p99: Math.min(shares[1]!, max), max };
}

/** Notes how many tasks have ended by now. @returns whether the rate is not zero, so that it will change by itself */
export function noteEnded(pool: Pool, now: number): boolean {
  const { arrivals, tasks: { ended } } = pool;
  const last = arrivals[arrivals.length - 1];
  if (last === undefined || now - last.t >= RATE_WINDOW / 20) arrivals.push({ t: now, ended });
  while (arrivals.length > 1 && arrivals[1]!.t <= now - RATE_WINDOW) arrivals.shift();
  return arrivals[0]!.ended !== ended;
}

function rateOf(pool: Pool, now: number): number {
  const [first] = pool.arrivals;
  if (first === undefined || now <= first.t) return 0;
  return Math.round(((pool.tasks.ended - first.ended) * 1000) / Math.max(now - first.t, RATE_WINDOW));
}
