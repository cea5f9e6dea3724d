import { describe, expect, it } from 'vitest';
import { PastFrames } from '../../../media/time/past-frames.js';
import type { Past } from '../../../src/protocol/moment.js';

const at = (atMs: number): Past => ({ atMs }) as Past;

function frames() {
  const drawn: string[] = [];
  const past = new PastFrames({ processes: ({ atMs }) => drawn.push(`p${atMs}`), objects: ({ atMs }) => drawn.push(`o${atMs}`) });
  return { past, drawn };
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
    expect(past.goOn()).toBe(true);
    expect(past.goOn()).toBe(true);
    expect(past.goOn()).toBe(false);
    expect(drawn).toEqual(['p1', 'o1', 'p2', 'p3', 'o2', 'o3']);
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
