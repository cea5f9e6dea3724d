import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisLabel, axisStep, toMs, toX, type Scale } from '../../../media/lanes/scale.js';
import { AUTO_SPAN_MS, fit, pan, rangeOf, rangeToAsk, zoom, zoomTo, type View } from '../../../media/lanes/view.js';

const following: View = { following: true, spanMs: null, fromMs: 0, toMs: 0 };
const scale = (fromMs: number, to: number): Scale => ({ fromMs, toMs: to, left: 10, width: 700 });

describe('the view of time', () => {
  it('shows all of a young run and the latest part of an old one', () => {
    expect(rangeOf(following, 12_400)).toEqual({ fromMs: 0, toMs: 12_400 });
    expect(rangeOf(following, AUTO_SPAN_MS * 3)).toEqual({ fromMs: AUTO_SPAN_MS * 2, toMs: AUTO_SPAN_MS * 3 });
  });

  it('shows all of an old run when asked to', () => {
    expect(rangeOf(fit(600_000, true), 600_000)).toEqual({ fromMs: 0, toMs: 600_000 });
  });

  it('never has an empty range', () => {
    const { fromMs, toMs: to } = rangeOf(following, 0);
    expect(to).toBeGreaterThan(fromMs);
  });

  it('stays where it is put while the run goes on', () => {
    const back = pan(scale(8_000, 10_000), 10_000, -3_000);
    expect(back.following).toBe(false);
    expect(rangeOf(back, 99_000)).toEqual({ fromMs: 5_000, toMs: 7_000 });
  });

  it('goes on following when zoomed while it follows', () => {
    const near = zoom(following, scale(0, 10_000), 10_000, 9_000, 0.5);
    expect(near.following).toBe(true);
    expect(rangeOf(near, 20_000)).toEqual({ fromMs: 15_000, toMs: 20_000 });
  });

  it('keeps the time under the pointer where it is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.3, max: 0.9, noNaN: true }), fc.double({ min: 0.2, max: 1, noNaN: true }), (place, factor) => {
        const before = scale(2_000, 6_000);
        const at = 2_000 + 4_000 * place;
        const after = zoom({ following: false, spanMs: null, fromMs: 2_000, toMs: 6_000 }, before, 10_000, at, factor);
        const next = { ...before, fromMs: after.fromMs, toMs: after.toMs };
        expect(toX(next, at)).toBeCloseTo(toX(before, at), 3);
      }),
    );
  });

  it('shows just the stretch that was drawn open, and no less than can be seen', () => {
    expect(rangeOf(zoomTo({ fromMs: 2_000, toMs: 3_000 }, 10_000, 0), 10_000)).toEqual({ fromMs: 2_000, toMs: 3_000 });
    expect(rangeOf(zoomTo({ fromMs: 2_000, toMs: 3_000 }, 10_000, 0.05), 10_000)).toEqual({ fromMs: 1_950, toMs: 3_050 });
    const { fromMs, toMs: to } = rangeOf(zoomTo({ fromMs: 2_000, toMs: 2_000 }, 10_000, 1), 10_000);
    expect(to).toBeGreaterThan(fromMs);
  });

  it('asks for more than is seen, and then for nothing until that is left', () => {
    const asked = rangeToAsk({ fromMs: 1_000, toMs: 5_000 }, null);
    expect(asked).toEqual({ fromMs: 0, toMs: 7_000 });
    expect(rangeToAsk({ fromMs: 1_500, toMs: 5_500 }, asked)).toBeNull();
    expect(rangeToAsk({ fromMs: 4_000, toMs: 8_000 }, asked)).not.toBeNull();
  });

  it('asks again when zoomed in far, because the columns would be coarse', () => {
    expect(rangeToAsk({ fromMs: 2_000, toMs: 2_100 }, { fromMs: 0, toMs: 7_000 })).not.toBeNull();
  });
});

describe('the axis', () => {
  it('turns time to pixels and back', () => {
    const s = scale(1_000, 3_000);
    expect(toMs(s, toX(s, 1_234))).toBeCloseTo(1_234);
  });

  it('takes round steps that leave room for their labels', () => {
    expect(axisStep(scale(0, 12_400), 56)).toBe(1_000);
    expect(axisStep(scale(0, 120_000), 56)).toBe(10_000);
  });

  it('labels in the unit of the step', () => {
    expect([axisLabel(0, 1_000), axisLabel(3_000, 1_000), axisLabel(1_250, 50), axisLabel(90_000, 30_000), axisLabel(3_725_000, 60_000)]).toEqual(['0 s', '3 s', '1.25 s', '1:30', '1:02:05']);
  });
});
