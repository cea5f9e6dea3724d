/**
 * A worker ended in the middle of a task. A Pool makes a new worker and never says so: the job has no result, and whoever waits
 * for it waits for ever. An executor gives up altogether: its futures raise BrokenProcessPool.
 */
import type { Pool } from '../model/pool-table.js';
import type { Proc } from '../model/process.js';
import { ExitFlag } from '../model/record-types.js';
import { signalName } from '../model/signals.js';
import type { FindingRow, Text } from '../protocol/view.js';
import { endOf, isLossy, ownedPools, poolName, waitersFor, wasInterrupted, type OwnedPool } from './pools.js';
import type { Scene } from './scene.js';

/** Of the worker's last record and its end one may be told a little before the other; and an executor needs a moment to notice. Milliseconds. */
const MOMENT = 1000;
/** Who ends a whole tree does not do it in one instant. */
const TOGETHER = 2000;
/** Asks a process to end: sent from outside it says nothing of what the process did. */
const REQUESTS: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
const WORKERS_NAMED = 5;

interface Loss extends OwnedPool {
  readonly worker: Proc;
  readonly ms: number;
  readonly job: number;
  readonly named: string;
}

export function workerDiedWithTask(scene: Scene): FindingRow[] {
  const groups = new Map<string, Loss[]>();
  for (const owned of ownedPools(scene)) {
    for (const loss of lossesOf(scene, owned)) {
      // One that crashes each worker that takes it is one thing to mend.
      const key = `${loss.pool.key ?? loss.pool.obj}:${loss.named}`;
      groups.set(key, [...(groups.get(key) ?? []), loss]);
    }
  }
  return [...groups].map(([key, losses]) => finding(scene, key, losses));
}

function lossesOf(scene: Scene, { pool, owner }: OwnedPool): Loss[] {
  const { world } = scene;
  const { tasks, words } = pool;
  const losses: Loss[] = [];
  for (const run of tasks.open) {
    const image = world.imageOf(tasks.image.at(run));
    const worker = image.proc;
    const { end } = scene.facts(worker);
    if (end === null || !tasks.counts(run) || isLossy(image)) continue;
    if (scene.now - end.ms < MOMENT && !world.observerEnded) continue;
    const job = tasks.job.at(run);
    if (!isWithoutResult(pool, job) || isMeant(scene, pool, owner, worker)) continue;
    losses.push({ pool, owner, worker, ms: end.ms, job, named: words.at(tasks.function.at(run)) ?? words.at(tasks.jobs.function.at(job)) ?? '?' });
  }
  return losses.sort((a, b) => a.ms - b.ms || a.worker.pid - b.worker.pid);
}

function isWithoutResult({ kind, tasks: { jobs } }: Pool, job: number): boolean {
  const fate = jobs.fateOf(job);
  if (fate === 'pending') return true;
  return kind === 'ProcessPoolExecutor' && fate === 'failed' && (jobs.errors.get(job) ?? '').startsWith('BrokenProcessPool');
}

/** Whether the worker may have been told to end: by its pool, by a user, by whatever ended the script. */
function isMeant(scene: Scene, pool: Pool, owner: Proc, worker: Proc): boolean {
  const { end, endedBy } = scene.facts(worker);
  if (end === null) return true;
  const { platform } = scene.world;
  // A Pool's own way to end workers is SIGTERM, which a worker may handle and exit; an executor's may be SIGKILL as well.
  const byOwner = worker.signals().filter(({ image, fact }) => image.proc === owner && fact.t0 <= end.ms);
  if (byOwner.some(({ fact }) => pool.kind !== 'Pool' || signalName(fact.b, platform) !== 'SIGKILL')) return true;
  const hand = worker.userSignals.length > 0 && owner.userSignals.length > 0;
  const request = end.signal !== null && REQUESTS.has(end.signal);
  if (hand || (request && (endedBy === null || endedBy.process === owner || endedBy.how === 'parent-exit'))) return true;
  if (wasInterrupted(scene, worker)) return true;
  const last = scene.facts(owner).end;
  if (last === null || last.ms - end.ms > TOGETHER) return false;
  if (last.ms <= end.ms || last.signal !== null || wasInterrupted(scene, owner)) return true;
  // sys.exit() in a Pool's task, or in the handler of a signal that both were sent.
  return pool.kind === 'Pool' && end.signal === null && !exitedAtOnce(worker);
}

/** By os._exit(), which no handler that a whole tree shares is likely to call. */
function exitedAtOnce(proc: Proc): boolean {
  return proc.images.some((image) => image.exits.some((exit) => exit.flags === ExitFlag.AT_ONCE));
}

function finding(scene: Scene, key: string, losses: readonly Loss[]): FindingRow {
  const [first] = losses as [Loss];
  const { pool, owner, worker, named } = first;
  const { jobs } = pool.tasks;
  const submitter = jobs.submitter.at(first.job);
  const name = poolName(scene, pool);
  const isPool = pool.kind === 'Pool';
  const over = scene.facts(owner).end !== null || pool.state === 'terminated' || pool.state === 'joined';
  const several = losses.length > 1;
  return {
    key: `worker-died-with-task:${key}`,
    rule: 'worker-died-with-task',
    severity: 'error',
    certain: true,
    process: worker.key,
    object: pool.key,
    where: submitter < 0 ? null : scene.world.imageOf(submitter).site(jobs.site.at(first.job)),
    sinceMs: first.ms,
    message: isPool ? inPool(scene, first, name, losses.length, over) : inExecutor(scene, first, name, losses.length),
    fix: isPool
      ? { template: 'Find out what ended the worker: memory, a crash in C, exit() in the task. Wait with a timeout, or use ProcessPoolExecutor, whose futures raise BrokenProcessPool when a worker dies.', args: [] }
      : { template: 'Find out what ended the worker: memory, a crash in C, os._exit() in the task. A broken executor takes no more work: make a new one, and submit again what has no result.', args: [] },
    evidence: [
      ...losses.slice(0, WORKERS_NAMED).map((loss) => endOf(scene, loss.worker)),
      several
        ? { template: '{0} tasks began in workers that ended before they did; no result of their jobs came.', args: [losses.length] }
        : { template: '{0} began in {1} (PID {2}) and did not end; no result of its job came.', args: [named, ...scene.named(worker)] },
      ...waitersFor(scene, pool, (number) => losses.some(({ job }) => jobs.number.at(job) === number)),
    ],
  };
}

function inPool(scene: Scene, { worker, named }: Loss, name: string, many: number, over: boolean): Text {
  const args = [...scene.named(worker), name, named];
  if (many === 1) {
    return { template: over ? '{0} (PID {1}), a worker of {2}, ended while it ran {3}: the job never completed.' : '{0} (PID {1}), a worker of {2}, ended while it ran {3}: the job never completes.', args };
  }
  return {
    template: over
      ? '{0} (PID {1}) and other workers of {2} ended while they ran {3}, {4} in all: the jobs never completed.'
      : '{0} (PID {1}) and other workers of {2} ended while they ran {3}, {4} in all: the jobs never complete.',
    args: [...args, many],
  };
}

function inExecutor(scene: Scene, { worker, named, pool, job }: Loss, name: string, many: number): Text {
  const args = [...scene.named(worker), name, named];
  if (many > 1) return { template: '{0} (PID {1}) and other workers of {2} ended while they ran {3}, {4} in all: their futures have no result.', args: [...args, many] };
  // Up to Python 3.13 an executor may fail to notice the end of a worker that it had only just started.
  if (pool.state !== 'broken' && pool.tasks.jobs.fateOf(job) === 'pending') {
    return { template: '{0} (PID {1}), a worker of {2}, ended while it ran {3}: its future has no result.', args };
  }
  return { template: '{0} (PID {1}), a worker of {2}, ended while it ran {3}: the executor is broken, and its futures raise BrokenProcessPool.', args };
}
