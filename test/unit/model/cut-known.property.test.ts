/** A moment of a run that is over, whose messages are taken from the model of the whole run and whose records are passed over where they say no more. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { Blocks } from '../../../src/journal/blocks.js';
import { Cut } from '../../../src/model/cut.js';
import type { CounterFact, FactSink, HeldFact, ImageId, ImageInfo, Observation, RecordFact, SlotFact } from '../../../src/model/facts.js';
import { keysOf } from '../../../src/model/given-keys.js';
import { Model } from '../../../src/model/index.js';
import { MessagesThen } from '../../../src/model/messages-then.js';
import { ReceiveFlag, RecordType, SendFlag } from '../../../src/model/record-types.js';
import { interleave, RUN, Scribe, type Call } from './kit.js';
import { comparable, END, factsOf, liveAt, play, QUEUE, streamsAt } from './plays.js';

const SIMPLE = 700;

// Hundreds of histories, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

/** Keeps what it is told as the records of a journal are kept: by image, each with an index, in blocks. What is no record is told behind them. */
class Journal implements FactSink {
  readonly images: { readonly open: Call; readonly records: Call[]; readonly blocks: Blocks; readonly behind: Call[]; readonly sends: Map<number, number> }[] = [];
  readonly seen: Call[] = [];

  constructor(private readonly blockSize: number) {}

  image(id: ImageId, info: ImageInfo): void {
    this.images[id] = { open: (sink) => sink.image(id, info), records: [], blocks: new Blocks(info.pid, this.blockSize), behind: [], sends: new Map() };
  }
  string(id: ImageId, number: number, text: string): void {
    this.images[id]!.blocks.noteUntimed(this.#add(id, (sink) => sink.string(id, number, text)));
  }
  put(id: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void {
    this.images[id]!.blocks.note(this.#add(id, (sink) => sink.put(id, t0, t1, obj, seq, flags, thread, site)), RecordType.PUT, thread, t0, t1);
  }
  send(id: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const { blocks, records, sends } = this.images[id]!;
    const at = records.length;
    sends.set(index, at);
    blocks.note(this.#add(id, (sink) => sink.send(id, at, t0, t1, obj, bytes, crc, flags, thread, site)), RecordType.SEND, thread, t0, t1);
  }
  receive(id: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    this.images[id]!.blocks.note(this.#add(id, (sink) => sink.receive(id, t0, t1, obj, bytes, crc, flags, thread, site)), RecordType.RECV, thread, t0, t1);
  }
  preview(id: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    const { blocks, sends } = this.images[id]!;
    const send = sends.get(sendIndex)!;
    blocks.notePreview(this.#add(id, (sink) => sink.preview(id, send, total, part, bytes)), send, part);
  }
  record(id: ImageId, fact: RecordFact): void {
    const { blocks } = this.images[id]!;
    if (fact.type === RecordType.THREAD) blocks.noteThread(fact.thread, fact.a);
    blocks.note(this.#add(id, (sink) => sink.record(id, fact)), fact.type, fact.thread, fact.t0, fact.t1);
  }
  slots(id: ImageId, busy: readonly SlotFact[]): void {
    this.images[id]!.behind.push((sink) => sink.slots(id, busy));
  }
  held(id: ImageId, held: HeldFact): void {
    this.images[id]!.behind.push((sink) => sink.held(id, held));
  }
  counters(id: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    this.images[id]!.behind.push((sink) => sink.counters(id, dropped, rows));
  }
  skipped(): void {
    throw new Error('nothing is missing here');
  }
  observe(seen: Observation): void {
    this.seen.push((sink) => sink.observe(seen));
  }
  size(): void {
    // is not told
  }
  advance(): void {
    // is not told
  }

  #add(id: ImageId, call: Call): number {
    return this.images[id]!.records.push(call) - 1;
  }
}

const last = <Result>(pieces: Generator<void, Result>): Result => {
  for (;;) {
    const step = pieces.next();
    if (step.done === true) return step.value;
  }
};

interface Known {
  readonly model: Model;
  /** Records that were told again, and those that were passed over. */
  readonly told: number;
  readonly passed: number;
}

/** Null: the messages must be told one by one. */
function knownAt(at: number, whole: Model, journal: Journal, previewsKept = Infinity): Known | null {
  const messages = last(MessagesThen.of(whole.world, at));
  if (messages === null) return null;
  const model = new Model(RUN, { findings: evaluate, keys: keysOf(whole), messages });
  const cut = new Cut(model, at, messages);
  let told = 0;
  let passed = 0;
  for (const call of journal.seen) call(cut);
  journal.images.forEach(({ open, records, blocks, behind }, id) => {
    open(cut);
    for (let index = 0; index < records.length;) {
      const block = blocks.from(index);
      if (block !== null && cut.passes(id, block, previewsKept === Infinity ? 0 : blocks.lastPreviews(previewsKept, at))) {
        passed += block.to - index;
        index = block.to;
        continue;
      }
      const to = block?.to ?? index + 1;
      for (; index < to; index++, told++) records[index]!(cut);
    }
    for (const call of behind) call(cut);
  });
  cut.finish();
  last(cut.pairing());
  return { model, told, passed };
}

function wholeOf(streams: readonly (readonly Call[])[], picks: readonly number[], journal: Journal): Model {
  for (const stream of streams) for (const call of stream) call(journal);
  const whole = new Model(RUN, { findings: evaluate, recording: true });
  const told = [...journal.images.map(({ open, records, behind }) => [open, ...records, ...behind]), journal.seen];
  interleave(told, picks, (call) => call(whole));
  whole.snapshot();
  return whole;
}

/** The model of a moment by the plain way, each record told. */
function plainAt(at: number, whole: Model, journal: Journal): Model {
  const model = new Model(RUN, { findings: evaluate, keys: keysOf(whole) });
  const cut = new Cut(model, at);
  for (const call of journal.seen) call(cut);
  for (const { open, records, behind } of journal.images) for (const call of [open, ...records, ...behind]) call(cut);
  cut.finish();
  last(cut.pairing());
  return model;
}

/** By image, all stretches in which it waited. */
function spansOf({ world }: Model): unknown {
  return world.images.map((image) => {
    const pieces: unknown[] = [];
    image?.spans.visit(-Infinity, Infinity, -1, (piece) => pieces.push({ ...piece }));
    return pieces;
  });
}

/** One moment of what some scribes tell, passed over as far as can be. @param size records in a block */
function bothAt(at: number, scribes: readonly Scribe[], seen: readonly Call[], size: number): { readonly then: Known | null; readonly plain: Model } {
  const journal = new Journal(size);
  const whole = wholeOf([...scribes.map(({ calls }) => calls), seen], [], journal);
  return { then: knownAt(at, whole, journal), plain: plainAt(at, whole, journal) };
}

describe('a moment of a run whose messages are known', () => {
  test('is what a live run was then, whatever was passed over', () => {
    let known = 0;
    let [told, passed] = [0, 0];
    fc.assert(
      fc.property(play, fc.integer({ min: 1, max: 4 }), (drawn, blockSize) => {
        const facts = factsOf(drawn);
        const journal = new Journal(blockSize);
        const whole = wholeOf(streamsAt(drawn, facts, END + 4000), drawn.picks, journal);
        const then = knownAt(drawn.at, whole, journal);
        // Two threads that feed one queue may end in another order than they say so.
        if (then === null) return;
        known++;
        told += then.told;
        passed += then.passed;
        const plain = plainAt(drawn.at, whole, journal);
        expect(then.model.snapshot()).toEqual(plain.snapshot());
        expect(comparable(then.model)).toEqual(comparable(plain));
        expect(spansOf(then.model)).toEqual(spansOf(plain));
        // Where all have the keys of then, too, it is what was seen then.
        const live = liveAt(drawn.at, streamsAt(drawn, facts, drawn.at));
        const bare = (model: Model): unknown => {
          const { processes, channels, totals } = model.snapshot();
          return [
            processes.map(({ pid, state, sent, received, exitCode, signal }) => ({ pid, state, sent, received, exitCode, signal })).sort((a, b) => a.pid - b.pid),
            channels.map(({ kind, puts, gets, sent, received, bytes, depth, maxDepth, latencyMs, matching, unfinished }) => ({ kind, puts, gets, sent, received, bytes, depth, maxDepth, latencyMs, matching, unfinished })).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
            { ...totals, messagesPerSecond: 0 },
          ];
        };
        expect(bare(then.model)).toEqual(bare(live));
      }),
      { numRuns: 250 },
    );
    expect(known).toBeGreaterThan(150);
    expect(passed).toBeGreaterThan(told / 4);
  });

  test('is told one by one where a feeder ended two items in another order than it says', () => {
    const main = new Scribe(0, 200).channel(1, QUEUE, 'Queue').put(5, QUEUE).put(6, QUEUE);
    main.feed(10, QUEUE, { t1: 30 }).feed(12, QUEUE, { t1: 20 });
    expect(bothAt(25, [main], [], 1).then).toBeNull();
    expect(bothAt(15, [main], [], 1).then).not.toBeNull();
    expect(bothAt(30, [main], [], 1).then).not.toBeNull();
  });

  test('knows that a main thread that was seen to wait had put something since', () => {
    const main = new Scribe(0, 200).channel(1, QUEUE, 'Queue').put(900, QUEUE).put(1600, QUEUE);
    const seen: Call[] = [(sink) => sink.observe({ k: 'root', t: 0, pid: 200, start: 2000 }), (sink) => sink.observe({ k: 'stuck', t: 700, p: [[200, 2000, 100, RecordType.RECV, ReceiveFlag.GET, QUEUE, 0, 0, [200], true]] })];
    const blockedAt = (at: number): unknown[] => {
      const { then, plain } = bothAt(at, [main], seen, 1);
      expect(then!.model.snapshot()).toEqual(plain.snapshot());
      return then!.model.snapshot().processes.map(({ blocked }) => blocked.map(({ op }) => op));
    };
    expect(blockedAt(800)).toEqual([['get']]);
    expect(blockedAt(1500)).toEqual([[]]);
  });

  test('has no sums of who recorded messages after it, and no holes of after it', () => {
    const main = new Scribe(0, 200).channel(1, QUEUE, 'Queue').put(10, QUEUE).put(900, QUEUE).put(901, QUEUE).record(RecordType.NOTE, { t0: 902 });
    const counted: CounterFact = { obj: QUEUE, puts: 7, gets: 0, sent: 7, received: 0, bytesSent: 70, bytesReceived: 0 };
    main.calls.push((sink) => sink.counters(0, 3, [counted]));
    const { then, plain } = bothAt(500, [main], [], 1);
    // All but that of the queue and the last, which is in no block yet.
    expect(then!.passed).toBe(3);
    expect(then!.model.snapshot()).toEqual(plain.snapshot());
    expect(then!.model.snapshot().totals.dropped).toBe(0);

    const journal = new Journal(1);
    const whole = wholeOf([main.calls], [], journal);
    const messages = last(MessagesThen.of(whole.world, 500))!;
    const model = new Model(RUN, { messages });
    const cut = new Cut(model, 500, messages);
    const { open, records, blocks } = journal.images[0]!;
    open(cut);
    records.slice(0, -1).forEach((call, index) => {
      if (!cut.passes(0, blocks.from(index)!, 0)) call(cut);
    });
    cut.skipped(0, 5, 0);
    cut.finish();
    expect(model.snapshot().totals.dropped).toBe(0);
  });

  test('has the previews that it would have, and none of those that push them out', () => {
    const main = new Scribe(0, 200).channel(1, QUEUE, 'Queue');
    for (let k = 0; k < 2100; k++) main.feed(10 + k, QUEUE).preview(`early ${k}`);
    for (let k = 0; k < 2100; k++) main.feed(5000 + k, QUEUE).preview(`late ${k}`);
    const journal = new Journal(3);
    const whole = wholeOf([main.calls], [], journal);
    for (const at of [50, 2105, 3000, 5001]) {
      const then = knownAt(at, whole, journal, 2000)!;
      const plain = plainAt(at, whole, journal);
      expect(comparable(then.model)).toEqual(comparable(plain));
      const key = plain.snapshot().channels[0]!.key;
      const rows = (model: Model): unknown => model.messages(key, 5000).rows.map(({ preview }) => preview);
      expect(rows(then.model)).toEqual(rows(plain));
    }
    expect(knownAt(3000, whole, journal, 50)!.told).toBeLessThan(150);
  });
});

/** So many messages of three producers to two consumers through one queue that the whole run has noted where it stood on the way. */
function busy(messages: number): Scribe[] {
  const last = 10 + messages * 0.05;
  const producers = [0, 1, 2].map((i) => new Scribe(i, 200 + i, { ppid: i === 0 ? 1 : 200, openedMs: i }));
  const consumers = [3, 4].map((i) => new Scribe(i, 200 + i, { ppid: 200, openedMs: i }));
  producers[0]!.channel(0.5, QUEUE, 'Queue', { maxsize: 0 });
  for (let k = 0; k < messages; k++) {
    const t = 10 + k * 0.05;
    const producer = producers[k % 3]!;
    // Some puts return after their feeder has sent the item, some sends are slow, and some gets come late.
    producer.put(t, QUEUE, { t1: t + (k % 7 === 0 ? 0.04 : 0.01) });
    producer.send(t + 0.02, QUEUE, { t1: t + 0.025 + (k % 5 === 0 ? 0.02 : 0), bytes: 10, flags: SendFlag.FEEDER | SendFlag.LOCKED, thread: 1 });
    if (k % 400 === 50) producer.preview(`${k}`);
    const got = t + 0.05 + (Math.sin(k / 3000) + 1) * 40;
    consumers[Math.floor(k / 4) % 2]!.receive(got, QUEUE, { t0: got - 0.01, bytes: 10, flags: ReceiveFlag.GET | ReceiveFlag.LOCKED });
  }
  // One put that does not return for long, though its item is sent, and sends that take long: of the queue, and of another channel.
  const slow = new Scribe(5, 205, { ppid: 200, openedMs: 0.2 });
  const long = new Scribe(6, 206, { ppid: 200, openedMs: 6 });
  slow.send(40.03, QUEUE, { t1: 40.04, flags: SendFlag.FEEDER | SendFlag.LOCKED, thread: 1 }).put(0.6, QUEUE, { t1: last * 0.8 });
  long.put(60, QUEUE).send(60.03, QUEUE, { t1: last * 0.6, flags: SendFlag.FEEDER | SendFlag.LOCKED, thread: 1 });
  long.channel(6, SIMPLE, 'SimpleQueue');
  const others = [new Scribe(7, 207, { ppid: 200, openedMs: 7 }), new Scribe(8, 208, { ppid: 200, openedMs: 8 })];
  for (let k = 0; k < messages / 4; k++) {
    const t = 20 + k * 0.2;
    others[0]!.send(t, SIMPLE, { t1: t + 0.001, flags: SendFlag.LOCKED });
    others[1]!.receive(t + 0.05 + (k % 5000 === 3000 ? 0.9 : 0), SIMPLE, { flags: ReceiveFlag.GET | ReceiveFlag.LOCKED });
  }
  long.send(70, SIMPLE, { t1: last * 0.9, flags: SendFlag.LOCKED });
  consumers[0]!.receive(last + 300, QUEUE, { flags: ReceiveFlag.GET | ReceiveFlag.LOCKED });
  consumers[1]!.receive(last + 301, QUEUE, { flags: ReceiveFlag.GET | ReceiveFlag.LOCKED });
  others[1]!.receive(last + 302, SIMPLE, { flags: ReceiveFlag.GET | ReceiveFlag.LOCKED });
  return [...producers, ...consumers, slow, long, ...others];
}

describe('a long run of which the messages are known', () => {
  test('goes on from where the whole run stood, and is what it is when all is told again', () => {
    const journal = new Journal(256);
    const whole = wholeOf(busy(80_000).map(({ calls }) => calls), [], journal);
    const [channel] = whole.world.channels;
    expect(channel!.directions[0]!.pairing.settled).toBe(80_002);
    for (const at of [0.3, 11, 500.0251, 2000.037, 2807.041, 3377.77, 3777.77, 4010.04, 5000]) {
      const then = knownAt(at, whole, journal, 2)!;
      const plain = plainAt(at, whole, journal);
      expect(then.model.snapshot()).toEqual(plain.snapshot());
      expect(comparable(then.model)).toEqual(comparable(plain));
      // Of what is far from the moment nothing is told again but previews.
      expect(then.told).toBeLessThan(20_000);
      expect(then.passed).toBeGreaterThan(250_000);
    }
  });

  test('keeps no messages of its own', () => {
    const journal = new Journal(256);
    const whole = wholeOf(busy(20_000).map(({ calls }) => calls), [], journal);
    const [then] = knownAt(500, whole, journal)!.model.world.channels;
    const [now] = whole.world.channels;
    const [{ from, to }, { from: fromNow, to: toNow }] = [then!.directions[0]!, now!.directions[0]!];
    expect(from.sends.count).toBeLessThan(fromNow.sends.count);
    expect(from.sends.t0).toBe(fromNow.sends.t0);
    expect(from.puts.t1).toBe(fromNow.puts.t1);
    expect(to.receives.bytes).toBe(toNow.receives.bytes);
  });
});
