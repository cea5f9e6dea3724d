import { describe, expect, it } from 'vitest';
import { bundle, stretchOf } from '../../../media/lanes/bundles.js';
import { drawArrows } from '../../../media/lanes/draw-arrows.js';
import type { DrawnArrow, Picture } from '../../../media/lanes/draw.js';
import type { Palette } from '../../../media/lanes/palette.js';
import { SvgContext } from '../../../media/picture/svg-context.js';
import type { Arrow } from '../../../src/protocol/view.js';

const arrow = (from: string, to: string, sentMs: number, receivedMs: number, more: Partial<Arrow> = {}): Arrow => ({ from, to, sentMs, receivedMs, channel: 'c1', ...more });
/** p2 to p4 are folded away in row 1. */
const folded = new Map([['p1', 0], ['p2', 1], ['p3', 1], ['p4', 1], ['p5', 2]]);

describe('arrows between the same two rows that lie on each other', () => {
  it('are one that says how many', () => {
    const made = bundle([arrow('p1', 'p2', 101, 111), arrow('p1', 'p3', 102, 112), arrow('p1', 'p4', 103, 113), arrow('p1', 'p2', 301, 311)], folded, 16);
    expect(made).toEqual([
      { fromRow: 0, toRow: 1, sentMs: 101, receivedMs: 111, count: 1, more: false },
      { fromRow: 0, toRow: 1, sentMs: 102, receivedMs: 112, count: 2, more: false },
      { fromRow: 0, toRow: 1, sentMs: 301, receivedMs: 311, count: 1, more: false },
    ]);
    expect(bundle([arrow('p1', 'p2', 101, 111), arrow('p1', 'p3', 102, 112), arrow('p1', 'p4', 103, 113)], folded, 64)).toMatchObject([{ sentMs: 101, count: 3 }]);
  });

  it('count what each of them stands for already, and keep that there may be more', () => {
    expect(bundle([arrow('p1', 'p2', 101, 111, { count: 16, more: true }), arrow('p1', 'p3', 102, 112, { count: 3 })], folded, 64)).toMatchObject([{ count: 19, more: true }]);
  });

  it('are not counted with what goes elsewhere, comes from far before, or stays in one row', () => {
    const made = bundle([arrow('p1', 'p2', 1000, 1030), arrow('p2', 'p1', 1001, 1031), arrow('p1', 'p5', 1002, 1032), arrow('p1', 'p3', 100, 1033), arrow('p2', 'p3', 1003, 1034), arrow('p1', 'gone', 1004, 1035)], folded, 64);
    expect(made).toEqual([{ fromRow: 0, toRow: 1, sentMs: 1000, receivedMs: 1030, count: 1, more: false }]);
  });

  it('are at most one in some pixels, and the same ones however the view moves', () => {
    const many = Array.from({ length: 16_000 }, (_, i) => arrow('p1', `p${2 + (i % 3)}`, i, i + 5));
    const perPixel = 20;
    const made = bundle(many, folded, stretchOf(perPixel));
    expect(made.length).toBeLessThanOrEqual(16_000 / perPixel / 10 + 1);
    expect(made.reduce((sum, one) => sum + one.count, 0)).toBeGreaterThan(15_000);
    // As the host tells it after a move: the earlier ones are missing.
    const later = bundle(many.slice(5_000), folded, stretchOf(perPixel));
    expect(later.slice(1)).toEqual(made.slice(made.length - later.length + 1));
    for (const [i, one] of made.slice(1).entries()) expect(one.receivedMs).toBeGreaterThan(made[i]!.receivedMs);
  });
});

describe('an arrow that stands for several', () => {
  const palette = { color: { arrow: '#00f', bg: '#000', fg: '#fff' }, font: '11px sans-serif', contrast: false } as unknown as Palette;
  const picture = (arrows: readonly DrawnArrow[]): Picture => ({ scale: { fromMs: 0, toMs: 1000, left: 0, width: 1000 }, laneTop: 0, laneHeight: 26, rowsTop: 0, height: 400, underText: false, arrows }) as unknown as Picture;
  const drawn = (label: string | null, receivedMs = 500): DrawnArrow => ({ fromTop: 0, toTop: 104, sentMs: receivedMs - 10, receivedMs, strong: false, label });
  const svg = (...arrows: DrawnArrow[]): string => {
    const g = new SvgContext((_, text) => text.length * 6);
    drawArrows(g as unknown as CanvasRenderingContext2D, picture(arrows), palette);
    return g.toString();
  };
  const widths = (text: string): number[] => [...text.matchAll(/stroke-width="([\d.]+)"/g)].map(([, width]) => Number(width));

  it('is thicker and has its number beside its head', () => {
    expect(svg(drawn('16+'))).toMatch(/<text[^>]*>16\+<\/text>/);
    expect(svg(drawn(null))).not.toContain('<text');
    expect(Math.max(...widths(svg(drawn('16+'))))).toBeGreaterThan(Math.max(...widths(svg(drawn(null)))));
  });

  it('has no number where another one of its row is, and is not drawn where it is not seen', () => {
    expect(svg(drawn('2', 500), drawn('3', 504), drawn('4', 540)).match(/<text/g)).toHaveLength(2);
    expect(svg(drawn('2', 5_000))).toBe('');
    expect(svg({ ...drawn('2'), fromTop: 1000, toTop: 1100 })).toBe('');
  });
});
