/** The window of a list of messages is the slice that a plain list would give, whatever the filter and however it was searched. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Model } from '../../../src/model/index.js';
import type { MessageFilter, MessageQuery } from '../../../src/protocol/message-query.js';
import type { MessageRow } from '../../../src/protocol/view.js';
import { interleave, RUN, Scribe, seen, type Call } from './kit.js';

vi.setConfig({ testTimeout: 120_000 });

const QUEUE = 500;
const THERE = 501;
const BACK = 502;

const OPEN: MessageFilter = { text: '', from: null, to: null, direction: null, state: null, minBytes: null, minLatencyMs: null };

interface Step {
  readonly what: 'put' | 'feed' | 'get' | 'there' | 'back' | 'takeThere' | 'takeBack' | 'stranger';
  readonly who: 0 | 1;
  readonly gap: number;
  readonly bytes: number;
  readonly text: string | null;
}

const step = fc.record({
  what: fc.constantFrom<Step['what']>('put', 'put', 'put', 'feed', 'feed', 'get', 'there', 'there', 'back', 'back', 'takeThere', 'takeBack', 'stranger'),
  who: fc.constantFrom<0 | 1>(0, 1),
  gap: fc.nat(30),
  bytes: fc.integer({ min: 1, max: 4 }),
  text: fc.option(fc.constantFrom('apple', 'Apple pie', 'pear', 'x'.repeat(60))),
});

/** A queue with two feeders and a duplex pipe, its other end used by the second process. */
function play(steps: readonly Step[]): Call[][] {
  const parent = new Scribe(0, 100).channel(0, QUEUE, 'Queue').channel(0, THERE, 'Pipe', { second: BACK });
  const scribes = [1, 2].map((n) => new Scribe(n, 100 + n, { ppid: 100, openedMs: 0.1, madeByFork: true, parentStart: 1000 }));
  scribes.forEach((scribe, n) => scribe.site('/w/script.py', 10 + n, n === 0 ? 'produce' : 'consume'));
  const buffers: number[][] = [[], []];
  const inQueue: number[] = [];
  const pipes: Readonly<Record<typeof THERE | typeof BACK, number[]>> = { [THERE]: [], [BACK]: [] };
  let t = 1;
  for (const { what, who, gap, bytes, text } of steps) {
    t += gap;
    const scribe = scribes[who]!;
    if (what === 'put') {
      scribe.put(t, QUEUE, { site: 1 });
      buffers[who]!.push(bytes);
    } else if (what === 'feed') {
      const next = buffers[who]!.shift();
      if (next === undefined) continue;
      scribe.feed(t, QUEUE, { bytes: next });
      if (text !== null) scribe.preview(text);
      inQueue.push(next);
    } else if (what === 'get') {
      const next = inQueue.shift();
      if (next !== undefined) scribe.get(t, QUEUE, { bytes: next, site: 1 });
    } else if (what === 'there' || what === 'back') {
      const obj = what === 'there' ? THERE : BACK;
      scribes[what === 'there' ? 0 : 1]!.send(t, obj, { bytes, site: 1 });
      if (text !== null) scribes[what === 'there' ? 0 : 1]!.preview(text);
      pipes[obj].push(bytes);
    } else if (what === 'stranger') scribes[1]!.receive(t, THERE + 100, { bytes });
    else {
      const [from, to] = what === 'takeThere' ? ([THERE, BACK] as const) : ([BACK, THERE] as const);
      const next = pipes[from].shift();
      if (next !== undefined) scribes[what === 'takeThere' ? 1 : 0]!.receive(t, to, { bytes: next });
    }
  }
  return [parent.calls, ...scribes.map((scribe) => scribe.calls)];
}

const filters = fc.record<MessageFilter>({
  text: fc.constantFrom('', '', 'apple', 'PRODUCE', 'script.py:11', 'nothing has this', 'x'),
  from: fc.constantFrom(null, null, 'p2', 'p3'),
  to: fc.constantFrom(null, null, 'p2', 'p3'),
  direction: fc.constantFrom<0 | 1 | null>(null, null, 0, 1),
  state: fc.constantFrom<MessageFilter['state']>(null, null, 'flight', 'received', 'undelivered', 'unmatched'),
  minBytes: fc.constantFrom(null, null, 2, 4),
  minLatencyMs: fc.constantFrom(null, null, 20, 200),
});

const windows = fc.record({ order: fc.constantFrom<MessageQuery['order']>('newest', 'oldest'), first: fc.nat(30), count: fc.nat(12), upTo: fc.option(fc.nat(40)) });

function passes(row: MessageRow, filter: MessageFilter, names: ReadonlyMap<string, string>, nowMs: number): boolean {
  const place = (where: MessageRow['putWhere']): string => (where === null ? '' : `${where.file.slice(3)}:${where.line} ${where.function ?? ''}`);
  const texts = [row.preview ?? '', names.get(row.from ?? '') ?? '', names.get(row.to ?? '') ?? '', place(row.putWhere), place(row.getWhere)];
  const begun = row.putMs ?? row.sentMs;
  const took = row.latencyMs ?? (begun === null || row.receivedMs !== null ? null : nowMs - begun);
  return (
    (filter.text === '' || texts.some((text) => text.toLowerCase().includes(filter.text.toLowerCase()))) &&
    (filter.from === null || row.from === filter.from) &&
    (filter.to === null || row.to === filter.to) &&
    (filter.direction === null || row.direction === filter.direction) &&
    (filter.state === null || row.state === filter.state) &&
    (filter.minBytes === null || (row.bytes !== null && row.bytes >= filter.minBytes)) &&
    (filter.minLatencyMs === null || (took !== null && took >= filter.minLatencyMs))
  );
}

function everything(model: Model, channel: string, untilMs: number | null = null): readonly MessageRow[] {
  return model.messageWindow({ channel, serial: 0, filter: null, order: 'oldest', upTo: null, first: 0, count: 10_000, untilMs }).reply.rows;
}

/** Searches to the end, a few hundred messages at a time. */
function search(model: Model, query: MessageQuery): ReturnType<Model['messageWindow']>['reply'] {
  for (;;) {
    const { reply, more } = model.messageWindow(query, () => true);
    if (!more) return reply;
  }
}

describe('a window of the messages', () => {
  test('is the slice of the plain list, at any stage of a run', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }), fc.array(fc.nat(9), { maxLength: 200, size: 'max' }), filters, windows, fc.nat(3), (steps, picks, filter, at, lateBy) => {
        const model = new Model(RUN);
        const calls: Call[] = [];
        interleave(play(steps), picks, (call) => calls.push(call));
        const third = Math.ceil(calls.length / 3);
        for (let done = 0; done < calls.length; done += third) {
          for (const call of calls.slice(done, done + third)) call(model);
          // Pairs are made as they get older: more or less of them are settled.
          model.advance(done * 10 + lateBy * 400);
          const { channels, processes, nowMs } = model.snapshot();
          const names = new Map(processes.map((row) => [row.key, row.name]));
          for (const { key } of channels) {
            const all = everything(model, key);
            expect(all.map((row) => row.index)).toEqual(all.map((_, i) => i));
            expect(new Set(all.map((row) => row.id)).size).toBe(all.length);
            const wanted = all.filter((row) => passes(row, filter, names, nowMs));
            const reply = search(model, { channel: key, serial: 7, filter, untilMs: null, ...at });
            expect(reply).toMatchObject({ channel: key, serial: 7, total: all.length, matching: wanted.length, searched: null });
            const upTo = wanted.slice(0, at.upTo ?? wanted.length);
            const ordered = at.order === 'newest' ? [...upTo].reverse() : upTo;
            expect(reply.rows).toEqual(ordered.slice(at.first, at.first + at.count));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('until a moment is what a run shows that ended there', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 100, size: 'max' }), fc.nat(1000), (steps, share) => {
        const whole = new Model(RUN);
        for (const call of play(steps).flat()) call(whole);
        whole.advance(1e6);
        whole.snapshot();
        const last = steps.reduce((sum, { gap }) => sum + gap, 1);
        const until = Math.floor((last * share) / 1000) + 0.5;
        let t = 1;
        // A live run pairs what is old enough; one that ended there, all.
        const early = new Model(RUN, { recording: true });
        const before = play(steps.filter((one) => (t += one.gap) <= until).map((one) => one));
        for (const call of before.flat()) call(early);
        early.advance(until);
        early.snapshot();
        const facts = (rows: readonly MessageRow[]): unknown[] => rows.map(({ putMs, sentMs, receivedMs, bytes, from, to, direction }) => ({ putMs, sentMs, receivedMs, bytes, from, to, direction }));
        for (const { key } of early.snapshot().channels) expect(facts(everything(whole, key, until))).toEqual(facts(everything(early, key)));
      }),
      { numRuns: 150 },
    );
  });
});

describe('a search', () => {
  const bulk = (count: number): Model => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    for (let i = 0; i < count; i++) main.put(i + 1, QUEUE).feed(i + 1.2, QUEUE, { bytes: (i % 100) + 1 });
    for (let i = 0; i < count / 2; i++) main.get(count + i, QUEUE, { bytes: (i % 100) + 1 });
    const model = new Model(RUN);
    for (const call of main.calls) call(model);
    seen({ k: 'end', t: 3 * count })(model);
    return model;
  };

  test('tells how far it came when its time is up, and goes on from there', () => {
    const model = bulk(5000);
    const query: MessageQuery = { channel: 'c1', serial: 1, filter: { ...OPEN, minBytes: 100 }, order: 'oldest', upTo: null, first: 0, count: 5, untilMs: null };
    const first = model.messageWindow(query, () => true);
    expect(first.more).toBe(true);
    expect(first.reply.searched).toBeGreaterThan(0);
    expect(first.reply.searched).toBeLessThan(5000);
    expect(first.reply.matching).toBeLessThan(50);
    const second = model.messageWindow(query, () => true);
    expect(second.reply.searched).toBeGreaterThan(first.reply.searched!);
    expect(search(model, query)).toMatchObject({ total: 5000, matching: 50, searched: null });
  });

  test('looks at what is settled once, however often it is asked', () => {
    const model = bulk(5000);
    const query: MessageQuery = { channel: 'c1', serial: 1, filter: { ...OPEN, state: 'received' }, order: 'newest', upTo: null, first: 0, count: 1, untilMs: null };
    expect(search(model, query)).toMatchObject({ matching: 2500, rows: [{ index: 2499 }] });
    let asked = 0;
    const again = model.messageWindow(query, () => (asked++, false));
    expect(again.reply.matching).toBe(2500);
    expect(asked).toBe(0);
  });
});

test('of no channel there is none', () => {
  expect(new Model(RUN).messageWindow({ channel: 'c9', serial: 3, filter: OPEN, order: 'newest', upTo: null, first: 0, count: 9, untilMs: null }).reply).toEqual({ channel: 'c9', serial: 3, total: 0, matching: 0, searched: null, senders: [], receivers: [], first: 0, rows: [] });
});
