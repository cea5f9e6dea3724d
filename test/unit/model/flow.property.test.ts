/** Columns of depth over time lose no peak and no message, whenever and however often they were asked for. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Model } from '../../../src/model/index.js';
import { interleave, RUN, Scribe, seen, type Call } from './kit.js';

vi.setConfig({ testTimeout: 120_000 });

const QUEUE = 500;

interface Event {
  readonly t: number;
  readonly what: 'put' | 'get';
}

/** Whole milliseconds lie on the edges of columns. */
const events = fc
  .array(fc.record({ gap: fc.nat(40), what: fc.constantFrom<Event['what']>('put', 'put', 'get') }), { minLength: 1, maxLength: 120, size: 'max' })
  .map((steps) => {
    const out: Event[] = [];
    let t = 1;
    let depth = 0;
    for (const { gap, what } of steps) {
      t += gap / 2;
      if (what === 'get' && depth === 0) continue;
      depth += what === 'put' ? 1 : -1;
      out.push({ t, what });
    }
    return out;
  });

function play(list: readonly Event[]): Call[][] {
  const parent = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
  const writer = new Scribe(1, 101, { ppid: 100, openedMs: 0.1, madeByFork: true, parentStart: 1000 });
  const reader = new Scribe(2, 102, { ppid: 100, openedMs: 0.1, madeByFork: true, parentStart: 1000 });
  for (const { t, what } of list) {
    if (what === 'put') writer.put(t, QUEUE).feed(t, QUEUE);
    else reader.get(t, QUEUE);
  }
  return [parent.calls, writer.calls, reader.calls];
}

/** Depth at each time at which it changes, what goes before what comes. */
function depths(list: readonly Event[]): { readonly t: number; readonly depth: number }[] {
  let depth = 0;
  return [...list]
    .sort((a, b) => a.t - b.t || Number(a.what === 'put') - Number(b.what === 'put'))
    .map(({ t, what }) => ({ t, depth: Math.max(0, (depth += what === 'put' ? 1 : -1)) }));
}

describe('the flow of a channel', () => {
  test('is that of a plain count, whatever was asked for before all was told', () => {
    fc.assert(
      fc.property(events, fc.array(fc.nat(9), { maxLength: 200, size: 'max' }), fc.integer({ min: 8, max: 60 }), fc.option(fc.nat(2000)), (list, picks, columns, untilMs) => {
        const model = new Model(RUN);
        interleave(play(list), picks, (call, step) => {
          call(model);
          if (step % 7 === 3) model.flow({ channel: 'c1', columns: step % 2 === 0 ? columns : 20, untilMs: null });
        });
        seen({ k: 'end', t: 3000 })(model);
        model.advance(3000);
        const flow = model.flow({ channel: 'c1', columns, untilMs })!;
        const [way] = flow.ways;
        expect(way!.entered.length).toBeLessThanOrEqual(columns);
        expect(flow.fromMs + flow.stepMs * way!.entered.length).toBeGreaterThan(flow.toMs);
        const told = depths(list);
        way!.entered.forEach((entered, i) => {
          const from = flow.fromMs + i * flow.stepMs;
          const to = i === way!.entered.length - 1 ? flow.toMs + 1e-6 : from + flow.stepMs;
          const within = list.filter(({ t }) => t >= from && t < to);
          expect([entered, way!.left[i]]).toEqual([within.filter(({ what }) => what === 'put').length, within.filter(({ what }) => what === 'get').length]);
          const seenDepths = [told.filter(({ t }) => t < from).at(-1)?.depth ?? 0, ...told.filter(({ t }) => t >= from && t < to).map(({ depth }) => depth)];
          expect(way!.depthMax[i]).toBe(Math.max(...seenDepths));
          expect(way!.depthMin[i]).toBe(Math.min(...seenDepths));
        });
      }),
      { numRuns: 200 },
    );
  });

  test('counts every latency once, in a bar whose bounds hold it', () => {
    const main = new Scribe(0, 100).channel(0, QUEUE, 'Queue');
    const took = [0.5, 0.5, 3, 3.1, 80, 640];
    took.forEach((ms, i) => main.put(1000 * (i + 1), QUEUE).feed(1000 * (i + 1), QUEUE).get(1000 * (i + 1) + ms, QUEUE));
    const model = new Model(RUN);
    for (const call of main.calls) call(model);
    seen({ k: 'end', t: 10_000 })(model);
    model.snapshot();
    const { latency } = model.flow({ channel: 'c1', columns: 50, untilMs: null })!;
    latency!.counts.forEach((count, i) => {
      const from = latency!.fromMs * Math.SQRT2 ** i;
      expect(count).toBe(took.filter((ms) => ms >= from && ms < from * Math.SQRT2).length);
    });
    expect(latency!.counts.reduce((a, b) => a + b, 0)).toBe(took.length);
    expect(latency!.spread.max).toBe(640);
    // As it was: the slow ones had not come.
    const early = model.flow({ channel: 'c1', columns: 50, untilMs: 4500 })!.latency!;
    expect(early.counts.reduce((a, b) => a + b, 0)).toBe(4);
    expect(early.spread.max).toBeCloseTo(3.1);
  });

  test('of no channel is none', () => {
    expect(new Model(RUN).flow({ channel: 'c1', columns: 50, untilMs: null })).toBeNull();
  });
});
