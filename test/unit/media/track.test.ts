import { describe, expect, test } from 'vitest';
import { exactly, placeMarks } from '../../../media/time/track.js';
import type { TimeMark } from '../../../src/protocol/moment.js';

const mark = (atMs: number, kind: TimeMark['kind']): TimeMark => ({ atMs, kind, what: { template: '{0}', args: [atMs] } });

describe('the track of all time', () => {
  test('draws marks that would lie on each other as one, the gravest of them, and keeps them all', () => {
    const placed = placeMarks([mark(100, 'info'), mark(110, 'error'), mark(115, 'warning'), mark(5000, 'exception')], 500, 10_000);
    expect(placed.map(({ kind, atMs, marks }) => [kind, atMs, marks.length])).toEqual([['error', 110, 3], ['exception', 5000, 1]]);
    expect(placed[1]?.at).toBe(0.5);
  });

  test('draws no more marks than can be told apart, however many there are', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => mark(i, i === 13_000 ? 'error' : 'info'));
    const placed = placeMarks(many, 900, 20_000);
    expect(placed.length).toBeLessThanOrEqual(100);
    expect(placed.some(({ kind }) => kind === 'error')).toBe(true);
    expect(placed.reduce((sum, { marks }) => sum + marks.length, 0)).toBe(20_000);
  });

  test('a moment after the end of what is known lies at the end', () => {
    expect(placeMarks([mark(1200, 'error')], 100, 1000)[0]?.at).toBe(1);
  });

  test('tells moments to the millisecond', () => {
    expect([0, 7312.4, 59_999.6, 67_312, 3_723_004].map(exactly)).toEqual(['0.000 s', '7.312 s', '1:00.000', '1:07.312', '1:02:03.004']);
  });
});
