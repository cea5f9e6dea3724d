import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparing } from '../../../media/processes/columns.js';
import { flatten } from '../../../media/processes/flatten.js';
import type { ProcessKind } from '../../../src/protocol/view.js';
import { processRow } from './rows.js';

describe('the process tree', () => {
  it('puts children under their parent, in order of start', () => {
    const { rows } = flatten([processRow('p1'), processRow('p3', { startedMs: 1 }), processRow('p2', { startedMs: 9 }), processRow('p4', { parent: 'p3' })]);
    expect(rows.map((r) => [r.id, r.depth])).toEqual([['p1', 0], ['p3', 1], ['p4', 2], ['p2', 1]]);
    expect(rows[2]?.parentIndex).toBe(1);
  });

  it('shows a process whose parent is unknown at the top', () => {
    const { rows } = flatten([processRow('p1'), processRow('p2', { parent: 'p99' })]);
    expect(rows.map((r) => r.depth)).toEqual([0, 0]);
  });

  it('folds the helpers into one row at the end, and lets them stand for themselves in it', () => {
    const { rows, anchor } = flatten([processRow('p1'), processRow('p2', { kind: 'resource-tracker' }), processRow('p3')]);
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p3', 'p1/helpers']);
    expect(rows[2]).toMatchObject({ expandable: true, expanded: false, group: { members: ['p2'] } });
    expect(anchor.get('p2')).toBe(2);
  });

  it('keeps the workers of two pools apart where it is known whose they are', () => {
    const worker = (key: string) => processRow(key, { kind: 'pool-worker' });
    const workers = [processRow('p1'), worker('p2'), worker('p3'), worker('p4'), worker('p5')];
    const pools = new Map([['p2', 'w1'], ['p3', 'w2'], ['p4', 'w1'], ['p5', 'w2']]);
    const { rows } = flatten(workers, { poolOf: pools });
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p1/w1', 'p2', 'p4', 'p1/w2', 'p3', 'p5']);
    expect(rows[1]?.group).toMatchObject({ pool: 'w1', members: ['p2', 'p4'] });
    expect(flatten(workers).rows.map((r) => r.id)).toEqual(['p1', 'p1/workers', 'p2', 'p3', 'p4', 'p5']);
  });

  it('opens the helpers when their row is opened', () => {
    const { rows } = flatten([processRow('p1'), processRow('p2', { kind: 'forkserver' })], { folds: { 'p1/helpers': true } });
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p1/helpers', 'p2']);
    expect(rows[2]?.member).toBe(true);
  });

  it('groups pool workers from two on, where the first of them stands', () => {
    const worker = { kind: 'pool-worker' as const };
    const one = flatten([processRow('p1'), processRow('p2', worker), processRow('p3')]);
    expect(one.rows.map((r) => r.id)).toEqual(['p1', 'p2', 'p3']);
    const two = flatten([processRow('p1'), processRow('p2', worker), processRow('p3'), processRow('p4', worker)]);
    expect(two.rows.map((r) => r.id)).toEqual(['p1', 'p1/workers', 'p2', 'p4', 'p3']);
  });

  it('anchors what a fold hides to the folded row', () => {
    const { rows, anchor } = flatten([processRow('p1'), processRow('p2'), processRow('p3', { parent: 'p2' })], { folds: { p2: false } });
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p2']);
    expect(anchor.get('p3')).toBe(1);
  });

  it('keeps the ancestors of what a filter finds, opens folds for it, and anchors nothing that is hidden', () => {
    const all = [processRow('p1'), processRow('p2'), processRow('p3', { parent: 'p2' }), processRow('p4')];
    const { rows, anchor } = flatten(all, { folds: { p2: false }, keep: (row) => row.key === 'p3' });
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p2', 'p3']);
    expect(anchor.has('p4')).toBe(false);
  });

  it('shows every process once, whatever the parents say, with its place among its siblings', () => {
    const FOLDINGS = ['always', 'many', 'never'] as const;
    const kinds: readonly ProcessKind[] = ['process', 'pool-worker', 'forkserver', 'fork'];
    fc.assert(
      fc.property(fc.array(fc.record({ parent: fc.integer({ min: 0, max: 30 }), kind: fc.constantFrom(...kinds), over: fc.boolean() }), { maxLength: 30 }), fc.constantFrom(...FOLDINGS), (made, how) => {
        const all = made.map((m, i) => processRow(`p${i + 1}`, { parent: m.parent === 0 ? null : `p${m.parent}`, kind: m.kind, state: m.over ? 'exited' : 'running' }));
        // Helpers, and what has ended, are closed at first.
        const folds = Object.fromEntries(['', ...all.map((row) => row.key)].flatMap((key) => ['helpers', 'ended', 'workers/ended', 'helpers/ended'].map((kind) => [`${key}/${kind}`, true])));
        const { rows, indexOf, anchor, found } = flatten(all, { folds, folding: { helpers: 'always', workers: 'many', ended: how } });
        expect(found).toBe(all.length);
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

  const exited = (key: string, more = {}) => processRow(key, { state: 'exited', endedMs: 50, exitCode: 0, ...more });
  const keys = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `p${from + i}`);

  it('folds ended siblings into one line once there are many, and leaves those alone that have a living child or are zombies', () => {
    const few = [processRow('p1'), ...keys(2, 12).map((key) => exited(key))];
    expect(flatten(few).rows).toHaveLength(13);
    const many = [...few, exited('p14'), exited('p15'), processRow('p16', { parent: 'p15' }), processRow('p17', { state: 'zombie', endedMs: 9 }), processRow('p18', { kind: 'resource-tracker' })];
    const { rows } = flatten(many);
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p15', 'p16', 'p17', 'p1/ended', 'p1/helpers']);
    expect(rows[4]).toMatchObject({ group: { kind: 'ended', members: keys(2, 13) }, expandable: true, expanded: false, inside: keys(2, 13) });
    expect(flatten(many, { folds: { 'p1/ended': true } }).rows).toHaveLength(19);
  });

  it('folds by choice: always, or never', () => {
    const rows = [processRow('p1'), exited('p2'), exited('p3'), processRow('p4', { kind: 'pool-worker' }), processRow('p5', { kind: 'pool-worker' }), processRow('p6', { kind: 'forkserver' })];
    expect(flatten(rows, { folding: { helpers: 'always', ended: 'always', workers: 'always' } }).rows.map((r) => r.id)).toEqual(['p1', 'p1/workers', 'p1/ended', 'p1/helpers']);
    expect(flatten(rows, { folding: { helpers: 'never', ended: 'never', workers: 'never' } }).rows.map((r) => r.id)).toEqual(['p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
  });

  it('closes a big pool by itself, never against what was chosen, and folds its replaced workers within it', () => {
    const workers = keys(2, 17).map((key) => processRow(key, { kind: 'pool-worker' }));
    expect(flatten([processRow('p1'), ...workers]).rows.map((r) => r.id)).toEqual(['p1', 'p1/workers']);
    expect(flatten([processRow('p1'), ...workers], { folds: { 'p1/workers': true } }).rows).toHaveLength(19);
    const replaced = workers.map((row, i) => (i < 15 ? { ...row, state: 'exited' as const } : row));
    const { rows } = flatten([processRow('p1'), ...replaced], { folds: { 'p1/workers': true } });
    expect(rows.map((r) => r.id)).toEqual(['p1', 'p1/workers', 'p17', 'p18', 'p1/workers/ended']);
    expect(rows[1]?.group?.members).toHaveLength(17);
  });

  it('marks ancestors that the filter does not find, and counts those that it does', () => {
    const all = [processRow('p1'), processRow('p2'), processRow('p3', { parent: 'p2' }), processRow('p4')];
    const { rows, found } = flatten(all, { keep: (row) => row.key === 'p3' });
    expect(rows.map((r) => r.context)).toEqual([true, true, false]);
    expect(found).toBe(1);
    expect(flatten(all).found).toBe(4);
  });

  it('sorts within siblings only, a group by its members together, helpers last', () => {
    const worker = { kind: 'pool-worker' as const, cpu: 40 };
    const all = [processRow('p1'), processRow('p2', { cpu: 10 }), processRow('p3', { parent: 'p2', cpu: 99 }), processRow('p4', { cpu: 60 }), processRow('p5', worker), processRow('p6', worker), processRow('p7', { kind: 'forkserver', cpu: 100 })];
    const by = (down: boolean) => flatten(all, { compare: comparing({ column: 'cpu', down }, 0) }).rows.map((r) => r.id);
    expect(by(true)).toEqual(['p1', 'p1/workers', 'p5', 'p6', 'p4', 'p2', 'p3', 'p1/helpers']);
    expect(by(false)).toEqual(['p1', 'p2', 'p3', 'p4', 'p1/workers', 'p5', 'p6', 'p1/helpers']);
  });

  it('names all that can be folded, also what a fold hides', () => {
    const all = [processRow('p1'), processRow('p2'), processRow('p3', { parent: 'p2' }), processRow('p4', { parent: 'p3' })];
    expect(flatten(all, { folds: { p2: false } }).foldable).toEqual(['p1', 'p2', 'p3']);
  });
});
