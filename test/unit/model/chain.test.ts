import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });

function run(now: number, streams: readonly (readonly Call[])[], ...more: Call[]): Model {
  const model = told([[ROOT], ...streams, more]);
  model.advance(now);
  return model;
}

/** `name depth operation end`, step by step. */
function steps(model: Model, name: string): string[] {
  const { processes } = model.snapshot();
  const row = processes.find((process) => process.name === name);
  return (model.chain(row?.key ?? '')?.steps ?? []).map(({ process, depth, wait, end, more }) =>
    [processes.find(({ key }) => key === process)?.name, depth, wait?.op ?? '-', end ?? '→', ...(more > 0 ? [`+${more}`] : [])].join(' '));
}

function locked(): { main: Scribe; a: Scribe; b: Scribe } {
  const main = new Scribe(0, 100).lock(0, 7, 'Lock').lock(0, 8, 'Lock');
  return { main, a: main.start(1, 1, 101, { name: 'a' }), b: main.start(1, 2, 102, { name: 'b' }) };
}

describe('what a chain ends in', () => {
  test('a circle, which is a verdict once it was seen; and the same is told of the past when they were killed', () => {
    const { main, a, b } = locked();
    a.held([7]).slot(RecordType.LOCK_WAIT, 100, { obj: 8 });
    b.held([8]).slot(RecordType.LOCK_WAIT, 100, { obj: 7 });
    const expected = ['a 0 lock →', 'b 1 lock →', 'a 2 - circle'];
    const unseen = run(2000, [main.calls, a.calls, b.calls]);
    expect(steps(unseen, 'a')).toEqual(expected);
    expect(unseen.chain('p2')).toMatchObject({ stuck: false, atMs: null });
    const stuck = seen({ k: 'stuck', t: 1500, p: [[101, 1010, 100, RecordType.LOCK_WAIT, 0, 8, 0, 0, [102], true], [102, 1020, 100, RecordType.LOCK_WAIT, 0, 7, 0, 0, [101], true]] });
    const verdict = run(2000, [main.calls, a.calls, b.calls], stuck);
    expect(verdict.chain('p2')).toMatchObject({ stuck: true, atMs: null });
    const before = main.calls.length;
    main.reaped(3000, 101, -9).reaped(3000, 102, -9);
    for (const call of [...main.calls.slice(before), ...a.noSlots().calls.slice(-1), ...b.noSlots().calls.slice(-1)]) call(verdict);
    verdict.advance(4000);
    expect(verdict.chain('p2')).toMatchObject({ stuck: true, atMs: 1500 });
    expect(steps(verdict, 'a')).toEqual(expected);
    expect(verdict.report().waits).toMatchObject([
      { process: 'p2', operation: 'lock', object: 'l2', by: ['p3'], stuck: true, seenMs: 1500 },
      { process: 'p3', operation: 'lock', object: 'l1', by: ['p2'], stuck: true, seenMs: 1500 },
    ]);
  });

  test('somebody who runs, who sleeps elsewhere, who was stopped, who has ended', () => {
    const { main, a, b } = locked();
    main.slot(RecordType.JOIN, 100, { operand: 101 });
    const streams = [main.calls, a.calls, b.calls];
    expect(steps(run(2000, streams), 'MainProcess')).toEqual(['MainProcess 0 join →', 'a 1 - runs']);
    const asleep = seen({ k: 'asleep', t: 900, p: [[101, 1010, 400, 'hrtimer_nanosleep']] });
    const sleeping = run(2000, streams, asleep);
    expect(steps(sleeping, 'MainProcess')).toEqual(['MainProcess 0 join →', 'a 1 - asleep']);
    expect(sleeping.snapshot().processes[1]?.asleep).toEqual({ call: 'sleep', place: 'hrtimer_nanosleep', sinceMs: 400 });
    expect(sleeping.report().waits).toMatchObject([{ process: 'p1', operation: 'join', by: ['p2'], stuck: false }, { process: 'p2', operation: null, call: 'sleep', by: null }]);
    expect(steps(run(2000, streams, asleep, seen({ k: 'asleep', t: 950, p: [[101, 1010, 950, '']] })), 'MainProcess')).toEqual(['MainProcess 0 join →', 'a 1 - runs']);
    expect(steps(run(2000, streams, asleep, seen({ k: 'sample', t: 950, p: [[101, 1010, 'R', 100, 50, 0, 1, 1, 1]] })), 'MainProcess')).toEqual(['MainProcess 0 join →', 'a 1 - runs']);
    expect(steps(run(2000, streams, seen({ k: 'sample', t: 950, p: [[101, 1010, 'T', 100, 0, 0, 1, 1, 1]] })), 'MainProcess')).toEqual(['MainProcess 0 join →', 'a 1 - stopped']);
    a.held([7]);
    b.slot(RecordType.LOCK_WAIT, 100, { obj: 7 });
    main.reaped(300, 101, -9);
    expect(steps(run(2000, [main.calls, a.calls, b.calls]), 'b')).toEqual(['b 0 lock →', 'a 1 - ended']);
  });

  test('a timeout, whoever has the object, nobody, and what is not known', () => {
    const { main, a, b } = locked();
    main.channel(0, 20, 'Queue').lock(0, 9, 'Event');
    a.slot(RecordType.GET_EMPTY, 100, { obj: 20, deadlineMs: 9000 });
    b.slot(RecordType.SYNC_WAIT, 100, { obj: 9 });
    main.slot(RecordType.JOIN, 100, { operand: 102 });
    const model = run(2000, [main.calls, a.calls, b.calls]);
    expect(steps(model, 'a')).toEqual(['a 0 get timeout']);
    expect(steps(model, 'MainProcess')).toEqual(['MainProcess 0 join →', 'b 1 event anybody']);
    const other = locked();
    other.a.slot(RecordType.JOIN, 100, { operand: 4711 });
    expect(steps(run(2000, [other.main.calls, other.a.calls]), 'a')).toEqual(['a 0 join unknown']);
  });

  test('of many who could end it some are followed, and the rest is counted', () => {
    const main = new Scribe(0, 100).pool(0, 30, 'Pool', { workers: 12 });
    const workers = Array.from({ length: 12 }, (_, i) => main.start(1, i + 1, 101 + i, { name: `worker-${i}`, target: 'multiprocessing.pool.worker' }).beginTask(5, 30, 1, { index: i }));
    main.submit(2, 30, 1, { tasks: 12, method: 'map' }).slot(RecordType.TASK_WAIT, 100, { obj: 30, operand: 1 });
    const told = steps(run(2000, [main.calls, ...workers.map(({ calls }) => calls)]), 'MainProcess');
    expect(told).toHaveLength(9);
    expect(told[0]).toBe('MainProcess 0 result → +4');
  });

  test('a process that is not there has none', () => {
    expect(run(10, []).chain('p99')).toBeNull();
  });
});
