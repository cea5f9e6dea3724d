import { describe, expect, it } from 'vitest';
import { bytes, count, duration, elapsed, fileName, kibibytes, latencies, latency, percent, rate, signed } from '../../../media/state/format.js';
import { fill, parts } from '../../../media/state/l10n.js';

describe('numbers as people read them', () => {
  it('durations grow coarser as they grow longer', () => {
    expect([100, 3_290, 42_900, 125_000, 3_720_000, -5].map(duration)).toEqual(['0.1 s', '3.2 s', '42 s', '2 min 05 s', '1 h 02 min', '0.0 s']);
  });

  it('latencies take the unit that suits them, and share it where both have it', () => {
    expect([0.05, 2.1, 240, 3_400].map(latency)).toEqual(['50 µs', '2.1 ms', '240 ms', '3.4 s']);
    expect([latencies(18, 240), latencies(0.05, 9)]).toEqual(['18 · 240 ms', '50 µs · 9.0 ms']);
  });

  it('sizes and counts fit their columns', () => {
    expect([212, 4_198, 69_632, 1_258_291].map(bytes)).toEqual(['212 B', '4.1 K', '68 K', '1.2 M']);
    expect([0, 999, 9_812, 31_204, 1_234_567].map(count)).toEqual(['0', '999', '9.8k', '31k', '1.2M']);
    expect([kibibytes(31_700), kibibytes(0)]).toEqual(['31 M', '0']);
    expect([rate(0), rate(0.5), rate(2), rate(411.7)]).toEqual(['0', '0.5', '2', '412']);
    expect([percent(0), percent(0.2), percent(61.4)]).toEqual(['0 %', '0.2 %', '61 %']);
  });

  it('the time of the run counts tenths in its first minute', () => {
    expect([elapsed(12_460), elapsed(75_900), elapsed(3_723_000)]).toEqual(['00:12.4', '01:15', '1:02:03']);
  });

  it('a negative exit code has a minus, not a hyphen', () => {
    expect([signed(-9), signed(0)]).toEqual(['\u22129', '0']);
  });

  it('file names are found in the paths of both systems', () => {
    expect([fileName('/a/b c.py'), fileName('C:\\a\\b.py'), fileName('b.py')]).toEqual(['b c.py', 'b.py', 'b.py']);
  });
});

describe('texts with arguments', () => {
  it('are filled in by number, in any order, and what is missing stays', () => {
    expect(fill('{1} of {0}, {2}', ['a', 2])).toBe('2 of a, {2}');
  });

  it('come in parts, so that an argument can be a link', () => {
    expect(parts({ template: '{0} waits for {1}.', args: ['p', 3] })).toEqual([{ text: 'p', arg: 0 }, { text: ' waits for ', arg: null }, { text: '3', arg: 1 }, { text: '.', arg: null }]);
  });
});
