import { describe, expect, it } from 'vitest';
import { readBytes, readMilliseconds } from '../../../media/channels/amount.js';

describe('an amount that is typed', () => {
  it.each([['4k', 4096], ['1.5 MB', 1.5 * 1024 ** 2], ['1,5 M', 1.5 * 1024 ** 2], ['200', 200], ['>= 2k', 2048], ['≥ 10', 10], ['12 B', 12], ['', null], ['  ', null]])('of bytes: %j is %j', (text, value) => {
    expect(readBytes(text)).toBe(value);
  });

  it.each([['10ms', 10], ['10', 10], ['0.5 s', 500], ['200µs', 0.2], ['200 us', 0.2], ['2 min', 120_000], ['', null]])('of time: %j is %j', (text, value) => {
    expect(readMilliseconds(text)).toBe(value);
  });

  it.each(['k', 'many', '4 q', '1.2.3', '-5', '.', '>=', 'constructor'])('is refused where it is none: %j', (text) => {
    expect(readBytes(text)).toBeUndefined();
    expect(readMilliseconds(text)).toBeUndefined();
  });
});
