import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { stuckProcesses } from '../../../src/model/wait-for.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const threads = (pid: number, count: number): Call => seen({ k: 'sample', t: 50, p: [[pid, pid * 10, 'S', 1, 0, 0, 1, 1, count]] });

/** Signals that it has handlers for: 2 is SIGINT, which every Python catches, 8194 is SIGALRM besides. */
const caught = (pid: number, signals: number): Call => seen({ k: 'sample', t: 50, p: [[pid, pid * 10, 'S', 1, 0, 0, 1, 1, 1, signals]] });

function stuck(now: number, ...streams: (readonly Call[])[]): number[] {
  const model: Model = told([[ROOT], ...streams]);
  model.advance(now);
  return stuckProcesses(model.world, now).map(({ proc }) => proc.pid).sort((a, b) => a - b);
}

/** Two children of a main process, and two locks (7 and 8) that it made. */
function locked(): { main: Scribe; a: Scribe; b: Scribe } {
  const main = new Scribe(0, 100).lock(0, 7, 'Lock').lock(0, 8, 'Lock');
  const a = main.start(1, 1, 101, { name: 'a' });
  const b = main.start(1, 2, 102, { name: 'b' });
  return { main, a, b };
}

const waitFor = (scribe: Scribe, obj: number, since = 100, more = {}): Scribe => scribe.slot(RecordType.LOCK_WAIT, since, { obj, ...more });

describe('two processes that hold what the other waits for', () => {
  test('are stuck, and so is who joins one of them; the main process that goes on is not', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    waitFor(b.held([8]), 7);
    expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([101, 102]);
    main.slot(RecordType.JOIN, 200, { operand: 101 });
    expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([100, 101, 102]);
  });

  test('are not while the wait is young, or has a timeout', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    waitFor(b.held([8]), 7, 1900);
    expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([]);
    const other = locked();
    waitFor(other.a.held([7]), 8);
    waitFor(other.b.held([8]), 7, 100, { deadlineMs: 60_000 });
    expect(stuck(2000, other.main.calls, other.a.calls, other.b.calls)).toEqual([]);
  });

  test('are not when one of them has a thread that is in nothing of ours: it may release the lock', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    waitFor(b.held([8]), 7);
    expect(stuck(2000, main.calls, a.calls, b.calls, [threads(101, 1), threads(102, 1)])).toEqual([101, 102]);
    expect(stuck(2000, main.calls, a.calls, b.calls, [threads(101, 2), threads(102, 1)])).toEqual([]);
  });

  test('are not when somebody releases locks in the stead of others, or holds more than is told', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    waitFor(b.held([8]), 7);
    main.record(RecordType.LOCK_FREED, { t0: 5, obj: 8 });
    expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([]);
    const other = locked();
    waitFor(other.a.held([7], true), 8);
    waitFor(other.b.held([8]), 7);
    expect(stuck(2000, other.main.calls, other.a.calls, other.b.calls)).toEqual([]);
  });

  test('are not while one of them was just sent a signal, which a busy machine lets wait; and are when that changed nothing', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    waitFor(b.held([8]), 7);
    main.record(RecordType.SIGNAL, { t0: 1000, a: 101, b: 15, flags: 1 }).slot(RecordType.JOIN, 1001, { operand: 101 });
    expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([]);
    expect(stuck(7000, main.calls, a.calls, b.calls)).toEqual([100, 101, 102]);
    const other = locked();
    waitFor(other.a.held([7]), 8);
    waitFor(other.b.held([8]), 7);
    // One that came before the wait began was no end of it.
    other.main.record(RecordType.SIGNAL, { t0: 50, a: 101, b: 15, flags: 1 });
    expect(stuck(2000, other.main.calls, other.a.calls, other.b.calls)).toEqual([101, 102]);
  });

  test('are also when one of them has an alarm clock', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    waitFor(b.held([8]), 7);
    expect(stuck(2000, main.calls, a.calls, b.calls, [caught(101, 8194)])).toEqual([101, 102]);
  });

  test('are not when the holder merely works', () => {
    const { main, a, b } = locked();
    waitFor(a.held([7]), 8);
    b.held([8]);
    expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([]);
  });
});

test('who takes a lock that it holds may wait for one whom it made to release it, which is how some use a Lock and nobody can use an RLock', () => {
  for (const [kind, whileChildRuns] of [['Lock', []], ['RLock', [100]]] as const) {
    const main = waitFor(new Scribe(0, 100).lock(0, 7, kind).held([7]), 7);
    const child = main.start(1, 1, 101);
    expect(stuck(2000, main.calls, child.calls)).toEqual(whileChildRuns);
    // The child wants it as well.
    expect(stuck(2000, main.calls, waitFor(child, 7).calls)).toEqual([100, 101]);
    // Its parent did not make it to be told by.
    const other = new Scribe(0, 100).lock(0, 7, kind);
    expect(stuck(2000, other.calls, waitFor(other.start(1, 1, 101).held([7]), 7).calls)).toEqual([101]);
  }
});

test('who waits for himself is not stuck with a handler for a timer: it runs in the midst of the wait, and may put', () => {
  const main = new Scribe(0, 100).channel(0, 7, 'Queue').slot(RecordType.RECV, 20, { obj: 7, flags: 1 });
  expect(stuck(2000, main.calls, [caught(100, 2)])).toEqual([100]);
  expect(stuck(2000, main.calls, [caught(100, 8194)])).toEqual([]);
});

test('who reads what a program made with subprocess may write is not stuck: which descriptors it was given is not told', () => {
  for (const flags of [1, 0]) {
    const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
    main.record(RecordType.SUBPROCESS, { t0: 5, t1: 6, a: 150, s1: 'cat', flags }).slot(RecordType.RECV, 20, { obj: 7 });
    expect(stuck(2000, main.calls)).toEqual(flags === 1 ? [] : [100]);
  }
});

test('who waits for a lock whose holder has ended is stuck; a semaphore may be released by whoever is left', () => {
  const { main, a, b } = locked();
  a.held([7]);
  main.reaped(50, 101, -15);
  waitFor(b, 7);
  expect(stuck(2000, main.calls, a.calls, b.calls)).toEqual([102]);
  const semaphore = new Scribe(0, 100).lock(0, 7, 'Semaphore', { value: 2 });
  const waiter = waitFor(semaphore.start(1, 1, 101), 7);
  expect(stuck(2000, semaphore.calls, waiter.calls)).toEqual([]);
  semaphore.slot(RecordType.JOIN, 200, { operand: 101 });
  expect(stuck(2000, semaphore.calls, waiter.calls)).toEqual([100, 101]);
});

describe('a consumer in get()', () => {
  const queue = (): { main: Scribe; consumer: Scribe } => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').put(1, 7).feed(1, 7);
    const consumer = main.start(2, 1, 101).get(3, 7);
    return { main, consumer: consumer.slot(RecordType.RECV, 100, { obj: 7, flags: 1 }) };
  };
  const join = (main: Scribe, more = {}): Scribe => main.slot(RecordType.JOIN, 100, { operand: 101, ...more });

  test('is stuck when all who could put something wait for its end', () => {
    const { main, consumer } = queue();
    join(main);
    expect(stuck(2000, main.calls, consumer.calls)).toEqual([100, 101]);
  });

  test('is not while the main process works, or looks on with a timeout, or a sibling could put', () => {
    const { main, consumer } = queue();
    expect(stuck(2000, main.calls, consumer.calls)).toEqual([]);
    const timed = queue();
    join(timed.main, { deadlineMs: 9000 });
    expect(stuck(2000, timed.main.calls, timed.consumer.calls)).toEqual([]);
    const three = queue();
    const busy = three.main.start(4, 2, 102);
    join(three.main);
    expect(stuck(2000, three.main.calls, three.consumer.calls, busy.calls)).toEqual([]);
    busy.ends(1000);
    three.main.reaped(1001, 102, 0);
    expect(stuck(2000, three.main.calls, three.consumer.calls, busy.calls)).toEqual([100, 101]);
  });

  test('is not when there is a message for it, or messages were only counted', () => {
    const { main, consumer } = queue();
    join(main.put(4, 7).feed(5, 7));
    expect(stuck(2000, main.calls, consumer.calls)).toEqual([]);
    const counted = queue();
    join(counted.main.counters([{ obj: 7, puts: 3, sent: 3 }]));
    expect(stuck(2000, counted.main.calls, counted.consumer.calls)).toEqual([]);
  });

  test('is not when a process without instrumentation may have the queue', () => {
    const { main, consumer } = queue();
    main.start(4, 2, 102, { method: 2 });
    join(main);
    const found = seen({ k: 'found', t: 50, pid: 102, start: 1020, ppid: 100, argv: ['python3'], python: true, reason: '-I' });
    expect(stuck(2000, main.calls, consumer.calls, [found])).toEqual([]);
  });

  test('the feeder at rest is no thread that could put something, and the threads of a pool at rest are none', () => {
    const { main, consumer } = queue();
    join(main.record(RecordType.THREAD, { t0: 1, thread: 1, a: 500, s1: 'QueueFeederThread' }));
    expect(stuck(2000, main.calls, consumer.calls, [threads(100, 2)])).toEqual([100, 101]);
    expect(stuck(2000, main.calls, consumer.calls, [threads(100, 3)])).toEqual([]);
    main.pool(3, 9, 'Pool', { results: 10, workers: 1 });
    expect(stuck(2000, main.calls, consumer.calls, [threads(100, 5)])).toEqual([100, 101]);
  });
});

test('a child that waits for a connection, an Event that a busy process may set, a join of a child that has ended: none is stuck', () => {
  const main = new Scribe(0, 100).lock(0, 7, 'Event');
  const server = main.start(1, 1, 101).slot(RecordType.ACCEPT, 10, { obj: 5 });
  const waiter = main.start(1, 2, 102).slot(RecordType.SYNC_WAIT, 10, { obj: 7 });
  expect(stuck(2000, main.calls, server.calls, waiter.calls)).toEqual([]);
  main.slot(RecordType.JOIN, 20, { operand: 101 });
  expect(stuck(2000, main.calls, server.calls, waiter.calls)).toEqual([]);
  server.ends(500);
  expect(stuck(2000, main.calls, server.calls, waiter.calls)).toEqual([]);
});

test('five hundred that wait in a row for one that is stuck', () => {
  const main = new Scribe(0, 100);
  const streams = [main.calls];
  let before: Scribe = main;
  for (let i = 1; i <= 500; i++) {
    const child = before.start(i, i, 100 + i);
    before.slot(RecordType.JOIN, 600, { operand: 100 + i });
    streams.push(child.calls);
    before = child;
  }
  expect(stuck(3000, ...streams)).toEqual([]);
  before.lock(1, 7, 'Lock').held([7]).slot(RecordType.LOCK_WAIT, 700, { obj: 7 });
  expect(stuck(3000, ...streams)).toHaveLength(501);
});
