/** A child that is spawned imports the script first, and only then gets what it was given: meanwhile nobody is stuck for its sake. */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { stuckProcesses } from '../../../src/model/wait-for.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const METHOD = { spawn: 2, forkserver: 3 } as const;

/** The script's process, in which an object is made, and a child that has not begun; `begin`: it begins and is given nothing. */
function starting(method: 'spawn' | 'forkserver', kind: 'Queue' | 'Pipe'): { main: Scribe; begin: () => Call[]; child: readonly Call[] } {
  const main = new Scribe(0, 100).channel(0, 7, kind);
  const child: Scribe[] = [];
  if (method === 'forkserver') {
    main.record(RecordType.SPAWNED, { t0: 1, a: 150, flags: 2 });
    const server = new Scribe(5, 150, { ppid: 100, openedMs: 1.5, parentStart: 1000 });
    server.record(RecordType.FORK, { t0: 10, a: 101 });
    child.push(server);
  }
  main.record(RecordType.START, { t0: 9, t1: 11, a: 101, s1: 'child', s2: 'script.work', flags: METHOD[method] });
  const image = new Scribe(1, 101, { ppid: method === 'spawn' ? 100 : 150, openedMs: 10.5, madeByFork: method === 'forkserver', parentStart: method === 'spawn' ? 1000 : 1500 });
  child.push(image);
  const calls = child.flatMap((scribe) => scribe.calls);
  const begin = (): Call[] => {
    const before = image.calls.length;
    image.record(RecordType.BOOTSTRAP, { t0: 3000, a: 100, flags: METHOD[method], s1: 'child', s2: 'script.work' });
    return image.calls.slice(before);
  };
  return { main, begin, child: calls };
}

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const rules = (of: Model): string[] => of.snapshot().findings.map(({ rule }) => rule);

describe.each(['spawn', 'forkserver'] as const)('a child that is still importing, under %s', (method) => {
  test('may put what its parent waits for', () => {
    const { main, child, begin } = starting(method, 'Queue');
    main.slot(RecordType.RECV, 20, { obj: 7, flags: 1 });
    const waiting = model(2500, main.calls, child);
    expect(stuckProcesses(waiting.world, 2500)).toEqual([]);
    // It has begun, and was not given the queue.
    const begun = model(4000, main.calls, child, begin());
    begun.observe({ k: 'sample', t: 3500, p: [[100, 1000, 'S', 1, 0, 0, 1, 1, 1]] });
    expect(stuckProcesses(begun.world, 4000).map(({ proc }) => proc.pid)).toEqual([100]);
  });

  test('may write to the pipe that its parent reads', () => {
    const { main, child, begin } = starting(method, 'Pipe');
    main.slot(RecordType.RECV, 20, { obj: 7 });
    expect(rules(model(2500, main.calls, child))).toEqual([]);
    expect(rules(model(4000, main.calls, child, begin()))).toEqual(['pipe-end-left-open']);
  });

  test('may receive what its parent sent before it closed its end', () => {
    const { main, child, begin } = starting(method, 'Pipe');
    main.send(5, 7).record(RecordType.CHANNEL_CLOSED, { t0: 12, obj: 7, flags: 3 });
    expect(rules(model(2500, main.calls, child))).toEqual([]);
    expect(rules(model(4000, main.calls, child, begin()))).toEqual(['messages-undelivered']);
  });
});
