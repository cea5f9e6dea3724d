import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { ReceiveFlag, RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const OVER = seen({ k: 'exit', t: 2000, pid: 100, code: 0, signal: null });
const QUEUE = 7;

function found(...streams: (readonly Call[])[]): FindingRow[] {
  const made: Model = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(5000);
  return made.snapshot().findings.filter(({ rule }) => rule === 'unreliable-empty');
}

const empty = (from: Scribe, t: number, line = 0): Scribe => from.record(RecordType.GET_EMPTY, { t0: t, obj: QUEUE, flags: 2, site: line });

/** A queue into which main puts `puts` messages at 10, 11, ...; its feeder writes them from 30 on. The consumer gets Empty at 20, and ends at 100. */
function early(puts = 2): { main: Scribe; consumer: Scribe } {
  const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
  const consumer = main.start(1, 1, 101, { name: 'consumer' });
  for (let i = 0; i < puts; i++) main.put(10 + i, QUEUE);
  for (let i = 0; i < puts; i++) main.feed(30 + i, QUEUE);
  empty(consumer, 20, consumer.site('/w/a.py', 12));
  return { main, consumer };
}

describe('Empty that came too early', () => {
  test('is told with the process, the queue and the line, when nobody is left to read', () => {
    const { main, consumer } = early();
    const [row, ...more] = found(main.calls, consumer.ends(100).calls, [OVER]);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ process: 'p2', object: 'c1', certain: true, severity: 'warning', where: { line: 12 }, sinceMs: 20 });
    expect(fill(row!.message)).toBe('consumer (PID 101) got Empty from Queue and asked no more, but 2 messages that had been put before were never received.');
    expect(row!.evidence.map(fill)).toEqual(['When get() raised Empty, 2 had been put into Queue and not received.', 'consumer (PID 101) ended without another get().']);
  });

  test('counts only what had been put before', () => {
    const { main, consumer } = early(1);
    main.put(25, QUEUE).feed(40, QUEUE);
    expect(found(main.calls, consumer.ends(100).calls, [OVER]).map(({ message }) => fill(message))).toEqual([
      'consumer (PID 101) got Empty from Queue and asked no more, but one message that had been put before was never received.',
    ]);
  });

  test('of several that gave up is one finding, about the last', () => {
    const { main, consumer } = early();
    const other = main.start(2, 2, 102, { name: 'other' });
    empty(other, 24);
    const [row, ...more] = found(main.calls, consumer.ends(100).calls, other.ends(90).calls, [OVER]);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ process: 'p3', sinceMs: 24 });
    expect(fill(row!.evidence[2]!)).toBe('consumer (PID 101) had got Empty before, and asked no more either.');
  });
});

describe('nothing of the kind', () => {
  test('while somebody may still read what is there', () => {
    const { main, consumer } = early();
    expect(found(main.calls, consumer.ends(100).calls)).toEqual([]);
  });

  test('where the messages came out in the end, by whomever', () => {
    const { main, consumer } = early();
    main.get(200, QUEUE).get(201, QUEUE);
    expect(found(main.calls, consumer.ends(100).calls, [OVER])).toEqual([]);
  });

  test('where it asked again: a loop that tries again is healthy, whatever became of the rest', () => {
    const again = early();
    again.consumer.get(50, QUEUE);
    expect(found(again.main.calls, again.consumer.ends(100).calls, [OVER])).toEqual([]);
    const twice = early();
    empty(twice.consumer, 22);
    expect(found(twice.main.calls, twice.consumer.ends(100).calls, [OVER])).toEqual([]);
    const waiting = early();
    waiting.consumer.slot(RecordType.RECV, 50, { obj: QUEUE, flags: ReceiveFlag.GET });
    expect(found(waiting.main.calls, waiting.consumer.ends(100).calls, [OVER])).toEqual([]);
  });

  test('where a signal ended it: it may have been about to ask again', () => {
    const { main, consumer } = early();
    expect(found(main.reaped(100, 101, -15).calls, consumer.calls, [OVER])).toEqual([]);
  });

  test('where Empty was the truth: what is left was put later', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    const consumer = main.start(1, 1, 101);
    main.put(10, QUEUE).feed(11, QUEUE).put(30, QUEUE).feed(31, QUEUE);
    empty(consumer.get(12, QUEUE), 20).ends(100);
    expect(found(main.calls, consumer.calls, [OVER])).toEqual([]);
  });

  test('where what had been put never left its process: it was lost there', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    const consumer = main.start(1, 1, 101);
    const producer = main.start(2, 2, 102);
    producer.put(10, QUEUE).ends(15);
    main.put(30, QUEUE).feed(31, QUEUE);
    empty(consumer, 20).ends(100);
    expect(found(main.calls, consumer.calls, producer.calls, [OVER])).toEqual([]);
    producer.feed(14, QUEUE);
    expect(found(main.calls, consumer.calls, producer.calls, [OVER])).toHaveLength(1);
  });

  test('where a reader that a signal ended may have had the message', () => {
    const one = early(1);
    const reader = one.main.start(5, 2, 102);
    one.main.reaped(150, 102, -9).record(RecordType.SIGNAL, { t0: 149, a: 102, b: 9 });
    expect(found(one.main.calls, one.consumer.ends(100).calls, reader.calls, [OVER])).toEqual([]);
    const two = early(2);
    two.main.start(5, 2, 102);
    two.main.reaped(150, 102, -9);
    expect(found(two.main.calls, two.consumer.ends(100).calls, [OVER])).toHaveLength(1);
  });

  test('where messages were counted, records lost, or a process cannot be looked into', () => {
    const counted = early();
    counted.main.record(RecordType.COUNTING, { t0: 500, obj: QUEUE });
    expect(found(counted.main.calls, counted.consumer.ends(100).calls, [OVER])).toEqual([]);
    const lost = early();
    expect(found(lost.main.counters([], 1).calls, lost.consumer.ends(100).calls, [OVER])).toEqual([]);
    const unseen = early();
    unseen.main.record(RecordType.START, { t0: 5, t1: 6, a: 103, s1: 'silent', s2: 'a.work', flags: 2 }).reaped(150, 103, 0);
    expect(found(unseen.main.calls, unseen.consumer.ends(100).calls, [OVER])).toEqual([]);
  });
});
