import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap, place, SIZES, type Places } from '../../../../media/graph/place.js';
import type { Graph } from '../../../../media/graph/types.js';
import { channelRow, findingRow, lockRow, processRow } from '../rows.js';
import { blocked, graph } from './kit.js';

const none: Places = new Map();

/** Some producers, a queue, some consumers. */
function pipeline(producers: number, consumers: number, more: Parameters<typeof graph>[0] = {}): Graph {
  const keys = Array.from({ length: producers + consumers }, (_, i) => `p${i + 1}`);
  return graph({ processes: keys.map((key) => processRow(key)), channels: [channelRow('c1', { flows: keys.map((key, i) => [key, i < producers ? 1 : 0, i < producers ? 0 : 1]) })], ...more });
}

const boxes = (of: Graph, places: Places) => of.nodes.map((node) => ({ id: node.id, ...places.get(node.id)!, ...SIZES[node.kind] }));
const collisions = (of: Graph, places: Places) => {
  const all = boxes(of, places);
  return all.flatMap((a, i) => all.slice(i + 1).filter((b) => overlap({ ...a, width: a.width - 8, height: a.height - 8 }, b)).map((b) => `${a.id} ${b.id}`));
};

describe('places in the graph', () => {
  it('are the same for the same graph', () => {
    expect([...place(pipeline(3, 4), none)]).toEqual([...place(pipeline(3, 4), none)]);
  });

  it('go the way that messages go: to the right, and in a narrow page down', () => {
    const right = place(pipeline(1, 1), none);
    expect([right.get('p1')!.x < right.get('c1')!.x, right.get('c1')!.x < right.get('p2')!.x]).toEqual([true, true]);
    const down = place(pipeline(1, 1), none, 'down');
    expect([down.get('p1')!.y < down.get('c1')!.y, down.get('c1')!.y < down.get('p2')!.y]).toEqual([true, true]);
  });

  it('stay when a node comes, which stands beside what it has to do with', () => {
    const before = place(pipeline(2, 2), none);
    const grown = pipeline(2, 3);
    const after = place(grown, before);
    for (const [id, at] of before) expect(after.get(id)).toEqual(at);
    expect(after.get('p5')!.x).toBe(after.get('c1')!.x + 248);
    expect(collisions(grown, after)).toEqual([]);
  });

  it('stay when edges, waits, figures and findings come', () => {
    const before = place(pipeline(2, 2), none);
    const waiting = pipeline(2, 2, { findings: [findingRow('f', { process: 'p1' })], processes: [processRow('p1', { blocked: [blocked('join', { process: 'p4' })] }), processRow('p2'), processRow('p3'), processRow('p4')] });
    expect(waiting.edges.length).toBe(pipeline(2, 2).edges.length + 1);
    expect(place(waiting, before)).toBe(before);
  });

  it('are laid out anew only when more came than there was, and never once the user moved one', () => {
    const before = place(pipeline(1, 1), none);
    const moved: Places = new Map(before).set('p2', { x: 900, y: -300, fixed: true });
    expect(place(pipeline(1, 9), moved).get('p2')).toEqual({ x: 900, y: -300, fixed: true });
    expect(place(pipeline(1, 9), moved).get('c1')).toEqual(before.get('c1'));
    expect([...place(pipeline(1, 9), before)].sort()).toEqual([...place(pipeline(1, 9), none)].sort());
  });

  it('come back with what is unfolded, and a fold stands where its members stood', () => {
    const open = pipeline(2, 2);
    const before = place(open, none);
    const shut = { ...open, nodes: [...open.nodes.filter((node) => !['p3', 'p4'].includes(node.id)), { id: 'f', kind: 'process' as const, members: ['p3', 'p4'], folded: true, fold: null, severity: null }], edges: [] };
    const folded = place(shut, before);
    expect(folded.get('f')!.x).toBe(before.get('p3')!.x);
    expect(Math.abs(folded.get('f')!.y - (before.get('p3')!.y + before.get('p4')!.y) / 2)).toBeLessThan(60);
    expect(place(open, folded).get('p4')).toEqual(before.get('p4'));
  });

  it('never lie on each other, and those that were there never move, however the graph grows', () => {
    const step = fc.record({ from: fc.nat(12), to: fc.nat(6), got: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.constantFrom('right' as const, 'down' as const), (steps, way) => {
        let places: Places = none;
        const flows = new Map<string, Map<string, [number, number]>>();
        const seen = new Set<string>();
        for (const { from, to, got } of steps) {
          const channel = flows.get(`c${to + 1}`) ?? new Map<string, [number, number]>();
          const [put, had] = channel.get(`p${from + 1}`) ?? [0, 0];
          flows.set(`c${to + 1}`, channel.set(`p${from + 1}`, got ? [put, had + 1] : [put + 1, had]));
          seen.add(`p${from + 1}`);
          const made = graph({ processes: [...seen].map((key) => processRow(key)), channels: [...flows].map(([key, ends]) => channelRow(key, { flows: [...ends].map(([process, [p, g]]) => [process, p, g]) })) });
          const known = made.nodes.filter((node) => places.has(node.id)).length;
          const next = place(made, places, way);
          if (made.nodes.length - known <= known) for (const [id, at] of places) expect(next.get(id)).toEqual(at);
          expect(collisions(made, next)).toEqual([]);
          places = next;
        }
      }),
      { numRuns: 60 },
    );
  });

  const philosophers = (count: number, found: boolean): Graph => {
    const all = Array.from({ length: count }, (_, i) => i);
    const next = (i: number): number => (i + 1) % count;
    return graph({
      processes: [processRow('p1'), ...all.map((i) => processRow(`p${i + 2}`, { blocked: [blocked('lock', { object: `l${next(i) + 1}` })] }))],
      channels: [channelRow('c1', { flows: [['p1', 0, 9], ...all.map((i) => [`p${i + 2}`, 9, 0] as const)] })],
      locks: all.map((i) => lockRow(`l${i + 1}`, { holders: [`p${i + 2}`], contended: 2, users: [`p${i + 2}`, `p${((i + count - 1) % count) + 2}`], waiters: [{ process: `p${((i + count - 1) % count) + 2}`, op: 'lock', sinceMs: 0, untilMs: null, where: null }] })),
      findings: found ? [findingRow('f', { rule: 'deadlock-cycle', severity: 'error', process: 'p2', others: all.slice(1).map((i) => `p${i + 2}`), object: 'l2' })] : [],
    });
  };

  it('put a circle of waits on a ring, once, and move nothing else', () => {
    for (const count of [2, 3, 5, 8]) {
      for (const way of ['right', 'down'] as const) {
        const before = place(philosophers(count, false), none, way);
        const stuck = philosophers(count, true);
        expect(stuck.circles.map((circle) => circle.length)).toEqual([2 * count]);
        const after = place(stuck, before, way);
        expect(collisions(stuck, after)).toEqual([]);
        for (const id of ['p1', 'c1']) expect(after.get(id)).toEqual(before.get(id));
        // Around their middle they stand in the order of the circle.
        const ring = stuck.circles[0]!.map((id) => after.get(id)!);
        const [x, y] = [ring.reduce((sum, p) => sum + p.x, 0) / ring.length, ring.reduce((sum, p) => sum + p.y, 0) / ring.length];
        const angles = ring.map((p) => Math.atan2(p.y - y, p.x - x));
        expect(angles.filter((angle, i) => angle > angles[(i + 1) % angles.length]!)).toHaveLength(1);
        expect([...place(stuck, after, way)]).toEqual([...after]);
      }
    }
  });

  it('leave a circle where the user put one of its nodes', () => {
    const before: Places = new Map(place(philosophers(3, false), none)).set('p2', { x: 0, y: 700, fixed: true });
    expect([...place(philosophers(3, true), before)]).toEqual([...before]);
  });
});
