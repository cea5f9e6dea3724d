/**
 * An executor has tasks to run and no worker, and does not make one. Executors whose workers leave after some tasks may forget to
 * start the next one; whoever waits for a future waits until somebody submits more, if anybody does.
 */
import type { Image } from '../model/image.js';
import type { Pool } from '../model/pool-table.js';
import type { Proc } from '../model/process.js';
import { PoolState, RecordType } from '../model/record-types.js';
import { SPAN_KINDS } from '../model/spans.js';
import type { FindingRow, Text } from '../protocol/view.js';
import { endOf, ownedPools, poolName, waitsOn, type OwnedPool } from './pools.js';
import { overlap, type Scene } from './scene.js';

/** A worker is replaced within milliseconds, and a slow start is seen to have begun. Milliseconds. */
const LONG = 3000;
const RESULT = SPAN_KINDS.indexOf('blocked-result');

/** A time without any worker. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly last: Proc;
  /** Another worker came. */
  readonly over: boolean;
}

export function executorStalled(scene: Scene): FindingRow[] {
  return ownedPools(scene).flatMap((owned) => {
    const { pool, owner } = owned;
    if (pool.kind !== 'ProcessPoolExecutor' || pool.state === 'broken' || pool.state === 'terminated') return [];
    const image = owner.latestImage();
    if (image === null) return [];
    for (const gap of gapsOf(scene, owner, image)) {
      const waiting = jobsIn(pool, gap);
      const [first] = waiting;
      if (first === undefined) continue;
      const from = Math.max(gap.from, pool.tasks.jobs.submitMs.at(first));
      if (waitsIn(scene, pool, image, { from, to: gap.to })) return [finding(scene, owned, gap, from, waiting)];
    }
    return [];
  });
}

/**
 * Its thread that keeps the workers reaps one that left and looks at once whether another is needed: only what comes after that is
 * forgotten. Until then it may be busy with a callback.
 */
function gapsOf(scene: Scene, owner: Proc, image: Image): Gap[] {
  const lives = scene.procs
    .filter((proc) => scene.facts(proc).kind === 'executor-worker' && scene.facts(proc).parent === owner)
    .map((proc) => ({ proc, from: scene.facts(proc).startedMs, to: reapedBy(owner, proc) }))
    .sort((a, b) => a.from - b.from || a.proc.pid - b.proc.pid);
  const [first] = lives;
  if (first === undefined) return [];
  const gaps: Gap[] = [];
  let last = first;
  for (const life of lives) {
    if (life.from - last.to >= LONG) gaps.push({ from: last.to, to: life.from, last: last.proc, over: true });
    if (life.to > last.to) last = life;
  }
  const to = scene.facts(owner).end?.ms ?? scene.now;
  const letter = owner.lastSample?.sample[2];
  const starts = image.slots.some((slot) => slot.op === RecordType.START);
  if (to - last.to >= LONG && letter !== 'T' && letter !== 't' && !starts) gaps.push({ from: last.to, to, last: last.proc, over: false });
  return gaps;
}

function reapedBy(owner: Proc, proc: Proc): number {
  const times = proc.reaps().filter(({ image }) => image.proc === owner).map(({ fact }) => fact.t0);
  return times.length === 0 ? Infinity : Math.min(...times);
}

/** Jobs that waited for a worker for long in this time, the first first. A future is one task. */
function jobsIn({ tasks }: Pool, { from, to }: Gap): number[] {
  const { jobs } = tasks;
  const waiting: number[] = [];
  for (let job = 0; job < jobs.count; job++) {
    const submitted = jobs.submitMs.at(job);
    const result = jobs.resultMs.at(job);
    const run = jobs.runOf(job, 0);
    const until = Math.min(Number.isNaN(result) ? to : result, run < 0 ? to : tasks.t0.at(run), to);
    if (until - Math.max(from, submitted) >= LONG) waiting.push(job);
  }
  return waiting.sort((a, b) => jobs.submitMs.at(a) - jobs.submitMs.at(b) || jobs.number.at(a) - jobs.number.at(b));
}

/** Whether a thread was waiting for this executor for long: then the process was not merely busy with something else. */
function waitsIn(scene: Scene, pool: Pool, image: Image, stretch: { readonly from: number; readonly to: number }): boolean {
  if (waitersOn(scene, pool).some((wait) => overlap(wait, stretch) >= LONG)) return true;
  let found = false;
  image.spans.visit(stretch.from, stretch.to, 0, (piece) => {
    found ||= piece.kind === RESULT && piece.about === pool.obj && overlap({ from: piece.fromMs, to: piece.toMs }, stretch) >= LONG;
  });
  return found;
}

function waitersOn(scene: Scene, pool: Pool) {
  return waitsOn(scene, pool).filter(({ slot }) => slot.op === RecordType.TASK_WAIT || (slot.op === RecordType.POOL_STATE && slot.flags === PoolState.SHUTDOWN));
}

function finding(scene: Scene, { pool, owner }: OwnedPool, gap: Gap, sinceMs: number, waiting: readonly number[]): FindingRow {
  const { jobs } = pool.tasks;
  const [first] = waiting as [number];
  const submitter = jobs.submitter.at(first);
  const limit = pool.made?.tasksPerWorker ?? 0;
  const over = gap.over || scene.facts(owner).end !== null;
  const evidence: Text[] = [endOf(scene, gap.last), { template: 'It was the last worker of {0}, and for more than three seconds none was started.', args: [poolName(scene, pool)] }];
  if (limit > 0) evidence.push({ template: 'Its workers leave when they have run as many tasks as max_tasks_per_child says: {0}.', args: [limit] });
  return {
    key: `executor-stalled:${pool.key ?? pool.obj}`,
    rule: 'executor-stalled',
    severity: 'error',
    certain: true,
    process: owner.key,
    object: pool.key,
    where: submitter < 0 ? null : scene.world.imageOf(submitter).site(jobs.site.at(first)),
    sinceMs,
    message: {
      template: over
        ? '{0} (PID {1}) waited for {2}, which had work to do ({3} in all) and no worker to do it.'
        : '{0} (PID {1}) waits for {2}, which has work to do ({3} in all) and no worker to do it.',
      args: [...scene.named(owner), poolName(scene, pool), waiting.length],
    },
    fix:
      limit > 0
        ? { template: 'Leave out max_tasks_per_child, or submit the next task when the result of the one before is there: with several waiting the executor may forget to start the next worker. Another submit() wakes it.', args: [] }
        : { template: 'Find out what ended the workers, and make a new executor.', args: [] },
    evidence,
  };
}
