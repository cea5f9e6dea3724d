import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { SlotFact } from '../../../src/model/facts.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const BARRIER = 700;

interface Meeting {
  readonly main: Scribe;
  readonly ann: Scribe;
  readonly bob: Scribe;
}

function find({ main, ann, bob }: Meeting, now = 5000, ...more: (readonly Call[])[]): readonly FindingRow[] {
  const made = told([[ROOT], main.calls, ann.calls, bob.calls, ...more], { findings: evaluate });
  made.advance(now);
  return made.snapshot().findings.filter(({ rule }) => rule === 'barrier-party-died');
}

const waits = (scribe: Scribe, { sinceMs = 100, ...more }: Partial<SlotFact> = {}): Scribe => scribe.slot(RecordType.SYNC_WAIT, sinceMs, { obj: BARRIER, ...more });

/** A barrier for three: ann and bob are there to come, and main joins ann. */
function meeting(parties = 3, join: Partial<SlotFact> | null = {}): Meeting {
  const main = new Scribe(0, 100).lock(1, BARRIER, 'Barrier', { value: parties });
  const ann = main.start(2, 1, 101, { name: 'ann' });
  const bob = main.start(3, 2, 102, { name: 'bob' });
  for (const one of [ann, bob]) one.record(RecordType.LOCK_HELD, { t0: 10, obj: BARRIER, s1: 'Barrier' });
  if (join !== null) main.slot(RecordType.JOIN, 50, { operand: 101, ...join });
  return { main, ann, bob };
}

describe('a barrier to which nobody can come any more', () => {
  test('a party died: who waits, where, and who is gone', () => {
    const all = meeting();
    waits(all.ann, { site: all.ann.site('/w/a.py', 9) });
    all.main.reaped(200, 102, 1);
    const [found, ...more] = find(all);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ process: 'p2', object: 'l1', where: { line: 9 }, sinceMs: 100, certain: true, severity: 'error' });
    expect(fill(found!.message)).toBe('ann (PID 101) waits at Barrier for ever: 1 of 3 parties have come, and nobody is left who could come.');
    expect(found!.evidence.map(fill)).toEqual(['All living processes wait at the barrier, or join one that does.', 'bob (PID 102) used the barrier and has ended.']);
  });

  test('it was made for more than there are', () => {
    const all = meeting();
    waits(all.ann);
    waits(all.bob);
    expect(fill(find(all)[0]!.message)).toContain('2 of 3 parties');
  });

  test('is still told when the waiter was ended, and the parent went on', () => {
    const all = meeting(2, null);
    waits(all.ann);
    all.main.reaped(200, 102, 1).record(RecordType.JOIN, { t0: 210, t1: 4001, a: 101, b: -1 }).reaped(4000, 101, -14);
    expect(fill(find(all)[0]!.message)).toContain('waited at Barrier in vain: 1 of 2 parties had come');
  });
});

describe('no fault', () => {
  const alone = (join: Partial<SlotFact> | null = {}, wait: Partial<SlotFact> = {}): Meeting => {
    const all = meeting(2, join);
    waits(all.ann, wait);
    all.main.reaped(200, 102, 1);
    return all;
  };

  test('one that is still to come', () => {
    const all = meeting(2);
    waits(all.ann);
    expect(find(all)).toEqual([]);
  });

  test('a parent that can still start another: it does something else, or joins with a timeout, or has a second thread', () => {
    expect(find(alone())).toHaveLength(1);
    expect(find(alone(null))).toEqual([]);
    expect(find(alone({ deadlineMs: 9000 }))).toEqual([]);
    const threads = alone();
    threads.main.record(RecordType.THREAD, { t0: 4, thread: 0, a: 100, s1: 'MainThread' }).record(RecordType.THREAD, { t0: 5, thread: 1, a: 300, s1: 'other' });
    expect(find(threads)).toEqual([]);
  });

  test('a wait with a timeout, and the first second', () => {
    expect(find(alone({}, { deadlineMs: 9000 }))).toEqual([]);
    expect(find(alone(), 1050)).toEqual([]);
    expect(find(alone({}, { sinceMs: 4500 }))).toEqual([]);
  });

  test('all were killed at once, one a moment before the other', () => {
    const all = meeting(2);
    waits(all.ann);
    all.main.reaped(3990, 102, -9).reaped(4000, 101, -9);
    expect(find(all, 5000, [seen({ k: 'exit', t: 4010, pid: 100, code: null, signal: 'SIGKILL' }), seen({ k: 'end', t: 4100 })])).toEqual([]);
  });

  test('all are there, and about to go on', () => {
    const all = meeting(2);
    waits(all.ann);
    waits(all.bob);
    expect(find(all)).toEqual([]);
  });

  test('is known where records are lost, nor of an Event', () => {
    const lossy = alone();
    lossy.bob.counters([], 1);
    expect(find(lossy)).toEqual([]);
    const main = new Scribe(0, 100).lock(1, BARRIER, 'Event');
    const ann = waits(main.start(2, 1, 101));
    main.slot(RecordType.JOIN, 50, { operand: 101 });
    expect(find({ main, ann, bob: new Scribe(7, 102) })).toEqual([]);
  });
});
