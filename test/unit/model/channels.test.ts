import { describe, expect, test } from 'vitest';
import { RecordType, ReceiveFlag, SendFlag } from '../../../src/model/record-types.js';
import type { ChannelRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const END = seen({ k: 'end', t: 10_000 });

function only(streams: readonly (readonly Call[])[]): ChannelRow {
  const { channels } = told([[ROOT], ...streams]).snapshot();
  expect(channels).toHaveLength(1);
  return channels[0]!;
}

describe('a channel', () => {
  test('is a queue, not the pipe inside it, with the line and the variable it was made at', () => {
    const main = new Scribe(0, 100);
    const line = main.site('/w/a.py', 9);
    main.channel(1, 7, 'Pipe', { flags: 2 }).channel(1.1, 7, 'Queue', { maxsize: 4, site: line });
    const name = seen({ k: 'name', t: 5, file: '/w/a.py', line: 9, name: 'jobs' });
    expect(only([main.calls, [name]])).toMatchObject({ key: 'c1', kind: 'Queue', name: 'jobs', maxsize: 4, internal: false, createdBy: 'p1', created: { file: '/w/a.py', line: 9 }, duplex: null });
  });

  test('of a JoinableQueue has the unfinished count', () => {
    const main = new Scribe(0, 100).channel(1, 7, 'JoinableQueue');
    main.put(2, 7).feed(3, 7).put(4, 7).feed(5, 7).get(6, 7).record(RecordType.TASK_DONE, { t0: 7, obj: 7 });
    expect(only([main.calls])).toMatchObject({ kind: 'JoinableQueue', puts: 2, gets: 1, unfinished: 1, depth: 1 });
  });

  test('of a duplex pipe is one row with two ways, whichever end was told of first', () => {
    const main = new Scribe(0, 100).channel(1, 7, 'Pipe', { second: 8 }).send(5, 7, { bytes: 3 }).receive(9, 7, { bytes: 4 });
    const child = main.start(2, 1, 101, { name: 'child' });
    child.receive(6, 8, { bytes: 3 }).send(8, 8, { bytes: 4 });
    for (const streams of [[main.calls, child.calls], [child.calls, main.calls]]) {
      const model = told([[ROOT], ...streams, [END]]);
      expect(model.snapshot().channels).toHaveLength(1);
      expect(model.snapshot().channels[0]).toMatchObject({ kind: 'Pipe', duplex: true, sent: 2, received: 2, bytes: 7, depth: 0, matching: 'exact' });
      expect(model.report().channels[0]!.edges).toEqual([{ from: 'p1', to: 'p2', messages: 1, bytes: 3 }, { from: 'p2', to: 'p1', messages: 1, bytes: 4 }]);
      expect(model.messages('c1', 10).rows.map((row) => [row.direction, row.from, row.to, row.bytes])).toEqual([[0, 'p1', 'p2', 3], [1, 'p2', 'p1', 4]]);
    }
  });

  test('shown as two before the pipe was told of is one from then on', () => {
    const main = new Scribe(0, 100);
    const child = new Scribe(1, 101, { openedMs: 1 }).send(5, 7).send(5, 8);
    const model = told([[ROOT], main.calls, child.calls]);
    const cursor = model.cursor();
    model.advance(2000);
    expect(cursor.take()!.channels.map((row) => row.key)).toEqual(['c1', 'c2']);
    const before = main.calls.length;
    main.channel(1, 7, 'Pipe', { second: 8 });
    for (const call of main.calls.slice(before)) call(model);
    expect(cursor.take()!.channels).toMatchObject([{ key: 'c1', sent: 2 }, { key: 'c2', internal: true }]);
    expect(model.snapshot().channels.map((row) => row.key)).toEqual(['c1']);
    expect(model.messages('c2', 10).total).toBe(2);
  });

  test('that nobody announced is a connection, once it is sure that nobody will', () => {
    const main = new Scribe(0, 100).send(5, 7);
    const model = told([[ROOT], main.calls]);
    model.advance(50);
    expect(model.snapshot().channels).toHaveLength(0);
    model.advance(1000);
    expect(model.snapshot().channels[0]).toMatchObject({ kind: 'Connection', sent: 1, created: null, createdBy: null });
  });

  test('knows who holds its ends: by fork all that the parent held then, by spawn what was given', () => {
    const main = new Scribe(0, 100).channel(1, 7, 'Pipe');
    const forked = main.start(5, 1, 101, { name: 'forked' });
    main.record(RecordType.CHANNEL_CLOSED, { t0: 7, obj: 7, flags: 1 });
    const second = main.start(8, 2, 102, { name: 'second' });
    const spawned = main.start(9, 3, 103, { name: 'spawned', method: 2 });
    spawned.record(RecordType.CHANNEL_HELD, { t0: 10, obj: 7, flags: 1 });
    forked.record(RecordType.CHANNEL_CLOSED, { t0: 8, obj: 7, flags: 2 });
    const row = only([spawned.calls, second.calls, forked.calls, main.calls]);
    expect(row.writers).toEqual(['p1', 'p3']);
    expect(row.readers).toEqual(['p2', 'p4']);
  });

  test('is no longer held by processes that ended', () => {
    const main = new Scribe(0, 100).channel(1, 7, 'Queue');
    const child = main.start(5, 1, 101);
    main.reaped(20, 101, 0);
    expect(only([main.calls, child.calls]).readers).toEqual(['p1']);
  });

  test('has its depth over time, never deeper than it was', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    main.put(100, 7).put(200, 7).put(300, 7).feed(101, 7).feed(201, 7).feed(301, 7).get(350, 7).get(400, 7);
    const row = told([[ROOT], main.calls, [seen({ k: 'end', t: 500 })]]).snapshot().channels[0]!;
    const at = (t: number): number => row.depthHistory[Math.round((t - row.depthFromMs) / row.depthStepMs)]!;
    expect([at(50), at(150), at(250), at(300), at(350), at(500)]).toEqual([0, 1, 2, 3, 2, 1]);
    expect(row).toMatchObject({ depth: 1, maxDepth: 3, depthFromMs: 0, depthStepMs: 50 });
  });

  test('has at most 60 values of history, however long the run', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').put(5, 7);
    const row = told([[ROOT], main.calls, [seen({ k: 'end', t: 3_600_000 })]]).snapshot().channels[0]!;
    expect(row.depthHistory.length).toBeLessThanOrEqual(60);
    expect(row.depthFromMs + row.depthStepMs * row.depthHistory.length).toBeGreaterThan(3_600_000);
  });

  test('does not count a put that raised Full, nor keep the place of an item that the feeder dropped', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const [first, second, third] = [main.site('/w/a.py', 1), main.site('/w/a.py', 2), main.site('/w/a.py', 3)];
    main.put(1, 7, { site: first }).put(2, 7, { flags: 1, seq: 0 }).put(3, 7, { seq: 2, site: second }).put(4, 7, { seq: 3, site: third });
    main.feed(5, 7).record(RecordType.FEEDER_ERROR, { t0: 6, obj: 7, a: 2, s1: 'PicklingError\nno' }).feed(7, 7).get(8, 7).get(9, 7);
    const model = told([[ROOT], main.calls, [END]]);
    expect(model.snapshot().channels[0]).toMatchObject({ puts: 3, sent: 2, gets: 2, depth: 0, matching: 'exact' });
    expect(model.messages('c1', 9).rows.map((row) => [row.putMs, row.putWhere?.line, row.receivedMs])).toEqual([[1, 1, 8], [4, 3, 9]]);
  });

  test('a failed send of the feeder and the error that follows it are one item', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').put(1, 7).put(2, 7);
    main.send(3, 7, { flags: SendFlag.FEEDER | SendFlag.FAILED }).record(RecordType.FEEDER_ERROR, { t0: 4, obj: 7, a: 1, s1: 'OSError\nx' }).feed(5, 7).get(6, 7);
    expect(told([[ROOT], main.calls, [END]]).messages('c1', 9).rows.map((row) => row.putMs)).toEqual([2]);
  });

  test('shows what waits in a feeder\'s buffer, and a message cut off by the death of its sender', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const child = main.start(1, 1, 101, { name: 'child' });
    child.put(2, 7).put(3, 7).feed(4, 7);
    child.slot(RecordType.SEND, 5, { obj: 7, operand: 100_000, flags: 1, slot: 1, nativeThread: 200 });
    main.reaped(50, 101, -9);
    const model = told([[ROOT], main.calls, child.calls, [END]]);
    expect(model.snapshot().channels[0]).toMatchObject({ partial: 1, puts: 2, sent: 1 });
    expect(model.report().channels[0]!.partial).toBe(1);
    expect(model.messages('c1', 9).rows.map((row) => [row.putMs, row.sentMs])).toEqual([[2, 4], [3, null]]);
  });

  test('a feeder that only waited for the write lock had no message cut off', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const child = main.start(1, 1, 101).slot(RecordType.SEND, 5, { obj: 7, operand: 0, flags: 1 });
    main.reaped(50, 101, -9);
    expect(only([main.calls, child.calls]).partial).toBe(0);
  });
});

describe('the word for matching', () => {
  const pipe = (): Scribe => new Scribe(0, 100).channel(0, 7, 'Pipe');

  test('is inferred where two threads write an end without a lock, and says why', () => {
    const main = pipe().send(1, 7, { thread: 0 }).send(2, 7, { thread: 1 }).receive(3, 7).receive(4, 7);
    const row = only([main.calls]);
    expect(row.matching).toBe('inferred');
    expect(row.matchingWhy).toContain('write this end without a lock');
  });

  test('is inferred from a pair on that contradicts itself, and the rest is found again', () => {
    const main = pipe();
    for (let i = 0; i < 6; i++) if (i !== 2) main.send(i, 7, { bytes: 10 + i });
    const child = main.start(0, 1, 101);
    for (let i = 0; i < 6; i++) child.receive(10 + i, 7, { bytes: 10 + i });
    const model = told([[ROOT], main.calls, child.calls, [END]]);
    expect(model.snapshot().channels[0]!.matching).toBe('inferred');
    const pairs = model.messages('c1', 20).rows.map((row) => [row.sentMs, row.receivedMs]);
    expect(pairs).toContainEqual([5, 15]);
    expect(pairs).toContainEqual([3, 13]);
    expect(pairs).toContainEqual([null, 12]);
  });

  test('is inferred where records of a process that used it cannot be read', () => {
    const main = pipe().send(1, 7).receive(2, 7);
    const hole: Call = (sink) => sink.skipped(0, 1, 0);
    const model = told([[ROOT], main.calls, [hole, END]]);
    expect(model.snapshot().channels[0]!.matching).toBe('inferred');
    expect(model.report().run.dropped).toBe(1);
  });

  test('is none where the writers carry no instrumentation', () => {
    const row = only([pipe().receive(2, 7).calls]);
    expect(row).toMatchObject({ matching: 'none', received: 1, depth: 0 });
  });

  test('an end of file is no message', () => {
    expect(only([pipe().receive(2, 7, { flags: ReceiveFlag.FAILED }).calls])).toMatchObject({ received: 0, matching: 'exact' });
  });
});

describe('who puts and who gets', () => {
  test('is told by process: what a feeder has not written yet is put, and both ways of a pipe count', () => {
    const main = new Scribe(0, 100).channel(1, 7, 'Queue').channel(1, 20, 'Pipe', { second: 21 });
    const child = main.start(2, 1, 101, { name: 'child' });
    main.put(3, 7).feed(3.5, 7).put(4, 7).send(5, 20).receive(9, 20);
    child.get(6, 7).receive(6, 21).send(8, 21).receive(8.5, 21);
    const { channels } = told([[ROOT], main.calls, child.calls, [END]]).snapshot();
    expect(channels.map((row) => row.flows)).toEqual([[['p1', 2, 0], ['p2', 0, 1]], [['p1', 1, 1], ['p2', 1, 2]]]);
  });

  test('counts what was counted and not recorded, and names nobody who did neither', () => {
    const main = new Scribe(0, 100).channel(1, 7, 'SimpleQueue');
    const child = main.start(2, 1, 101, { name: 'child' });
    main.send(3, 7);
    main.calls.push((sink) => sink.counters(0, 0, [{ obj: 7, puts: 0, gets: 0, sent: 5, received: 0, bytesSent: 50, bytesReceived: 0 }]));
    const { channels } = told([[ROOT], main.calls, child.calls, [END]]).snapshot();
    expect(channels[0]?.flows).toEqual([['p1', 6, 0]]);
  });
});

describe('figures that age', () => {
  test('rates are those of the last second, and fall to zero by themselves', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const model = told([[ROOT], main.calls]);
    const cursor = model.cursor();
    model.advance(1000);
    cursor.take();
    const before = main.calls.length;
    for (let i = 0; i < 50; i++) main.put(1000 + i * 10, 7).feed(1000 + i * 10, 7).get(1001 + i * 10, 7);
    for (const call of main.calls.slice(before)) call(model);
    model.advance(1500);
    expect(cursor.take()!.channels[0]).toMatchObject({ putRate: 50, getRate: 50 });
    model.advance(2600);
    cursor.take();
    model.advance(3700);
    cursor.take();
    expect(model.snapshot().channels[0]).toMatchObject({ putRate: 0, getRate: 0 });
    model.advance(4800);
    expect(cursor.take()).toBeNull();
  });

  test('latencies of pairs whose receive is old enough are there while it runs', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').put(10, 7).feed(11, 7).get(30, 7);
    const model = told([[ROOT], main.calls]);
    model.advance(60);
    expect(model.snapshot().channels[0]!.latencyMs).toBeNull();
    model.advance(500);
    const latency = model.snapshot().channels[0]!.latencyMs!;
    expect(latency.max).toBe(20);
    // Percentiles are counted in classes of some 2 %.
    expect(Math.abs(latency.p50 / 20 - 1)).toBeLessThan(0.03);
    expect(Math.abs(latency.p99 / 20 - 1)).toBeLessThan(0.03);
  });
});
