import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { Model } from '../../../src/model/index.js';
import { RecordType, SendFlag, ReceiveFlag } from '../../../src/model/record-types.js';
import { interleave, RUN, Scribe, seen, told, type Call } from './kit.js';

// Hundreds of histories, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

const OBJECTS = [101, 102, 103, 104];
/** A pool has the id of the channel that carries its tasks. */
const POOL = 104;
const LOCKS = [301, 302, 303, 304];
const KINDS = ['Lock', 'Semaphore', 'Event', 'Condition'];

/** What an image may tell, without regard for sense: the outcome must not depend on the order even then. */
interface Act {
  readonly what: number;
  readonly t: number;
  readonly length: number;
  readonly obj: number;
  readonly small: number;
}

const act = (whats: readonly number[]): fc.Arbitrary<Act> => fc.record({
  what: fc.constantFrom(...whats),
  t: fc.nat(60),
  length: fc.nat(5),
  obj: fc.constantFrom(...OBJECTS),
  small: fc.nat(3),
});

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** Starts and ends of processes concern all. */
const LIVES = [12, 13, 13];
/** What a history is about: where it is about everything, few facts meet. */
const THEMES = [numbers(0, 50), [...numbers(0, 22), 50, 50], [...numbers(23, 30), 27, 29, 48, ...LIVES], [...numbers(31, 42), ...LIVES], [...numbers(43, 48), ...LIVES], [49, 49, 49, 9, 10, 18]];

function write(scribe: Scribe, { what, t, length, obj, small }: Act): void {
  const t1 = t + length;
  switch (what) {
    case 0: case 1: case 2:
      scribe.put(t, obj, { t1, flags: small === 3 ? 1 : 0 });
      return;
    case 3: case 4: case 5:
      scribe.feed(t, obj, { t1, bytes: small, ...(length > 2 ? { crc: small } : {}) });
      return;
    case 6: case 7: case 8:
      scribe.get(t1, obj, { t0: t, bytes: small });
      return;
    case 9:
      scribe.send(t, obj, { t1, bytes: small, flags: small === 0 ? SendFlag.LOCKED : 0, thread: small });
      return;
    case 10:
      scribe.receive(t1, obj, { t0: t, bytes: small, flags: small === 0 ? ReceiveFlag.LOCKED : 0, thread: small });
      return;
    case 11:
      scribe.record(RecordType.FEEDER_ERROR, { t0: t, obj, a: small });
      return;
    case 12:
      scribe.record(RecordType.START, { t0: t, t1, a: (length > 3 ? 210 : 200) + small, flags: length > 3 ? 1 : 1 + (small % 3), s1: `P${small}`, s2: 'm.f' });
      return;
    case 13:
      scribe.reaped(t, 200 + small, small === 0 ? -9 : small);
      return;
    case 14:
      scribe.record(RecordType.EXCEPTION, { t0: t, s1: `E${small}\nwhy`, s2: 'trace' });
      return;
    case 15:
      scribe.record(RecordType.SIGNAL, { t0: t, a: 200 + small, b: 9 });
      return;
    case 16:
      scribe.record(RecordType.TASK_DONE, { t0: t, obj });
      return;
    case 17:
      if (small === 0) scribe.record(RecordType.COUNTING, { t0: t + 40, obj });
      return;
    case 18:
      scribe.record(RecordType.CHANNEL_CLOSED, { t0: t, obj, flags: 1 + (small % 3) });
      return;
    case 19:
      scribe.slot(RecordType.JOIN, t, { operand: 200 + small });
      return;
    case 20:
      scribe.slot(RecordType.RECV, t, { obj, slot: small });
      return;
    case 21:
      scribe.slot(RecordType.SEND, t, { obj, slot: small, operand: length, flags: SendFlag.FEEDER });
      return;
    case 22:
      scribe.send(t, obj, { flags: SendFlag.FEEDER | SendFlag.FAILED });
      return;
    case 50:
      scribe.record(RecordType.GET_EMPTY, { t0: t, t1, obj });
      return;
    default:
      writeObject(scribe, { what, t, length, obj, small }, t1);
  }
}

/** Of locks, tasks, shared objects, connections and segments. */
function writeObject(scribe: Scribe, { what, t, length, obj, small }: Act, t1: number): void {
  const lock = LOCKS[small]!;
  const task = { obj: POOL + (length === 5 ? 1 : 0), a: obj % 3, b: small + 2 ** 32 };
  switch (what) {
    case 23:
      scribe.lock(t, lock, KINDS[small]!, { value: small, on: small === 3 ? 301 : 0, flags: length > 3 ? 2 : 0 });
      return;
    case 24:
      scribe.record(RecordType.LOCK_HELD, { t0: t, obj: lock, s1: KINDS[small]!, b: small === 3 ? 302 : 0 });
      return;
    case 25:
      scribe.record(RecordType.LOCK_WAIT, { t0: t, t1, obj: lock, flags: length === 1 ? 1 : 0 });
      return;
    case 26:
      scribe.record(RecordType.SYNC_WAIT, { t0: t, t1, obj: lock });
      return;
    case 27:
      scribe.record(RecordType.SYNC_TELL, { t0: t, obj: lock, flags: 1 + length });
      return;
    case 28:
      if (length === 0) scribe.record(RecordType.LOCK_FREED, { t0: t, obj: lock });
      return;
    case 29:
      scribe.held(length === 0 ? [] : [lock], length === 5);
      return;
    case 30:
      scribe.slot(length > 2 ? RecordType.LOCK_WAIT : RecordType.SYNC_WAIT, t, { obj: lock, slot: small });
      return;
    case 31:
      scribe.pool(t, task.obj, small === 0 ? 'ProcessPoolExecutor' : 'Pool', { workers: length, results: 101, tasksPerWorker: small });
      return;
    case 32: case 33:
      scribe.record(RecordType.TASK_SUBMIT, { ...task, t0: t, b: length - 1, s1: `f${small}`, s2: small === 0 ? 'submit' : 'map' });
      return;
    case 34: case 35: case 36:
      scribe.record(RecordType.TASK_BEGIN, { ...task, t0: t, s1: `f${length}` });
      return;
    case 37: case 38: case 39:
      scribe.record(RecordType.TASK_END, { ...task, t0: t, t1, flags: length % 3, s1: length % 3 === 0 ? null : `E: ${length}` });
      return;
    case 40:
      scribe.record(RecordType.TASK_RESULT, { ...task, t0: t, flags: length % 3, s1: length % 3 === 1 ? `E: ${small}` : null });
      return;
    case 41:
      scribe.slot(length > 2 ? RecordType.TASK_WAIT : RecordType.POOL_STATE, t, { obj: POOL, slot: small, operand: small, flags: 3 });
      return;
    case 42:
      scribe.record(RecordType.POOL_STATE, { ...task, t0: t, t1, flags: 1 + length, s1: `why ${small}` });
      return;
    case 43:
      scribe.record(small === 0 ? RecordType.SHARED_NEW : RecordType.PROXY_NEW, { t0: t, obj: 401 + length, s1: `type${small}`, s2: small === 1 ? 'there' : 'here' });
      return;
    case 44:
      scribe.record(RecordType.PROXY_CALL, { t0: t, t1, obj: 401 + small, s1: length === 0 ? '#CREATE' : `call${length}`, s2: 'dict', flags: length === 2 ? 1 : 0 });
      return;
    case 45:
      scribe.record(RecordType.SERVER_NEW, { t0: t, obj: 450, s2: small === 1 ? 'there' : 'here' });
      return;
    case 46:
      scribe.record(RecordType.SEGMENT_NEW, { t0: t, obj: 501 + small, a: 64, s1: `psm_${small}`, s2: length === 0 ? 'ShareableList' : 'SharedMemory', flags: length > 2 ? 1 : 0 });
      return;
    case 47:
      scribe.record(length > 2 ? RecordType.SEGMENT_CLOSED : RecordType.SEGMENT_UNLINKED, { t0: t, obj: 501 + small });
      return;
    case 48:
      scribe.record(RecordType.VALUE_NEW, { t0: t, obj: 511 + length, a: 4, b: small === 0 ? 0 : lock, s1: 'Value', s2: 'c_int' });
      return;
    default:
      connects(scribe, { what, t, length, obj, small }, t1);
  }
}

let ends = 0;

/** Each end has an inode of its own; but of a group, any may come at any time. */
function connects(scribe: Scribe, { t, length, small }: Act, t1: number): void {
  const end = 600 + ends++;
  const tcp = small > 1;
  const from = tcp ? `127.0.0.1:${length % 2}` : null;
  if (length < 3) scribe.record(RecordType.CONNECT, { t0: t, t1, obj: end, s1: 'there', s2: from, flags: small === 1 && length === 0 ? 2 : 0 }).send(t1, end);
  else if (length < 5) scribe.record(RecordType.ACCEPT, { t0: t, t1, obj: 590, a: end, b: tcp ? -1 : 199 + (length % 2), s1: from, s2: small === 0 ? null : 'there' }).receive(t1, end);
  else scribe.record(RecordType.LISTENER_NEW, { t0: t, obj: 590, s1: small === 0 ? 'there' : 'here' });
}

interface History {
  readonly acts: readonly (readonly Act[])[];
  readonly observed: readonly { readonly what: number; readonly pid: number; readonly gap: number }[];
}

const history: fc.Arbitrary<History> = fc.record({
  acts: fc.oneof(...THEMES.map((theme) => fc.array(fc.array(act(theme), { maxLength: 25, size: 'max' }), { minLength: 1, maxLength: 4 }))),
  observed: fc.array(fc.record({ what: fc.nat(5), pid: fc.nat(4), gap: fc.nat(400) }), { maxLength: 10 }),
});

function streamsOf({ acts, observed }: History): Call[][] {
  ends = 0;
  const streams = acts.map((list, i) => {
    const scribe = new Scribe(i, 199 + i, { ppid: i === 0 ? 1 : 199, openedMs: i, madeByFork: i % 2 === 1, parentStart: 1990 });
    if (i === 0) {
      scribe.channel(0, 101, 'Queue', { maxsize: 3 }).channel(0.1, 102, 'Pipe', { second: 103 });
    }
    for (const one of list) write(scribe, one);
    return scribe.calls;
  });
  let t = 0;
  const observer = observed.map(({ what, pid, gap }): Call => {
    t += gap;
    const at = t;
    const number = 199 + pid;
    if (what === 0) return seen({ k: 'gone', t: at, pid: number, start: number * 10 });
    if (what === 1) return seen({ k: 'found', t: at, pid: number, start: number * 10, ppid: 199, argv: ['x'], python: true, reason: 'no-env' });
    if (what === 5) return seen({ k: 'quiet', t: at, from: at / 2, pid: 210 + pid, parent: 199, code: pid });
    if (what === 2) return seen({ k: 'exit', t: at, pid: 199, code: 0, signal: null });
    return seen({ k: 'sample', t: at, p: [[number, number * 10, what === 3 ? 'Z' : 'S', pid === 2 ? 1 : 199, 1, 1, 1, 1]] });
  });
  observer.unshift(seen({ k: 'root', t: 0, pid: 199, start: 1990 }));
  return [...streams, observer];
}

/** Keys are given as things appear: in their place, what they are about. */
function stripped(model: Model): unknown {
  const { processes, channels, locks, pools, segments, shared } = model.snapshot();
  const words = new Map<string, string>();
  for (const row of processes) words.set(row.key, `pid ${row.pid}`);
  const what: [readonly { readonly key: string }[], (row: never) => unknown][] = [
    [locks, (row: (typeof locks)[number]) => ['lock', row.kind, row.contended, row.waitMs, row.users.length, row.told, row.holders.length, row.holdersUncertain]],
    [pools, (row: (typeof pools)[number]) => ['pool', row.kind, row.submitted, row.jobs]],
    [segments, (row: (typeof segments)[number]) => ['segment', row.kind, row.systemName, row.unlinked]],
    [shared, (row: (typeof shared)[number]) => ['shared', row.typeId, row.calls]],
  ];
  for (const [rows, about] of what) for (const row of rows) words.set(row.key, JSON.stringify(about(row as never)));
  for (const row of channels) words.set(row.key, JSON.stringify(['channel', row.kind, row.sent, row.received, row.address, row.puts, row.bytes]));
  const plain = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (name, part: unknown) => {
        // It ends where the row was last made: after that `depth` holds.
        if (name.startsWith('depth') && name !== 'depth') return undefined;
        if (typeof part === 'string') return words.get(part) ?? part;
        // Who came in one moment stands in the order of keys.
        if ((name === 'waiters' || name === 'flows') && Array.isArray(part)) return part.map((one) => JSON.stringify(plain(one))).sort();
        // Sets of keys: their order is that of the keys.
        return Array.isArray(part) && part.every((one) => typeof one === 'string') ? part.map((one) => words.get(one) ?? one).sort() : part;
      }),
    );
  const tasks = pools.map((pool) => model.tasks(pool.key, 1000));
  const list = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(plain(row))).sort();
  return { processes: list(processes), channels: list(channels), locks: list(locks), pools: list(pools), segments: list(segments), shared: list(shared), tasks: list(tasks) };
}

describe('the order of telling', () => {
  test('leaves no trace in the report, however images interleave, wherever polls cut, and whenever somebody looks', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(9), { maxLength: 120 }), fc.array(fc.nat(6), { maxLength: 120 }), (facts, picks, looks) => {
        const plain = told(streamsOf(facts), { findings: evaluate }).report();
        const model = new Model(RUN, { findings: evaluate });
        const cursor = model.cursor();
        let now = 0;
        interleave(streamsOf(facts), picks, (call, step) => {
          call(model);
          const look = looks[step] ?? 0;
          if (look === 1) cursor.take();
          if (look === 2) model.advance((now += 90));
          if (look === 3) model.report();
          if (look === 4) model.snapshot();
        });
        expect(model.report()).toEqual(plain);
        expect(model.report()).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  });

  test('leaves no trace in the rows that are shown once all is told, nor in the lists of tasks', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(9), { maxLength: 120 }), fc.array(fc.nat(3), { maxLength: 120 }), (facts, picks, looks) => {
        const end = seen({ k: 'end', t: 100000 });
        const plain = told([...streamsOf(facts), [end]]);
        const model = new Model(RUN, { findings: evaluate });
        interleave(streamsOf(facts), picks, (call, step) => {
          call(model);
          if (looks[step] === 1) {
            model.advance(step * 50);
            model.snapshot();
          }
        });
        end(model);
        expect(stripped(model)).toEqual(stripped(plain));
      }),
      { numRuns: 300 },
    );
  });

  test('and the moments at which somebody looked leave no trace in rows that were kept up as facts came', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(9), { maxLength: 120, size: 'max' }), fc.array(fc.nat(2), { maxLength: 120, size: 'max' }), (facts, picks, looks) => {
        const grown = new Model(RUN);
        const atOnce = new Model(RUN);
        const cursor = grown.cursor();
        let now = 0;
        interleave(streamsOf(facts), picks, (call, step) => {
          call(grown);
          if (looks[step] === 1) cursor.take();
          if (looks[step] === 2) grown.advance((now += 40));
        });
        interleave(streamsOf(facts), picks, (call) => call(atOnce));
        // Until rates are nothing again, and what is looked at seldom was looked at.
        for (let later = 10_000; later < 14_000; later += 500) {
          grown.advance(later);
          grown.snapshot();
          atOnce.advance(later);
        }
        expect(stripped(grown)).toEqual(stripped(atOnce));
      }),
      { numRuns: 300 },
    );
  });

  test('leaves no trace in the messages that are shown', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(9), { maxLength: 120 }), fc.array(fc.nat(3), { maxLength: 120 }), (facts, picks, looks) => {
        const end = seen({ k: 'end', t: 100000 });
        const plain = told([...streamsOf(facts), [end]]);
        const model = new Model(RUN, { findings: evaluate });
        interleave(streamsOf(facts), picks, (call, step) => {
          call(model);
          if (looks[step] === 1) {
            model.advance(step * 50);
            model.snapshot();
          }
        });
        end(model);
        const strip = (m: Model): unknown => {
          const { channels, processes } = m.snapshot();
          const pids = new Map(processes.map((row) => [row.key, row.pid]));
          const lists = channels.map((channel) =>
            m.messages(channel.key, 1000).rows.map((row) => ({ ...row, id: '', from: pids.get(row.from ?? ''), to: pids.get(row.to ?? '') })),
          );
          return lists.map((list) => JSON.stringify(list)).sort();
        };
        expect(strip(model)).toEqual(strip(plain));
      }),
      { numRuns: 150 },
    );
  });
});
