import { describe, expect, it } from 'vitest';
import { Clock } from '../../../media/state/clock.js';

describe("the page's clock", () => {
  it('goes on between what the host says', () => {
    let page = 100;
    const clock = new Clock(() => page);
    clock.set(5_000, true);
    page += 250;
    expect(clock.now()).toBe(5_250);
  });

  it('does not jump back because the host says its now a little late', () => {
    let page = 0;
    const clock = new Clock(() => page);
    clock.set(5_000, true);
    page = 100;
    const before = clock.now();
    clock.set(5_060, true);
    expect(before - clock.now()).toBeLessThan(5);
    for (let i = 0; i < 100; i++) {
      page += 50;
      clock.set(5_060 + (i + 1) * 50, true);
    }
    expect(clock.now()).toBeCloseTo(5_060 + 100 * 50, 0);
  });

  it('stands still when the run has ended', () => {
    let page = 0;
    const clock = new Clock(() => page);
    clock.set(5_000, true);
    page = 900;
    clock.set(5_400, false);
    page = 9_000;
    expect(clock.now()).toBe(5_400);
    expect(clock.live).toBe(false);
  });
});
