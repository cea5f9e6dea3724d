import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { besides, firstIn, indexOf, piecesOf, type Piece } from '../../../media/lanes/pieces.js';
import { bandAt } from '../../../media/lanes/shapes.js';
import type { Lane, LaneSpan } from '../../../src/protocol/view.js';

const span = (kind: LaneSpan['kind'], fromMs: number, toMs: number, about: string | null = 'c1'): LaneSpan => ({ kind, fromMs, toMs, about });
const empty: Lane = { process: 'p2', spans: [], tasks: [], sends: [], receives: [], sendSites: [], receiveSites: [], marks: [] };
const lane: Lane = {
  ...empty,
  spans: [span('life', 0, 1_000, null), span('blocked-queue', 200, 300), { ...span('blocked-lock', 450, 460, 'l1'), site: 3 }],
  tasks: [{ fromMs: 100, toMs: 400, pool: 'w1', function: 'f', count: 1, failed: false, site: 1 }, { fromMs: 440, toMs: 500, pool: 'w1', function: 'f', count: 1, failed: true }],
  marks: [{ atMs: 0, kind: 'start', text: 'worker' }, { atMs: 480, kind: 'exception', text: 'ValueError', site: 2 }, { atMs: 1_000, kind: 'exit', text: '0' }],
};
const pieces = piecesOf(lane);
const told = (piece: Piece | null): string | null => (piece === null ? null : `${piece.of} ${piece.fromMs}`);

describe('the pieces of a lane', () => {
  it('are its waits, tasks and marks by their begin, each with its line, without its life', () => {
    expect(pieces.map((piece) => `${told(piece) ?? ''} ${piece.site ?? '-'}`)).toEqual(['task 100 1', 'span 200 -', 'task 440 -', 'span 450 3', 'mark 480 2', 'mark 1000 -']);
  });

  it('follow each other, forward and back, to the ends', () => {
    const there: (string | null)[] = [];
    for (let at: Piece | null = pieces[0]!; at !== null; at = besides(pieces, at, true, 1)) there.push(told(at));
    const back: (string | null)[] = [];
    for (let at: Piece | null = pieces.at(-1)!; at !== null; at = besides(pieces, at, false, 1)) back.push(told(at));
    expect(there).toEqual(pieces.map(told));
    expect(back).toEqual(pieces.map(told).reverse());
  });

  it('begin with the first or the last that is seen', () => {
    expect(told(firstIn(pieces, 250, 470, true))).toBe('task 100');
    expect(told(firstIn(pieces, 410, 470, true))).toBe('task 440');
    expect(told(firstIn(pieces, 250, 470, false))).toBe('span 450');
    expect(firstIn(pieces, 1_001, 2_000, true)).toBeNull();
  });

  it('are found again in a newer answer: longer, rounded by the zoom', () => {
    const later = piecesOf({ ...lane, spans: [span('life', 0, 2_000, null), span('blocked-queue', 200.4, 320), span('blocked-queue', 201.3, 330)] });
    expect(told(later[indexOf(later, pieces[1]!, 1)] ?? null)).toBe('span 200.4');
    expect(indexOf(later, pieces[3]!, 1)).toBe(-1);
  });

  it('go on at the time of a piece that is told no more, or of another lane', () => {
    const gone: Piece = { of: 'span', span: span('blocked-other', 300, 310), fromMs: 300, toMs: 310 };
    expect(told(besides(pieces, gone, true, 1))).toBe('task 440');
    expect(told(besides(pieces, gone, false, 1))).toBe('span 200');
  });

  it('are each come to once, in whatever lane', () => {
    const kinds = ['blocked-queue', 'blocked-lock', 'orphan'] as const;
    fc.assert(
      fc.property(fc.array(fc.record({ kind: fc.constantFrom(...kinds), from: fc.integer({ min: 0, max: 50 }), length: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 30 }), (spans) => {
        // Of one kind two do not begin in one pixel: they would be merged.
        const seen = new Map(spans.map((one) => [`${one.kind} ${one.from}`, span(one.kind, one.from * 10, one.from * 10 + one.length)]));
        const all = piecesOf({ ...empty, spans: [...seen.values()] });
        const walked: Piece[] = [];
        for (let at = firstIn(all, 0, 1_000, true); at !== null && walked.length <= all.length; at = besides(all, at, true, 1)) walked.push(at);
        expect(walked).toEqual(all);
      }),
    );
  });
});

describe('a height in a lane', () => {
  it('is its bar, or the messages above and below it', () => {
    expect([-10, -6.5, -4, 0, 4, 6.5, 10].map((y) => bandAt(y, false))).toEqual(['sent', 'sent', 'bar', 'bar', 'bar', 'received', 'received']);
    expect([-9, -6.5, 6.5, 9].map((y) => bandAt(y, true))).toEqual(['sent', 'bar', 'bar', 'received']);
  });
});
