import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const END = seen({ k: 'end', t: 10_000 });
const LISTENER = 50;

const all = (streams: readonly (readonly Call[])[]): Model => told([[ROOT], ...streams, [END]]);

interface Connect { t1?: number; from?: string; to?: string; flags?: number; site?: number }

function connect(scribe: Scribe, t0: number, end: number, { t1 = t0 + 1, from, to = '/tmp/l', flags = 0, site = 0 }: Connect = {}): Scribe {
  return scribe.record(RecordType.CONNECT, { t0, t1, obj: end, s1: to, s2: from ?? '', flags, site });
}

function accept(scribe: Scribe, t1: number, end: number, { pid = -1, peer = '', own = '/tmp/l', flags = 0 }: { pid?: number; peer?: string; own?: string; flags?: number } = {}): Scribe {
  return scribe.record(RecordType.ACCEPT, { t0: t1 - 1, t1, obj: LISTENER, a: end, b: pid, s1: peer, s2: own, flags });
}

const listens = (address: string): Scribe => new Scribe(0, 100).record(RecordType.LISTENER_NEW, { t0: 1, obj: LISTENER, s1: address, s2: 'AF_UNIX' });

/** Messages as `from -> to`, by the pids. */
function ways(model: Model): string[][] {
  const { channels, processes } = model.snapshot();
  const pid = new Map(processes.map((row) => [row.key, row.pid]));
  return channels.map((channel) => model.messages(channel.key, 100).rows.map((row) => `${pid.get(row.from ?? '') ?? '?'} ${row.bytes} ${pid.get(row.to ?? '') ?? '?'}`));
}

describe('a connection', () => {
  test('over TCP is one channel of the two ends that know each other\'s addresses, made where Client() was called', () => {
    const main = accept(accept(listens('127.0.0.1:5000'), 10, 71, { peer: '127.0.0.1:40002', own: '127.0.0.1:5000' }), 11, 72, { peer: '127.0.0.1:40001', own: '127.0.0.1:5000' });
    const child = main.start(2, 1, 101);
    const line = child.site('/w/a.py', 7);
    connect(child, 5, 81, { from: '127.0.0.1:40001', to: 'localhost:5000', site: line });
    const other = connect(main.start(3, 2, 102), 6, 82, { from: '127.0.0.1:40002', to: 'localhost:5000' });
    child.send(20, 81, { bytes: 1 });
    main.receive(21, 72, { bytes: 1 }).send(22, 72, { bytes: 2 }).receive(24, 71, { bytes: 3 });
    child.receive(23, 81, { bytes: 2 });
    other.send(23, 82, { bytes: 3 });
    const orders = [[main, child, other], [other, child, main], [child, main, other]];
    for (const streams of orders) {
      const model = all(streams.map((one) => one.calls));
      const { channels } = model.snapshot();
      expect(channels).toHaveLength(2);
      expect(channels.find((row) => row.created !== null)).toMatchObject({
        kind: 'Connection', address: '127.0.0.1:5000', duplex: true, internal: false, created: { file: '/w/a.py', line: 7 }, createdBy: 'p2', matching: 'exact', sent: 2, received: 2, depth: 0,
        readers: ['p1', 'p2'], writers: ['p1', 'p2'],
      });
      expect(ways(model).map((list) => list.join()).sort()).toEqual(['101 1 100,100 2 101', '102 3 100']);
      expect(model.report().channels).toMatchObject([{ key: 'c1', address: '127.0.0.1:5000', edges: [{ from: 'p1', to: 'p2' }, { from: 'p2', to: 'p1' }] }, { key: 'c2' }]);
    }
  });

  test('of AF_UNIX is joined by the other\'s pid, and the order of connects where a process made several', () => {
    const main = listens('/tmp/l');
    const [one, two] = [main.start(2, 1, 101), main.start(3, 2, 102)];
    connect(connect(one, 10, 81), 20, 83);
    connect(two, 9, 82);
    accept(accept(accept(main, 11, 71, { pid: 101 }), 12, 72, { pid: 102 }), 21, 73, { pid: 101 });
    one.send(30, 81, { bytes: 1 }).send(31, 83, { bytes: 3 });
    two.send(30, 82, { bytes: 2 });
    main.receive(40, 71, { bytes: 1 }).receive(41, 72, { bytes: 2 }).receive(42, 73, { bytes: 3 });
    for (const streams of [[main, one, two], [two, one, main]]) {
      const model = all(streams.map((scribe) => scribe.calls));
      expect(model.snapshot().channels.map((row) => [row.kind, row.address, row.matching])).toEqual(Array.from({ length: 3 }, () => ['Connection', '/tmp/l', 'exact']));
      expect(ways(model).flat().sort()).toEqual(['101 1 100', '101 3 100', '102 2 100']);
    }
  });

  test('is inferred where threads of one process were making several at once', () => {
    const main = listens('/tmp/l');
    const child = main.start(2, 1, 101);
    connect(connect(child, 10, 81, { t1: 15 }), 12, 82, { t1: 16 });
    connect(child, 50, 83);
    accept(accept(accept(main, 14, 71, { pid: 101 }), 16, 72, { pid: 101 }), 51, 73, { pid: 101 });
    const { channels } = all([main.calls, child.calls]).snapshot();
    expect(channels.map((row) => row.matching)).toEqual(['inferred', 'inferred', 'exact']);
    expect(channels[0]!.matchingWhy).toContain('inferred from the order of time');
  });

  test('joined too early is joined again once a connect before it is told of', () => {
    const main = accept(listens('/tmp/l'), 16, 71, { pid: 101 }).receive(30, 71, { bytes: 1 });
    const child = main.start(2, 1, 101, { method: 2 });
    connect(child, 12, 82);
    const before = child.calls.length;
    connect(child, 10, 81).send(20, 81, { bytes: 1 });
    accept(main, 17, 72, { pid: 101 });
    const model = told([[ROOT], main.calls.slice(0, -1), child.calls.slice(0, before)]);
    model.advance(5000);
    expect(model.snapshot().channels).toHaveLength(1);
    for (const call of [...child.calls.slice(before), ...main.calls.slice(-1), END]) call(model);
    expect(ways(model)).toContainEqual(['101 1 100']);
    expect(model.report()).toEqual(all([main.calls, child.calls]).report());
  });

  test('to a server without instrumentation is known by one end, and nothing is said to be on its way', () => {
    const main = connect(new Scribe(0, 100), 5, 81, { to: '10.0.0.9:80', from: '10.0.0.1:999' }).send(6, 81).send(7, 81).receive(8, 81);
    const model = all([main.calls]);
    expect(model.snapshot().channels).toMatchObject([{ kind: 'Connection', address: '10.0.0.9:80', duplex: true, sent: 2, received: 1, depth: 0, undelivered: 0, matching: 'none' }]);
    expect(model.report().channels[0]!.edges).toEqual([]);
  });

  test('that failed is none, and does not take another\'s place', () => {
    const main = accept(accept(listens('/tmp/l'), 8, 70, { pid: 101, flags: 1 }), 11, 71, { pid: 101 });
    const child = connect(connect(main.start(2, 1, 101), 7, 0, { flags: 1 }), 10, 81).send(20, 81, { bytes: 1 });
    main.receive(21, 71, { bytes: 1 });
    const model = all([main.calls, child.calls]);
    expect(ways(model)).toEqual([['101 1 100']]);
  });

  test('that was refused leaves no row of the ends that were opened for it and closed', () => {
    const main = accept(listens('/tmp/l'), 8, 70, { pid: 101, flags: 1 });
    const child = connect(main.start(2, 1, 101), 7, 80, { flags: 1 });
    for (const [scribe, obj] of [[main, 70], [child, 80]] as const) {
      scribe.record(RecordType.CHANNEL_HELD, { t0: 7, obj, flags: 3 }).record(RecordType.CHANNEL_CLOSED, { t0: 9, obj, flags: 3 });
    }
    for (const streams of [[main, child], [child, main]]) {
      const model = all(streams.map((one) => one.calls));
      expect(model.snapshot().channels).toEqual([]);
      expect(model.report().channels).toEqual([]);
    }
  });

  test('of the library\'s own is a row only where somebody told of traffic, and then internal', () => {
    const main = accept(listens('/tmp/l'), 11, 71, { pid: 101, flags: 2 });
    const child = connect(main.start(2, 1, 101), 10, 81, { flags: 2 });
    expect(all([main.calls, child.calls]).snapshot().channels).toEqual([]);
    child.send(20, 81);
    for (const streams of [[main, child], [child, main]]) {
      expect(all(streams.map((one) => one.calls)).snapshot().channels).toMatchObject([{ kind: 'Connection', internal: true, sent: 1, readers: ['p1', 'p2'] }]);
    }
  });

  test('who waits in accept or Client() is blocked in it', () => {
    const main = listens('/tmp/l').slot(RecordType.ACCEPT, 10, { obj: LISTENER });
    const child = main.start(2, 1, 101).slot(RecordType.CONNECT, 11);
    const model = told([[ROOT], main.calls, child.calls]);
    model.advance(100);
    expect(model.snapshot().processes.map((row) => row.blocked[0]!.op)).toEqual(['accept', 'connect']);
    expect(model.snapshot().channels).toEqual([]);
  });
});
