import { describe, expect, it } from 'vitest';
import { compare, waitedMs } from '../../../media/details/comparison.js';
import type { Blocked } from '../../../src/protocol/view.js';
import { processRow } from './rows.js';

const waits = { queue: 0, pipe: 0, join: 0, lock: 0, result: 0, other: 0 };
const blocked = (op: Blocked['op'], sinceMs: number): Blocked => ({ op, sinceMs, untilMs: null, channel: null, object: null, process: null, thread: null, where: null });

describe('two processes side by side', () => {
  const a = processRow('p1', { cpu: 20, rssKiB: 100, sent: 10, startedMs: 0, blockedMs: { ...waits, queue: 100 } });
  const b = processRow('p2', { cpu: 80, rssKiB: 100, sent: 0, startedMs: 400, endedMs: null, blockedMs: { ...waits, lock: 7 }, blocked: [blocked('lock', 900)] });
  const row = (name: string) => compare(a, b, 1000).find((one) => one.name === name);

  it('says of each number by how much they differ, how many times the larger is, and how long their bars are', () => {
    expect(row('cpu')).toEqual({ name: 'cpu', a: 20, b: 80, shares: [0.25, 1], by: 60, times: 4 });
    expect(row('sent')).toMatchObject({ a: 10, b: 0, by: -10, times: null, shares: [1, 0] });
    expect(row('memory')).toMatchObject({ by: 0, times: null });
    expect(row('lived')).toMatchObject({ a: 1000, b: 600, by: -400 });
  });

  it('leaves out what neither has, and gives no ratio of moments', () => {
    expect(row('tasks')).toBeUndefined();
    expect(row('started')).toMatchObject({ a: 0, b: 400, times: null });
  });

  it('takes a wait that goes on with those that are over, each under its reason', () => {
    expect(row('lock')).toMatchObject({ a: 0, b: 107 });
    expect(waitedMs(processRow('p3', { blocked: [blocked('join', 0), blocked('feeder-send', 500), blocked('recv', 800), blocked('result', 990), blocked('event', 999), blocked('accept', 996)] }), 1000))
      // As when it is over: an event, a condition and a barrier are among the locks.
      .toEqual({ queue: 500, pipe: 200, join: 1000, lock: 1, result: 10, other: 4 });
  });

  it('does not set the memory of one that has ended against that of a living one', () => {
    const over = processRow('p4', { state: 'exited', endedMs: 500, rssKiB: 5, cpu: 1 });
    expect(compare(a, over, 1000).find((one) => one.name === 'memory')).toMatchObject({ a: 100, b: null, by: null, times: null });
  });
});
