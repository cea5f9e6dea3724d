/**
 * The thread of a Pool that takes results was ended by an exception: by a result that cannot be unpickled, or in a callback. The Pool
 * goes on as if nothing had happened, and no job of it completes any more.
 */
import { compareMade } from '../model/made.js';
import type { Pool } from '../model/pool-table.js';
import { DiedIn } from '../model/record-types.js';
import type { FindingRow, SourceRef, Text } from '../protocol/view.js';
import { poolName, waitersFor } from './pools.js';
import type { Scene } from './scene.js';

type Death = NonNullable<Pool['resultsDied']>;

export function resultHandlerDied(scene: Scene): FindingRow[] {
  return [...scene.world.objects.pools.all].sort(compareMade).flatMap((pool) => {
    const death = pool.resultsDied;
    return death === null || !leavesJobs(pool, death) ? [] : [finding(scene, pool, death)];
  });
}

/** Whether there was a job then that had no result, or came later. */
function leavesJobs({ tasks: { jobs } }: Pool, { fact }: Death): boolean {
  if (fact.b > 0) return true;
  for (let job = 0; job < jobs.count; job++) if (jobs.fateOf(job) === 'pending') return true;
  return false;
}

function finding(scene: Scene, pool: Pool, death: Death): FindingRow {
  const { image, t, fact } = death;
  const { jobs } = pool.tasks;
  const name = poolName(scene, pool);
  const isCallback = fact.a >= 0;
  const run = fact.a === DiedIn.READING ? lastReadRun(scene, pool, death) : -1;
  const job = isCallback ? jobs.known(fact.a) : run < 0 ? -1 : pool.tasks.job.at(run);
  return {
    key: `result-handler-died:${pool.key ?? pool.obj}`,
    rule: 'result-handler-died',
    severity: 'error',
    certain: true,
    process: image.proc.key,
    object: pool.key,
    where: (isCallback ? image.site(fact.site) : null) ?? submittedAt(scene, pool, job) ?? image.site(fact.site) ?? scene.objectMadeAt(pool),
    sinceMs: t,
    message: {
      template: 'No job of {2} completes any more: the thread of {0} (PID {1}) that takes its results was ended by {3}.',
      args: [...scene.named(image.proc), name, fact.s1 ?? 'an exception'],
    },
    fix: isCallback
      ? { template: 'Let no exception out of a callback of apply_async(), map_async() or starmap_async(): they run in the thread that takes the results.', args: [] }
      : { template: 'Return and raise only what can be unpickled: an exception whose __init__() asks for more than it hands to super().__init__() needs a __reduce__() that says so. Or use ProcessPoolExecutor, whose futures raise BrokenProcessPool.', args: [] },
    evidence: [
      ...(isCallback ? [{ template: 'It was raised in the callback of a job: {0}.', args: [wordOf(pool, job)] }] : run < 0 ? [] : [lastRead(scene, pool, run)]),
      ...(fact.b > 0 ? [{ template: 'At that moment jobs without a result: {0}.', args: [fact.b] }] : []),
      ...waitersFor(scene, pool, () => true),
    ],
  };
}

function submittedAt(scene: Scene, { tasks: { jobs } }: Pool, job: number): SourceRef | null {
  const submitter = job < 0 ? -1 : jobs.submitter.at(job);
  return submitter < 0 ? null : scene.world.imageOf(submitter).site(jobs.site.at(job));
}

function wordOf({ tasks: { jobs }, words }: Pool, job: number): string {
  return (job < 0 ? null : words.at(jobs.function.at(job))) ?? '?';
}

/** The run whose result was the last that the thread read: its worker sent that message, after it had told of the run's end. -1: not known. */
function lastReadRun(scene: Scene, pool: Pool, { image, t }: Death): number {
  const direction = pool.made === null ? undefined : scene.world.channelAt(pool.made.results)?.directions[0];
  if (direction === undefined) return -1;
  const { sends } = direction.from;
  const { receives } = direction.to;
  const position = receives.order.countUpTo(t) - 1;
  if (position < 0 || position >= sends.order.length || receives.image.at(receives.order.row(position)) !== image.id) return -1;
  // Only one thread reads there, and writers hold a lock: the n-th receive got the n-th send, or nothing is known.
  if (direction.pairing.receiveOf(position) !== receives.order.row(position)) return -1;
  const send = sends.order.row(position);
  const worker = sends.image.at(send);
  const { tasks } = pool;
  let last = -1;
  for (let run = 0; run < tasks.image.length; run++) {
    if (tasks.image.at(run) !== worker || !(tasks.t1.at(run) <= sends.t1.at(send))) continue;
    if (last < 0 || tasks.t1.at(run) >= tasks.t1.at(last)) last = run;
  }
  return last;
}

function lastRead(scene: Scene, pool: Pool, run: number): Text {
  const { tasks, words } = pool;
  const named = words.at(tasks.function.at(run)) ?? wordOf(pool, tasks.job.at(run));
  const who = scene.named(scene.world.imageOf(tasks.image.at(run)).proc);
  const error = tasks.errors.get(run);
  return error === undefined
    ? { template: 'The last result that it read came from {0} (PID {1}), of {2}.', args: [...who, named] }
    : { template: 'The last result that it read came from {0} (PID {1}): {2} had raised {3}.', args: [...who, named, error] };
}
