import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import type { TaskOutcome } from '../../../src/protocol/view.js';
import { interleave, RUN, Scribe, seen, type Call } from './kit.js';

// Hundreds of histories, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

const POOL = 7;
const METHODS = ['map', 'apply_async', 'imap', 'submit'] as const;

interface Step {
  readonly what: 'submit' | 'begin' | 'end' | 'raise' | 'kill' | 'cancel' | 'result';
  readonly who: number;
  readonly tasks: number;
  readonly gap: number;
}

const steps = fc.array(
  fc.record({
    what: fc.constantFrom<Step['what']>('submit', 'begin', 'begin', 'begin', 'end', 'end', 'end', 'raise', 'kill', 'cancel', 'result'),
    who: fc.nat(5),
    tasks: fc.integer({ min: 1, max: 4 }),
    gap: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 10, maxLength: 120, size: 'max' },
);

interface Task {
  readonly job: number;
  readonly index: number;
  readonly items: number;
  readonly submittedMs: number;
  worker: number | null;
  startedMs: number | null;
  endedMs: number | null;
  outcome: TaskOutcome;
}

interface Played {
  readonly streams: Call[][];
  readonly tasks: Task[];
}

/** A pool as it is: jobs are cut into tasks, workers take them in order, are killed and replaced. */
function play(list: readonly Step[], workers: number): Played {
  const main = new Scribe(0, 100).channel(0, POOL, 'SimpleQueue', { flags: 2 }).pool(0, POOL, 'Pool', { workers });
  const scribes: Scribe[] = [];
  const busy: (Task | null)[] = [];
  const alive: boolean[] = [];
  const tasks: Task[] = [];
  const waiting: Task[] = [];
  let t = 1;
  let jobs = 0;
  const hire = (): void => {
    const image = scribes.length + 1;
    scribes.push(main.start(t, image, 100 + image, { target: 'multiprocessing.pool.worker' }).record(RecordType.POOL_WORKER, { t0: t, obj: POOL }));
    busy.push(null);
    alive.push(true);
  };
  for (let i = 0; i < workers; i++) hire();
  for (const { what, who, tasks: count, gap } of list) {
    t += gap;
    if (what === 'submit') {
      const method = METHODS[who % METHODS.length]!;
      const many = method === 'map' || method === 'imap' ? count : 1;
      // Nobody says beforehand how many tasks an imap has; it has none that nobody began.
      main.submit(t, POOL, jobs, { tasks: method === 'imap' ? -1 : many, method });
      for (let index = 0; index < many; index++) {
        const task: Task = { job: jobs, index, items: 1 + (index % 3), submittedMs: t, worker: null, startedMs: null, endedMs: null, outcome: 'pending' };
        if (method !== 'imap') tasks.push(task);
        waiting.push(task);
      }
      jobs++;
      continue;
    }
    if (what === 'cancel') {
      const job = waiting.find((task) => tasks.filter((other) => other.job === task.job).length === 1 && task.startedMs === null)?.job;
      if (job === undefined) continue;
      main.result(t, POOL, job, { cancelled: true });
      for (const task of waiting.filter((one) => one.job === job)) {
        waiting.splice(waiting.indexOf(task), 1);
        task.outcome = 'cancelled';
      }
      continue;
    }
    if (what === 'result') {
      const done = tasks.find(({ job }) => !waiting.some((one) => one.job === job) && tasks.filter((one) => one.job === job).every((one) => one.outcome === 'ok'));
      if (done !== undefined) main.result(t, POOL, done.job);
      continue;
    }
    const living = alive.flatMap((lives, i) => (lives ? [i] : []));
    const worker = living[who % living.length]!;
    const scribe = scribes[worker]!;
    const task = busy[worker];
    if (what === 'kill') {
      main.reaped(t, 101 + worker, -9);
      alive[worker] = false;
      if (task != null) task.outcome = 'lost';
      hire();
    } else if (what === 'begin') {
      if (task != null || waiting.length === 0) continue;
      const next = waiting.shift()!;
      if (!tasks.includes(next)) tasks.push(next);
      Object.assign(next, { worker: 101 + worker, startedMs: t, outcome: 'running' });
      busy[worker] = next;
      scribe.beginTask(t, POOL, next.job, { index: next.index, items: next.items });
    } else if (task != null) {
      busy[worker] = null;
      Object.assign(task, { endedMs: t, outcome: what === 'end' ? 'ok' : 'error' });
      scribe.endTask(task.startedMs!, t, POOL, task.job, { index: task.index, items: task.items, ...(what === 'raise' ? { error: 'E: x' } : {}) });
    }
  }
  return { streams: [main.calls, ...scribes.map((scribe) => scribe.calls)], tasks };
}

describe('the tasks of a pool', () => {
  test('are those that it had, each with its worker, times and outcome, however it is read', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(9), { maxLength: 300, size: 'max' }), (list, workers, picks) => {
        const { streams, tasks } = play(list, workers);
        const model = new Model(RUN);
        const cursor = model.cursor();
        let now = 0;
        interleave(streams, picks, (call, step) => {
          call(model);
          const look = (picks[step] ?? 0) % 5;
          if (look === 1) cursor.take();
          if (look === 2) model.advance((now += 200));
          if (look === 3) model.report();
          if (look === 4) model.tasks('w1', 5);
        });
        seen({ k: 'end', t: 1e6 })(model);
        const report = model.report();
        const pid = new Map(report.processes.map((process) => [process.key, process.pid]));
        const wanted = [...tasks].sort((a, b) => a.job - b.job || a.index - b.index);
        expect(report.tasks.map((task) => [task.job, task.index, task.submittedMs, task.startedMs, task.endedMs, task.outcome, task.items, pid.get(task.worker ?? '') ?? null])).toEqual(
          wanted.map((task) => [task.job, task.index, task.submittedMs, task.startedMs, task.endedMs, task.outcome, task.startedMs === null ? null : task.items, task.worker]),
        );
        const count = (outcome: TaskOutcome): number => tasks.filter((task) => task.outcome === outcome).length;
        const [pool] = model.snapshot().pools;
        const { submitted, pending, running, ok, failed, lost, cancelled, items } = pool!;
        expect({ submitted, pending, running, ok, failed, lost, cancelled }).toEqual({
          submitted: tasks.length, pending: count('pending'), running: count('running'), ok: count('ok'), failed: count('error'), lost: count('lost'), cancelled: count('cancelled'),
        });
        const ended = tasks.filter((task) => task.endedMs !== null);
        expect(items).toBe(ended.reduce((sum, task) => sum + task.items, 0));
        const longest = (lengths: readonly number[]): number | undefined => (lengths.length === 0 ? undefined : Math.max(...lengths));
        expect(report.pools[0]!.runMs?.max).toBe(longest(ended.map((task) => task.endedMs! - task.startedMs!)));
        expect(report.pools[0]!.queueMs?.max).toBe(longest(tasks.filter((task) => task.startedMs !== null).map((task) => task.startedMs! - task.submittedMs)));
        expect(pool!.queueMs?.max).toBe(report.pools[0]!.queueMs?.max);
        // All of them, in the list of a front.
        const shown = model.tasks('w1', 1000);
        expect(shown.total).toBe(tasks.length);
        expect(shown.rows.map((row) => `${row.job} ${row.index} ${row.outcome}`).sort()).toEqual(tasks.map((task) => `${task.job} ${task.index} ${task.outcome}`).sort());
      }),
      { numRuns: 150 },
    );
  });
});
