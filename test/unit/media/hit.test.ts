import { describe, expect, it } from 'vitest';
import { hit, messagesNear, spanAt } from '../../../media/lanes/hit.js';
import type { Lane } from '../../../src/protocol/view.js';

const lane: Lane = {
  process: 'p2',
  spans: [{ kind: 'life', fromMs: 0, toMs: 1_000, about: null }, { kind: 'blocked-queue', fromMs: 200, toMs: 300, about: 'c1' }],
  sends: [4, 2, 9, 5],
  receives: [],
  marks: [{ atMs: 1_000, kind: 'exit', text: 'exited 0' }],
};
const names = { process: (key: string) => key, channel: () => 'jobs' };

describe('what is under the pointer', () => {
  it('is the span that lies on top', () => {
    expect(spanAt(lane, 250, 0)?.kind).toBe('blocked-queue');
    expect(spanAt(lane, 500, 0)?.kind).toBe('life');
    expect(spanAt(lane, 1_500, 0)).toBeNull();
  });

  it('counts the messages of the columns near it', () => {
    expect(messagesNear(lane.sends, 4, 1)).toBe(2);
    expect(messagesNear(lane.sends, 6, 3)).toBe(7);
  });

  it('says the wait, its length and its place', () => {
    expect(hit(lane, 'consumer', 250, 1, 100, 1, names)).toEqual({ title: 'consumer · 0.25 s', lines: ['waits at queue jobs · 100 ms', '0.20 s to 0.30 s'] });
  });

  it('says a mark that is near', () => {
    expect(hit(lane, 'consumer', 995, 10, 100, 1, names).lines[0]).toBe('exited 0 · 1.00 s');
  });
});
