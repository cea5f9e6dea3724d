import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { ReceiveFlag, RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const QUEUE = 500;

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const missing = (of: Model): readonly FindingRow[] => of.snapshot().findings.filter(({ rule }) => rule === 'task-done-missing');

interface Kitchen {
  readonly main: Scribe;
  readonly cook: Scribe;
}

const find = ({ main, cook }: Kitchen, now = 5000, ...more: (readonly Call[])[]): readonly FindingRow[] => missing(model(now, main.calls, cook.calls, ...more));

/** Three items go in, as many come out as are asked for, and two are done; then main joins. */
function kitchen(received = 3, done = 2): Kitchen {
  const main = new Scribe(0, 100).channel(1, QUEUE, 'JoinableQueue');
  const line = main.site('/w/a.py', 40);
  const cook = main.start(2, 1, 101, { name: 'cook' });
  for (let t = 10; t < 13; t++) main.put(t, QUEUE).feed(t + 0.5, QUEUE);
  for (let i = 0; i < received; i++) cook.get(20 + 2 * i, QUEUE);
  for (let i = 0; i < done; i++) cook.record(RecordType.TASK_DONE, { t0: 21 + 2 * i, obj: QUEUE });
  main.slot(RecordType.QUEUE_JOIN, 30, { obj: QUEUE, site: line });
  return { main, cook };
}

const inGet = (cook: Scribe, since = 40, deadlineMs: number | null = null): Scribe => cook.slot(RecordType.RECV, since, { obj: QUEUE, flags: ReceiveFlag.GET, deadlineMs });

describe('join() of a queue whose items nobody will call done', () => {
  test('its consumer is dead: who waits, where, since when and for how many', () => {
    const all = kitchen();
    all.main.reaped(100, 101, -9);
    const [found, ...more] = find(all);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ process: 'p1', object: 'c1', where: { line: 40 }, sinceMs: 30, certain: true, severity: 'error' });
    expect(fill(found!.message)).toBe('MainProcess (PID 100) waits in join() on JoinableQueue for ever: of 1 items nobody is left to call task_done().');
    expect(found!.evidence.map(fill)).toEqual(['3 items were put, 3 were received, and task_done() was called 2 times.', 'No other process that could get items from it lives.']);
  });

  test('its consumer is dead and left items behind', () => {
    const all = kitchen(1, 0);
    all.main.reaped(100, 101, 1);
    expect(fill(find(all)[0]!.message)).toContain('of 3 items');
  });

  test('its consumer has got all and waits for more', () => {
    const all = kitchen();
    inGet(all.cook);
    expect(find(all)[0]!.evidence.map(fill)[1]).toBe('cook (PID 101) works on none: it waits in get().');
  });

  test('is still told when the waiter was ended in the middle of it', () => {
    const all = kitchen();
    all.main.reaped(100, 101, 0);
    const [found] = find(all, 5000, [seen({ k: 'exit', t: 4000, pid: 100, code: null, signal: 'SIGALRM' }), seen({ k: 'end', t: 4100 })]);
    expect(fill(found!.message)).toBe('MainProcess (PID 100) waited in join() on JoinableQueue in vain: of 1 items nobody was left to call task_done().');
  });
});

describe('no fault', () => {
  test('a consumer that works on one, or looks for one with a timeout', () => {
    expect(find(kitchen())).toEqual([]);
    const batching = kitchen();
    inGet(batching.cook, 40, 9000);
    expect(find(batching)).toEqual([]);
  });

  test('a slow consumer that has others to get', () => {
    const all = kitchen(2);
    inGet(all.cook);
    expect(find(all)).toEqual([]);
  });

  test('the first second', () => {
    const all = kitchen();
    inGet(all.cook);
    expect(find(all, 1020)).toEqual([]);
    expect(find(all, 1050)).toHaveLength(1);
  });

  test('everything is done: the waiter is about to go on', () => {
    const all = kitchen(3, 3);
    inGet(all.cook);
    expect(find(all)).toEqual([]);
  });

  test('a consumer with a second thread, or a pool that may call back', () => {
    const threads = kitchen();
    inGet(threads.cook).record(RecordType.THREAD, { t0: 5, thread: 0, a: 101, s1: 'MainThread' }).record(RecordType.THREAD, { t0: 6, thread: 1, a: 300, s1: 'worker' });
    expect(find(threads)).toEqual([]);
    const pooled = kitchen();
    inGet(pooled.cook).pool(5, 700, 'Pool', { workers: 2 });
    expect(find(pooled)).toEqual([]);
    const feeding = kitchen();
    inGet(feeding.cook).record(RecordType.THREAD, { t0: 5, thread: 0, a: 101, s1: 'MainThread' }).record(RecordType.THREAD, { t0: 6, thread: 1, a: 300, s1: 'QueueFeederThread' });
    expect(find(feeding)).toHaveLength(1);
  });

  test('the waiter\'s own threads may do it', () => {
    const getting = kitchen(2);
    getting.main.get(26, QUEUE).reaped(100, 101, 0);
    expect(find(getting)).toEqual([]);
    const threads = kitchen();
    threads.main.record(RecordType.THREAD, { t0: 5, thread: 0, a: 100, s1: 'MainThread' }).record(RecordType.THREAD, { t0: 6, thread: 1, a: 300, s1: 'callback' }).reaped(100, 101, 0);
    expect(find(threads)).toEqual([]);
  });

  test('another that holds the queue and does something else', () => {
    const all = kitchen();
    all.main.reaped(100, 101, -9);
    const other = all.main.start(25, 2, 102);
    expect(find(all, 5000, other.calls)).toEqual([]);
  });

  test('all were killed at once, the consumer a moment before the waiter', () => {
    const killed = (t: number): readonly FindingRow[] => {
      const all = kitchen();
      all.main.reaped(t, 101, -9);
      return find(all, 5000, [seen({ k: 'exit', t: 4000, pid: 100, code: null, signal: 'SIGKILL' }), seen({ k: 'end', t: 4100 })]);
    };
    expect(killed(3990)).toEqual([]);
    expect(killed(2990)).toHaveLength(1);
  });

  test('a consumer that is still being started', () => {
    const all = kitchen();
    all.main.reaped(100, 101, -9).record(RecordType.START, { t0: 29, t1: 29.5, a: 102, flags: 2, s1: 'late', s2: 'a.cook' });
    expect(find(all)).toEqual([]);
  });

  test('is known where records are lost, or were counted only', () => {
    const lossy = kitchen();
    lossy.main.reaped(100, 101, -9);
    lossy.cook.counters([], 2);
    expect(find(lossy)).toEqual([]);
    const counting = kitchen();
    counting.main.reaped(100, 101, -9);
    counting.cook.record(RecordType.COUNTING, { t0: 22, obj: QUEUE });
    expect(find(counting)).toEqual([]);
  });
});
