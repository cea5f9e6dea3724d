import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const POOL = 7;
const EXECUTOR = 'ProcessPoolExecutor';

interface Scene {
  readonly main: Scribe;
  readonly one: Scribe;
  readonly two: Scribe;
  readonly more: Call[];
}

/** A pool with two workers; the first takes a task at 20. */
function atWork(kind = 'Pool'): Scene {
  const main = new Scribe(0, 100);
  main.pool(1, POOL, kind, { workers: 2, site: main.site('/w/a.py', 3) });
  const [one, two] = [1, 2].map((n) => main.start(2, n, 100 + n, { name: `Worker-${n}`, daemon: kind === 'Pool', target: 'multiprocessing.pool.worker' }).record(RecordType.POOL_WORKER, { t0: 4, obj: POOL })) as [Scribe, Scribe];
  main.submit(10, POOL, 1, { site: main.site('/w/a.py', 12), function: 'a.vanish', method: kind === 'Pool' ? 'apply_async' : 'submit' });
  one.beginTask(20, POOL, 1, { function: 'a.vanish' });
  return { main, one, two, more: [] };
}

function model({ main, one, two, more }: Scene, now = 5000): Model {
  const made = told([[ROOT], main.calls, one.calls, two.calls, more], { findings: evaluate });
  made.advance(now);
  return made;
}

const losses = (of: Model): FindingRow[] => of.snapshot().findings.filter(({ rule }) => rule === 'worker-died-with-task');
const exits = (t: number, code: number | null, signal: string | null = null): Call => seen({ k: 'exit', t, pid: 100, code, signal });

describe('a worker that died with its task', () => {
  test('of a Pool: who, what it ran, how it ended, and who waits', () => {
    const scene = atWork();
    scene.main.reaped(100, 101, -9).slot(RecordType.TASK_WAIT, 30, { obj: POOL, operand: 1 }).slot(RecordType.POOL_STATE, 40, { obj: POOL, flags: 3, slot: 1, nativeThread: 9 });
    const [found, ...others] = losses(model(scene));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'error', certain: true, process: 'p2', object: 'w1', where: { file: '/w/a.py', line: 12 }, sinceMs: 100 });
    expect(fill(found!.message)).toBe('Worker-1 (PID 101), a worker of Pool (a.py:3), ended while it ran a.vanish: the job never completes.');
    expect(found!.evidence.map(fill)).toEqual([
      'Worker-1 (PID 101) was ended by SIGKILL.',
      'a.vanish began in Worker-1 (PID 101) and did not end; no result of its job came.',
      'MainProcess (PID 100) waits for the result.',
      'MainProcess (PID 100) waits in join() of Pool (a.py:3), which lasts until all jobs are complete.',
    ]);
  });

  test('whoever is told of first', () => {
    const scene = atWork();
    scene.main.reaped(100, 101, -9);
    const other = told([scene.two.calls, scene.one.calls, scene.main.calls, [ROOT]], { findings: evaluate });
    other.advance(5000);
    expect(other.report().findings).toEqual(model(scene).report().findings);
  });

  test('stays, in the past tense, when the pool was terminated afterwards', () => {
    const scene = atWork();
    scene.main.reaped(100, 101, 3).record(RecordType.POOL_STATE, { t0: 900, obj: POOL, flags: 2 });
    const [found] = losses(model(scene));
    expect(fill(found!.message)).toContain('a.vanish: the job never completed.');
    expect(found!.evidence.map(fill)[0]).toBe('Worker-1 (PID 101) exited with 3.');
  });

  test('of an executor breaks it', () => {
    const scene = atWork(EXECUTOR);
    scene.main.record(RecordType.POOL_STATE, { t0: 90, obj: POOL, flags: 5 }).result(91, POOL, 1, { error: 'BrokenProcessPool: terminated abruptly' }).reaped(100, 101, 3);
    // That is what most scripts end of, at once.
    scene.more.push(exits(120, 1));
    const found = losses(model(scene));
    expect(found.map(({ message }) => fill(message))).toEqual([
      'Worker-1 (PID 101), a worker of ProcessPoolExecutor (a.py:3), ended while it ran a.vanish: the executor is broken, and its futures raise BrokenProcessPool.',
    ]);
  });

  test('of an executor that did not notice', () => {
    const scene = atWork(EXECUTOR);
    scene.main.reaped(100, 101, -9);
    expect(losses(model(scene)).map(({ message }) => fill(message))[0]).toContain('its future has no result');
  });

  test('is one thing to mend where one function ends several', () => {
    const scene = atWork();
    scene.two.beginTask(30, POOL, 2, { function: 'a.vanish' });
    scene.main.reaped(100, 101, -11).reaped(110, 102, -11);
    const found = losses(model(scene));
    expect(found).toHaveLength(1);
    expect(fill(found[0]!.message)).toBe('Worker-1 (PID 101) and other workers of Pool (a.py:3) ended while they ran a.vanish, 2 in all: the jobs never complete.');
  });

  test('also where the main process killed it, which a Pool never does', () => {
    const scene = atWork();
    scene.main.record(RecordType.SIGNAL, { t0: 90, a: 101, b: 9, flags: 1 }).reaped(100, 101, -9);
    expect(losses(model(scene))).toHaveLength(1);
  });

  test('also by os._exit() in a script that is over soon', () => {
    const scene = atWork();
    scene.one.record(RecordType.EXIT, { t0: 95, a: 0, flags: 1 });
    scene.main.reaped(100, 101, 0);
    scene.more.push(exits(700, 0));
    expect(losses(model(scene))).toHaveLength(1);
  });
});

describe('nothing is said', () => {
  const quiet = (change: (scene: Scene) => void, kind = 'Pool', now = 5000): void => {
    const scene = atWork(kind);
    change(scene);
    expect(losses(model(scene, now))).toEqual([]);
  };

  test('while the worker lives, however long its task takes', () => {
    quiet(() => undefined, 'Pool', 500_000);
  });

  test('in the first second: its last record may not have been read', () => {
    quiet(({ main }) => main.reaped(4500, 101, -9));
  });

  test('of one that ended after its task', () => {
    quiet(({ main, one }) => {
      one.endTask(20, 90, POOL, 1);
      main.result(91, POOL, 1).reaped(100, 101, -9);
    });
  });

  test('where the job has its result, or was cancelled', () => {
    quiet(({ main }) => main.result(91, POOL, 1).reaped(100, 101, 0));
    quiet(({ main }) => main.result(91, POOL, 1, { cancelled: true }).reaped(100, 101, 0));
    quiet(({ main }) => main.result(91, POOL, 1, { error: 'ValueError: no' }).reaped(100, 101, 0), EXECUTOR);
  });

  test('where records were lost: of the worker, or of the one that has the pool', () => {
    quiet(({ main, one }) => {
      one.counters([], 3);
      main.reaped(100, 101, -9);
    });
    quiet(({ main }) => main.counters([], 1).reaped(100, 101, -9));
  });

  test('where the pool ended its workers: leaving a with statement is enough', () => {
    quiet(({ main }) => main.record(RecordType.SIGNAL, { t0: 90, a: 101, b: 15, flags: 1 }).reaped(100, 101, -15).record(RecordType.POOL_STATE, { t0: 89, t1: 101, obj: POOL, flags: 2 }));
    // A worker with a handler of SIGTERM exits.
    quiet(({ main }) => main.record(RecordType.SIGNAL, { t0: 90, a: 101, b: 15, flags: 1 }).reaped(100, 101, 0));
    // A broken executor ends its other workers; 3.14 has ways to kill them.
    quiet(({ main }) => main.record(RecordType.SIGNAL, { t0: 90, a: 101, b: 9, flags: 1 }).reaped(100, 101, -9).result(110, POOL, 1, { error: 'BrokenProcessPool: x' }), EXECUTOR);
  });

  test('where somebody outside asked it to end', () => {
    for (const signal of [15, 1, 2, 3]) quiet(({ main }) => main.reaped(100, 101, -signal));
  });

  test('after Ctrl-C', () => {
    quiet(({ main, one }) => {
      one.record(RecordType.EXCEPTION, { t0: 80, s1: 'KeyboardInterrupt\n', s2: 'Traceback', flags: 1 }).ends(90, 1);
      main.reaped(100, 101, 1);
    });
    // With a handler that exits, in the worker and in the main process.
    quiet(({ main, one, more }) => {
      one.ends(90, 130);
      main.reaped(100, 101, 130);
      more.push(exits(400, 130));
    });
  });

  test('where the whole tree was ended', () => {
    quiet(({ main, more }) => {
      main.reaped(100, 101, -9);
      more.push(exits(110, null, 'SIGKILL'));
    });
    quiet(({ more }) => more.push(exits(100, 0), seen({ k: 'gone', t: 900, pid: 101, start: 1010 })));
    quiet(({ main, more }) => {
      more.push(seen({ k: 'signal', t: 95, pid: 101, start: 1010, signal: 'SIGKILL' }), seen({ k: 'signal', t: 95, pid: 100, start: 1000, signal: 'SIGTERM' }));
      main.reaped(100, 101, -9);
    });
  });

  test('of a pool that nobody announced', () => {
    const one = new Scribe(1, 101).beginTask(20, POOL, 1);
    const made = told([[ROOT], new Scribe(0, 100).reaped(100, 101, -9).calls, one.calls], { findings: evaluate });
    made.advance(5000);
    expect(losses(made)).toEqual([]);
  });
});
