import { describe, expect, it } from 'vitest';
import { PastFrames } from '../../../media/time/past-frames.js';
import type { Past } from '../../../src/protocol/moment.js';

const at = (atMs: number): Past => ({ atMs }) as Past;

function frames() {
  const drawn: string[] = [];
  let now = 0;
  const past = new PastFrames({ processes: ({ atMs }) => drawn.push(`p${atMs}`), objects: ({ atMs }) => drawn.push(`o${atMs}`) }, () => now);
  /** A frame that takes so many ms. */
  const frame = (ms: number): boolean => {
    const left = past.goOn();
    now += ms;
    past.rendered();
    return left;
  };
  return { past, drawn, frame };
}

describe('moments in frames', () => {
  it('draws the processes in one frame and the rest in the next', () => {
    const { past, drawn } = frames();
    past.take(at(1));
    expect([past.goOn(), [...drawn]]).toEqual([true, ['p1']]);
    expect([past.goOn(), [...drawn]]).toEqual([false, ['p1', 'o1']]);
    expect([past.goOn(), [...drawn]]).toEqual([false, ['p1', 'o1']]);
  });

  it('lets what comes meanwhile wait, and leaves none of it out: each tells what differs from the one before', () => {
    const { past, drawn } = frames();
    past.take(at(1));
    past.goOn();
    past.take(at(2));
    past.take(at(3));
    past.take(at(4));
    expect([past.goOn(), past.waits]).toEqual([true, true]);
    expect(drawn).toEqual(['p1', 'o1']);
    // Two of three as one: what is drawn may lag behind the hand by one moment.
    expect([past.goOn(), past.waits]).toEqual([true, true]);
    expect(past.goOn()).toBe(true);
    expect([past.goOn(), past.waits]).toEqual([true, false]);
    expect(past.goOn()).toBe(false);
    expect(drawn).toEqual(['p1', 'o1', 'p2', 'p3', 'o2', 'o3', 'p4', 'o4']);
  });

  it('draws each of two that wait, also where each needs but one frame', () => {
    const { past, drawn, frame } = frames();
    past.take(at(1));
    frame(1);
    frame(1);
    drawn.length = 0;
    past.take(at(2));
    past.take(at(3));
    expect([frame(1), [...drawn]]).toEqual([true, ['p2', 'o2']]);
    expect([frame(1), drawn]).toEqual([false, ['p2', 'o2', 'p3', 'o3']]);
  });

  it('draws all in one frame where both parts were quick, and in two again where they were not', () => {
    const { past, drawn, frame } = frames();
    const moment = (n: number, ms: number): number => {
      past.take(at(n));
      let count = 1;
      while (frame(ms)) count++;
      return count;
    };
    expect(moment(1, 6)).toBe(2);
    expect(moment(2, 12)).toBe(1);
    expect(moment(3, 60)).toBe(1);
    expect(moment(4, 2)).toBe(2);
    expect(drawn).toEqual(['p1', 'o1', 'p2', 'o2', 'p3', 'o3', 'p4', 'o4']);
    let n = 5;
    while (moment(n, 1) === 2) n++;
    expect(n).toBeGreaterThan(5);
    // A frame in which nothing was to draw costs nothing.
    expect(frame(1000)).toBe(false);
    expect(moment(99, 1)).toBe(1);
  });

  it('forgets what was to come when the present comes', () => {
    const { past, drawn } = frames();
    past.take(at(1));
    past.goOn();
    past.take(at(2));
    past.clear();
    expect([past.goOn(), drawn]).toEqual([false, ['p1']]);
  });
});
