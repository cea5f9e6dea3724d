import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutWords, parseSize, type OptionShape } from '../../../src/cli/args.js';

const shapes: readonly OptionShape[] = [
  { short: undefined, long: '--json', takesValue: true },
  { short: undefined, long: '--python-option', takesValue: true },
  { short: undefined, long: '--live', takesValue: false },
];
const cut = (...words: string[]) => cutWords(words, shapes);

describe('the words after `procession run`', () => {
  it('after the script are the script\'s', () => {
    expect(cut('--live', 'a.py', '--json', 'x', '-m', 'y', '--', '--help')).toEqual({
      own: ['--live'], target: { kind: 'script', path: 'a.py' }, args: ['--json', 'x', '-m', 'y', '--', '--help'], missing: null,
    });
  });

  it('a value of ours is not taken for the script', () => {
    expect(cut('--json', 'out.json', '--json=other', 'a.py').target).toEqual({ kind: 'script', path: 'a.py' });
    expect(cut('--python-option', '-I', '--json', '-', 'a.py', 'b')).toMatchObject({ own: ['--python-option', '-I', '--json', '-'], args: ['b'] });
  });

  it.each([
    [['-m', 'pkg', '--json', 'x'], { kind: 'module', name: 'pkg' }, ['--json', 'x']],
    [['-mpkg', '-c'], { kind: 'module', name: 'pkg' }, ['-c']],
    [['-c', 'print(1)', 'a'], { kind: 'code', code: 'print(1)' }, ['a']],
    [['-c', ''], { kind: 'code', code: '' }, []],
    [['--', '-odd.py', '--'], { kind: 'script', path: '-odd.py' }, ['--']],
    [['-', 'x'], { kind: 'script', path: '-' }, ['x']],
    [['--live'], null, []],
    [['--'], null, []],
  ])('%j', (words, target, args) => {
    expect(cut(...words)).toMatchObject({ target, args, missing: null });
  });

  it.each(['-m', '-c'])('%s with nothing behind it is told', (word) => {
    expect(cut('--live', word)).toMatchObject({ target: null, missing: word });
  });

  it('are never lost: what is not ours or the target is an argument, in its order', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('--live', '--json', '-m', '-c', 'a.py', '-', '--', 'x', '-q', '')), (words) => {
      const { own, target, args } = cut(...words);
      expect(words.slice(0, own.length)).toEqual(own);
      expect(words.slice(words.length - args.length)).toEqual(args);
      if (target !== null) expect(words.length - own.length - args.length).toBeLessThanOrEqual(2);
    }));
  });
});

describe('a size', () => {
  it.each([['300000', 300000], ['64M', 64 * 1024 ** 2], ['1GiB', 1024 ** 3], ['1.5k', 1536], ['2 MB', 2 * 1024 ** 2], ['7b', 7]])('%j is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
  it.each(['', 'M', '-1', '0', '1T', '1e9', 'all', '99999999999999G'])('%j is none', (text) => {
    expect(parseSize(text)).toBeNull();
  });
});
