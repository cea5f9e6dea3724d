import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const POOL = 7;

interface Scene {
  readonly main: Scribe;
  readonly workers: Scribe[];
}

/** A pool of two workers, and `many` that died of `error` in its initializer. */
function storm(many: number, error: string | null = 'ConnectionError: no such host'): Scene {
  const main = new Scribe(0, 100);
  main.pool(1, POOL, 'Pool', { workers: 2, initializer: 'a.connect', site: main.site('/w/a.py', 3) });
  const workers = Array.from({ length: many }, (_, i) => {
    const worker = start(main, i + 1);
    worker.record(RecordType.POOL_WORKER, { t0: 10 * i + 5, t1: 10 * i + 6, obj: POOL, flags: 1, s1: error }).ends(10 * i + 7, 1);
    main.reaped(10 * i + 8, 101 + i, 1);
    return worker;
  });
  return { main, workers };
}

function start(main: Scribe, image: number, method: 1 | 2 = 1): Scribe {
  return main.start(10 * image - 9, image, 100 + image, { name: `Worker-${image}`, daemon: true, target: 'multiprocessing.pool.worker', method });
}

function storms({ main, workers }: Scene): FindingRow[] {
  return rowsOf(told([[ROOT], main.calls, ...workers.map(({ calls }) => calls)], { findings: evaluate }));
}

function rowsOf(made: Model): FindingRow[] {
  made.advance(5000);
  return made.snapshot().findings.filter(({ rule }) => rule === 'respawn-storm');
}

describe('workers that die again and again before their first task', () => {
  test('in an initializer that raises: how many, of what', () => {
    const scene = storm(5);
    const [found, ...others] = storms(scene);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'error', certain: true, process: 'p1', object: 'w1', where: { line: 3 }, sinceMs: 6 });
    expect(fill(found!.message)).toBe(
      '5 workers of Pool (a.py:3), the Pool of MainProcess (PID 100), have died of ConnectionError before their first task: the Pool makes new ones for ever, and no task runs.',
    );
    expect(found!.evidence.map(fill)).toEqual([
      'The initializer a.connect raised ConnectionError: no such host.',
      'Worker-1 (PID 101) exited with 1.',
      'Pool (a.py:3) was asked for 2 workers, and none ever took a task.',
    ]);
    const backwards = told([...scene.workers.map(({ calls }) => calls).reverse(), scene.main.calls, [ROOT]], { findings: evaluate });
    expect(rowsOf(backwards).map(({ message }) => fill(message))).toEqual([fill(found!.message)]);
  });

  test('is past when the pool was terminated', () => {
    const scene = storm(3);
    scene.main.record(RecordType.POOL_STATE, { t0: 900, obj: POOL, flags: 2 });
    expect(storms(scene).map(({ message }) => fill(message))).toEqual([
      '3 workers of Pool (a.py:3), the Pool of MainProcess (PID 100), died of ConnectionError before their first task, each in the place of another, and no task ran.',
    ]);
  });

  test('while they start: what they need cannot be imported', () => {
    const spawned = (message: string): Scene => {
      const { main } = storm(0);
      const workers = [1, 2, 3].map((image) => {
        const worker = start(main, image, 2).record(RecordType.EXCEPTION, { t0: 10 * image, s1: `AttributeError\n${message}`, s2: 'Traceback' });
        main.reaped(10 * image + 5, 100 + image, 1);
        return worker;
      });
      return { main, workers };
    };
    const [found] = storms(spawned("Can't get attribute 'init'"));
    expect(fill(found!.message)).toContain('3 workers of Pool (a.py:3)');
    expect(fill(found!.evidence[0]!)).toBe("The first of them raised AttributeError: Can't get attribute 'init' while it was starting.");
    // Of two pools nobody knows which they were made for.
    const two = spawned('x');
    two.main.pool(2, 17, 'Pool', { workers: 2 });
    expect(storms(two)).toEqual([]);
    expect(storms(spawned('An attempt has been made ... its bootstrapping phase.'))).toEqual([]);
  });
});

describe('nothing is said', () => {
  test('where no worker was replaced yet', () => {
    expect(storms(storm(2))).toEqual([]);
    expect(storms(storm(3))).toHaveLength(1);
  });

  test('where one of them serves', () => {
    const scene = storm(5);
    scene.workers.push(start(scene.main, 6).record(RecordType.POOL_WORKER, { t0: 60, obj: POOL }));
    expect(storms(scene)).toEqual([]);
  });

  test('of Ctrl-C, of workers that leave, and of those that did not say why', () => {
    for (const error of ['KeyboardInterrupt', 'SystemExit: 1', null]) expect(storms(storm(5, error))).toEqual([]);
  });

  test('of workers that end after their tasks and are replaced', () => {
    const { main } = storm(0);
    const workers = [1, 2, 3, 4, 5].map((image) => {
      const worker = start(main, image).record(RecordType.POOL_WORKER, { t0: 10 * image, obj: POOL }).beginTask(10 * image + 1, POOL, image).endTask(10 * image + 1, 10 * image + 2, POOL, image);
      main.submit(0.5, POOL, image).result(10 * image + 3, POOL, image).reaped(10 * image + 5, 100 + image, 0);
      return worker;
    });
    expect(storms({ main, workers })).toEqual([]);
  });

  test('of an executor: it breaks at the first', () => {
    const main = new Scribe(0, 100).pool(1, POOL, 'ProcessPoolExecutor', { workers: 1, initializer: 'a.connect' });
    const workers = [1, 2, 3].map((image) => start(main, image).record(RecordType.POOL_WORKER, { t0: 10 * image, obj: POOL, flags: 1, s1: 'E: x' }).ends(10 * image + 1, 1));
    expect(storms({ main, workers })).toEqual([]);
  });

  test('where the records of the one that has the pool are not all there', () => {
    const scene = storm(5);
    scene.main.counters([], 1);
    expect(storms(scene)).toEqual([]);
  });
});
