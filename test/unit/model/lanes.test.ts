import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordType } from '../../../src/model/record-types.js';
import { SpanLog, SPAN_KINDS, type SpanPiece } from '../../../src/model/spans.js';
import type { Model } from '../../../src/model/index.js';
import type { Lane, LaneQuery } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });

function lane(model: Model, query: Partial<LaneQuery> = {}): Lane {
  const reply = model.lanes({ fromMs: 0, toMs: 1000, pixels: 100, rows: ['p1'], arrowsFor: null, ...query });
  return reply.lanes[0]!;
}

const end = (t: number): Call => seen({ k: 'end', t });

describe('a lane', () => {
  test('has the life of its process, from its start to its end or now', () => {
    const main = new Scribe(0, 100, { openedMs: 10 });
    const child = main.start(50, 1, 101);
    main.reaped(400, 101, 0);
    child.ends(300);
    const model = told([[ROOT], main.calls, child.calls]);
    model.advance(900);
    expect(lane(model).spans).toEqual([{ kind: 'life', fromMs: 0, toMs: 900, about: null }]);
    expect(lane(model, { rows: ['p2'] }).spans).toEqual([{ kind: 'life', fromMs: 50, toMs: 300, about: null }]);
  });

  test('has what its threads waited in, on what, and what they wait in now', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe');
    const child = main.start(1, 1, 101);
    main.get(200, 7, { t0: 100 }).receive(400, 8, { t0: 300 });
    main.record(RecordType.JOIN, { t0: 500, t1: 600, a: 101 }).slot(RecordType.PUT, 700, { obj: 7 });
    const model = told([[ROOT], main.calls, child.calls]);
    model.advance(900);
    expect(lane(model).spans.slice(1)).toEqual([
      { kind: 'blocked-queue', fromMs: 100, toMs: 200, about: 'c1' },
      { kind: 'blocked-pipe', fromMs: 300, toMs: 400, about: 'c2' },
      { kind: 'blocked-join', fromMs: 500, toMs: 600, about: 'p2' },
      { kind: 'blocked-queue', fromMs: 700, toMs: 900, about: 'c1' },
    ]);
  });

  test('merges what falls into one pixel, and the most telling kind wins', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe');
    main.receive(102, 8, { t0: 100 }).get(105, 7, { t0: 103 }).receive(108, 8, { t0: 106 });
    expect(lane(told([[ROOT], main.calls, [end(1000)]])).spans.slice(1)).toEqual([{ kind: 'blocked-queue', fromMs: 100, toMs: 108, about: null, several: true }]);
  });

  test('counts sends and receives by pixel column, the same whether they are few or many', () => {
    for (const each of [1, 40]) {
      const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
      for (let t = 0; t < 1000; t += 5) for (let i = 0; i < each; i++) main.send(t, 7);
      const { sends } = lane(told([[ROOT], main.calls, [end(1000)]]));
      expect(sends).toHaveLength(200);
      for (let i = 0; i < sends.length; i += 2) expect([sends[i], sends[i + 1]]).toEqual([i / 2, Math.min(255, 2 * each)]);
    }
  });

  test('never drops a mark, however far away one looks', () => {
    const main = new Scribe(0, 100);
    const child = main.start(10, 1, 101, { name: 'c' });
    child.record(RecordType.EXCEPTION, { t0: 20, s1: 'ValueError\nx', s2: '' });
    main.record(RecordType.SIGNAL, { t0: 21, a: 101, b: 9 }).reaped(22, 101, -9);
    const model = told([[ROOT], main.calls, child.calls, [end(1e7)]]);
    expect(lane(model, { toMs: 1e7, pixels: 10, rows: ['p2'] }).marks).toEqual([
      { atMs: 10, kind: 'start', text: 'c' },
      { atMs: 20, kind: 'exception', text: 'ValueError' },
      { atMs: 21, kind: 'signal', text: 'SIGKILL' },
      { atMs: 22, kind: 'exit', text: 'SIGKILL' },
    ]);
  });

  test('shows an exception, a blocked second, a failed task and a lone message at any zoom, in whatever else happens', () => {
    const LENGTH = 1e6;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 5_000, max: 900_000 }), fc.integer({ min: 1, max: 4000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }),
        (noise, at, pixels, before, after) => {
          const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe').pool(0, 9, 'Pool');
          // Short waits all the time, but for the moments that count.
          const times = Array.from({ length: noise }, (_, i) => (i / noise) * LENGTH).filter((t) => Math.abs(t - at) > 2_500);
          const early = times.filter((t) => t < at);
          for (const t of early) main.receive(t + 2, 8, { t0: t }).beginTask(t, 9, 1).endTask(t, t + 1, 9, 1);
          main.get(at + 1000, 7, { t0: at });
          main.record(RecordType.EXCEPTION, { t0: at + 1001, s1: 'ValueError\nx', s2: '' });
          main.send(at + 1002, 7);
          main.beginTask(at + 1003, 9, 2).endTask(at + 1003, at + 1004, 9, 2, { error: 'ValueError: x' });
          for (const t of times.slice(early.length)) main.receive(t + 2, 8, { t0: t }).beginTask(t, 9, 1).endTask(t, t + 1, 9, 1);
          const model = told([[ROOT], main.calls, [end(LENGTH)]]);
          const query = { fromMs: at * before, toMs: at + 1005 + (LENGTH - at) * after, pixels };
          const grain = (query.toMs - query.fromMs) / pixels;
          const { marks, spans, tasks, sends } = lane(model, query);
          expect(marks.filter((mark) => mark.kind === 'exception')).toEqual([{ atMs: at + 1001, kind: 'exception', text: 'ValueError' }]);
          // It is there as long as it was, or as a part of what is shorter than a pixel, and then it is the kind that is told.
          const wait = spans.find((span) => span.kind === 'blocked-queue' && span.fromMs <= at + 0.001 && span.toMs >= at + 999.999);
          expect(wait).toBeDefined();
          if (grain < 1000) expect(wait).toMatchObject({ fromMs: at, toMs: at + 1000, about: 'c1' });
          expect(tasks.some((task) => task.failed && task.fromMs <= at + 1003.001 && task.toMs >= at + 1003.999)).toBe(true);
          const column = Math.min(pixels - 1, Math.floor((at + 1002 - query.fromMs) / grain));
          expect(sends.some((value, i) => i % 2 === 0 && Math.abs(value - column) <= 1)).toBe(true);
          expect(sends).toHaveLength(2);
          expect(spans.length).toBeLessThanOrEqual(2 * pixels + 4);
          expect(tasks.length).toBeLessThanOrEqual(2 * pixels + 4);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has one mark a pixel for signals that are sent in a loop, with their number', () => {
    const main = new Scribe(0, 100);
    const child = main.start(10, 1, 101, { name: 'c' });
    for (let i = 0; i < 5000; i++) main.record(RecordType.SIGNAL, { t0: 20 + i * 0.1, a: 101, b: i % 2 === 0 ? 10 : 12 });
    const { marks } = lane(told([[ROOT], main.calls, child.calls, [end(1000)]]), { pixels: 100, rows: ['p2'] });
    expect(marks.length).toBeLessThan(220);
    expect(marks.reduce((sum, mark) => sum + (mark.kind === 'signal' ? (mark.count ?? 1) : 0), 0)).toBe(5000);
    expect(new Set(marks.filter((mark) => mark.kind === 'signal').map((mark) => mark.text)).size).toBe(2);
  });

  test('is bounded by pixels, not by events', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    for (let i = 0; i < 50_000; i++) main.get(i * 10 + 5, 7, { t0: i * 10 }).feed(i * 10, 7);
    const model = told([[ROOT], main.calls, [end(500_000)]]);
    const { spans, sends, receives } = lane(model, { toMs: 500_000, pixels: 200 });
    expect(spans.length).toBeLessThan(1000);
    expect(sends.length).toBeLessThanOrEqual(400);
    expect(receives.length).toBeLessThanOrEqual(400);
    expect(model.lanes({ fromMs: 0, toMs: 500_000, pixels: 200, rows: [], arrowsFor: 'c1' }).arrows.length).toBeLessThanOrEqual(200);
  });

  test('draws arrows for one process or one channel, from sender to receiver', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
    const child = main.start(1, 1, 101);
    const other = main.start(2, 2, 102);
    main.send(100, 7).send(200, 7).channel(0.5, 8, 'Pipe').send(300, 8);
    child.receive(110, 7).receive(220, 7);
    other.receive(330, 8);
    const model = told([[ROOT], main.calls, child.calls, other.calls, [end(1000)]]);
    const arrows = (arrowsFor: string): unknown => model.lanes({ fromMs: 150, toMs: 1000, pixels: 100, rows: [], arrowsFor }).arrows;
    expect(arrows('c1')).toEqual([{ from: 'p1', to: 'p2', sentMs: 200, receivedMs: 220, channel: 'c1' }]);
    expect(arrows('p3')).toEqual([{ from: 'p1', to: 'p3', sentMs: 300, receivedMs: 330, channel: 'c2' }]);
    expect(arrows('p1')).toHaveLength(2);
  });
});

const OP = { op: 42, obj: 0, operand: 0, flags: 0, deadlineMs: null, thread: 0, site: 0 };

describe('a log of spans', () => {
  test('finds every span that touches a window, told slightly out of order or long', () => {
    const log = new SpanLog();
    const all: [number, number][] = [];
    for (let i = 0; i < 10_000; i++) {
      const from = i * 10 - (i % 7) * 3;
      const to = from + (i % 100 === 0 ? 5000 : 4);
      all.push([from, to]);
      log.add(from, to, 'blocked-pipe', 1, OP);
    }
    for (const [from, to] of [[0, 50], [49_990, 50_200], [99_000, 200_000]] as const) {
      const seenSpans: SpanPiece[] = [];
      log.visit(from, to, 0, (piece) => seenSpans.push(piece));
      expect(seenSpans).toHaveLength(all.filter(([a, b]) => a <= to && b > from).length);
    }
  });

  test('tells the spans that a moment lies in, each with its operation', () => {
    const log = new SpanLog();
    for (let i = 0; i < 10_000; i++) log.add(i * 10, i * 10 + (i % 500 === 0 ? 3000 : 6), 'blocked-pipe', i + 1, { ...OP, obj: i + 1, site: i, thread: i % 3, deadlineMs: i % 2 === 0 ? i : null });
    for (const at of [0, 3, 8, 49_998, 52_999, 99_992]) {
      const found: number[] = [];
      log.at(at, at, found);
      for (const site of found) expect(log.span(site)).toEqual({ t0: site * 10, ...OP, obj: site + 1, site, thread: site % 3, deadlineMs: site % 2 === 0 ? site : null });
      const wanted = Array.from({ length: 10_000 }, (_, i) => i).filter((i) => i * 10 <= at && i * 10 + (i % 500 === 0 ? 3000 : 6) > at);
      expect(found.sort((a, b) => a - b)).toEqual(wanted);
    }
  });

  test('from far away gives few pieces that cover all, with the most telling kind', () => {
    const log = new SpanLog();
    for (let i = 0; i < 100_000; i++) log.add(i * 4, i * 4 + 2, i === 77_777 ? 'blocked-queue' : 'blocked-pipe', 1, OP);
    const pieces: SpanPiece[] = [];
    log.visit(0, 400_000, 4000, (piece) => pieces.push(piece));
    expect(pieces.length).toBeLessThan(3000);
    expect(pieces.some((piece) => SPAN_KINDS[piece.kind] === 'blocked-queue' && piece.fromMs <= 311_108 && piece.toMs >= 311_110)).toBe(true);
    expect(Math.max(...pieces.map((piece) => piece.toMs))).toBe(99_999 * 4 + 2);
  });
});
