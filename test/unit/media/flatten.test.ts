import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flatten } from '../../../media/processes/flatten.js';
import type { ProcessKind } from '../../../src/protocol/view.js';
import { processRow } from './rows.js';

const none: ReadonlySet<string> = new Set();

describe('the process tree', () => {
  it('puts children under their parent, in order of start', () => {
    const { rows } = flatten([processRow('p1'), processRow('p3', { startedMs: 1 }), processRow('p2', { startedMs: 9 }), processRow('p4', { parent: 'p3' })], none, null);
    expect(rows.map((r) => [r.id, r.depth])).toEqual([['p1', 0], ['p3', 1], ['p4', 2], ['p2', 1]]);
    expect(rows[2]?.parentIndex).toBe(1);
  });

  it('shows a process whose parent is unknown at the top', () => {
    const { rows } = flatten([processRow('p1'), processRow('p2', { parent: 'p99' })], none, null);
    expect(rows.map((r) => r.depth)).toEqual([0, 0]);
  });

  it('folds the helpers into one row at the end, and lets them stand for themselves in it', () => {
    const { rows, anchor } = flatten([processRow('p1'), processRow('p2', { kind: 'resource-tracker' }), processRow('p3')], none, null);
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p3', 'p1/helpers']);
    expect(rows[2]).toMatchObject({ expandable: true, expanded: false, group: { members: ['p2'] } });
    expect(anchor.get('p2')).toBe(2);
  });

  it('keeps the workers of two pools apart where it is known whose they are', () => {
    const worker = (key: string) => processRow(key, { kind: 'pool-worker' });
    const workers = [processRow('p1'), worker('p2'), worker('p3'), worker('p4'), worker('p5')];
    const pools = new Map([['p2', 'w1'], ['p3', 'w2'], ['p4', 'w1'], ['p5', 'w2']]);
    const { rows } = flatten(workers, none, null, pools);
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p1/w1', 'p2', 'p4', 'p1/w2', 'p3', 'p5']);
    expect(rows[1]?.group).toMatchObject({ pool: 'w1', members: ['p2', 'p4'] });
    expect(flatten(workers, none, null).rows.map((r) => r.id)).toEqual(['p1', 'p1/workers', 'p2', 'p3', 'p4', 'p5']);
  });

  it('opens the helpers when their row is turned', () => {
    const { rows } = flatten([processRow('p1'), processRow('p2', { kind: 'forkserver' })], new Set(['p1/helpers']), null);
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p1/helpers', 'p2']);
    expect(rows[2]?.member).toBe(true);
  });

  it('groups pool workers from two on, where the first of them stands', () => {
    const worker = { kind: 'pool-worker' as const };
    const one = flatten([processRow('p1'), processRow('p2', worker), processRow('p3')], none, null);
    expect(one.rows.map((r) => r.id)).toEqual(['p1', 'p2', 'p3']);
    const two = flatten([processRow('p1'), processRow('p2', worker), processRow('p3'), processRow('p4', worker)], none, null);
    expect(two.rows.map((r) => r.id)).toEqual(['p1', 'p1/workers', 'p2', 'p4', 'p3']);
  });

  it('anchors what a fold hides to the folded row', () => {
    const { rows, anchor } = flatten([processRow('p1'), processRow('p2'), processRow('p3', { parent: 'p2' })], new Set(['p2']), null);
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p2']);
    expect(anchor.get('p3')).toBe(1);
  });

  it('keeps the ancestors of what a filter finds, opens folds for it, and anchors nothing that is hidden', () => {
    const all = [processRow('p1'), processRow('p2'), processRow('p3', { parent: 'p2' }), processRow('p4')];
    const { rows, anchor } = flatten(all, new Set(['p2']), (row) => row.key === 'p3');
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p2', 'p3']);
    expect(anchor.has('p4')).toBe(false);
  });

  it('shows every process once, whatever the parents say, with its place among its siblings', () => {
    const kinds: readonly ProcessKind[] = ['process', 'pool-worker', 'forkserver', 'fork'];
    fc.assert(
      fc.property(fc.array(fc.record({ parent: fc.integer({ min: 0, max: 30 }), kind: fc.constantFrom(...kinds) }), { maxLength: 30 }), (made) => {
        const all = made.map((m, i) => processRow(`p${i + 1}`, { parent: m.parent === 0 ? null : `p${m.parent}`, kind: m.kind }));
        // Helpers are closed by default: turned, all is open.
        const turned = new Set(['/helpers', ...all.map((row) => `${row.key}/helpers`)]);
        const { rows, indexOf, anchor } = flatten(all, turned, null);
        const shown = rows.flatMap((row) => (row.process === null ? [] : [row.process]));
        expect([...shown].sort()).toEqual(all.map((row) => row.key).sort());
        rows.forEach((row, i) => {
          expect(indexOf.get(row.id)).toBe(i);
          expect(row.parentIndex).toBeLessThan(i);
          const siblings = rows.filter((other) => other.parentIndex === row.parentIndex);
          expect(row.setSize).toBe(siblings.length);
          expect(row.position).toBe(siblings.indexOf(row) + 1);
        });
        for (const key of shown) expect(anchor.get(key)).toBe(indexOf.get(key));
      }),
    );
  });
});
