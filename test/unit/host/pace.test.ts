import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leastIntervalMs, Pace } from '../../../src/host/panel/pace.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pace whose updates take `cost` ms of the clock, and the times at which they began. */
function paced(cost = 0, sent: () => Promise<void> = () => Promise.resolve()) {
  const begun: number[] = [];
  let clock = 0;
  const now = () => Date.now() + clock;
  const start = now();
  const pace = new Pace(() => {
    begun.push(now() - start);
    clock += cost;
    return sent();
  }, now);
  return { pace, begun };
}

describe('the pace of updates', () => {
  it('sends the first at once', async () => {
    const { pace, begun } = paced();
    pace.want();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual([0]);
  });

  it('makes one update of many changes, and none where nothing changed', async () => {
    const { pace, begun } = paced();
    pace.want();
    await vi.advanceTimersByTimeAsync(1);
    for (let i = 0; i < 1000; i++) pace.want();
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toHaveLength(2);
  });

  it('never sends two within 50 ms, however often it changes', async () => {
    const { pace, begun } = paced();
    for (let i = 0; i < 500; i++) {
      pace.want();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(begun.length).toBeGreaterThan(8);
    expect(begun.length).toBeLessThanOrEqual(11);
    for (const [i, at] of begun.entries()) if (i > 0) expect(at - (begun[i - 1] ?? 0)).toBeGreaterThanOrEqual(leastIntervalMs);
  });

  it('slows down where an update costs much, so that the host stays free', async () => {
    const { pace, begun } = paced(40);
    for (let i = 0; i < 1000; i++) {
      pace.want();
      await vi.advanceTimersByTimeAsync(1);
    }
    // 40 ms of work, at most a quarter of the time.
    for (const [i, at] of begun.entries()) if (i > 0) expect(at - (begun[i - 1] ?? 0)).toBeGreaterThanOrEqual(160);
    expect(begun.length).toBeGreaterThan(4);
  });

  it('does not stop for one update that cost much among many that cost little', async () => {
    const begun: number[] = [];
    let clock = 0;
    const now = () => Date.now() + clock;
    const pace = new Pace(() => {
      begun.push(now());
      clock += begun.length % 5 === 0 ? 40 : 4;
      return Promise.resolve();
    }, now);
    for (let i = 0; i < 1000; i++) {
      pace.want();
      await vi.advanceTimersByTimeAsync(1);
    }
    const gaps = begun.slice(1).map((at, i) => at - (begun[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(100);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(leastIntervalMs);
  });

  it('waits for the page, and does not count that as cost', async () => {
    let arrive: () => void = () => undefined;
    const { pace, begun } = paced(0, () => new Promise((resolve) => (arrive = resolve)));
    pace.want();
    await vi.advanceTimersByTimeAsync(0);
    pace.want();
    await vi.advanceTimersByTimeAsync(500);
    expect(begun).toHaveLength(1);
    arrive();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toHaveLength(2);
    expect(pace.interval()).toBe(leastIntervalMs);
  });

  it('does not wait for a page that is gone', async () => {
    const { pace, begun } = paced(0, () => new Promise(() => undefined));
    pace.want();
    await vi.advanceTimersByTimeAsync(0);
    pace.pause();
    pace.want();
    await vi.advanceTimersByTimeAsync(100);
    expect(begun).toHaveLength(2);
  });

  it('sends nothing while paused, and nothing once closed', async () => {
    const { pace, begun } = paced();
    pace.want();
    pace.pause();
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual([]);
    pace.close();
    pace.want();
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual([]);
  });
});
