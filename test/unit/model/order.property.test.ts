import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { Model } from '../../../src/model/index.js';
import { RecordType, SendFlag, ReceiveFlag } from '../../../src/model/record-types.js';
import { interleave, RUN, Scribe, seen, told, type Call } from './kit.js';

// Hundreds of histories, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

const OBJECTS = [101, 102, 103, 104];

/** What an image may tell, without regard for sense: the outcome must not depend on the order even then. */
interface Act {
  readonly what: number;
  readonly t: number;
  readonly length: number;
  readonly obj: number;
  readonly small: number;
}

const act: fc.Arbitrary<Act> = fc.record({
  what: fc.nat(22),
  t: fc.nat(60),
  length: fc.nat(5),
  obj: fc.constantFrom(...OBJECTS),
  small: fc.nat(3),
});

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
    default:
      scribe.send(t, obj, { flags: SendFlag.FEEDER | SendFlag.FAILED });
  }
}

interface History {
  readonly acts: readonly (readonly Act[])[];
  readonly observed: readonly { readonly what: number; readonly pid: number; readonly gap: number }[];
}

const history: fc.Arbitrary<History> = fc.record({
  acts: fc.array(fc.array(act, { maxLength: 25 }), { minLength: 1, maxLength: 4 }),
  observed: fc.array(fc.record({ what: fc.nat(5), pid: fc.nat(4), gap: fc.nat(400) }), { maxLength: 10 }),
});

function streamsOf({ acts, observed }: History): Call[][] {
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
            m.messages(channel.key, 1000).rows.map((row) => ({ ...row, from: pids.get(row.from ?? ''), to: pids.get(row.to ?? '') })),
          );
          return lists.map((list) => JSON.stringify(list)).sort();
        };
        expect(strip(model)).toEqual(strip(plain));
      }),
      { numRuns: 150 },
    );
  });
});
