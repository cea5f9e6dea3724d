import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Spaced } from '../../../src/host/panel/spaced.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function spaced(): { it: Spaced; times: number[] } {
  const times: number[] = [];
  return { it: new Spaced(100, () => times.push(Date.now() - start), () => Date.now()), times };
}
let start = 0;
beforeEach(() => {
  start = Date.now();
});

test('what was not wanted lately is done at once', () => {
  const { it, times } = spaced();
  it.want();
  vi.advanceTimersByTime(150);
  it.want();
  expect(times).toEqual([0, 150]);
});

test('many wishes in a row are done at intervals, and the last of them is not lost', () => {
  const { it, times } = spaced();
  for (let ms = 0; ms < 250; ms += 10) {
    it.want();
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([0, 100, 200, 300]);
});

test('what is asked for in so many words is done at once, and what was wanted with it', () => {
  const { it, times } = spaced();
  it.want();
  vi.advanceTimersByTime(20);
  it.want();
  it.do();
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([0, 20]);
});

test('what is cancelled is not done', () => {
  const { it, times } = spaced();
  it.want();
  it.want();
  it.cancel();
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([0]);
});
