import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LongScroll } from '../../../media/ui/long-scroll.js';

function made(full: number, view = 300): LongScroll {
  const scroll = new LongScroll(8_000_000);
  scroll.resize(full, view);
  return scroll;
}

describe('scrolling through a long list', () => {
  it('is plain scrolling while all rows fit a page', () => {
    const scroll = made(26_000);
    expect(scroll.height).toBe(26_000);
    scroll.scrolled(10_000);
    expect([scroll.top, scroll.place]).toEqual([10_000, 10_000]);
  });

  it('moves by pixels with the wheel, and to the same share with the bar', () => {
    const scroll = made(26_000_000);
    expect(scroll.height).toBe(8_000_000);
    scroll.scrolled(100);
    expect(scroll.top).toBe(100);
    scroll.scrolled((8_000_000 - 300) / 2);
    expect(scroll.top).toBeCloseTo((26_000_000 - 300) / 2, 0);
    const { top, bar } = scroll;
    scroll.scrolled(bar + 26);
    expect(scroll.top).toBeCloseTo(top + 26, 5);
  });

  it('reaches both ends, and the bar goes where the list is', () => {
    const scroll = made(26_000_000);
    scroll.scrolled(8_000_000 - 300);
    expect(scroll.top).toBe(26_000_000 - 300);
    expect(scroll.place).toBe(8_000_000 - 300);
    scroll.scrolled(0);
    expect(scroll.top).toBe(0);
    scroll.go(13_000_000);
    expect(scroll.place / 8_000_000).toBeCloseTo(0.5, 3);
  });

  it('shows a row with the least movement', () => {
    const scroll = made(26_000_000);
    expect(scroll.reveal(0, 26)).toBe(false);
    expect(scroll.reveal(500, 526)).toBe(true);
    expect(scroll.top).toBe(226);
    expect(scroll.reveal(100, 126)).toBe(true);
    expect(scroll.top).toBe(100);
  });

  it('never leaves the list, whatever is done', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('wheel' as const), by: fc.integer({ min: -1000, max: 1000 }) }),
      fc.record({ what: fc.constant('drag' as const), by: fc.nat(8_000_000) }),
      fc.record({ what: fc.constant('rest' as const), by: fc.constant(0) }),
      fc.record({ what: fc.constant('size' as const), by: fc.nat(40_000_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const scroll = made(26_000_000);
        let full = 26_000_000;
        for (const { what, by } of steps) {
          const most = Math.max(0, scroll.height - 300);
          if (what === 'wheel') scroll.scrolled(Math.min(most, Math.max(0, scroll.bar + by)));
          else if (what === 'drag') scroll.scrolled(Math.min(most, by));
          else if (what === 'rest') scroll.bar = scroll.place;
          else scroll.resize((full = by), 300);
          expect(scroll.top).toBeGreaterThanOrEqual(0);
          expect(scroll.top).toBeLessThanOrEqual(Math.max(0, full - 300));
          expect(scroll.place).toBeGreaterThanOrEqual(0);
          expect(scroll.place).toBeLessThanOrEqual(Math.max(0, scroll.height - 300));
        }
      }),
    );
  });
});
