import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Model } from '../../../src/model/index.js';
import { RecordType, SendFlag, ReceiveFlag } from '../../../src/model/record-types.js';
import { interleave, RUN, Scribe, seen, type Call } from './kit.js';

// Hundreds of histories, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

const QUEUE = 500;

interface Step {
  readonly what: 'put' | 'send' | 'get' | 'drop';
  readonly who: number;
  readonly gap: number;
  readonly bytes: number;
}

const steps = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      what: fc.constantFrom<Step['what']>('put', 'put', 'send', 'send', 'get', 'get', 'drop'),
      who: fc.nat(7),
      gap: fc.integer({ min: 1, max: 60 }),
      bytes: fc.nat(2),
    }),
    { minLength: 20, maxLength: most, size: 'max' },
  );

interface Message {
  readonly from: number;
  readonly bytes: number;
  readonly putMs: number;
  to: number | null;
  receivedMs: number;
}

/** A queue as it is: buffers, feeders under a write lock, getters under a read lock. */
function play(list: readonly Step[], producers: number, consumers: number, countFrom: ReadonlyMap<number, number> = new Map()): { streams: Call[][]; messages: Message[]; counted: Counted } {
  const parent = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
  const scribes = Array.from({ length: producers + consumers }, (_, i) => new Scribe(i + 1, 101 + i, { ppid: 100, openedMs: 0.1, madeByFork: true, parentStart: 1000 }));
  const buffers: Message[][] = scribes.map(() => []);
  const pipe: Message[] = [];
  const messages: Message[] = [];
  const counted: Counted = { puts: 0, sent: 0, received: 0, bytes: 0, table: scribes.map(() => ({ obj: QUEUE, puts: 0, gets: 0, sent: 0, received: 0, bytesSent: 0, bytesReceived: 0 })) };
  const counting = scribes.map(() => false);
  let t = 1;
  // A put's record may come after that of its send, or of a later put: the thread was interrupted before it wrote it.
  const numbers = scribes.map(() => 0);
  const late: ((() => void) | null)[] = scribes.map(() => null);
  const tellLate = (who: number): void => {
    late[who]?.();
    late[who] = null;
  };
  const counts = (who: number): boolean => {
    const from = countFrom.get(who);
    if (from === undefined || t < from) return false;
    if (!counting[who]) scribes[who]!.record(RecordType.COUNTING, { t0: t, obj: QUEUE });
    counting[who] = true;
    return true;
  };
  for (const { what, who, gap, bytes } of list) {
    t += gap;
    if (what === 'get') {
      const consumer = producers + (who % consumers);
      const message = pipe.shift();
      if (message === undefined) continue;
      message.to = consumer;
      message.receivedMs = t;
      const row = counted.table[consumer]!;
      if (counts(consumer)) {
        row.gets++;
        row.received++;
        row.bytesReceived += message.bytes;
      } else scribes[consumer]!.get(t, QUEUE, { t0: t - gap, bytes: message.bytes });
      continue;
    }
    const producer = who % producers;
    const row = counted.table[producer]!;
    if (what === 'put') {
      const message: Message = { from: producer, bytes, putMs: t, to: null, receivedMs: -1 };
      buffers[producer]!.push(message);
      counted.puts++;
      if (counts(producer)) row.puts++;
      else {
        const [at, seq, scribe] = [t, ++numbers[producer]!, scribes[producer]!];
        if (bytes === 2 && late[producer] === null) late[producer] = () => scribe.put(at, QUEUE, { seq });
        else {
          scribe.put(at, QUEUE, { seq });
          tellLate(producer);
        }
      }
      continue;
    }
    const message = buffers[producer]!.shift();
    if (message === undefined) continue;
    if (what === 'drop') {
      scribes[producer]!.record(RecordType.FEEDER_ERROR, { t0: t, obj: QUEUE, s1: 'PicklingError\nno' });
      continue;
    }
    pipe.push(message);
    messages.push(message);
    counted.sent++;
    counted.bytes += message.bytes;
    if (counts(producer)) {
      row.sent++;
      row.bytesSent += message.bytes;
    } else scribes[producer]!.feed(t, QUEUE, { t1: t + 0.5, bytes: message.bytes });
    if (who > 3) tellLate(producer);
  }
  scribes.forEach((_, who) => tellLate(who));
  counted.received = messages.filter((message) => message.to !== null).length;
  scribes.forEach((scribe, i) => {
    if (counting[i]) scribe.counters([counted.table[i]!]);
  });
  return { streams: [parent.calls, ...scribes.map((scribe) => scribe.calls)], messages, counted };
}

interface Counted {
  puts: number;
  sent: number;
  received: number;
  bytes: number;
  readonly table: { obj: number; puts: number; gets: number; sent: number; received: number; bytesSent: number; bytesReceived: number }[];
}

/** Tells them as a live run would be read, roughly: interleaved, with looks in between. */
function tellLive(streams: readonly Call[][], picks: readonly number[]): Model {
  const model = new Model(RUN);
  const cursor = model.cursor();
  let now = 0;
  interleave(streams, picks, (call, step) => {
    call(model);
    const look = (picks[step] ?? 0) % 5;
    if (look === 1) cursor.take();
    if (look === 2) model.advance((now += 200));
    if (look === 3) model.report();
  });
  return model;
}

function edgesOf(messages: readonly Message[]): { from: number; to: number; messages: number; bytes: number }[] {
  const edges = new Map<string, { from: number; to: number; messages: number; bytes: number }>();
  for (const { from, to, bytes } of messages) {
    if (to === null) continue;
    const edge = edges.get(`${from} ${to}`) ?? { from: 101 + from, to: 101 + to, messages: 0, bytes: 0 };
    edge.messages++;
    edge.bytes += bytes;
    edges.set(`${from} ${to}`, edge);
  }
  return [...edges.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}

function reportedEdges(model: Model): { from: number; to: number; messages: number; bytes: number }[] {
  const report = model.report();
  const pid = new Map(report.processes.map((process) => [process.key, process.pid]));
  return report.channels[0]!.edges
    .map((edge) => ({ ...edge, from: pid.get(edge.from) ?? 0, to: pid.get(edge.to) ?? 0 }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
}

describe('matching under the queue\'s own locks', () => {
  test('pairs each put with its get, for any number of producers and consumers, and says exact', () => {
    fc.assert(
      fc.property(steps(150), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(9), { maxLength: 300, size: 'max' }), (list, producers, consumers, picks) => {
        const { streams, messages, counted } = play(list, producers, consumers);
        const model = tellLive(streams, picks);
        const [channel] = model.report().channels;
        expect(channel!.matching).toBe('exact');
        expect(channel!.puts).toBe(counted.puts);
        expect(reportedEdges(model)).toEqual(edgesOf(messages));
        const latencies = messages.filter((message) => message.to !== null).map((message) => message.receivedMs - message.putMs);
        expect(channel!.latencyMs?.max ?? null).toBe(latencies.length === 0 ? null : Math.max(...latencies));
        if (latencies.length > 0) {
          // The view's figures are kept up while it grows; they must end up where the report's, made at once, are.
          seen({ k: 'end', t: 1e6 })(model);
          const view = model.snapshot().channels[0]!.latencyMs!;
          expect(view.max).toBe(Math.max(...latencies));
          expect(Math.abs(view.p50 / channel!.latencyMs!.p50 - 1)).toBeLessThan(0.03);
        }
        const rows = model.messages('c1', 1000).rows.filter((row) => row.sentMs !== null);
        expect(rows.map((row) => [row.putMs, row.receivedMs])).toEqual(messages.map((message) => [message.putMs, message.to === null ? null : message.receivedMs]));
      }),
      { numRuns: 100 },
    );
  });

  test('counts are exact past the budget, the pairs before it right, and the word is none', () => {
    fc.assert(
      fc.property(steps(120), fc.array(fc.nat(9), { maxLength: 200, size: 'max' }), fc.array(fc.option(fc.integer({ min: 1, max: 2000 })), { minLength: 4, maxLength: 4 }), (list, picks, cuts) => {
        const countFrom = new Map(cuts.flatMap((cut, who) => (cut === null ? [] : [[who, cut] as const])));
        const { streams, messages, counted } = play(list, 2, 2, countFrom);
        const model = tellLive(streams, picks);
        const [channel] = model.report().channels;
        const { puts, sent, received, bytes } = channel!;
        expect({ puts, sent, received, bytes }).toEqual({ puts: counted.puts, sent: counted.sent, received: counted.received, bytes: counted.bytes });
        const someCounted = counted.table.some((row) => row.puts + row.sent + row.received > 0);
        expect(channel!.matching).toBe(someCounted ? 'none' : 'exact');
        const truth = edgesOf(messages);
        for (const edge of reportedEdges(model)) {
          const real = truth.find((other) => other.from === edge.from && other.to === edge.to);
          expect(real?.messages ?? 0).toBeGreaterThanOrEqual(edge.messages);
        }
        const pairs = model.messages('c1', 1000).rows.filter((row) => row.receivedMs !== null && row.sentMs !== null);
        for (const pair of pairs) expect(messages.some((message) => message.putMs === pair.putMs && message.receivedMs === pair.receivedMs)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('matching on a pipe without a lock', () => {
  /** Sends begin in one order and reach the pipe in another. */
  const unlocked = fc.array(
    fc.record({ who: fc.nat(2), thread: fc.nat(1), begin: fc.nat(200), takes: fc.integer({ min: 1, max: 60 }), bytes: fc.nat(2), reader: fc.nat(1), waits: fc.integer({ min: 1, max: 50 }) }),
    { minLength: 1, maxLength: 40, size: 'max' },
  );

  function playPipe(list: readonly { who: number; thread: number; begin: number; takes: number; bytes: number; reader: number; waits: number }[], distinct: boolean): { streams: Call[][]; edges: string[] } {
    const parent = new Scribe(0, 100).channel(0, QUEUE, 'Pipe');
    const writers = [0, 1, 2].map((i) => new Scribe(i + 1, 101 + i, { openedMs: 0.1 }));
    const readers = [0, 1].map((i) => new Scribe(i + 4, 104 + i, { openedMs: 0.1 }));
    const free = new Map<string, number>();
    const sends = list
      .map((one, i) => {
        // A thread does one thing at a time.
        const actor = `${one.who} ${one.thread}`;
        const begin = Math.max(one.begin, free.get(actor) ?? 0);
        const entered = begin + one.takes + i / 1000;
        free.set(actor, entered);
        return { ...one, begin, entered, length: distinct ? i : one.bytes };
      })
      .sort((a, b) => a.entered - b.entered);
    let read = 0;
    const received = sends.map((one) => ({ ...one, got: (read = Math.max(read, one.entered) + one.waits / 10) }));
    for (const one of [...sends].sort((a, b) => a.begin - b.begin)) writers[one.who]!.send(one.begin, QUEUE, { t1: one.entered, bytes: one.length, crc: one.length, flags: SendFlag.CRC, thread: one.thread });
    for (const one of received) readers[one.reader]!.receive(one.got, QUEUE, { t0: one.got - 0.05, bytes: one.length, crc: one.length, flags: ReceiveFlag.CRC });
    return { streams: [parent.calls, ...[...writers, ...readers].map((scribe) => scribe.calls)], edges: received.map((one) => `${one.begin} ${one.got}`).sort() };
  }

  const pairsOf = (model: Model): string[] => model.messages('c1', 1000).rows.filter((row) => row.receivedMs !== null).map((row) => `${row.sentMs} ${row.receivedMs}`).sort();

  test('is never called exact when it is wrong', () => {
    fc.assert(
      fc.property(unlocked, fc.array(fc.nat(9), { maxLength: 120, size: 'max' }), (list, picks) => {
        const { streams, edges } = playPipe(list, false);
        const model = tellLive(streams, picks);
        if (model.report().channels[0]!.matching === 'exact') expect(pairsOf(model)).toEqual(edges);
      }),
      { numRuns: 100 },
    );
  });

  test('is right, and called inferred, where lengths or contents differ', () => {
    fc.assert(
      fc.property(unlocked, fc.array(fc.nat(9), { maxLength: 120, size: 'max' }), (list, picks) => {
        const { streams, edges } = playPipe(list, true);
        const model = tellLive(streams, picks);
        const several = new Set(list.map((one) => `${one.who} ${one.thread}`)).size > 1 || new Set(list.map((one) => one.reader)).size > 1;
        expect(model.report().channels[0]!.matching).toBe(several ? 'inferred' : 'exact');
        expect(pairsOf(model)).toEqual(edges);
      }),
      { numRuns: 100 },
    );
  });
});
