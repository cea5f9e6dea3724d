import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LookingBack } from '../../../src/host/panel/looking-back.js';
import { Model } from '../../../src/model/index.js';
import type { ToWebview } from '../../../src/protocol/messages.js';
import { Told } from '../../../src/host/panel/told.js';
import type { Past as Said } from '../../../src/protocol/moment.js';
import type { ProcessRow } from '../../../src/protocol/view.js';
import type { Past } from '../../../src/run/index.js';
import { RUN, Scribe, seen, told } from '../model/kit.js';

/** A process, a child from 100 on, a lock from 50 on; told up to a time. */
function runUntil(until: number): Model {
  const main = new Scribe(1, 10, { openedMs: 0 });
  if (until >= 50) main.lock(50, 900, 'Lock');
  const streams = [main.calls, [seen({ k: 'root', t: 0, pid: 10, start: 100 })]];
  if (until >= 100) streams.push(main.start(100, 2, 11, { name: 'child' }).ends(600).calls);
  return told(streams, { recording: true });
}

/** Children that all wait in a read of one queue, one wait after another. */
function crowd(count: number): Model {
  const main = new Scribe(1, 10, { openedMs: 0 });
  main.channel(1, 500, 'Queue', {});
  const children = Array.from({ length: count }, (_, i) => {
    const child = main.start(2 + i / 10, 2 + i, 11 + i, { name: `child-${i}` });
    for (let t = 200; t < 900; t += 20) child.get(t + 19, 500, { t0: t, bytes: 10 });
    return child;
  });
  return told([main.calls, ...children.map(({ calls }) => calls), [seen({ k: 'root', t: 0, pid: 10, start: 100 })]], { recording: true });
}

const byKey = (a: ProcessRow, b: ProcessRow): number => Number(a.key.slice(1)) - Number(b.key.slice(1));

const asPast = (model: Model, atMs: number): Past => ({
  atMs,
  snapshot: model.snapshot(),
  chain: (key) => model.chain(key),
  messages: (key, limit) => model.messages(key, limit),
  tasks: (key, limit) => model.tasks(key, limit),
});

/** Looks back at it, and keeps what is said; folding takes as long as is said, and the page says all so many ms what it has. */
function lookingBack(foldMs: number, { model = runUntil(1000), seen = [], pageMs = 10 }: { readonly model?: Model; readonly seen?: readonly string[]; readonly pageMs?: number } = {}) {
  const said: Said[] = [];
  const folded: number[] = [];
  const troubles: unknown[] = [];
  let settled = 0;
  const past = (atMs: number, signal: AbortSignal): Promise<Past> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('not wanted')));
      setTimeout(() => {
        folded.push(atMs);
        resolve(asPast(runUntil(atMs), atMs));
      }, foldMs);
    });
  const post = (message: ToWebview): Promise<unknown> => {
    if (message.type === 'past') said.push(message.past);
    return new Promise((resolve) => setTimeout(resolve, pageMs - (performance.now() % pageMs)));
  };
  const told = new Told();
  const back = new LookingBack({ model, past }, told, post, () => seen, () => settled++, (error) => troubles.push(error));
  return { back, told, said, folded, troubles, settled: () => settled };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('looking back', () => {
  test('tells at once what can be looked up, and all of it once the hand rests', async () => {
    const { back, said, folded, settled } = lookingBack(300);
    back.look(400);
    await vi.advanceTimersByTimeAsync(50);
    expect(said).toMatchObject([{ atMs: 400, exact: false, locks: null }]);
    expect(said[0]?.processes.map(({ name }) => name)).toEqual(['MainProcess', 'child']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(folded).toEqual([400]);
    expect(said[1]).toMatchObject({ atMs: 400, exact: true });
    expect(said[1]?.locks).toHaveLength(1);
    expect([back.exact !== null, settled()]).toEqual([true, 1]);
  });

  test('a moving hand folds nothing, and a page that is slow skips what lies between', async () => {
    const { back, said, folded } = lookingBack(300);
    for (let ms = 900; ms >= 60; ms -= 1) {
      back.look(ms);
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(folded).toEqual([]);
    // The page takes 10 ms for each, and two at most are on their way to it.
    expect(said.length).toBeLessThan(175);
    await vi.advanceTimersByTimeAsync(1000);
    expect(folded).toEqual([60]);
    const last = said.at(-1);
    expect(last).toMatchObject({ atMs: 60, exact: true });
  });

  test('of a row that the page has, of the present too, tells what differs', async () => {
    const { back, told, said } = lookingBack(1e9);
    told.reset(runUntil(1000).snapshot().processes);
    back.look(400);
    await vi.advanceTimersByTimeAsync(50);
    const child = said[0]?.processes.find(({ key }) => key === 'p2');
    expect(child).toMatchObject({ state: 'running', endedMs: null, exitCode: null });
    expect(Object.keys(child ?? {})).not.toEqual(expect.arrayContaining(['name']));
    // Nothing of it has changed since.
    back.look(410);
    await vi.advanceTimersByTimeAsync(50);
    expect(said[1]).toMatchObject({ atMs: 410, processes: [], gone: [] });
  });

  test('tells rows that differ, and the keys of those that did not exist yet', async () => {
    const { back, said } = lookingBack(1e9);
    back.look(400);
    await vi.advanceTimersByTimeAsync(50);
    back.look(80);
    await vi.advanceTimersByTimeAsync(50);
    expect(said[1]).toMatchObject({ processes: [], gone: ['p2'] });
    back.look(500);
    await vi.advanceTimersByTimeAsync(50);
    expect(said[2]?.processes.map(({ key }) => key)).toEqual(['p2']);
    back.look(700);
    await vi.advanceTimersByTimeAsync(50);
    expect(said[3]?.processes).toMatchObject([{ key: 'p2', state: 'exited' }]);
  });

  test('of many rows those that are seen or new go at once, the others after them, and all are told of the moment at which the hand rests', async () => {
    const { back, said } = lookingBack(1e9, { model: crowd(300), seen: ['p7', 'p280'] });
    back.look(400);
    await vi.advanceTimersByTimeAsync(11);
    // The page has none yet.
    expect(said).toHaveLength(1);
    expect(said[0]?.processes).toHaveLength(301);
    back.look(600);
    await vi.advanceTimersByTimeAsync(1);
    expect(said[1]?.processes.length).toBeLessThan(60);
    expect(said[1]?.processes.map(({ key }) => key)).toEqual(expect.arrayContaining(['p7', 'p280']));
    expect(said[1]?.gone).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    const rows = new Map<string, ProcessRow>();
    for (const { processes } of said) for (const patch of processes) rows.set(patch.key, { ...rows.get(patch.key)!, ...patch });
    const { keys, process } = crowd(300).glance(600);
    expect([...rows.values()].sort(byKey)).toEqual(keys.map(process).filter((row) => row !== undefined).sort(byKey));
    // Nothing is left to say.
    const before = said.length;
    await vi.advanceTimersByTimeAsync(200);
    expect(said).toHaveLength(before);
  });

  test('a hand that never rests sees new figures of every row in its turn', async () => {
    const { back, said } = lookingBack(1e9, { model: crowd(300) });
    for (let ms = 300; ms < 500; ms += 5) {
      back.look(ms);
      await vi.advanceTimersByTimeAsync(11);
    }
    const told = new Set(said.slice(1).flatMap(({ processes }) => processes.map(({ key }) => key)));
    // All but the main process, which does nothing, have another wait by then.
    expect(told.size).toBe(300);
  });

  test('while the hand moves, a slow page gets nothing but moments', async () => {
    const { back, said } = lookingBack(1e9, { model: crowd(300), pageMs: 45 });
    for (let ms = 300; ms < 500; ms += 5) {
      back.look(ms);
      await vi.advanceTimersByTimeAsync(16);
    }
    expect(new Set(said.map(({ atMs }) => atMs)).size).toBe(said.length);
    // Two in each 45 ms.
    expect(said.length).toBeGreaterThan(25);
  });

  test('folds at every move where that is quick', async () => {
    const { back, said, folded } = lookingBack(5);
    back.look(400);
    await vi.advanceTimersByTimeAsync(500);
    const before = said.length;
    back.look(300);
    await vi.advanceTimersByTimeAsync(30);
    expect(folded).toEqual([400, 300]);
    expect(said.slice(before)).toMatchObject([{ atMs: 300, exact: true }]);
  });

  test('a hand that moves faster than that sees moments on the way, and the last one', async () => {
    const { back, said, folded } = lookingBack(20);
    back.look(900);
    await vi.advanceTimersByTimeAsync(500);
    folded.length = 0;
    for (let ms = 899; ms >= 800; ms--) {
      back.look(ms);
      await vi.advanceTimersByTimeAsync(5);
    }
    expect(folded.length).toBeGreaterThan(10);
    await vi.advanceTimersByTimeAsync(200);
    expect(said.at(-1)).toMatchObject({ atMs: 800, exact: true });
    expect(back.exact).not.toBeNull();
  });

  test('back at the present forgets what was told, and a fold that is on its way is not wanted', async () => {
    const { back, told, said, folded, troubles } = lookingBack(300);
    back.look(400);
    await vi.advanceTimersByTimeAsync(200);
    back.look(null);
    await vi.advanceTimersByTimeAsync(1000);
    expect([back.atMs, back.exact, said.length, troubles]).toEqual([null, null, 1, []]);
    expect(folded.length).toBeLessThanOrEqual(1);
    // The page has the present again.
    told.reset(runUntil(1000).snapshot().processes);
    back.look(80);
    await vi.advanceTimersByTimeAsync(50);
    expect(said[1]).toMatchObject({ atMs: 80, gone: ['p2'] });
  });

  test('where the past cannot be folded, what was looked up stays, and the log hears why', async () => {
    const said: Said[] = [];
    const troubles: unknown[] = [];
    const back = new LookingBack(
      { model: runUntil(1000), past: () => Promise.reject(new Error('the folder is gone')) },
      new Told(),
      (message) => Promise.resolve(message.type === 'past' && said.push(message.past)),
      () => [],
      () => undefined,
      (error) => troubles.push(error),
    );
    back.look(400);
    await vi.advanceTimersByTimeAsync(1000);
    expect(troubles).toHaveLength(1);
    expect(said.every(({ exact }) => !exact)).toBe(true);
  });

  test('an empty run can be looked back at', async () => {
    const said: Said[] = [];
    const empty = new Model(RUN, { recording: true });
    const back = new LookingBack({ model: empty, past: (atMs) => Promise.resolve(asPast(empty, atMs)) }, new Told(), (message) => Promise.resolve(message.type === 'past' && said.push(message.past)), () => [], () => undefined, () => undefined);
    back.look(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(said.at(-1)).toMatchObject({ exact: true, processes: [] });
  });
});
