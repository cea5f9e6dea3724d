import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cut, table } from '../../../src/export/text/table.js';
import { bytes, count, duration, ending, place, plain } from '../../../src/export/text/words.js';

describe('a table', () => {
  it('lines up where characters are two cells wide', () => {
    const lines = table([[{ text: '名前' }, { text: 'x' }], [{ text: 'name-1' }, { text: 'y' }], [{ text: '👩‍👧' }, { text: 'z' }]], 80, []);
    expect(lines.map((line) => stringWidth(line.slice(0, -1)))).toEqual([8, 8, 8]);
  });

  it('shrinks its flexible columns to the width', () => {
    const lines = table([[{ text: 'a'.repeat(30) }, { text: '12345', right: true }]], 20, [0]);
    expect(lines).toEqual([`${'a'.repeat(12)}…  12345`]);
  });

  it('colours the text and not its padding', () => {
    expect(table([[{ text: 'x', paint: (t) => `<${t}>` }, { text: 'y' }], [{ text: 'xxx' }, { text: 'y' }]], 80, [])).toEqual(['<x>    y', 'xxx  y']);
  });
});

describe('words', () => {
  it('cut text by cells, never through a character', () => {
    expect(cut('测试测试', 5)).toBe('测试…');
    expect(cut('测试测试', 4)).toBe('测…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
  });

  it('let nothing through that moves a cursor', () => {
    expect(plain('a\u001b[2Jb\nc\u202ed\u009bm')).toBe('a␛[2Jb⏎c�d�m');
  });

  it.each([[0.5, '500 µs'], [1.25, '1.3 ms'], [250, '250 ms'], [2500, '2.5 s'], [61_000, '1 min 1 s'], [3_720_000, '1 h 2 min']])('say %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([[999, '999 B'], [1500, '1.5 kB'], [64_000, '64 kB'], [2_500_000, '2.5 MB'], [3e9, '3.0 GB']])('say %d bytes as %s', (n, text) => {
    expect(bytes(n)).toBe(text);
  });

  it('say how a process ended', () => {
    expect(ending(0, null)).toBe('exited 0');
    expect(ending(-9, 'SIGKILL')).toBe('ended by SIGKILL (-9)');
    expect(ending(null, null)).toBe('ended');
    expect(count(1234567)).toBe('1,234,567');
  });

  it('shorten a place inside the current folder only', () => {
    expect(place({ file: '/w/a/b.py', line: 3, function: null }, '/w')).toBe('a/b.py:3');
    expect(place({ file: '/w2/b.py', line: 3, function: null }, '/w')).toBe('/w2/b.py:3');
    expect(place(null, '/w')).toBe('');
  });
});
