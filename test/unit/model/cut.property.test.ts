import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { Cut } from '../../../src/model/cut.js';
import type { HeldFact } from '../../../src/model/facts.js';
import { keysOf } from '../../../src/model/given-keys.js';
import { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { interleave, RUN, Scribe, type Call } from './kit.js';
import { comparable, END, factsOf, liveAt, LOCKS, PIDS, play, slotOf, streamsAt } from './plays.js';

// Hundreds of histories, on machines that have other things to do.
vi.setConfig({ testTimeout: 120_000 });

function cutAt(at: number, streams: readonly (readonly Call[])[], picks: readonly number[], whole: Model | null = null): Model {
  const model = new Model(RUN, { findings: evaluate, ...(whole === null ? {} : { keys: keysOf(whole) }) });
  const cut = new Cut(model, at);
  interleave(streams, picks, (call) => call(cut));
  cut.finish();
  return model;
}

describe('a run that is cut at a moment', () => {
  test('is what a live run was then, that was told what there was: rows, waits, findings, chains, messages', () => {
    fc.assert(
      fc.property(play, (drawn) => {
        const facts = factsOf(drawn);
        const live = liveAt(drawn.at, streamsAt(drawn, facts, drawn.at));
        const cut = cutAt(drawn.at, streamsAt(drawn, facts, END + 4000), drawn.picks);
        expect(comparable(cut)).toEqual(comparable(live));
      }),
      { numRuns: 250 },
    );
  });

  test('is the same whenever it is read: what came after the moment says no more of it the more there is', () => {
    fc.assert(
      fc.property(play, fc.nat(2000), (drawn, later) => {
        const facts = factsOf(drawn);
        const soon = cutAt(drawn.at, streamsAt(drawn, facts, drawn.at + later), []);
        const whole = cutAt(drawn.at, streamsAt(drawn, facts, END + 4000), drawn.picks);
        const plain = (model: Model): unknown => ({ ...model.snapshot(), locks: [] });
        // A wait that was interrupted is known once it was seen, and that may have been later.
        fc.pre(!drawn.threads.flat(2).some(({ what }) => what === 'silent'));
        expect(plain(soon)).toEqual(plain(whole));
      }),
      { numRuns: 100 },
    );
  });

  test('calls things what the whole run calls them', () => {
    fc.assert(
      fc.property(play, fc.array(fc.nat(4), { maxLength: 30 }), (drawn, looks) => {
        const facts = factsOf(drawn);
        const streams = streamsAt(drawn, facts, END + 4000);
        const whole = new Model(RUN, { findings: evaluate });
        // As they grow, runs name what they have met by then.
        interleave(streams, drawn.picks, (call, step) => {
          call(whole);
          if (looks[step] === 1) whole.snapshot();
        });
        whole.advance(END + 4000);
        const now = whole.snapshot();
        const { processes, channels, locks, pools } = cutAt(drawn.at, streams, [], whole).snapshot();
        for (const { key, pid } of processes) expect(now.processes.find((row) => row.key === key)?.pid).toBe(pid);
        for (const { key, kind } of channels) expect(now.channels.find((row) => row.key === key)?.kind).toBe(kind);
        for (const { key, kind } of locks) expect(now.locks.find((row) => row.key === key)?.kind).toBe(kind);
        for (const { key } of pools) expect(now.pools.map((row) => row.key)).toContain(key);
        expect(processes.map(({ key }) => Number(key.slice(1)))).toEqual(processes.map(({ key }) => Number(key.slice(1))).sort((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });
});

/** One lock, taken in turn; who holds it when nobody waits for it leaves no record. */
const turns = fc.array(fc.record({ who: fc.nat(3), free: fc.nat(60), holds: fc.integer({ min: 1, max: 400 }), waits: fc.boolean() }), { minLength: 1, maxLength: 12, size: 'max' });

describe('who held a lock then', () => {
  test('is never said with certainty where it is wrong', () => {
    let certain = 0;
    fc.assert(
      fc.property(turns, fc.nat(3000), fc.boolean(), fc.array(fc.nat(9), { maxLength: 60 }), (list, at, killed, picks) => {
        const lock = LOCKS[0]!;
        const scribes = PIDS.map((pid, image) => new Scribe(image, pid, { ppid: image === 0 ? 1 : 200, openedMs: 0 }));
        scribes[0]!.lock(0, lock, 'Lock');
        let t = 10;
        const spans = list.map(({ who, free, holds, waits }, i) => {
          const from = t + free;
          const last = i === list.length - 1;
          t = from + holds;
          // Whoever waits began to while the one before had it.
          if (waits && i > 0 && list[i - 1]!.who !== who && free === 0) scribes[who]!.record(RecordType.LOCK_WAIT, { t0: from - 1, t1: from, obj: lock, a: -1 });
          return { who, from, to: last ? Infinity : t };
        });
        const { who: holder, from } = spans.at(-1)!;
        const words: HeldFact = { locks: [lock], unseen: false };
        // The last one holds it for good, and waits for ever, or was killed.
        scribes[holder]!.calls.push((sink) => {
          if (!killed) sink.slots(holder, [slotOf(0, PIDS[holder]!, RecordType.RECV, from + 50, { obj: 999 })]);
          sink.held(holder, words);
        });
        if (killed) scribes[0]!.record(RecordType.REAPED, { t0: from + 60, a: PIDS[holder]!, b: -9 });
        const model = cutAt(at, scribes.map(({ calls }) => calls), picks);
        const { locks, processes } = model.snapshot();
        const [row] = locks;
        const truth = spans.filter((span) => span.from <= at && at < span.to).map(({ who }) => PIDS[who]!);
        const said = row!.holders.map((key) => processes.find((one) => one.key === key)!.pid);
        if (!row!.holdersUncertain) certain++;
        if (!row!.holdersUncertain) expect(said).toEqual(truth);
        for (const pid of said) expect(truth).toContain(pid);
      }),
      { numRuns: 300 },
    );
    expect(certain).toBeGreaterThan(20);
  });
});
