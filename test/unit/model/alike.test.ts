import { describe, expect, it } from 'vitest';
import { namesApart } from '../../../src/model/alike.js';

const rows = (...names: (string | null)[]) => names.map((name, i) => ({ key: `l${i + 1}`, name, kind: 'Lock', internal: false }));

describe('objects of one line', () => {
  it('are numbered in the order in which they were made', () => {
    expect([...namesApart(rows('forks[…]', 'other', 'forks[…]'))]).toEqual([['l1', 'forks[…] #1'], ['l3', 'forks[…] #2']]);
  });

  it('take the names one by one where there are as many', () => {
    expect([...namesApart(rows('a, b', 'a, b')).values()]).toEqual(['a', 'b']);
    expect([...namesApart(rows('a, b', 'a, b', 'a, b')).values()]).toEqual(['a, b #1', 'a, b #2', 'a, b #3']);
  });

  it('keep a name that is theirs alone, also beside the lock inside of them', () => {
    expect(namesApart(rows('one', null, null)).size).toBe(0);
    expect(namesApart([{ key: 'l1', name: 'gate', kind: 'RLock', internal: true }, { key: 'l2', name: 'gate', kind: 'Barrier', internal: false }]).size).toBe(0);
  });
});
