import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Told } from '../../../src/host/panel/told.js';

interface Row {
  readonly key: string;
  readonly name: string;
  readonly cpu: number | null;
  readonly readers: readonly string[];
}

const row = (key: string, more: Partial<Row> = {}): Row => ({ key, name: 'a', cpu: null, readers: ['p1', 'p2'], ...more });

describe('what a page was told', () => {
  test('a row that it has not goes whole, of one that it has what differs, of one that is the same nothing', () => {
    const told = new Told();
    expect(told.patches([row('p1')])).toEqual([row('p1')]);
    expect(told.patches([row('p1', { cpu: 3 }), row('p2')])).toEqual([{ key: 'p1', cpu: 3 }, row('p2')]);
    expect(told.patches([row('p1', { cpu: 3 }), row('p2')])).toEqual([]);
    expect(told.patches([row('p1')])).toEqual([{ key: 'p1', cpu: null }]);
  });

  test('what is gone comes back whole', () => {
    const told = new Told();
    told.patches([row('p1'), row('p2'), row('c1')]);
    expect(told.leave(new Set(['p1']), (key) => key.startsWith('p'))).toEqual(['p2']);
    expect([told.has('p2'), told.has('c1')]).toEqual([false, true]);
    expect(told.patches([row('p2')])).toEqual([row('p2')]);
  });

  test('a snapshot is all that it has', () => {
    const told = new Told();
    told.patches([row('p1')]);
    told.reset([row('p2')], [row('c1')]);
    expect([told.has('p1'), told.has('p2'), told.has('c1')]).toEqual([false, true, true]);
    expect(told.patches([row('p2', { name: 'b' })])).toEqual([{ key: 'p2', name: 'b' }]);
  });

  test('whatever is told, the page has the rows as they are', () => {
    const one = fc.record({ key: fc.constantFrom('p1', 'p2', 'p3'), name: fc.constantFrom('a', 'b'), cpu: fc.constantFrom(null, 1, 2), readers: fc.constantFrom<readonly string[]>([], ['p1'], ['p1', 'p2']) });
    fc.assert(fc.property(fc.array(fc.uniqueArray(one, { selector: ({ key }) => key, maxLength: 3 })), (history) => {
      const told = new Told();
      const page = new Map<string, Row>();
      for (const now of history) {
        const gone = told.leave(new Set(now.map(({ key }) => key)), () => true);
        for (const key of gone) page.delete(key);
        // As it crosses to the page.
        for (const patch of JSON.parse(JSON.stringify(told.patches(now))) as typeof now) page.set(patch.key, { ...page.get(patch.key), ...patch });
        expect([...page.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([...now].sort((a, b) => (a.key < b.key ? -1 : 1)));
      }
    }));
  });
});
