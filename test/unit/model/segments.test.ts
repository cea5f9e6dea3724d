import { describe, expect, test } from 'vitest';
import { RecordType } from '../../../src/model/record-types.js';
import type { Model } from '../../../src/model/index.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const END = seen({ k: 'end', t: 10_000 });

function live(streams: readonly (readonly Call[])[], now = 1000): Model {
  const model = told([[ROOT], ...streams]);
  model.advance(now);
  return model;
}

describe('shared memory', () => {
  test('a Value has its lock, and the lock its Value', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'RLock');
    const line = main.site('/w/a.py', 3);
    main.record(RecordType.VALUE_NEW, { t0: 2, obj: 81, a: 8, b: 71, s1: 'Value', s2: 'c_double', site: line });
    const { segments, locks } = live([main.calls]).snapshot();
    expect(segments).toEqual([{
      key: 'm1', name: null, created: { file: '/w/a.py', line: 3, function: 'main' }, createdBy: 'p1', kind: 'Value', systemName: null, type: 'c_double', bytes: 8, lock: 'l1',
      mappedBy: [], unlinked: false, leaked: false,
    }]);
    expect(locks[0]!.partOf).toBe('m1');
  });

  test('a lock that the user gave to several values is no part of one', () => {
    const main = new Scribe(0, 100).lock(1, 71, 'Lock');
    for (const obj of [81, 82]) main.record(RecordType.VALUE_NEW, { t0: 2, obj, a: 8, b: 71, s1: 'Value', s2: 'c_int' });
    const { segments, locks } = live([main.calls]).snapshot();
    expect(segments.map((row) => row.lock)).toEqual(['l1', 'l1']);
    expect(locks[0]!.partOf).toBeNull();
  });

  const create = (scribe: Scribe, t: number, flags = 1): Scribe => scribe.record(RecordType.SEGMENT_NEW, { t0: t, obj: 91, a: 4096, s1: 'psm_1', s2: 'SharedMemory', flags });

  test('a segment is mapped by who opened it and did not close it, and by the children of a fork', () => {
    const main = create(new Scribe(0, 100), 1);
    const forked = main.start(2, 1, 101);
    const spawned = create(main.start(3, 2, 102, { method: 2 }), 5, 0);
    const stranger = main.start(4, 3, 103, { method: 2 });
    const model = live([main.calls, forked.calls, spawned.calls, stranger.calls]);
    expect(model.snapshot().segments).toMatchObject([{ kind: 'SharedMemory', systemName: 'psm_1', bytes: 4096, createdBy: 'p1', mappedBy: ['p1', 'p2', 'p3'], leaked: false }]);
    model.record(2, { type: RecordType.SEGMENT_CLOSED, flags: 0, t0: 9, t1: 9, obj: 91, a: 0, b: 0, thread: 0, site: 0, s1: null, s2: null });
    expect(model.snapshot().segments[0]!.mappedBy).toEqual(['p1', 'p2']);
    for (const call of new Scribe(0, 100).reaped(50, 101, 0).calls.slice(1)) call(model);
    model.advance(2000);
    expect(model.snapshot().segments[0]!.mappedBy).toEqual(['p1']);
  });

  test('unlinked, it is not leaked; never unlinked, it is once all who used it have ended', () => {
    const unlinked = create(new Scribe(0, 100), 1).record(RecordType.SEGMENT_UNLINKED, { t0: 5, obj: 91 });
    expect(told([[ROOT], unlinked.calls, [END]]).report().segments).toMatchObject([{ unlinked: true, leaked: false, name: 'psm_1' }]);
    const main = new Scribe(0, 100);
    const child = create(main.start(2, 1, 101), 5);
    expect(live([main.calls, child.calls]).snapshot().segments[0]!.leaked).toBe(false);
    main.reaped(20, 101, 0);
    const model = live([main.calls, child.calls]);
    expect(model.snapshot().segments[0]).toMatchObject({ leaked: true, mappedBy: [] });
    expect(told([[ROOT], create(new Scribe(0, 100), 1).calls, [END]]).report().segments[0]!.leaked).toBe(true);
  });

  test('attached only, it is another\'s: not leaked', () => {
    const main = create(new Scribe(0, 100), 1, 0);
    expect(told([[ROOT], main.calls, [END]]).report().segments[0]).toMatchObject({ leaked: false, createdBy: null });
  });

  test('what the resource tracker tidies up was not unlinked by the script', () => {
    const main = create(new Scribe(0, 100), 1).record(RecordType.SPAWNED, { t0: 2, a: 101, flags: 3 });
    const tracker = new Scribe(1, 101, { ppid: 100, openedMs: 3 }).record(RecordType.SEGMENT_UNLINKED, { t0: 50, obj: 91 });
    expect(told([[ROOT], main.calls, tracker.calls, [END]]).report().segments[0]).toMatchObject({ unlinked: false, leaked: true });
  });

  test('a name that is used again is a segment again', () => {
    const main = create(new Scribe(0, 100), 1).record(RecordType.SEGMENT_CLOSED, { t0: 4, obj: 91 }).record(RecordType.SEGMENT_UNLINKED, { t0: 5, obj: 91 });
    create(main, 9);
    expect(told([[ROOT], main.calls, [END]]).report().segments[0]).toMatchObject({ unlinked: false, leaked: true });
  });
});
