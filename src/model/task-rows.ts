/** Tasks as rows: the latest ones for a front, all of them in order for the report. */
import type { TaskOutcome, TaskRow } from '../protocol/view.js';
import { fateOfOpen } from './pool-row.js';
import type { Pool } from './pool-table.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** Part of a list that tasks may take which wait for a worker, where there are enough others. */
const PENDING_SHARE = 4;

/**
 * The latest tasks of a pool, oldest first: those that began, by their begin, and those that never will, by the time at which that was
 * known; then those that are next to begin. Where there are more than `limit`, at most a quarter of the list is for these.
 */
export function latestTasks(world: World, pool: Pool, limit: number, keys: Keys): { total: number; rows: TaskRow[] } {
  const { tasks } = pool;
  tasks.order.settle(() => undefined);
  tasks.jobs.settle();
  const { ok, failed, cancelled } = tasks.jobs.unbegun;
  const came = Math.min(tasks.order.length + ok + failed + cancelled, limit);
  const waiting = firstWaiting(pool, limit - Math.min(came, limit - Math.ceil(limit / PENDING_SHARE)));
  const room = limit - waiting.length;
  const spots = [...latestRuns(pool, room), ...latestUnbegun(pool, room)].sort((a, b) => a.at - b.at);
  const rows = spots.slice(Math.max(0, spots.length - room)).map((spot) => rowAt(world, pool, spot, keys));
  return { total: tasks.jobs.tasks, rows: [...rows, ...waiting.map((spot) => rowAt(world, pool, spot, keys))] };
}

/** A task of the list: a run, or one without. */
type Spot = { readonly at: number; readonly run: number } | { readonly at: number; readonly run: null; readonly job: number; readonly index: number };

function rowAt(world: World, pool: Pool, spot: Spot, keys: Keys): TaskRow {
  return spot.run === null ? unbegunRow(world, pool, spot.job, spot.index, keys) : runRow(world, pool, spot.run, keys);
}

function latestRuns(pool: Pool, most: number): Spot[] {
  const { tasks } = pool;
  const spots: Spot[] = [];
  for (let at = tasks.order.length - 1; at >= 0 && spots.length < most; at--) {
    const run = tasks.order.row(at);
    if (tasks.counts(run)) spots.push({ at: tasks.order.keyAt(at), run });
  }
  return spots.reverse();
}

/** Those of which only the job's result is known: cancelled, not to be pickled, or run by whom nobody saw. */
function latestUnbegun(pool: Pool, most: number): Spot[] {
  const { jobs } = pool.tasks;
  const { ok, failed, cancelled } = jobs.unbegun;
  const wanted = Math.min(most, ok + failed + cancelled);
  if (wanted === 0) return [];
  const number = (spot: Spot): number => (spot.run === null ? jobs.number.at(spot.job) : 0);
  const latest = (of: Spot[]): Spot[] => of.sort((a, b) => a.at - b.at || number(a) - number(b)).slice(-wanted);
  let spots: Spot[] = [];
  for (let job = jobs.count - 1; job >= 0; job--) {
    if (jobs.fateOf(job) === 'pending') continue;
    // A million may have been cancelled.
    if (spots.length > 8 * wanted) spots = latest(spots);
    let some = 0;
    for (const index of unbegunOf(pool, job)) {
      if (some++ >= wanted) break;
      spots.push({ at: jobs.resultMs.at(job), run: null, job, index });
    }
  }
  return latest(spots);
}

function firstWaiting(pool: Pool, most: number): Spot[] {
  const spots: Spot[] = [];
  for (const job of pool.tasks.jobs.pending()) {
    for (const index of unbegunOf(pool, job)) {
      if (spots.length >= most) return spots;
      spots.push({ at: Infinity, run: null, job, index });
    }
    if (spots.length >= most) return spots;
  }
  return spots;
}

/** A pool's tasks by the time at which their job was submitted, or first began where that was not told; then by their index. */
export function* tasksInOrder(world: World, pool: Pool, keys: Keys): Generator<{ readonly at: number; readonly row: TaskRow }, void, undefined> {
  const { tasks } = pool;
  const { jobs } = tasks;
  jobs.settle();
  const unsubmitted = jobsWithoutSubmit(world, pool);
  let next = 0;
  for (const job of jobs.inOrder()) {
    const at = jobs.submitMs.at(job);
    for (; next < unsubmitted.length && unsubmitted[next]!.at <= at; next++) yield* rowsOf(world, pool, unsubmitted[next]!.job, unsubmitted[next]!.at, keys);
    yield* rowsOf(world, pool, job, at, keys);
  }
  for (; next < unsubmitted.length; next++) yield* rowsOf(world, pool, unsubmitted[next]!.job, unsubmitted[next]!.at, keys);
}

function jobsWithoutSubmit(world: World, pool: Pool): { readonly job: number; readonly at: number }[] {
  const { tasks } = pool;
  const { jobs } = tasks;
  const found: { job: number; at: number; image: number }[] = [];
  for (let job = 0; job < jobs.count; job++) {
    if (!Number.isNaN(jobs.submitMs.at(job))) continue;
    let first = -1;
    for (const run of jobs.runsOf(job)) {
      const earlier = first < 0 ? -1 : tasks.t0.at(run) - tasks.t0.at(first) || world.compareImages(tasks.image.at(run), tasks.image.at(first));
      if (earlier < 0) first = run;
    }
    if (first >= 0) found.push({ job, at: tasks.t0.at(first), image: tasks.image.at(first) });
  }
  return found.sort((a, b) => a.at - b.at || world.compareImages(a.image, b.image) || jobs.number.at(a.job) - jobs.number.at(b.job));
}

function* rowsOf(world: World, pool: Pool, job: number, at: number, keys: Keys): Generator<{ readonly at: number; readonly row: TaskRow }, void, undefined> {
  const { tasks } = pool;
  const { jobs } = tasks;
  const known = [...jobs.runsOf(job)].sort((a, b) => tasks.index.at(a) - tasks.index.at(b));
  let next = 0;
  for (const index of unbegunOf(pool, job)) {
    for (; next < known.length && tasks.index.at(known[next]!) < index; next++) yield { at, row: runRow(world, pool, known[next]!, keys) };
    yield { at, row: unbegunRow(world, pool, job, index, keys) };
  }
  for (; next < known.length; next++) yield { at, row: runRow(world, pool, known[next]!, keys) };
}

/** Indices of the tasks of a job that were not seen to begin. */
function* unbegunOf(pool: Pool, job: number): Generator<number, void, undefined> {
  const { jobs } = pool.tasks;
  let left = jobs.unbegunOf(job);
  for (let index = 0; left > 0; index++) {
    if (jobs.runOf(job, index) >= 0) continue;
    left--;
    yield index;
  }
}

function runRow(world: World, pool: Pool, run: number, keys: Keys): TaskRow {
  const { tasks, words } = pool;
  const job = tasks.job.at(run);
  const ended = tasks.hasEnded(run);
  const outcome: TaskOutcome = ended ? (tasks.hasFailed(run) ? 'error' : 'ok') : fateOfOpen(world, pool, run);
  return {
    ...jobPart(world, pool, job, keys),
    index: tasks.index.at(run),
    items: tasks.items.at(run),
    function: words.at(tasks.function.at(run)) ?? words.at(tasks.jobs.function.at(job)) ?? '',
    worker: keys.process(world.imageOf(tasks.image.at(run)).proc),
    startedMs: tasks.t0.at(run),
    endedMs: ended ? tasks.t1.at(run) : null,
    outcome,
    error: tasks.errors.get(run) ?? null,
  };
}

function unbegunRow(world: World, pool: Pool, job: number, index: number, keys: Keys): TaskRow {
  const { jobs } = pool.tasks;
  const fate = jobs.fateOf(job);
  return {
    ...jobPart(world, pool, job, keys),
    index,
    // How many items a task has is known from its begin.
    items: 0,
    function: pool.words.at(jobs.function.at(job)) ?? '',
    worker: null,
    startedMs: null,
    endedMs: null,
    outcome: fate === 'failed' ? 'error' : fate,
    error: fate === 'failed' ? (jobs.errors.get(job) ?? null) : null,
  };
}

function jobPart(world: World, pool: Pool, job: number, keys: Keys): Pick<TaskRow, 'job' | 'method' | 'submitter' | 'submittedMs' | 'resultMs' | 'where'> {
  const { jobs } = pool.tasks;
  const image = jobs.submitter.at(job) < 0 ? null : world.imageOf(jobs.submitter.at(job));
  const submitted = jobs.submitMs.at(job);
  const result = jobs.resultMs.at(job);
  return {
    job: jobs.number.at(job),
    method: pool.words.at(jobs.method.at(job)),
    submitter: image === null ? null : keys.process(image.proc),
    submittedMs: Number.isNaN(submitted) ? null : submitted,
    resultMs: Number.isNaN(result) ? null : result,
    where: image === null ? null : image.site(jobs.site.at(job)),
  };
}
