import { describe, expect, test, vi } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import type { LaneTask, PoolRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const END = seen({ k: 'end', t: 10_000 });
/** The pool has the id of the channel that carries its tasks. */
const POOL = 7;
const RESULTS = 8;

function live(streams: readonly (readonly Call[])[], now = 1000): Model {
  const model = told([[ROOT], ...streams]);
  model.advance(now);
  return model;
}

const poolOf = (model: Model): PoolRow => model.snapshot().pools[0]!;

function pool(kind = 'Pool'): Scribe {
  const main = new Scribe(0, 100).channel(0, POOL, 'SimpleQueue', { flags: 2 }).channel(0, RESULTS, 'SimpleQueue', { flags: 2 });
  return main.pool(1, POOL, kind, { results: RESULTS, workers: 2 });
}

const worker = (main: Scribe, image: number): Scribe => main.start(2, image, 100 + image, { target: 'multiprocessing.pool.worker' });

describe('a pool', () => {
  test('has its channels, its workers and what it was asked for', () => {
    const main = new Scribe(0, 100).channel(0, POOL, 'SimpleQueue').channel(0, RESULTS, 'SimpleQueue');
    main.pool(1, POOL, 'Pool', { results: RESULTS, workers: 2, tasksPerWorker: 5, initializer: 'm.init', site: main.site('/w/a.py', 3) });
    const workers = [1, 2].map((image) => worker(main, image).record(RecordType.POOL_WORKER, { t0: 4, obj: POOL }));
    main.reaped(50, 102, 0);
    const row = poolOf(live([main.calls, ...workers.map((one) => one.calls)]));
    expect(row).toMatchObject({
      key: 'w1', created: { file: '/w/a.py', line: 3 }, createdBy: 'p1', kind: 'Pool', channel: 'c1', results: 'c2', workersWanted: 2, workers: ['p2', 'p3'], workersAlive: 1,
      maxTasksPerWorker: 5, initializer: 'm.init', state: 'open', jobs: 0, submitted: 0, queueMs: null, runMs: null,
    });
  });

  test('makes no channel of its id', () => {
    const main = new Scribe(0, 100).pool(1, POOL, 'Pool');
    const model = live([main.calls]);
    expect(model.snapshot().channels).toEqual([]);
    expect(poolOf(model).channel).toBeNull();
  });

  test('counts its tasks by what became of them', () => {
    const main = pool().submit(10, POOL, 1, { tasks: 5, method: 'map' }).submit(11, POOL, 2).submit(12, POOL, 3);
    const [one, two] = [worker(main, 1), worker(main, 2)];
    one.beginTask(20, POOL, 1, { index: 0, items: 3 }).endTask(20, 30, POOL, 1, { index: 0, items: 3 });
    one.beginTask(31, POOL, 1, { index: 1 }).endTask(31, 33, POOL, 1, { index: 1, error: 'ValueError: no' });
    one.beginTask(34, POOL, 1, { index: 2 });
    two.beginTask(22, POOL, 1, { index: 3 });
    main.result(40, POOL, 3, { cancelled: true }).reaped(50, 102, -9);
    const model = live([main.calls, one.calls, two.calls]);
    expect(poolOf(model)).toMatchObject({ jobs: 3, submitted: 7, pending: 2, running: 1, ok: 1, failed: 1, lost: 1, cancelled: 1, items: 4 });
    expect(model.tasks('w1', 20)).toMatchObject({
      total: 7,
      rows: [
        { job: 1, index: 0, items: 3, worker: 'p2', submittedMs: 10, startedMs: 20, endedMs: 30, outcome: 'ok', method: 'map', function: 'm.f', submitter: 'p1' },
        { index: 3, worker: 'p3', outcome: 'lost', endedMs: null },
        { index: 1, outcome: 'error', error: 'ValueError: no' },
        { index: 2, outcome: 'running', endedMs: null },
        { job: 3, index: 0, worker: null, resultMs: 40, outcome: 'cancelled' },
        { job: 1, index: 4, items: 0, worker: null, startedMs: null, outcome: 'pending' },
        { job: 2, index: 0, outcome: 'pending' },
      ],
    });
    const report = model.report();
    expect(report.tasks.map((task) => [task.key, task.job, task.index, task.outcome, task.items])).toEqual([
      ['t1', 1, 0, 'ok', 3], ['t2', 1, 1, 'error', 1], ['t3', 1, 2, 'running', 1], ['t4', 1, 3, 'lost', 1], ['t5', 1, 4, 'pending', null], ['t6', 2, 0, 'pending', null], ['t7', 3, 0, 'cancelled', null],
    ]);
    expect(report.tasks[0]).toMatchObject({ pool: 'c1', poolKey: 'w1', worker: 'p2', function: 'm.f' });
    expect(report.pools[0]).toMatchObject({ tasksOmitted: 0, submitted: 7, queueMs: { max: 24 }, runMs: { p50: 2, max: 10 } });
  });

  test('does not know the tasks of an imap before they begin', () => {
    const main = pool().submit(10, POOL, 1, { tasks: -1, method: 'imap' });
    const one = worker(main, 1).beginTask(20, POOL, 1, { index: 4 });
    expect(poolOf(live([main.calls, one.calls]))).toMatchObject({ submitted: 1, running: 1, pending: 0 });
  });

  test('a task that never ran has its job\'s error; with a good result in hand, its end was merely not told', () => {
    const main = pool('ProcessPoolExecutor').submit(10, POOL, 0, { method: 'submit' }).submit(11, POOL, 1, { method: 'submit' }).submit(12, POOL, 2);
    main.result(20, POOL, 0, { error: 'PicklingError: no' }).result(21, POOL, 1).result(22, POOL, 2);
    const one = worker(main, 1).beginTask(13, POOL, 2);
    main.reaped(50, 101, 0);
    const model = live([main.calls, one.calls]);
    expect(poolOf(model)).toMatchObject({ kind: 'ProcessPoolExecutor', failed: 1, ok: 2, pending: 0, lost: 0 });
    expect(model.report().tasks.map((task) => [task.job, task.outcome, task.error, task.resultMs])).toEqual([[0, 'error', 'PicklingError: no', 20], [1, 'ok', null, 21], [2, 'ok', null, 22]]);
  });

  test('a result that could not be sent is an error', () => {
    const main = pool().submit(10, POOL, 1);
    const one = worker(main, 1).beginTask(20, POOL, 1).endTask(20, 21, POOL, 1, { error: 'MaybeEncodingError: x', flags: 2 });
    expect(live([main.calls, one.calls]).tasks('w1', 1).rows[0]).toMatchObject({ outcome: 'error', error: 'MaybeEncodingError: x' });
  });

  test('is told of by workers alone where its maker lost records: job numbers as they are', () => {
    const one = new Scribe(0, 100).beginTask(20, POOL, 4_000_000_000).endTask(20, 25, POOL, 4_000_000_000).beginTask(30, POOL, 17, { index: 1_000_000 });
    const model = live([one.calls]);
    expect(poolOf(model)).toMatchObject({ jobs: 2, submitted: 2, ok: 1, running: 1, queueMs: null, created: null });
    expect(model.report().tasks.map((task) => [task.job, task.index, task.submittedMs])).toEqual([[4_000_000_000, 0, null], [17, 1_000_000, null]]);
  });

  test('a task that two workers say they ran counts once, for the later', () => {
    const main = pool().submit(10, POOL, 1);
    const [one, two] = [worker(main, 1), worker(main, 2)];
    one.beginTask(20, POOL, 1).endTask(20, 30, POOL, 1, { error: 'E: x' });
    two.beginTask(25, POOL, 1).endTask(25, 35, POOL, 1);
    for (const streams of [[one, two], [two, one]]) {
      const model = live([main.calls, ...streams.map((scribe) => scribe.calls)]);
      expect(poolOf(model)).toMatchObject({ submitted: 1, ok: 1, failed: 0 });
      expect(model.tasks('w1', 9).rows).toMatchObject([{ startedMs: 25, worker: 'p3', outcome: 'ok' }]);
    }
  });

  test('has the times from submit to begin and from begin to end', () => {
    const main = pool();
    const one = worker(main, 1);
    for (let job = 0; job < 100; job++) {
      main.submit(100, POOL, job);
      one.beginTask(100 + job, POOL, job).endTask(100 + job, 100 + job + 2, POOL, job);
    }
    for (const streams of [[main, one], [one, main]]) {
      const { queueMs, runMs } = poolOf(live(streams.map((scribe) => scribe.calls)));
      expect(queueMs!.max).toBe(99);
      expect(Math.abs(queueMs!.p50 / 49 - 1)).toBeLessThan(0.05);
      expect(runMs).toMatchObject({ max: 2 });
    }
    const [row] = live([main.calls, one.calls]).report().pools;
    expect(row!.queueMs).toEqual({ p50: 49, p99: 98, max: 99 });
  });

  test.each([[[1], 'closed'], [[1, 3], 'joined'], [[2], 'terminated'], [[4], 'closed'], [[2, 5], 'broken']] as const)('after %j is %s', (flags, state) => {
    const main = pool();
    for (const flag of flags) main.record(RecordType.POOL_STATE, { t0: 20, obj: POOL, flags: flag, s1: 'why' });
    expect(poolOf(live([main.calls]))).toMatchObject({ state, brokenWhy: state === 'broken' ? 'why' : null });
  });

  test('shows who waits for a result and in join, and for which worker where only one has the task', () => {
    const main = pool().submit(10, POOL, 5).slot(RecordType.TASK_WAIT, 20, { obj: POOL, operand: 5 }).slot(RecordType.POOL_STATE, 30, { obj: POOL, flags: 3, slot: 1, nativeThread: 7 });
    const one = worker(main, 1).beginTask(20, POOL, 5);
    const model = live([main.calls, one.calls]);
    expect(poolOf(model).waiters.map((waiter) => [waiter.process, waiter.op])).toEqual([['p1', 'result'], ['p1', 'pool-join']]);
    const { processes, channels } = model.snapshot();
    expect(processes[0]!.blocked).toMatchObject([{ op: 'result', channel: null, object: 'w1', process: 'p2' }, { op: 'pool-join', object: 'w1', process: null }]);
    expect(channels[0]!.waiters).toEqual([]);
  });

  test('has a rate of the last second, which falls by itself', () => {
    const main = pool();
    const one = worker(main, 1);
    const model = live([main.calls, one.calls]);
    const cursor = model.cursor();
    cursor.take();
    const before = one.calls.length;
    for (let job = 0; job < 50; job++) one.beginTask(1000 + job, POOL, job).endTask(1000 + job, 1001 + job, POOL, job);
    for (const call of one.calls.slice(before)) call(model);
    model.advance(1500);
    expect(cursor.take()!.pools[0]!.rate).toBe(50);
    for (const now of [2600, 3700, 4800]) {
      model.advance(now);
      cursor.take();
    }
    expect(poolOf(model).rate).toBe(0);
    model.advance(5900);
    expect(cursor.take()).toBeNull();
  });

  test('lists the latest tasks, and of those that wait a quarter at most where there are others', () => {
    const main = pool().submit(10, POOL, 1, { tasks: 1000, method: 'map' });
    const one = worker(main, 1);
    for (let index = 0; index < 500; index++) one.beginTask(20 + index, POOL, 1, { index }).endTask(20 + index, 20.5 + index, POOL, 1, { index });
    const { total, rows } = live([main.calls, one.calls]).tasks('w1', 40);
    expect(total).toBe(1000);
    expect(rows.map((row) => row.index)).toEqual([...Array.from({ length: 30 }, (_, i) => 470 + i), ...Array.from({ length: 10 }, (_, i) => 500 + i)]);
    expect(live([main.calls, one.calls]).tasks('c1', 40)).toEqual({ total: 0, rows: [] });
  });
});

// Machines have other things to do.
vi.setConfig({ testTimeout: 60_000 });

describe('a report of many tasks', () => {
  test('lists the earliest 100,000 and says how many it leaves out', () => {
    const main = pool().submit(10, POOL, 1, { tasks: 70_000, method: 'map' }).submit(30, POOL, 2, { tasks: 10, method: 'map' });
    main.channel(11, 17, 'SimpleQueue').pool(12, 17, 'Pool').submit(20, 17, 1, { tasks: 60_000, method: 'map' });
    const report = told([[ROOT], main.calls, [END]]).report();
    expect(report.tasks).toHaveLength(100_000);
    expect(report.tasks[69_999]).toMatchObject({ key: 't70000', poolKey: 'w1', index: 69_999 });
    expect(report.tasks[70_000]).toMatchObject({ poolKey: 'w2', pool: 'c3', index: 0 });
    expect(report.pools.map((row) => [row.submitted, row.tasksOmitted])).toEqual([[70_010, 10], [60_000, 30_000]]);
  });

  test('counts all of very many, and shows them from far away as few', () => {
    const main = pool();
    const streams = [1, 2, 3, 4].map((image) => worker(main, image));
    const model = told([[ROOT], main.calls, ...streams.map((one) => one.calls)]);
    const tell = (image: number, type: number, t0: number, t1: number, job: number, b: number): void =>
      model.record(image, { type, flags: 0, t0, t1, obj: POOL, a: job, b, thread: 0, site: 0, s1: null, s2: null });
    const jobs = 40_000;
    for (let job = 0; job < jobs; job++) {
      const image = 1 + (job % 4);
      const t = 10 + job / 20;
      tell(0, RecordType.TASK_SUBMIT, t, t, job, 1);
      tell(image, RecordType.TASK_BEGIN, t + 1, t + 1, job, 2 ** 32);
      tell(image, RecordType.TASK_END, t + 1, t + 1.02, job, 2 ** 32);
      tell(0, RecordType.TASK_RESULT, t + 2, t + 2, job, 0);
    }
    END(model);
    expect(poolOf(model)).toMatchObject({ submitted: jobs, ok: jobs });
    const [lane] = model.lanes({ fromMs: 0, toMs: 3000, pixels: 300, rows: ['p2'], arrowsFor: null }).lanes;
    expect(lane!.tasks.length).toBeLessThan(1300);
    expect(lane!.tasks.reduce((sum, task) => sum + task.count, 0)).toBe(jobs / 4);
  });
});

describe('tasks on a lane', () => {
  const lane = (model: Model, pixels: number, toMs = 1000): readonly LaneTask[] => model.lanes({ fromMs: 0, toMs, pixels, rows: ['p2'], arrowsFor: null }).lanes[0]!.tasks;

  test('are there with function and pool, those that run until now', () => {
    const main = pool().submit(10, POOL, 1, { tasks: 2 });
    const one = worker(main, 1).beginTask(100, POOL, 1, { function: 'm.f' }).endTask(100, 200, POOL, 1, { error: 'E: x' }).beginTask(300, POOL, 1, { index: 1, function: 'm.g' });
    const model = live([main.calls, one.calls], 900);
    expect(lane(model, 100)).toEqual([
      { fromMs: 100, toMs: 200, pool: 'w1', function: 'm.f', count: 1, failed: true },
      { fromMs: 300, toMs: 900, pool: 'w1', function: 'm.g', count: 1, failed: false },
    ]);
  });

  test('are waited for by the library\'s own threads, which is no wait of the process that has the pool', () => {
    const main = pool().submit(10, POOL, 1).get(200, RESULTS, { t0: 20 }).slot(RecordType.RECV, 210, { obj: RESULTS, flags: 1, slot: 1, nativeThread: 7 });
    main.record(RecordType.TASK_WAIT, { t0: 30, t1: 150, obj: POOL, a: 1, b: -1 });
    const one = worker(main, 1).slot(RecordType.RECV, 300, { obj: POOL, flags: 1 });
    const model = live([main.calls, one.calls], 900);
    const spans = (row: string) => model.lanes({ fromMs: 0, toMs: 1000, pixels: 100, rows: [row], arrowsFor: null }).lanes[0]!.spans.filter(({ kind }) => kind !== 'life');
    expect(spans('p1')).toEqual([{ kind: 'blocked-result', fromMs: 30, toMs: 150, about: 'w1' }]);
    expect(spans('p2')).toEqual([{ kind: 'blocked-queue', fromMs: 300, toMs: 900, about: 'c1' }]);
  });

  test('end with their process, failed', () => {
    const main = pool().submit(10, POOL, 1);
    const one = worker(main, 1).beginTask(100, POOL, 1);
    main.reaped(400, 101, -9);
    expect(lane(live([main.calls, one.calls]), 100)).toEqual([{ fromMs: 100, toMs: 400, pool: 'w1', function: 'm.f', count: 1, failed: true }]);
  });

  test('that fall into one pixel are one, with what they have in common', () => {
    const main = pool();
    const one = worker(main, 1);
    for (let i = 0; i < 4; i++) one.beginTask(101 + i, POOL, i, { function: i < 3 ? 'm.f' : 'm.g' }).endTask(101 + i, 101.5 + i, POOL, i, i === 1 ? { error: 'E: x' } : {});
    const model = live([main.calls, one.calls]);
    expect(lane(model, 50)).toEqual([{ fromMs: 101, toMs: 104.5, pool: 'w1', function: null, count: 4, failed: true }]);
    expect(lane(model, 1000)).toHaveLength(4);
  });

  test('waits for results, locks and calls are spans that say for what', () => {
    const main = pool().lock(1, 71, 'Lock');
    main.record(RecordType.TASK_WAIT, { t0: 100, t1: 200, obj: POOL, a: 1 }).record(RecordType.LOCK_WAIT, { t0: 300, t1: 400, obj: 71 });
    main.record(RecordType.PROXY_NEW, { t0: 450, obj: 61, s1: 'dict', s2: '/m' }).record(RecordType.PROXY_CALL, { t0: 500, t1: 600, obj: 61, s1: 'get' }).record(RecordType.PROXY_CALL, { t0: 610, t1: 610.5, obj: 61, s1: 'get' });
    main.record(RecordType.POOL_STATE, { t0: 700, t1: 800, obj: POOL, flags: 3 }).slot(RecordType.LOCK_WAIT, 850, { obj: 71 });
    const model = live([main.calls], 900);
    expect(model.lanes({ fromMs: 0, toMs: 1000, pixels: 1000, rows: ['p1'], arrowsFor: null }).lanes[0]!.spans.slice(1)).toEqual([
      { kind: 'blocked-result', fromMs: 100, toMs: 200, about: 'w1' },
      { kind: 'blocked-lock', fromMs: 300, toMs: 400, about: 'l1' },
      { kind: 'blocked-other', fromMs: 500, toMs: 600, about: 'o1' },
      { kind: 'blocked-result', fromMs: 700, toMs: 800, about: 'w1' },
      { kind: 'blocked-lock', fromMs: 850, toMs: 900, about: 'l1' },
    ]);
  });

  test('arrows for a pool are those of its tasks and of their results', () => {
    const main = pool().send(10, POOL).receive(40, RESULTS);
    const one = worker(main, 1).receive(20, POOL).send(30, RESULTS);
    const model = told([[ROOT], main.calls, one.calls, [END]]);
    const { arrows } = model.lanes({ fromMs: 0, toMs: 100, pixels: 100, rows: [], arrowsFor: 'w1' });
    expect(arrows).toEqual([
      { from: 'p1', to: 'p2', sentMs: 10, receivedMs: 20, channel: 'c1' },
      { from: 'p2', to: 'p1', sentMs: 30, receivedMs: 40, channel: 'c2' },
    ]);
  });
});
