/**
 * Cuts the words after `procession run` in two: ours, and the script's. As with Python itself, everything after the script,
 * after `-m module` and after `-c code` belongs to the script, whatever it looks like.
 */
import type { RunTarget } from '../run/index.js';

/** An option of ours, as much as cutting needs. */
export interface OptionShape {
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly takesValue: boolean;
}

export interface CutWords {
  /** Our own options, for the library to parse. */
  readonly own: string[];
  /** Null: none was named. */
  readonly target: RunTarget | null;
  readonly args: string[];
  /** `-m` or `-c` stands last, without what it needs. */
  readonly missing: '-m' | '-c' | null;
}

export function cutWords(words: readonly string[], options: readonly OptionShape[]): CutWords {
  const own: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const next = words[i + 1];
    if (word === '--') {
      return next === undefined ? { own, target: null, args: [], missing: null } : { own, target: { kind: 'script', path: next }, args: words.slice(i + 2), missing: null };
    }
    if (/^-[mc]/.test(word)) {
      const flag = word.startsWith('-m') ? '-m' : '-c';
      const joined = word.slice(2);
      const value = joined !== '' ? joined : next;
      if (value === undefined) return { own, target: null, args: [], missing: flag };
      const target: RunTarget = flag === '-m' ? { kind: 'module', name: value } : { kind: 'code', code: value };
      return { own, target, args: words.slice(i + (joined !== '' ? 1 : 2)), missing: null };
    }
    if (word === '-' || !word.startsWith('-')) {
      return { own, target: { kind: 'script', path: word }, args: words.slice(i + 1), missing: null };
    }
    own.push(word);
    const option = options.find((shape) => shape.short === word || shape.long === word);
    if (option?.takesValue === true && next !== undefined) {
      own.push(next);
      i += 1;
    }
  }
  return { own, target: null, args: [], missing: null };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `64M`, `1.5GiB`, `300000`: bytes; null when it is not a size. Units are powers of 1024. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()];
  if (match === null || unit === undefined) return null;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}
