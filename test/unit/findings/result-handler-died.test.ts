import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const POOL = 7;
const RESULTS = 8;
const LOCKED = 32;
const DIED = 6;

interface Scene {
  readonly main: Scribe;
  readonly workers: Scribe[];
  readonly callback: number;
}

/** Two jobs: the first one's worker raised what was read last, before the second ended. */
function scene(): Scene {
  const main = new Scribe(0, 100);
  main.channel(1, RESULTS, 'SimpleQueue', { flags: 2 }).pool(1, POOL, 'Pool', { results: RESULTS, workers: 2, site: main.site('/w/a.py', 3) });
  main.submit(5, POOL, 0, { function: '__main__.greet', site: main.site('/w/a.py', 8) });
  main.submit(6, POOL, 1, { function: '__main__.refuse', site: main.site('/w/a.py', 9) });
  const callback = main.site('/w/a.py', 20, 'store');
  const workers = [1, 2].map((image) => main.start(10, image, 100 + image, { name: `Worker-${image}`, target: 'multiprocessing.pool.worker' }));
  workers[0]!.beginTask(20, POOL, 0, { function: '__main__.greet' }).endTask(20, 30, POOL, 0).send(31, RESULTS, { bytes: 50, flags: LOCKED });
  workers[1]!.beginTask(20, POOL, 1, { function: '__main__.refuse' }).endTask(20, 40, POOL, 1, { error: 'Refused: no' }).send(41, RESULTS, { bytes: 60, flags: LOCKED });
  main.receive(32, RESULTS, { bytes: 50, flags: LOCKED }).result(33, POOL, 0);
  return { main, workers, callback };
}

function dies(made: Scene, o: { job?: number; left?: number; error?: string; site?: number; read?: boolean } = {}): Scene {
  if (o.read !== false) made.main.receive(42, RESULTS, { bytes: 60, flags: LOCKED });
  made.main.record(RecordType.POOL_STATE, { t0: 43, obj: POOL, flags: DIED, a: o.job ?? -1, b: o.left ?? 1, site: o.site ?? 0, s1: o.error ?? 'TypeError: one argument is missing' });
  return made;
}

function found({ main, workers }: Scene, backwards = false): FindingRow[] {
  const streams = [[ROOT], main.calls, ...workers.map(({ calls }) => calls)];
  const model = told(backwards ? streams.reverse() : streams, { findings: evaluate });
  model.advance(500);
  return model.snapshot().findings.filter(({ rule }) => rule === 'result-handler-died');
}

describe('a Pool whose thread for results died', () => {
  test('is told with the task whose result was read last, at the line that submitted it', () => {
    const made = dies(scene());
    made.main.slot(RecordType.TASK_WAIT, 10, { obj: POOL, operand: 1 });
    for (const backwards of [false, true]) {
      const [one, ...others] = found(made, backwards);
      expect(others).toEqual([]);
      expect(one).toMatchObject({ severity: 'error', certain: true, process: 'p1', object: 'w1', where: { line: 9 }, sinceMs: 43 });
      expect(fill(one!.message)).toBe('No job of Pool (a.py:3) completes any more: the thread of MainProcess (PID 100) that takes its results was ended by TypeError: one argument is missing.');
      expect(one!.evidence.map(fill)).toEqual([
        'The last result that it read came from Worker-2 (PID 102): __main__.refuse had raised Refused: no.',
        'At that moment jobs without a result: 1.',
        'MainProcess (PID 100) waits for the result.',
      ]);
    }
  });

  test('by a result that went well in its worker, names that one', () => {
    const made = scene();
    made.workers[0]!.beginTask(40, POOL, 2, { function: '__main__.other' }).endTask(40, 45, POOL, 2).send(46, RESULTS, { bytes: 70, flags: LOCKED });
    made.main.receive(42, RESULTS, { bytes: 60, flags: LOCKED }).submit(35, POOL, 2, { function: '__main__.other', site: made.main.site('/w/a.py', 12) }).receive(47, RESULTS, { bytes: 70, flags: LOCKED });
    made.main.record(RecordType.POOL_STATE, { t0: 48, obj: POOL, flags: DIED, a: -1, b: 2, s1: 'ValueError' });
    const [one] = found(made);
    expect(one!.where).toMatchObject({ line: 12 });
    expect(fill(one!.evidence[0]!)).toBe('The last result that it read came from Worker-1 (PID 101), of __main__.other.');
  });

  test('in a callback, points at its line and at no task', () => {
    const made = scene();
    const [one] = found(dies(made, { job: 0, site: made.callback, error: 'ConnectionError: no such host', read: false }));
    expect(one).toMatchObject({ where: { line: 20 } });
    expect(one!.evidence.map(fill)).toEqual(['It was raised in the callback of a job: __main__.greet.', 'At that moment jobs without a result: 1.']);
    expect(fill(one!.fix)).toContain('callback');
  });

  test('names no task where the messages do not say whose result it was', () => {
    const made = scene();
    made.main.receive(42, RESULTS, { bytes: 61, flags: LOCKED });
    const [one] = found(dies(made, { read: false }));
    expect(one!.evidence.map(fill)).toEqual(['At that moment jobs without a result: 1.']);
    expect(one!.where).toMatchObject({ line: 3 });
  });

  test('with all jobs complete, is told once another job comes', () => {
    const made = dies(scene(), { left: 0 });
    made.main.result(43, POOL, 1);
    expect(found(made)).toEqual([]);
    made.main.submit(50, POOL, 2);
    expect(found(made)).toHaveLength(1);
  });
});

test('nothing is said of a job that failed, or of a result that could not be pickled', () => {
  const made = scene();
  made.main.receive(42, RESULTS, { bytes: 60, flags: LOCKED }).result(43, POOL, 1, { error: 'Refused: no' });
  made.main.submit(50, POOL, 2);
  made.workers[0]!.beginTask(51, POOL, 2).endTask(51, 52, POOL, 2, { error: 'MaybeEncodingError', flags: 2 });
  made.main.result(53, POOL, 2, { error: 'MaybeEncodingError' });
  expect(found(made)).toEqual([]);
});
