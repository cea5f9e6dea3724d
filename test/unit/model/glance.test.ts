import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import type { ProcessRow } from '../../../src/protocol/view.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told } from './kit.js';

const QUEUE = 500;

/** A producer fills a queue of a main process that then joins it; the producer is killed at 3,000. */
function pipeline(): Model {
  const main = new Scribe(1, 10, { openedMs: 0 });
  main.channel(20, QUEUE, 'Queue', { maxsize: 5 });
  const line = main.site('script.py', 7, 'main');
  const child = main.start(100, 2, 11, { name: 'producer', site: line });
  for (let i = 0; i < 10; i++) child.put(200 + i * 100, QUEUE).feed(201 + i * 100, QUEUE, { t1: 202 + i * 100, bytes: 100 });
  for (let i = 0; i < 4; i++) main.get(400 + i * 100, QUEUE, { t0: i === 3 ? 640 : 399 + i * 100, bytes: 100 });
  const read = main.site('script.py', 12, 'drain');
  main.get(1500, QUEUE, { t0: 760, bytes: 100, site: read });
  main.record(RecordType.JOIN, { t0: 1600, t1: 3050, a: 11, b: -1, site: line });
  main.reaped(3050, 11, -9);
  return told([main.calls, child.calls, [
    seen({ k: 'root', t: 0, pid: 10, start: 100 }),
    seen({ k: 'sample', t: 500, p: [[11, 110, 'S', 10, 12, 2000, 1, 1]] }),
    seen({ k: 'sample', t: 1500, p: [[11, 110, 'R', 10, 80, 4000, 1, 1]] }),
    seen({ k: 'gone', t: 3060, pid: 11, start: 110 }),
  ]], { recording: true });
}

/** All rows of processes. */
const rowsAt = (model: Model, ms: number): ProcessRow[] => {
  const { keys, process } = model.glance(ms);
  return keys.map(process).filter((row) => row !== undefined);
};

const at = (model: Model, ms: number) => {
  const { channels, totals } = model.glance(ms);
  const processes = rowsAt(model, ms);
  return { processes: new Map(processes.map((row) => [row.name, row])), channel: channels[0], totals };
};

describe('a glance at a moment', () => {
  test('has the processes that had begun, alive until they ended', () => {
    const model = pipeline();
    expect([...at(model, 50).processes.keys()]).toEqual(['MainProcess']);
    const alive = at(model, 2999).processes.get('producer');
    expect([alive?.endedMs, alive?.exitCode, alive?.signal]).toEqual([null, null, null]);
    const dead = at(model, 3100).processes.get('producer');
    expect([dead?.state, dead?.endedMs, dead?.exitCode, dead?.signal]).toEqual(['signaled', 3050, -9, 'SIGKILL']);
    expect(at(model, 2999).totals).toMatchObject({ processes: 2, alive: 2 });
  });

  test('says what a process waited in, since when and at which line', () => {
    const model = pipeline();
    const main = at(model, 900).processes.get('MainProcess');
    expect(main).toMatchObject({ state: 'blocked', stateSinceMs: 760 });
    expect(main?.blocked).toMatchObject([{ op: 'get', sinceMs: 760, channel: 'c1', where: { file: 'script.py', line: 12 } }]);
    expect(at(model, 2000).processes.get('MainProcess')?.blocked).toMatchObject([{ op: 'join', sinceMs: 1600, process: 'p2' }]);
    expect(at(model, 1550).processes.get('MainProcess')?.blocked).toEqual([]);
    // A wait that has only begun is none yet, as in the present.
    expect(at(model, 770).processes.get('MainProcess')?.blocked).toEqual([]);
  });

  test('counts what had been put, sent and received', () => {
    const model = pipeline();
    const { processes, channel } = at(model, 650);
    expect(channel).toMatchObject({ puts: 5, sent: 5, received: 3, gets: 3, depth: 2, maxDepth: 2, bytes: 500, putRate: 5, getRate: 3 });
    expect(processes.get('producer')).toMatchObject({ sent: 5, bytesSent: 500 });
    expect(processes.get('MainProcess')).toMatchObject({ received: 3, bytesReceived: 300 });
    expect(at(model, 650).totals.messages).toBe(5);
    expect(channel?.waiters).toEqual([]);
    expect(at(model, 900).channel?.waiters).toEqual([{ process: 'p1', op: 'get', sinceMs: 760 }]);
    expect(at(model, 10).channel).toBeUndefined();
  });

  test('knows how long a process had waited', () => {
    const model = pipeline();
    const { processes } = at(model, 650);
    expect(processes.get('MainProcess')?.blockedMs).toMatchObject({ queue: 0, join: 0 });
    expect(at(model, 2000).processes.get('MainProcess')?.blockedMs).toMatchObject({ queue: 800, join: 0 });
  });

  test('at the end says the same of states and counts as the present', () => {
    const model = pipeline();
    const now = model.snapshot();
    const then = model.glance(now.nowMs);
    const told = ({ key, state, endedMs, exitCode, sent, received, bytesSent, bytesReceived, blockedMs, tasks }: (typeof now.processes)[number]) => ({ key, state, endedMs, exitCode, sent, received, bytesSent, bytesReceived, blockedMs, tasks });
    expect(rowsAt(model, now.nowMs).map(told)).toEqual(now.processes.map(told));
    expect(then.channels.map(({ key, puts, gets, depth, maxDepth, bytes }) => ({ key, puts, gets, depth, maxDepth, bytes }))).toEqual(
      now.channels.map(({ key, puts, gets, depth, maxDepth, bytes }) => ({ key, puts, gets, depth, maxDepth, bytes })),
    );
  });

  test('has the CPU and memory of the last look before it', () => {
    const model = pipeline();
    expect(at(model, 400).processes.get('producer')).toMatchObject({ cpu: null, rssKiB: null });
    expect(at(model, 1400).processes.get('producer')).toMatchObject({ cpu: 12, rssKiB: 2000 });
    expect(at(model, 1600).processes.get('producer')).toMatchObject({ cpu: 80, rssKiB: 4000 });
    expect(at(model, 3100).processes.get('producer')).toMatchObject({ cpu: null, rssKiB: null });
  });
});

describe('steps from event to event', () => {
  test('stop at starts, long waits and ends, forward and back alike', () => {
    const model = pipeline();
    const walk = (from: number, forward: boolean): [number, string][] => {
      const found: [number, string][] = [];
      for (let event = model.step(from, forward, null); event !== null; event = model.step(event.atMs, forward, null)) found.push([event.atMs, event.kind]);
      return found;
    };
    const there = walk(-1, true);
    expect(there).toEqual([[0, 'start'], [100.5, 'start'], [1600, 'wait'], [3050, 'end']]);
    expect(walk(Infinity, false)).toEqual([...there].reverse());
  });

  test('stop at a moment at which what happened can be seen, as it is folded anew', () => {
    const model = pipeline();
    for (let event = model.step(-1, true, null); event !== null; event = model.step(event.atMs, true, null)) {
      if (event.kind === 'start') expect(model.glance(event.atMs).keys).toContain(event.process);
    }
  });

  test('of a channel stop at each of its messages, forward and back alike', () => {
    const model = pipeline();
    const walk = (from: number, forward: boolean): number[] => {
      const found: number[] = [];
      for (let event = model.step(from, forward, 'c1'); event !== null; event = model.step(event.atMs, forward, 'c1')) found.push(event.atMs);
      return found;
    };
    // Ten puts, ten sends, five receives; some at one moment.
    expect(walk(0, true).length).toBeGreaterThan(20);
    expect(walk(1e9, false)).toEqual([...walk(0, true)].reverse());
  });

  test('of a channel stop at its messages', () => {
    const model = pipeline();
    expect(model.step(0, true, 'c1')).toMatchObject({ atMs: 200, kind: 'message', process: 'p2' });
    expect(model.step(10_000, false, 'c1')).toMatchObject({ atMs: 1500, process: 'p1' });
    expect(model.step(1500, true, 'c1')).toBeNull();
  });

  test('marks what should be seen: a kill, and not the ends that are none', () => {
    expect(pipeline().marks()).toMatchObject([{ atMs: 3050, kind: 'killed', what: { args: ['producer', 11, 'SIGKILL'] } }]);
  });
});
