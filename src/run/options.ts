/** Reads options that are meant for the interpreter itself, as far as we must understand them. */
import { runError, type RunError } from './errors.js';

export type ReadOptions =
  /** `needsLauncher`: with -E, -I or -S the interpreter loads no sitecustomize from PYTHONPATH, so the runtime is brought in by its launcher. */
  | { readonly ok: true; readonly needsLauncher: boolean }
  | { readonly ok: false; readonly error: RunError };

const TAKES_VALUE = new Set(['W', 'X']);

/** Letters may be joined (`-IB`), and a value stands in the same word or in the next. */
export function readOptions(options: readonly string[]): ReadOptions {
  let needsLauncher = false;
  for (let i = 0; i < options.length; i++) {
    const word = options[i] ?? '';
    if (word === '--check-hash-based-pycs') {
      i += 1;
      continue;
    }
    if (word.startsWith('--') && word.length > 2) continue;
    if (!/^-[A-Za-z?]/.test(word)) {
      return { ok: false, error: runError('bad-option', '{0} is not an option of Python; the script and its arguments come last, without --python-option.', word === '' ? '""' : word) };
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      if (letter === 'c' || letter === 'm') {
        return { ok: false, error: runError('bad-option', '-{0} names what to run and is not given by --python-option: use procession run -{0}.', letter) };
      }
      if (letter === 'E' || letter === 'I' || letter === 'S') needsLauncher = true;
      if (TAKES_VALUE.has(letter)) {
        if (at === word.length - 1) i += 1;
        break;
      }
    }
  }
  return { ok: true, needsLauncher };
}
