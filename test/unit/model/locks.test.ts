import { describe, expect, test } from 'vitest';
import { RecordType } from '../../../src/model/record-types.js';
import type { LockRow } from '../../../src/protocol/view.js';
import type { Model } from '../../../src/model/index.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const END = seen({ k: 'end', t: 10_000 });

function live(streams: readonly (readonly Call[])[], now = 1000): Model {
  const model = told([[ROOT], ...streams]);
  model.advance(now);
  return model;
}

const lockOf = (model: Model, key = 'l1'): LockRow => model.snapshot().locks.find((row) => row.key === key)!;

describe('a lock', () => {
  test('has the line and the variable it was made at, and is no channel', () => {
    const main = new Scribe(0, 100);
    main.lock(5, 71, 'Semaphore', { value: 3, site: main.site('/w/a.py', 4) });
    const model = live([main.calls, [seen({ k: 'name', t: 6, file: '/w/a.py', line: 4, name: 'slots' })]]);
    expect(lockOf(model)).toEqual({
      key: 'l1', name: 'slots', created: { file: '/w/a.py', line: 4, function: 'main' }, createdBy: 'p1', kind: 'Semaphore', internal: false, value: 3, partOf: null,
      contended: 0, waitMs: 0, longestWaitMs: 0, gaveUp: 0, told: 0, isSet: null, holders: [], holdersUncertain: false, waiters: [], users: ['p1'],
    });
    expect(model.snapshot().channels).toEqual([]);
  });

  test('is held by those whose words say so, also by one that was killed with it', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock');
    const child = main.start(2, 1, 101).held([71]);
    const model = live([main.calls, child.calls]);
    expect(lockOf(model)).toMatchObject({ holders: ['p2'], holdersUncertain: false, users: ['p1', 'p2'] });
    for (const call of new Scribe(0, 100).reaped(50, 101, -9).calls.slice(1)) call(model);
    expect(lockOf(model).holders).toEqual(['p2']);
    expect(model.report().locks[0]).toMatchObject({ holder: 'p2', holders: ['p2'], acquisitions: null });
  });

  test('is free again once the word is gone, and in another image after exec', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock').held([71]).held([]);
    expect(lockOf(live([main.calls])).holders).toEqual([]);
    const before = new Scribe(1, 101).held([71]);
    const after = new Scribe(2, 101, { openedMs: 9 });
    expect(lockOf(live([new Scribe(0, 100).lock(1, 71, 'Lock').calls, before.calls, after.calls])).holders).toEqual([]);
  });

  test('has uncertain holders once it was released in another\'s stead, or somebody has more locks than words', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock').lock(2, 72, 'Lock').held([71]).record(RecordType.LOCK_FREED, { t0: 3, obj: 71 });
    const model = live([main.calls]);
    expect(lockOf(model)).toMatchObject({ holders: ['p1'], holdersUncertain: true });
    expect(lockOf(model, 'l2').holdersUncertain).toBe(false);
    const unseen = live([main.calls, new Scribe(1, 101).held([], true).calls]);
    expect(lockOf(unseen, 'l2').holdersUncertain).toBe(true);
  });

  test('counts the acquires that waited, how long, and those that gave up', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock');
    main.record(RecordType.LOCK_WAIT, { t0: 10, t1: 30, obj: 71 }).record(RecordType.LOCK_WAIT, { t0: 40, t1: 45, obj: 71, flags: 1 });
    expect(lockOf(live([main.calls]))).toMatchObject({ contended: 2, waitMs: 25, longestWaitMs: 20, gaveUp: 1 });
  });

  test('counts none who came to a barrier as the last one: that was no wait, and a use all the same', () => {
    const main = new Scribe(0, 100).lock(1, 72, 'Barrier', { value: 2 }).record(RecordType.SYNC_WAIT, { t0: 5, t1: 25, obj: 72, b: 0 });
    const child = main.start(2, 1, 101).record(RecordType.SYNC_WAIT, { t0: 24, t1: 25, obj: 72, b: 1, flags: 8 });
    expect(lockOf(live([main.calls, child.calls]))).toMatchObject({ contended: 1, waitMs: 20, users: ['p1', 'p2'] });
  });

  test('shows who waits, and the waiter whom it waits for where one alone holds it', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock');
    const waiter = main.start(2, 1, 101, { name: 'waiter' });
    const holder = main.start(3, 2, 102, { name: 'holder' }).held([71]);
    waiter.slot(RecordType.LOCK_WAIT, 100, { obj: 71, deadlineMs: 5000, site: waiter.site('/w/a.py', 8, 'work') });
    const model = live([main.calls, waiter.calls, holder.calls]);
    const where = { file: '/w/a.py', line: 8, function: 'work' };
    expect(lockOf(model).waiters).toEqual([{ process: 'p2', op: 'lock', sinceMs: 100, untilMs: 5000, where }]);
    expect(model.snapshot().processes[1]).toMatchObject({ state: 'blocked', blocked: [{ op: 'lock', channel: null, object: 'l1', process: 'p3', where }] });
    // The holder lets go, and another fact about the waiter itself is not needed.
    for (const call of [(): void => model.held(2, { locks: [], unseen: false })]) call();
    expect(model.snapshot().processes[1]!.blocked[0]).toMatchObject({ object: 'l1', process: null });
  });

  test('of which several units are held does not say whom a waiter waits for', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Semaphore', { value: 2 }).held([71]);
    const waiter = main.start(2, 1, 101).slot(RecordType.LOCK_WAIT, 100, { obj: 71 });
    expect(live([main.calls, waiter.calls]).snapshot().processes[1]!.blocked[0]).toMatchObject({ op: 'lock', process: null });
  });

  test('waits of those that were killed in them are in the report', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock').held([71]);
    const waiter = main.start(2, 1, 101).slot(RecordType.LOCK_WAIT, 100, { obj: 71 });
    main.reaped(50, 101, -9);
    const model = told([[ROOT], main.calls, waiter.calls, [END]]);
    expect(lockOf(model).waiters).toEqual([]);
    expect(model.report().locks[0]).toMatchObject({ waiters: ['p2'], holder: 'p1' });
  });

  test('that a child got by unpickling is the one its maker told of, whoever is read first', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'RLock');
    const child = new Scribe(1, 101, { openedMs: 2 }).record(RecordType.LOCK_HELD, { t0: 3, obj: 71, s1: 'RLock' });
    for (const streams of [[main.calls, child.calls], [child.calls, main.calls]]) {
      const { locks } = live(streams).snapshot();
      expect(locks).toMatchObject([{ kind: 'RLock', createdBy: 'p1', users: ['p1', 'p2'] }]);
    }
  });

  test('that nobody announced is shown once it is sure that nobody will', () => {
    const child = new Scribe(0, 100).record(RecordType.LOCK_WAIT, { t0: 10, t1: 20, obj: 71 });
    expect(live([child.calls], 100).snapshot().locks).toEqual([]);
    expect(live([child.calls], 1000).snapshot().locks).toMatchObject([{ kind: 'Lock', created: null, createdBy: null, contended: 1 }]);
  });
});

describe('what is built on locks', () => {
  test('a Condition knows its lock, which is the library\'s where the user gave none; nobody holds the Condition itself', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'RLock', { flags: 2 }).lock(2, 72, 'Condition', { on: 71 }).held([71, 72]);
    main.record(RecordType.SYNC_WAIT, { t0: 5, t1: 9, obj: 72, flags: 1 }).record(RecordType.SYNC_TELL, { t0: 10, obj: 72, a: 1, flags: 1 });
    expect(live([main.calls]).snapshot().locks).toMatchObject([
      { key: 'l1', kind: 'RLock', internal: true, holders: ['p1'], partOf: null },
      { key: 'l2', kind: 'Condition', internal: false, partOf: 'l1', holders: [], contended: 1, gaveUp: 1, waitMs: 4, told: 1 },
    ]);
  });

  test('a wait is named by what it waits for', () => {
    const ops = ['Condition', 'Event', 'Barrier'].map((kind) => {
      const main = new Scribe(0, 100).lock(1, 72, kind, { value: 3 }).slot(RecordType.SYNC_WAIT, 10, { obj: 72 });
      const model = live([main.calls]);
      expect(lockOf(model).waiters).toMatchObject([{ process: 'p1' }]);
      return model.snapshot().processes[0]!.blocked[0]!.op;
    });
    expect(ops).toEqual(['condition', 'event', 'barrier']);
  });

  test('a Barrier has its parties', () => {
    expect(lockOf(live([new Scribe(0, 100).lock(1, 72, 'Barrier', { value: 3 }).calls])).value).toBe(3);
  });

  test('an Event is set as it was told last, by time; it begins unset', () => {
    const main = new Scribe(0, 100).lock(1, 72, 'Event').record(RecordType.SYNC_TELL, { t0: 20, obj: 72, flags: 3 });
    const child = main.start(2, 1, 101).record(RecordType.SYNC_TELL, { t0: 10, obj: 72, a: -1, flags: 2 });
    expect(lockOf(live([new Scribe(0, 100).lock(1, 72, 'Event').calls])).isSet).toBe(false);
    for (const streams of [[main.calls, child.calls], [child.calls, main.calls]]) expect(lockOf(live(streams))).toMatchObject({ isSet: false, told: 1 });
    child.record(RecordType.SYNC_TELL, { t0: 30, obj: 72, a: -1, flags: 2 });
    expect(lockOf(live([main.calls, child.calls]))).toMatchObject({ isSet: true, told: 2 });
  });

  test('an Event is not known to be set where a process that used it lost records', () => {
    const main = new Scribe(0, 100).lock(1, 72, 'Event').record(RecordType.SYNC_TELL, { t0: 20, obj: 72, flags: 2 });
    const model = live([main.calls]);
    expect(lockOf(model).isSet).toBe(true);
    for (const call of new Scribe(0, 100).counters([], 4).calls.slice(1)) call(model);
    expect(lockOf(model).isSet).toBeNull();
  });
});
