import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LaneTasks } from '../../../src/model/lane-tasks.js';
import { PoolTable } from '../../../src/model/pool-table.js';
import { SPAN_KINDS, SpanLog } from '../../../src/model/spans.js';

const OP = { op: 0, obj: 0, operand: 0, flags: 0, deadlineMs: null, thread: 0, site: 0 };

/** Ends of a few threads that tell theirs in turn: ascending but for some milliseconds. */
const ends = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 30 })).map(([count, jitter]) => Array.from({ length: count }, (_, i) => i + ((i * 7919) % jitter)));

describe('the waits of a process', () => {
  test('that were over by a time have the lengths that they have one by one', () => {
    fc.assert(fc.property(ends, fc.integer({ min: -5, max: 3100 }), (times, at) => {
      const log = new SpanLog();
      const want = SPAN_KINDS.map(() => 0);
      times.forEach((t1, i) => {
        const kind = i % 3 === 0 ? 'blocked-lock' : 'blocked-queue';
        log.add(t1 - 1 - (i % 5), t1, kind, 0, OP);
        if (t1 <= at) want[SPAN_KINDS.indexOf(kind)]! += 1 + (i % 5);
      });
      expect(log.sumsBy(at)).toEqual(want);
      expect(log.sumsBy(Infinity)).toEqual(SPAN_KINDS.map((kind) => log.sumMs(kind)));
    }), { numRuns: 50 });
  });

  test('in which a moment lies are found, wherever one looked before', () => {
    fc.assert(fc.property(ends, fc.array(fc.integer({ min: -5, max: 3100 }), { minLength: 1, maxLength: 12 }), (times, moments) => {
      const log = new SpanLog();
      const long = (i: number): number => (i % 97 === 0 ? 400 : 1 + (i % 40));
      times.forEach((t1, i) => log.add(t1 - long(i), t1, 'blocked-lock', 0, OP));
      for (const at of moments) {
        const found: number[] = [];
        log.at(at, at - 3, found);
        expect(found).toEqual(times.flatMap((t1, i) => (t1 - long(i) <= at - 3 && t1 > at ? [i] : [])));
      }
    }), { numRuns: 50 });
  });

  test('and the tasks that had ended are as many', () => {
    fc.assert(fc.property(ends, fc.integer({ min: -5, max: 3100 }), (times, at) => {
      const log = new LaneTasks();
      const pool = new PoolTable((a, b) => a - b).of(1, 0);
      times.forEach((t1, run) => log.end(pool, run, t1 - 1, t1, 0, false));
      expect(log.endedBy(at)).toBe(times.filter((t1) => t1 <= at).length);
      expect(log.endedBy(Infinity)).toBe(log.ended);
    }), { numRuns: 50 });
  });
});
