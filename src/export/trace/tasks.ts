/** Tasks of pools: where each was submitted, where it ran, where its result came, and the arrows between. */
import { fateOfOpen } from '../../model/pool-row.js';
import type { Pool } from '../../model/pool-table.js';
import { SORT, where, type Scene } from './scene.js';
import { nanoseconds, TraceWriter, type Track } from './writer.js';

interface Spot {
  readonly track: Track;
  readonly ns: number;
}

/** The two ends of a job, at its submitter. */
interface JobEnds {
  readonly submit: Spot | null;
  readonly result: Spot | null;
}

export function* taskEvents(scene: Scene): Generator<void, void, undefined> {
  for (const { key } of scene.snapshot.pools) {
    const pool = scene.model.live.poolOf(key);
    if (pool === null) continue;
    const ends = new Map<number, JobEnds>();
    yield* jobs(scene, pool, scene.names.of(key), ends);
    yield* runs(scene, pool, scene.names.of(key), ends);
  }
}

function* jobs(scene: Scene, pool: Pool, name: string, ends: Map<number, JobEnds>): Generator<void, void, undefined> {
  const { world } = scene.model;
  const { jobs: log } = pool.tasks;
  const count = log.count;
  for (let job = 0; job < count; job++) {
    const image = log.submitter.at(job) < 0 ? null : world.imageOf(log.submitter.at(job));
    const pid = scene.pid(image?.proc ?? null);
    if (image === null || pid === null) continue;
    const called = pool.words.at(log.function.at(job)) ?? '';
    const place = (word: string, ms: number, args: Parameters<TraceWriter['slice']>[5]): Spot | null => {
      if (Number.isNaN(ms)) return null;
      const ns = nanoseconds(ms);
      const to = TraceWriter.endOf(ns, ns);
      const track = scene.writer.place(pid, `${word} ${name}`, SORT.submits, ns, to);
      scene.writer.slice(track, 'task', `${word} ${called}`, ns, to, args);
      return { track, ns };
    };
    const submit = place('submit', log.submitMs.at(job), { job: log.number.at(job), tasks: log.tasksOf(job), method: pool.words.at(log.method.at(job)), ...where(image.site(log.site.at(job))) });
    const result = place('result', log.resultMs.at(job), { job: log.number.at(job), became: log.fateOf(job), error: log.errors.get(job) ?? null });
    ends.set(job, { submit, result });
    yield;
  }
}

function* runs(scene: Scene, pool: Pool, name: string, ends: ReadonlyMap<number, JobEnds>): Generator<void, void, undefined> {
  const { world, live } = scene.model;
  const { tasks, words } = pool;
  const count = tasks.t0.length;
  for (let run = 0; run < count; run++) {
    const { proc } = world.imageOf(tasks.image.at(run));
    const pid = scene.pid(proc);
    if (pid === null) continue;
    const ended = tasks.hasEnded(run);
    const job = tasks.job.at(run);
    const from = nanoseconds(tasks.t0.at(run));
    const to = TraceWriter.endOf(from, nanoseconds(ended ? tasks.t1.at(run) : (world.derived(proc).end?.ms ?? live.now)));
    const track = scene.writer.place(pid, `tasks of ${name}`, SORT.tasks, from, to);
    const called = words.at(tasks.function.at(run)) ?? words.at(tasks.jobs.function.at(job)) ?? '';
    const outcome = ended ? (tasks.hasFailed(run) ? 'error' : 'ok') : fateOfOpen(world, pool, run);
    scene.writer.slice(track, 'task', called === '' ? 'task' : called, from, to, { pool: live.object(pool), job: tasks.jobs.number.at(job), index: tasks.index.at(run), items: tasks.items.at(run), outcome, error: tasks.errors.get(run) ?? null });
    arrows(scene, ends.get(job), { track, ns: from }, called);
    yield;
  }
}

/** From the submit to the run, and on to the result where it had one. */
function arrows({ writer }: Scene, ends: JobEnds | undefined, run: Spot, name: string): void {
  const submit = ends?.submit != null && ends.submit.ns <= run.ns ? ends.submit : null;
  const result = ends?.result != null && ends.result.ns >= run.ns ? ends.result : null;
  if (submit === null && result === null) return;
  const flow = writer.flow();
  const arrow = (phase: 's' | 't' | 'f', { track, ns }: Spot): void => writer.arrow(phase, flow, track, 'task', name, ns);
  if (submit !== null) arrow('s', submit);
  arrow(submit === null ? 's' : result === null ? 'f' : 't', run);
  if (result !== null) arrow('f', result);
}
