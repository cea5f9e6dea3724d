import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { Cut } from '../../../src/model/cut.js';
import { Model } from '../../../src/model/index.js';
import { RecordType, SendFlag } from '../../../src/model/record-types.js';
import { RUN, Scribe, seen, type Call } from './kit.js';

const QUEUE = 101;

function cutAt(at: number, ...streams: readonly (readonly Call[])[]): Model {
  const model = new Model(RUN, { findings: evaluate });
  const cut = new Cut(model, at);
  for (const stream of streams) for (const call of stream) call(cut);
  cut.finish();
  return model;
}

const root = [seen({ k: 'root', t: 0, pid: 100, start: 1000 })];

describe('a moment in the past', () => {
  test('has the rates of the second before it', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    for (let t = 10; t < 5000; t += 10) main.put(t, QUEUE).feed(t, QUEUE);
    for (let t = 20; t < 5000; t += 20) main.get(t, QUEUE);
    const { channels, totals } = cutAt(3005, root, main.calls).snapshot();
    expect(channels[0]).toMatchObject({ puts: 300, received: 150, depth: 150, putRate: 100, getRate: 50 });
    expect(totals.messagesPerSecond).toBe(100);
    expect(totals.messages).toBe(300);
  });

  test('has a deadline where the record of the wait tells of one', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue').lock(0, 301, 'Lock');
    main.record(RecordType.JOIN, { t0: 100, t1: 300, a: 101, b: 2e9 });
    main.record(RecordType.LOCK_WAIT, { t0: 400, t1: 600, obj: 301, a: -1, flags: 1 });
    main.record(RecordType.GET_EMPTY, { t0: 700, t1: 900, obj: QUEUE, flags: 2 });
    const blockedAt = (at: number): unknown => cutAt(at, root, main.calls).snapshot().processes[0]!.blocked.map(({ op, sinceMs, untilMs }) => [op, sinceMs, untilMs]);
    expect(blockedAt(200)).toEqual([['join', 100, 2100]]);
    // That it was given up does not say that there was a timeout: an interrupt ends a wait, too.
    expect(blockedAt(500)).toEqual([['lock', 400, null]]);
    expect(blockedAt(800)).toEqual([['get', 700, 900]]);
    expect(blockedAt(650)).toEqual([]);
  });

  test('has what was counted instead of recorded where all who counted had ended, and does not guess else', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    const producer = main.start(10, 1, 101);
    producer.put(20, QUEUE).feed(20, QUEUE).record(RecordType.COUNTING, { t0: 30, obj: QUEUE }).ends(1000).counters([{ obj: QUEUE, puts: 500, sent: 500, bytesSent: 5000 }], 3);
    const consumer = main.start(12, 2, 102);
    consumer.get(25, QUEUE).record(RecordType.COUNTING, { t0: 40, obj: QUEUE }).ends(2000).counters([{ obj: QUEUE, gets: 400, received: 400 }]);
    const at = (t: number): { puts: number; received: number; countedOnly: number; matching: string; dropped: number } => {
      const { channels, totals } = cutAt(t, root, main.calls, producer.calls, consumer.calls).snapshot();
      const { puts, received, countedOnly, matching } = channels[0]!;
      return { puts, received, countedOnly, matching, dropped: totals.dropped };
    };
    expect(at(2100)).toEqual({ puts: 501, received: 401, countedOnly: 500, matching: 'none', dropped: 3 });
    // The depth would be what one put and the other, for all that is known, did not get.
    expect(at(1500)).toMatchObject({ puts: 1, received: 1, countedOnly: 0 });
    // It recorded messages after this: none was lost yet.
    expect(at(15)).toMatchObject({ puts: 0, dropped: 0 });
  });

  test('keeps the first bytes of its own latest messages, not of those that came after', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    const text = new TextEncoder().encode('hello');
    const send = (t: number, index: number): void => {
      main.send(t, QUEUE, { flags: SendFlag.PREVIEW, bytes: 5 });
      main.calls.push((sink) => sink.preview(0, index, 5, 0, text));
    };
    // The channel's record is the first.
    send(10, 1);
    for (let i = 2; i < 3000; i++) send(1000 + i, i);
    const model = cutAt(500, root, main.calls);
    expect(model.messages('c1', 10).rows).toHaveLength(1);
    expect(model.world.imageOf(0).preview(1)).toEqual(text);
  });

  test('knows nothing of processes, ends and signals to come', () => {
    const main = new Scribe(0, 100);
    const child = main.start(100, 1, 101);
    main.reaped(3000, 101, -15);
    const observed = [...root, seen({ k: 'sample', t: 1000, p: [[101, 1010, 'Z', 100, 0, 0, 1, 1]] }), seen({ k: 'signal', t: 990, pid: 101, start: 1010, signal: 'SIGTERM' }), seen({ k: 'exit', t: 4000, pid: 100, code: 0, signal: null }), seen({ k: 'end', t: 4100 })];
    const at = (t: number): unknown => {
      const { processes, findings, run } = cutAt(t, observed, main.calls, child.calls).snapshot();
      return { states: processes.map(({ state }) => state), findings: findings.map(({ rule, sinceMs }) => [rule, sinceMs]), exitCode: run.exitCode };
    };
    expect(at(50)).toEqual({ states: ['running'], findings: [], exitCode: null });
    expect(at(900)).toEqual({ states: ['running', 'running'], findings: [], exitCode: null });
    expect(at(2800)).toEqual({ states: ['running', 'zombie'], findings: [['zombie', 1000]], exitCode: null });
    expect(at(3500)).toMatchObject({ states: ['running', 'signaled'], exitCode: null });
    expect(at(4200)).toMatchObject({ states: ['exited', 'signaled'], exitCode: 0 });
  });
});
