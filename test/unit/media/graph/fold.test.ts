import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, type Foldable } from '../../../../media/graph/fold.js';

const none: ReadonlySet<string> = new Set();
const units = (count: number, like: (i: number) => readonly string[]): Foldable[] => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, like: like(i) }));
const standing = (all: readonly Foldable[], of: ReadonlyMap<string, string>) => new Set(all.map(({ key }) => of.get(key) ?? key));

describe('folding', () => {
  it('leaves all alone that there is room for', () => {
    expect(fold(units(10, () => ['x', 'rest']), { units: 10, opened: 5 }, none, none).of.size).toBe(0);
  });

  it('folds the largest group of what is alike, and no more than it must', () => {
    const all = units(12, (i) => [i < 6 ? 'six' : i < 10 ? 'four' : `own${i}`, 'rest']);
    expect([...standing(all, fold(all, { units: 8, opened: 5 }, none, none).of)]).toEqual(['six', 'k6', 'k7', 'k8', 'k9', 'k10', 'k11']);
  });

  it('folds what belongs together however few there are, and shows it when it is opened', () => {
    const all: Foldable[] = [{ key: 'a', like: ['rest'], always: 'pool' }, { key: 'b', like: ['rest'] }];
    expect([...fold(all, { units: 10, opened: 5 }, none, none).of]).toEqual([['a', 'pool']]);
    const open = fold(all, { units: 10, opened: 5 }, new Set(['pool']), none);
    expect([[...open.of], [...open.opened]]).toEqual([[], [['a', 'pool']]]);
  });

  it('always comes down to the room there is, and opens no more than it may', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(5)), { maxLength: 300 }), fc.integer({ min: 2, max: 40 }), fc.nat(20), (picks, room, opened) => {
        const all = picks.map(([a, b], i): Foldable => ({ key: `k${i}`, like: [`a${a}`, `b${b}`, 'rest'] }));
        const shut = fold(all, { units: room, opened }, none, none);
        expect(standing(all, shut.of).size).toBeLessThanOrEqual(room);
        const open = fold(all, { units: room, opened }, new Set(shut.of.values()), none);
        expect(open.opened.size).toBeLessThanOrEqual(opened);
        expect(standing(all, open.of).size).toBeLessThanOrEqual(room + opened);
        // Once folded it stays so, and the second time says the same.
        expect([...fold(all, { units: room, opened }, none, shut.made).of].sort()).toEqual([...shut.of].sort());
      }),
      { numRuns: 200 },
    );
  });
});
