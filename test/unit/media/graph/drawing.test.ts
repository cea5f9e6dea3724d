import { describe, expect, it } from 'vitest';
import { linesKey, linesOf, pictureOf, shorten } from '../../../../media/graph/drawing.js';
import { place } from '../../../../media/graph/place.js';
import { Rates } from '../../../../media/graph/rates.js';
import { fit, fitWhole, nextTowards, showing, zoomed } from '../../../../media/graph/view.js';
import { edgeSentence, sceneOf } from '../../../../media/graph/words.js';
import type { GraphRows } from '../../../../media/graph/types.js';
import { channelRow, findingRow, lockRow, namesOf, processRow } from '../rows.js';
import { blocked, edge, graph, rowsOf } from './kit.js';

const pipeline: Partial<GraphRows> = {
  processes: [processRow('p1'), processRow('p2'), processRow('p3')],
  channels: [channelRow('c1', { maxsize: 10, depth: 5, flows: [['p1', 1000, 0], ['p2', 7, 0], ['p3', 0, 900]] })],
};

function draw(more: Partial<GraphRows>, rateOf: Parameters<typeof graph>[1] = {}, nowMs = 10_000) {
  const made = graph(more, rateOf);
  return pictureOf(made, linesOf(made, place(made, new Map())), sceneOf(rowsOf(more), namesOf(), nowMs));
}

describe('the picture of the graph', () => {
  it('is the same for the same rows, down to the last curve', () => {
    expect(draw(pipeline)).toEqual(draw(pipeline));
  });

  it('tells how much flows by width and number: by powers of ten, and the sum where nothing flows now', () => {
    const { edges } = draw(pipeline, { rateOf: (_, process) => ({ p1: 1000, p2: 10 })[process] ?? 0 });
    const by = new Map(edges.map((one) => [one.id, one]));
    expect([by.get('p1 put c1')?.label, by.get('p2 put c1')?.label, by.get('c1 get p3')?.label]).toEqual(['1.0k/s', '10/s', '900']);
    expect(by.get('p1 put c1')!.width - by.get('p2 put c1')!.width).toBeCloseTo(2.2, 0);
    expect(by.get('p2 put c1')!.width).toBeGreaterThan(by.get('c1 get p3')!.width);
    expect([by.get('p1 put c1')?.tone, by.get('c1 get p3')?.tone]).toEqual(['flow', 'quiet']);
  });

  it('fills a channel as far as it is full, of its capacity, or else of the most so far', () => {
    const fillOf = (more: Parameters<typeof channelRow>[1]) => draw({ channels: [channelRow('c1', more)] }).nodes[0]?.fill;
    expect(fillOf({ maxsize: 10, depth: 5, maxDepth: 6 })).toBe(0.5);
    expect(fillOf({ maxsize: null, depth: 5, maxDepth: 20 })).toBe(0.25);
    expect(fillOf({ maxsize: 10, depth: 12 })).toBe(1);
    expect(fillOf({ maxsize: null, depth: 0, maxDepth: 0 })).toBe(0);
  });

  it('paints a wait dashed, red only where a finding says that it is in vain, and on top of all', () => {
    const rows = (found: boolean): Partial<GraphRows> => ({
      processes: [processRow('p1', { blocked: [blocked('lock', { object: 'l1' }, 4_000)] }), processRow('p2')],
      locks: [lockRow('l1', { contended: 1, holders: ['p2'], users: ['p1', 'p2'] })],
      findings: found ? [findingRow('f', { rule: 'holder-died', severity: 'error', process: 'p1', object: 'l1' })] : [],
    });
    const tones = (found: boolean) => draw(rows(found)).edges.map(({ id, tone, dashed, label }) => [id, tone, dashed, label]);
    expect(tones(false)).toEqual([['l1 hold p2', 'quiet', false, ''], ['p1 wait l1', 'wait', true, '6.0 s']]);
    expect(tones(true).at(-1)).toEqual(['p1 wait l1', 'bad', true, '6.0 s']);
  });

  it('keeps all of its edges within its frame, also those that go around', () => {
    const { box, edges } = draw({ ...pipeline, processes: [processRow('p1'), processRow('p2'), processRow('p3', { blocked: [blocked('join', { process: 'p1' })] })] });
    const numbers = edges.flatMap(({ labelAt }) => [labelAt]);
    for (const { x, y } of numbers) expect([x >= box.left, x <= box.left + box.width, y >= box.top, y <= box.top + box.height]).toEqual([true, true, true, true]);
    expect(edges.map((one) => one.id)).toContain('p3 wait p1');
  });

  it('draws its lines anew only when an edge or a node comes or goes', () => {
    const key = (more: Partial<GraphRows>) => linesKey(graph(more));
    const grown = pipeline.channels!.map((row) => ({ ...row, depth: 9, flows: row.flows.map(([process, put, got]) => [process, put * 2, got * 2] as const) }));
    expect(key({ ...pipeline, channels: grown })).toBe(key(pipeline));
    expect(key({ ...pipeline, processes: [processRow('p1', { blocked: [blocked('put', { channel: 'c1' })] }), processRow('p2'), processRow('p3')] })).not.toBe(key(pipeline));
  });

  it('shortens names to the room there is, wide letters sooner', () => {
    expect(shorten('producer-1', 100, 7)).toBe('producer-1');
    expect(shorten('a_very_long_name_of_a_process', 100, 7)).toBe('a_very_long_n…');
    expect(shorten('进程进程进程进程进程进程', 100, 7)).toBe('进程进程进程…');
  });

  it('says of each edge in a sentence what it is', () => {
    const rows: Partial<GraphRows> = { ...pipeline, processes: [processRow('p1', { blocked: [blocked('put', { channel: 'c1' })] }), processRow('p2'), processRow('p3')] };
    const made = graph(rows);
    const say = (id: string) => edgeSentence(edge(made, id)!, (one) => one, sceneOf(rowsOf(rows), namesOf(), 0));
    expect([say('p1 put c1'), say('c1 get p3'), say('p1 wait c1')]).toEqual(['p1 puts into c1', 'p3 gets from c1', 'p1: put(c1)']);
  });
});

describe('rates of edges', () => {
  const row = (put: number, got: number, more: Parameters<typeof channelRow>[1] = {}) => channelRow('c1', { flows: [['p1', put, 0], ['p2', put, got]], ...more });

  it('are how the counts grew in the last second', () => {
    const rates = new Rates();
    for (let ms = 0; ms <= 3000; ms += 100) rates.note(ms, [row(ms / 10, ms < 2000 ? 0 : (ms - 2000) / 100)]);
    expect(rates.of(row(300, 10), 'p1', 'put')).toBe(100);
    expect(rates.of(row(300, 10), 'p2', 'get')).toBe(10);
  });

  it('fall to nothing when nothing comes any more', () => {
    const rates = new Rates();
    for (let ms = 0; ms <= 3000; ms += 100) rates.note(ms, [row(Math.min(ms, 1000), 0)]);
    expect(rates.of(row(1000, 0), 'p1', 'put')).toBe(0);
  });

  it('are not known before it was watched, but for who is alone at an end: his are the channel\'s', () => {
    const rates = new Rates();
    const one = row(5, 5, { putRate: 40, getRate: 30 });
    rates.note(0, [one]);
    expect([rates.of(one, 'p1', 'put'), rates.of(one, 'p2', 'get')]).toEqual([null, 30]);
  });

  it('forget what was before a step in time', () => {
    const rates = new Rates();
    for (let ms = 0; ms <= 2000; ms += 100) rates.note(ms, [row(ms, 0)]);
    rates.note(500, [row(500, 0)]);
    expect(rates.of(row(500, 0), 'p1', 'put')).toBeNull();
  });
});

describe('the view of the graph', () => {
  const screen = { width: 800, height: 400 };

  it('holds all that can be read at once, and no larger than it is', () => {
    const small = fit({ left: 0, top: 0, width: 400, height: 200 }, screen, null);
    expect(small.k).toBe(1.1);
    expect([small.left, small.top]).toEqual([expect.closeTo(180), expect.closeTo(90)]);
    expect(fit({ left: 0, top: 0, width: 1000, height: 100 }, screen, null).k).toBe(0.8);
  });

  it('does not make words too small to read, but shows what matters', () => {
    const box = { left: 0, top: 0, width: 8000, height: 100 };
    expect(fit(box, screen, null)).toMatchObject({ k: 0.72, left: -0 });
    const there = fit(box, screen, { x: 4000, y: 50 });
    expect(4000 * there.k + there.left).toBeCloseTo(400);
    expect(fitWhole(box, screen).k).toBe(0.15);
  });

  it('zooms about a point that stays, within bounds', () => {
    const before = { left: 30, top: 10, k: 1 };
    const after = zoomed(before, 2, { x: 130, y: 60 });
    expect([(130 - after.left) / after.k, (60 - after.top) / after.k]).toEqual([100, 50]);
    expect(zoomed(before, 1000, { x: 0, y: 0 }).k).toBe(3);
  });

  it('moves only for what is not seen', () => {
    const view = { left: 0, top: 0, k: 1 };
    expect(showing(view, { x: 400, y: 200 }, screen)).toEqual(view);
    expect(showing(view, { x: 1200, y: 200 }, screen)).toMatchObject({ left: -510, top: 0 });
  });

  it('goes by arrow keys to what lies that way', () => {
    const at = (id: string, x: number, y: number) => ({ id, x, y });
    const all = [at('a', 0, 0), at('b', 250, 10), at('c', 250, 300), at('d', 0, 56)];
    expect([nextTowards(all[0]!, all, 'right')?.id, nextTowards(all[0]!, all, 'down')?.id, nextTowards(all[0]!, all, 'left')]).toEqual(['b', 'd', null]);
  });
});
