import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const EXECUTOR = 7;

interface Scene {
  readonly main: Scribe;
  readonly workers: Scribe[];
}

const start = (main: Scribe, t: number, image: number): Scribe =>
  main.start(t, image, 100 + image, { name: `Worker-${image}`, target: 'concurrent.futures.process._process_worker', method: 2 }).record(RecordType.POOL_WORKER, { t0: t + 2, obj: EXECUTOR });

/** One worker, which left after the first of three tasks; it was reaped at 100. */
function left(kind = 'ProcessPoolExecutor', reaped = true): Scene {
  const main = new Scribe(0, 100);
  main.pool(1, EXECUTOR, kind, { workers: 1, tasksPerWorker: 1, site: main.site('/w/a.py', 3) });
  const line = main.site('/w/a.py', 9);
  for (const job of [0, 1, 2]) main.submit(5 + job, EXECUTOR, job, { method: 'submit', site: line });
  const worker = start(main, 10, 1).beginTask(20, EXECUTOR, 0).endTask(20, 90, EXECUTOR, 0).ends(95);
  main.result(92, EXECUTOR, 0);
  if (reaped) main.reaped(100, 101, 0);
  return { main, workers: [worker] };
}

function waiting(scene = left()): Scene {
  scene.main.slot(RecordType.TASK_WAIT, 93, { obj: EXECUTOR, operand: 1 });
  return scene;
}

function stalls({ main, workers }: Scene, now = 4000, backwards = false): FindingRow[] {
  const streams = [[ROOT], main.calls, ...workers.map(({ calls }) => calls)];
  const made: Model = told(backwards ? streams.reverse() : streams, { findings: evaluate });
  made.advance(now);
  return made.snapshot().findings.filter(({ rule }) => rule === 'executor-stalled');
}

describe('an executor with work and no worker', () => {
  test('is told with who waits, and for how many tasks', () => {
    const [found, ...others] = stalls(waiting());
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'error', certain: true, process: 'p1', object: 'w1', where: { line: 9 }, sinceMs: 100 });
    expect(fill(found!.message)).toBe('MainProcess (PID 100) waits for ProcessPoolExecutor (a.py:3), which has work to do (2 in all) and no worker to do it.');
    expect(found!.evidence.map(fill)).toEqual([
      'Worker-1 (PID 101) exited with 0.',
      'It was the last worker of ProcessPoolExecutor (a.py:3), and for more than three seconds none was started.',
      'Its workers leave when they have run as many tasks as max_tasks_per_child says: 1.',
    ]);
    expect(stalls(waiting(), 4000, true).map(({ message }) => fill(message))).toEqual([fill(found!.message)]);
  });

  test('also while it shuts down and waits for the rest', () => {
    const scene = left();
    scene.main.slot(RecordType.POOL_STATE, 200, { obj: EXECUTOR, flags: 4 });
    expect(stalls(scene)).toHaveLength(1);
  });

  test('is past when another submit() woke it, and the wait had been in vain', () => {
    const scene = left();
    scene.main.record(RecordType.TASK_WAIT, { t0: 93, t1: 4093, obj: EXECUTOR, a: 1, b: 4000, flags: 1 });
    scene.workers.push(start(scene.main, 4100, 2).beginTask(4120, EXECUTOR, 1).endTask(4120, 4130, EXECUTOR, 1));
    scene.main.result(4140, EXECUTOR, 1).result(4150, EXECUTOR, 2, { cancelled: true });
    expect(stalls(scene, 5000).map(({ message }) => fill(message))).toEqual([
      'MainProcess (PID 100) waited for ProcessPoolExecutor (a.py:3), which had work to do (2 in all) and no worker to do it.',
    ]);
  });
});

describe('nothing is said', () => {
  const quiet = (scene: Scene, now?: number): void => expect(stalls(scene, now)).toEqual([]);

  test('in the first three seconds', () => quiet(waiting(), 3000));

  test('while nobody waits for it', () => quiet(left(), 60_000));

  test('where nothing waits: an executor at rest', () => {
    const scene = waiting();
    scene.main.result(94, EXECUTOR, 1).result(94, EXECUTOR, 2, { cancelled: true });
    quiet(scene);
  });

  test('while a worker lives, or is being started', () => {
    const living = waiting();
    living.workers.push(start(living.main, 110, 2));
    quiet(living);
    const starting = waiting();
    starting.main.slot(RecordType.START, 120, { slot: 1, nativeThread: 9 });
    quiet(starting);
  });

  test('while the last worker was not reaped: a callback may be running', () => quiet(waiting(left(undefined, false))));

  test('of a Pool, and of an executor that is broken', () => {
    quiet(waiting(left('Pool')));
    const broken = waiting();
    broken.main.record(RecordType.POOL_STATE, { t0: 110, obj: EXECUTOR, flags: 5 });
    quiet(broken);
  });

  test('while the process is stopped', () => {
    const scene = waiting();
    scene.main.calls.push(seen({ k: 'sample', t: 500, p: [[100, 1000, 'T', 1, 0, 0, 1, 1]] }));
    quiet(scene);
  });

  test('where the one that has it lost records', () => {
    const scene = waiting();
    scene.main.counters([], 1);
    quiet(scene);
  });

  test('where tasks came long after the last worker, and the next at once', () => {
    const scene = left();
    scene.main.result(94, EXECUTOR, 1).result(94, EXECUTOR, 2, { cancelled: true }).submit(9000, EXECUTOR, 3, { method: 'submit' });
    scene.workers.push(start(scene.main, 9010, 2).beginTask(9100, EXECUTOR, 3));
    scene.main.slot(RecordType.TASK_WAIT, 9005, { obj: EXECUTOR, operand: 3 });
    quiet(scene, 20_000);
  });
});
