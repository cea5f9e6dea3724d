import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** What each process used so far, ms; and who was asked for, when. */
const used = new Map<number, number>();
const asked: { readonly atMs: number; readonly pids: readonly number[] }[] = [];
const last = new Map<number, { readonly atMs: number; readonly ms: number }>();

// As pidusage counts: what was used since it was last asked for, over the time since.
vi.mock('pidusage', () => ({
  default: (pids: number[]) => {
    const now = performance.now();
    asked.push({ atMs: now, pids: [...pids] });
    const stats: Record<string, { cpu: number; memory: number }> = {};
    for (const pid of pids) {
      const before = last.get(pid);
      const ms = used.get(pid) ?? 0;
      last.set(pid, { atMs: now, ms });
      stats[pid] = { cpu: before === undefined ? 0 : ((ms - before.ms) / (now - before.atMs)) * 100, memory: 1024 * 1024 };
    }
    return Promise.resolve(stats);
  },
}));
const { UsageSampler } = await import('../../../src/system/usage.js');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  used.clear();
  last.clear();
  asked.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const measured = (pid: number): { pid: number; start: number; stat: { ticks: number; pages: number } } => ({ pid, start: 1, stat: { ticks: Math.floor((used.get(pid) ?? 0) / 10), pages: 256 } });

test('a process that does nothing is asked for seldom, and told as such each time', async () => {
  const sampler = new UsageSampler();
  for (let second = 0; second < 20; second++) {
    const usage = await sampler.sample([measured(7)]);
    expect(usage.get(7)).toEqual({ cpu: 0, rssKiB: 1024 });
    vi.advanceTimersByTime(1000);
  }
  expect(asked.length).toBeLessThanOrEqual(6);
  // pidusage forgets whom it is not asked for in eight seconds.
  for (const [i, { atMs }] of asked.entries()) expect(atMs - (asked[i - 1]?.atMs ?? atMs)).toBeLessThan(8000);
});

test('one that wakes is told with what it uses now, not with the mean since it was last asked for', async () => {
  const sampler = new UsageSampler();
  for (let second = 0; second < 5; second++) {
    await sampler.sample([measured(7)]);
    vi.advanceTimersByTime(1000);
  }
  for (let second = 0; second < 3; second++) {
    used.set(7, (used.get(7) ?? 0) + 800);
    const usage = await sampler.sample([measured(7)]);
    expect(usage.get(7)?.cpu).toBeCloseTo(80, 5);
    vi.advanceTimersByTime(1000);
  }
  expect((await sampler.sample([measured(7)])).get(7)?.cpu).toBe(0);
});

test('more busy processes than may be asked for at once take turns', async () => {
  const sampler = new UsageSampler();
  const pids = Array.from({ length: 300 }, (_, i) => i + 1);
  const seen = new Set<number>();
  for (let second = 0; second < 3; second++) {
    for (const pid of pids) used.set(pid, (used.get(pid) ?? 0) + 500);
    for (const pid of (await sampler.sample(pids.map(measured))).keys()) seen.add(pid);
    vi.advanceTimersByTime(1000);
  }
  expect(seen.size).toBe(300);
  for (const { pids: group } of asked) expect(group.length).toBeLessThanOrEqual(128);
});
