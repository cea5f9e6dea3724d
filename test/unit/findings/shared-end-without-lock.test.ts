import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { ReceiveFlag, RecordType, SendFlag } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const PIPE = 500;

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const shared = (of: Model): readonly FindingRow[] => of.snapshot().findings.filter(({ rule }) => rule === 'shared-end-without-lock');

function family(kind = 'Pipe', flags = 0): { main: Scribe; left: Scribe; right: Scribe } {
  const main = new Scribe(0, 100).channel(1, PIPE, kind, { flags });
  return { main, left: main.start(2, 1, 101, { name: 'left' }), right: main.start(3, 2, 102, { name: 'right' }) };
}

const find = ({ main, left, right }: { main: Scribe; left: Scribe; right: Scribe }, now = 5000): readonly FindingRow[] => {
  const found = shared(model(now, main.calls, left.calls, right.calls));
  // Whoever is told of first leaves no trace.
  expect(shared(model(now, right.calls, left.calls, main.calls))).toEqual(found);
  return found;
};

describe('two processes on one end at once', () => {
  test('that send: who, where, and when both were in it', () => {
    const all = family();
    all.left.send(20, PIPE, { t1: 30, bytes: 60_000 });
    all.right.send(25, PIPE, { t1: 40, bytes: 10, site: all.right.site('/w/a.py', 14) });
    const [found, ...more] = find(all);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ process: 'p3', object: 'c1', where: { line: 14 }, sinceMs: 25, severity: 'error', certain: true });
    expect(fill(found!.message)).toBe('left (PID 101) and right (PID 102) were in send() on one end of Pipe at the same time, without a lock.');
    expect(found!.evidence.map(fill)).toEqual([
      'left (PID 101) was in it from 0.020000 s to 0.030000 s.',
      'right (PID 102) was in it from 0.025000 s to 0.040000 s.',
      'A message of more than 4092 bytes may be written in several pieces, and the pieces of two processes mix.',
    ]);
  });

  test('that send what is written in one piece: told, and that it does no harm yet', () => {
    const all = family();
    all.left.send(20, PIPE, { t1: 30, bytes: 4092 });
    all.right.send(25, PIPE, { t1: 40, bytes: 4092 });
    expect(find(all)).toMatchObject([{ severity: 'info' }]);
    all.left.send(50, PIPE, { t1: 60, bytes: 4093 });
    all.right.send(55, PIPE, { t1: 70, bytes: 1 });
    expect(find(all)).toMatchObject([{ severity: 'error', sinceMs: 55 }]);
  });

  test('that send: the same meeting is told live and afterwards, when a receive has failed at the end', () => {
    const all = family();
    for (const from of [20, 50]) {
      all.left.send(from, PIPE, { t1: from + 10, bytes: 10 });
      all.right.send(from + 5, PIPE, { t1: from + 20, bytes: 10 });
    }
    const live = find(all);
    expect(live).toMatchObject([{ sinceMs: 25 }]);
    const before = all.main.calls.length;
    for (const t1 of [60.5, 61, 61.5, 62]) all.main.receive(t1, PIPE, { t0: 60 });
    all.main.receive(300, PIPE, { t0: 299, flags: ReceiveFlag.FAILED });
    expect(find(all)).toEqual(live);
    // Told while it is looked at, too.
    const made = model(5000, all.main.calls.slice(0, before), all.left.calls, all.right.calls);
    expect(shared(made)).toEqual(live);
    for (const call of all.main.calls.slice(before)) call(made);
    made.advance(6000);
    expect(shared(made)).toEqual(live);
  });

  test('that send, while a receive that failed may have taken the first message: nobody knows whether they met', () => {
    const all = family();
    all.left.send(20, PIPE, { t1: 30, bytes: 10 });
    all.right.send(25, PIPE, { t1: 40, bytes: 10 });
    const made = model(5000, all.main.calls, all.left.calls, all.right.calls);
    expect(shared(made)).toHaveLength(1);
    // It is told late.
    const before = all.main.calls.length;
    all.main.receive(60, PIPE, { t0: 24, flags: ReceiveFlag.FAILED });
    for (const call of all.main.calls.slice(before)) call(made);
    made.advance(6000);
    expect(shared(made)).toEqual([]);
    expect(find(all)).toEqual([]);
  });

  test('that receive: by their records, and by what they are in', () => {
    const all = family();
    all.main.send(30, PIPE).send(40, PIPE);
    all.left.receive(31, PIPE, { t0: 10 });
    all.right.receive(41, PIPE, { t0: 20 });
    const [found] = find(all);
    expect(found).toMatchObject({ process: 'p3', severity: 'warning', sinceMs: 20 });
    expect(fill(found!.message)).toContain('were in recv() on one end of Pipe');
    const idle = family();
    for (const worker of [idle.left, idle.right]) worker.slot(RecordType.RECV, 50, { obj: PIPE });
    const [standing] = find(idle);
    expect(standing).toMatchObject({ process: 'p3', sinceMs: 50 });
    expect(standing!.evidence.map(fill)[0]).toBe('left (PID 101) has been in it since 0.050000 s.');
  });

  test('where one was in it for long, and the other of a third came and went', () => {
    const all = family();
    all.left.send(20, PIPE, { t1: 100, bytes: 9000 });
    all.main.send(110, PIPE, { t1: 111 });
    all.right.send(30, PIPE, { t1: 31, bytes: 10 }).send(99, PIPE, { t1: 99.5, bytes: 10 });
    expect(find(all)).toMatchObject([{ process: 'p3', sinceMs: 30 }]);
  });

  test('of a two-way pipe, on the end that both use', () => {
    const main = new Scribe(0, 100).channel(1, PIPE, 'Pipe', { second: PIPE + 1 });
    const left = main.start(2, 1, 101, { name: 'left' }).send(20, PIPE + 1, { t1: 30, bytes: 5000 });
    const right = main.start(3, 2, 102, { name: 'right' }).send(25, PIPE + 1, { t1: 40, bytes: 5000 });
    expect(find({ main, left, right })).toHaveLength(1);
    const apart = { main, left, right: main.start(3, 2, 102).send(25, PIPE, { t1: 40, bytes: 5000 }) };
    expect(find(apart)).toEqual([]);
  });
});

describe('no fault', () => {
  test('one after the other, as under a lock of the user\'s', () => {
    const all = family();
    for (let t = 20; t < 200; t += 10) (t % 20 === 0 ? all.left : all.right).send(t, PIPE, { t1: t + 10, bytes: 9000 });
    expect(find(all)).toEqual([]);
  });

  test('one process, whose threads may have a lock that is not seen', () => {
    const all = family();
    all.left.send(20, PIPE, { t1: 40, bytes: 9000 }).send(25, PIPE, { t1: 45, bytes: 9000, thread: 1 });
    expect(find(all)).toEqual([]);
  });

  test('the second is the answer to the first, whose sender looked at the clock too late', () => {
    const all = family();
    all.left.send(20, PIPE, { t1: 30 });
    all.main.receive(24, PIPE, { t0: 10 });
    all.right.send(25, PIPE, { t1: 28 });
    expect(find(all)).toEqual([]);
    // A message before it was read, and this one not.
    const apart = family();
    apart.main.send(5, PIPE, { t1: 6 }).receive(24, PIPE, { t0: 10 });
    apart.left.send(20, PIPE, { t1: 30 });
    apart.right.send(25, PIPE, { t1: 28 });
    expect(find(apart)).toHaveLength(1);
  });

  test('queues, that have locks, and pipes of the library\'s own', () => {
    for (const [kind, flags] of [['SimpleQueue', 0], ['Queue', 0], ['Pipe', 2]] as const) {
      const all = family(kind, flags);
      for (const worker of [all.left, all.right]) worker.send(20, PIPE, { t1: 40, bytes: 9000 }).receive(70, PIPE, { t0: 50 }).slot(RecordType.RECV, 80, { obj: PIPE });
      expect(find(all)).toEqual([]);
    }
    const locked = family();
    for (const worker of [locked.left, locked.right]) worker.send(20, PIPE, { t1: 40, bytes: 9000, flags: SendFlag.LOCKED });
    expect(find(locked)).toEqual([]);
  });

  test('what slots say is no proof while it is young, nor when one of the two has ended', () => {
    const all = family();
    all.left.slot(RecordType.RECV, 20, { obj: PIPE });
    all.right.slot(RecordType.RECV, 4500, { obj: PIPE });
    expect(find(all)).toEqual([]);
    const replaced = family();
    replaced.left.slot(RecordType.RECV, 20, { obj: PIPE });
    replaced.right.slot(RecordType.RECV, 2000, { obj: PIPE });
    replaced.main.reaped(2100, 101, -9);
    expect(find(replaced)).toEqual([]);
  });

  test('is known where records are lost, or were counted only', () => {
    const race = (): ReturnType<typeof family> => {
      const all = family();
      all.left.send(20, PIPE, { t1: 30, bytes: 9000 });
      all.right.send(25, PIPE, { t1: 40, bytes: 9000 });
      return all;
    };
    const lossy = race();
    lossy.left.counters([], 1);
    expect(find(lossy)).toEqual([]);
    const counting = race();
    counting.main.record(RecordType.COUNTING, { t0: 22, obj: PIPE });
    expect(find(counting)).toEqual([]);
  });
});
