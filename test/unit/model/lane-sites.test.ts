import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import type { Lane, LaneQuery, LaneReply, LaneSpan, SourceRef } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const end = (t: number): Call => seen({ k: 'end', t });
const at = (line: number, file = '/w/script.py'): SourceRef => ({ file, line, function: 'main' });

function ask(model: Model, query: Partial<LaneQuery> = {}): LaneReply {
  return model.lanes({ fromMs: 0, toMs: 1000, pixels: 100, rows: ['p1'], arrowsFor: null, ...query });
}

const lineOf = (reply: LaneReply, of: { readonly site?: number } | undefined): SourceRef | null => (of?.site === undefined ? null : (reply.sites[of.site] ?? null));
const waits = (lane: Lane | undefined): readonly LaneSpan[] => (lane?.spans ?? []).filter((span) => span.kind.startsWith('blocked'));

/** [column, site, ...] as the line of each column that has messages. */
function lines(reply: LaneReply, counts: readonly number[], sites: readonly number[]): (number | null)[] {
  return counts.filter((_, i) => i % 2 === 0).map((column) => {
    let site = -1;
    for (let i = 0; i + 1 < sites.length && sites[i]! <= column; i += 2) site = sites[i + 1]!;
    return reply.sites[site]?.line ?? null;
  });
}

describe('the lines of a lane', () => {
  test('a wait has its own line, also one that lasts, and none where it is not known', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe');
    const [first, second] = [main.site('/w/script.py', 11), main.site('/w/script.py', 12)];
    main.get(200, 7, { t0: 100, site: first }).receive(400, 8, { t0: 300, site: second }).get(500, 7, { t0: 450 }).slot(RecordType.PUT, 700, { obj: 7, site: first });
    const model = told([[ROOT], main.calls]);
    model.advance(900);
    const reply = ask(model);
    expect(waits(reply.lanes[0]).map((span) => lineOf(reply, span)?.line ?? null)).toEqual([11, 12, null, 11]);
    expect(reply.sites).toEqual([at(11), at(12)]);
  });

  test('waits that fall into one pixel have the line of the longest of the kind that is shown', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe');
    const [pipe, brief, long] = [main.site('/w/script.py', 1), main.site('/w/script.py', 2), main.site('/w/script.py', 3)];
    main.get(102, 7, { t0: 100, site: brief }).receive(106, 8, { t0: 102, site: pipe }).get(109, 7, { t0: 106, site: long });
    const reply = ask(told([[ROOT], main.calls, [end(1000)]]));
    expect(waits(reply.lanes[0])).toHaveLength(1);
    expect(waits(reply.lanes[0])[0]).toMatchObject({ kind: 'blocked-queue', several: true });
    expect(lineOf(reply, waits(reply.lanes[0])[0])?.line).toBe(3);
  });

  test('so they have from far away, where whole blocks of waits are one', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe');
    const [usual, rare, pipe] = [main.site('/w/script.py', 5), main.site('/w/script.py', 6), main.site('/w/script.py', 7)];
    for (let i = 0; i < 20_000; i++) {
      const t0 = i * 10;
      if (i % 3 === 0) main.receive(t0 + 9, 8, { t0, site: pipe });
      else main.get(t0 + (i === 7_777 ? 8 : 4), 7, { t0, site: i === 7_777 ? rare : usual });
    }
    const model = told([[ROOT], main.calls, [end(200_000)]]);
    const reply = ask(model, { toMs: 200_000, pixels: 10 });
    const all = waits(reply.lanes[0]);
    expect(all.length).toBeLessThanOrEqual(40);
    const over = all.find((span) => span.fromMs <= 77_770 && span.toMs >= 77_778);
    expect(lineOf(reply, over)?.line).toBe(6);
    for (const span of all.filter((one) => one !== over && one.kind === 'blocked-queue')) expect(lineOf(reply, span)?.line).toBe(5);
  });

  test('a line that several processes wait at is told once', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const children = [1, 2, 3].map((n) => main.start(n, n, 100 + n));
    for (const [i, child] of children.entries()) {
      // One of them knows another line before it: the same line has another number there.
      if (i === 1) child.site('/w/other.py', 9);
      child.get(200 + i * 100, 7, { t0: 100 + i * 100, site: child.site('/w/script.py', 30) });
    }
    const reply = ask(told([[ROOT], main.calls, ...children.map((child) => child.calls), [end(1000)]]), { rows: ['p2', 'p3', 'p4'] });
    expect(reply.sites).toEqual([at(30)]);
    expect(reply.lanes.map((lane) => lineOf(reply, waits(lane)[0])?.line)).toEqual([30, 30, 30]);
  });

  test('a task has the line that submitted it, told before or after it ran; several that of the longest', () => {
    const main = new Scribe(0, 100).pool(0, 9, 'Pool');
    const [early, late] = [main.site('/w/script.py', 40), main.site('/w/script.py', 41)];
    const worker = main.start(1, 1, 101);
    main.submit(90, 9, 1, { site: early }).submit(95, 9, 2, { site: late }).submit(96, 9, 4, { site: late }).submit(500, 9, 3, { site: early });
    worker.beginTask(100, 9, 1).endTask(100, 200, 9, 1).beginTask(300, 9, 2).endTask(300, 302, 9, 2).beginTask(303, 9, 1, { index: 1 }).endTask(303, 304, 9, 1, { index: 1 });
    worker.beginTask(400, 9, 5).endTask(400, 450, 9, 5).beginTask(600, 9, 3);
    const before = told([[ROOT], main.calls, worker.calls]);
    const after = told([[ROOT], worker.calls, main.calls]);
    for (const model of [before, after]) {
      model.advance(900);
      const reply = ask(model, { rows: ['p2'] });
      const { tasks } = reply.lanes[0]!;
      expect(tasks.map((task) => task.count)).toEqual([1, 2, 1, 1]);
      expect(tasks.map((task) => lineOf(reply, task)?.line ?? null)).toEqual([40, 41, null, 40]);
    }
  });

  test('so it has from far away', () => {
    const main = new Scribe(0, 100).pool(0, 9, 'Pool');
    const [usual, rare] = [main.site('/w/script.py', 50), main.site('/w/script.py', 51)];
    const worker = main.start(1, 1, 101);
    for (let job = 1; job <= 5_000; job++) {
      main.submit(job * 10, 9, job, { site: job === 3_000 ? rare : usual });
      worker.beginTask(job * 10 + 1, 9, job).endTask(job * 10 + 1, job * 10 + (job === 3_000 ? 9 : 5), 9, job);
    }
    const reply = ask(told([[ROOT], main.calls, worker.calls, [end(60_000)]]), { toMs: 60_000, pixels: 12, rows: ['p2'] });
    const { tasks } = reply.lanes[0]!;
    expect(tasks.reduce((sum, task) => sum + task.count, 0)).toBe(5_000);
    expect(new Set(tasks.map((task) => lineOf(reply, task)?.line))).toEqual(new Set([50, 51]));
    expect(lineOf(reply, tasks.find((task) => task.fromMs <= 30_001 && task.toMs >= 30_009))?.line).toBe(51);
  });

  test('messages have the line that put, sent or got one of their column, few or many', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').channel(0, 8, 'Pipe');
    const [put, send, got] = [main.site('/w/script.py', 60), main.site('/w/script.py', 61), main.site('/w/script.py', 62)];
    main.put(99, 7, { site: put }).feed(100, 7).send(305, 8, { site: send }).send(500, 8).get(700, 7, { site: got });
    const reply = ask(told([[ROOT], main.calls, [end(1000)]]));
    const lane = reply.lanes[0]!;
    expect(lines(reply, lane.sends, lane.sendSites)).toEqual([60, 61, null]);
    expect(lines(reply, lane.receives, lane.receiveSites)).toEqual([62]);

    const busy = new Scribe(0, 100).channel(0, 8, 'Pipe');
    const [one, other] = [busy.site('/w/script.py', 1), busy.site('/w/script.py', 2)];
    for (let i = 0; i < 20_000; i++) busy.send(i * 0.05, 8, { site: i < 10_000 ? one : other });
    const many = ask(told([[ROOT], busy.calls, [end(1000)]]));
    expect(lines(many, many.lanes[0]!.sends, many.lanes[0]!.sendSites)).toEqual(Array.from({ length: 100 }, (_, i) => (i < 50 ? 1 : 2)));
    // A busy line is told where it begins, not again in each column.
    expect(many.lanes[0]!.sendSites).toHaveLength(4);
  });

  test('an exception has the innermost line of its own traceback, a signal the line that sent it', () => {
    const main = new Scribe(0, 100);
    const kill = main.site('/w/script.py', 70);
    const child = main.start(10, 1, 101, { name: 'c' });
    const traceback = (line: number): string => `Traceback (most recent call last):\n  File "/usr/lib/process.py", line 3, in run\n    f()\n  File "/w/script.py", line ${line}, in main\n    raise ValueError\nValueError: x`;
    child.record(RecordType.EXCEPTION, { t0: 20, s1: 'ValueError\nx', s2: traceback(71) }).record(RecordType.EXCEPTION, { t0: 400, s1: 'ValueError\nx', s2: traceback(72) }).record(RecordType.EXCEPTION, { t0: 450, s1: 'KeyError\nx', s2: '' });
    main.record(RecordType.SIGNAL, { t0: 500, a: 101, b: 9, site: kill }).reaped(510, 101, -9);
    const reply = ask(told([[ROOT], main.calls, child.calls, [end(1000)]]), { rows: ['p2'] });
    const { marks } = reply.lanes[0]!;
    expect(marks.map((mark) => [mark.kind, lineOf(reply, mark)?.line ?? null])).toEqual([['start', null], ['exception', 71], ['exception', 72], ['exception', null], ['signal', 70], ['exit', null]]);
  });

  test('are bounded by pixels: a script of many lines makes no longer answer', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const sites = Array.from({ length: 5_000 }, (_, i) => main.site('/w/made.py', i + 1));
    sites.forEach((site, i) => main.get(i * 10 + 5, 7, { t0: i * 10, site }));
    const reply = ask(told([[ROOT], main.calls, [end(50_000)]]), { toMs: 50_000, pixels: 100 });
    expect(reply.sites.length).toBeLessThanOrEqual(300);
    expect(reply.lanes[0]!.receiveSites.length).toBeLessThanOrEqual(200);
    // A lane keeps apart the first 255 lines of its messages; of later ones the line is not known, and not another's.
    const { receives, receiveSites } = reply.lanes[0]!;
    lines(reply, receives, receiveSites).forEach((line, column) => expect([null, column * 50 + 1]).toContain(line));
  });
});

describe('an arrow', () => {
  test('says for how many messages of the same two it stands, and that there may be more', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
    const child = main.start(1, 1, 101);
    const sent = [100, 101, 102, 400, ...Array.from({ length: 40 }, (_, i) => 700 + i * 0.1)];
    for (const t of sent) main.send(t, 7);
    for (const t of sent) child.receive(t + 20, 7);
    const { arrows } = ask(told([[ROOT], main.calls, child.calls, [end(1000)]]), { arrowsFor: 'c1', rows: [] });
    expect(arrows.map(({ sentMs, count, more }) => [sentMs, count, more])).toEqual([[100, 3, undefined], [400, undefined, undefined], [700, 16, true]]);
  });

  test('counts only what went the same way between the same two', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const [one, other] = [main.start(1, 1, 101), main.start(2, 2, 102)];
    for (const t of [100, 101, 102, 103]) main.feed(t, 7);
    one.get(110, 7).get(112, 7);
    other.get(111, 7).get(113, 7);
    const { arrows } = ask(told([[ROOT], main.calls, one.calls, other.calls, [end(1000)]]), { arrowsFor: 'c1', rows: [] });
    expect(arrows).toEqual([{ from: 'p1', to: 'p2', sentMs: 100, receivedMs: 110, channel: 'c1', count: 2 }]);
  });
});
