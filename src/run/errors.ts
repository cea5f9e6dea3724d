/** What can go wrong before a script starts, as a value: a code for programs and a sentence for people. */
import type { Text } from '../protocol/view.js';

export type RunErrorCode = 'no-script' | 'no-python' | 'old-python' | 'bad-option' | 'no-folder' | 'no-runtime' | 'bad-recording' | 'cannot-write';

export interface RunError {
  readonly code: RunErrorCode;
  /** One sentence in English: what happened, to what, what to do. */
  readonly message: string;
  /** The same as template and arguments, for translation. */
  readonly text: Text;
}

/** Fills an English template with its arguments: `{0}`, `{1}`, ... */
export function fill(text: Text): string {
  return text.template.replace(/\{(\d+)\}/g, (whole, digits: string) => {
    const value = text.args[Number(digits)];
    return value === undefined ? whole : String(value);
  });
}

export function runError(code: RunErrorCode, template: string, ...args: (string | number)[]): RunError {
  const text = { template, args };
  return { code, message: fill(text), text };
}

/** The words of an exception of Node's, without its call and path when those are said elsewhere. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
    switch (code) {
      case 'ENOENT': return 'no such file or folder';
      case 'EACCES': case 'EPERM': return 'permission denied';
      case 'EROFS': return 'the file system is read-only';
      case 'ENOSPC': case 'EDQUOT': return 'no space left';
      case 'ENOTDIR': return 'a part of the path is not a folder';
      case 'EISDIR': return 'it is a folder';
      case 'EEXIST': return 'it is in the way';
      default: return error.message;
    }
  }
  return String(error);
}

/** The code of a system error, or null. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
