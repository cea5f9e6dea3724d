/** Errors of this room are values: a code for programs, a sentence for people, and the same as template and arguments. */
import type { Text } from '../protocol/view.js';

export type JournalErrorCode = 'no-run' | 'bad-run' | 'unknown-version' | 'not-a-recording' | 'empty' | 'cut' | 'damaged' | 'too-large' | 'cannot-read' | 'cannot-write';

export interface JournalError {
  readonly code: JournalErrorCode;
  /** One sentence in English: what is wrong, with what, and what to do. */
  readonly message: string;
  readonly text: Text;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: JournalError };

export function failed(code: JournalErrorCode, template: string, ...args: (string | number)[]): { readonly ok: false; readonly error: JournalError } {
  const message = template.replace(/\{(\d+)\}/g, (whole, digits: string) => String(args[Number(digits)] ?? whole));
  return { ok: false, error: { code, message, text: { template, args } } };
}

/** The words of what Node threw, without its call and path. */
export function systemReason(error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOENT': return 'no such file or folder';
    case 'EACCES': case 'EPERM': return 'permission denied';
    case 'EROFS': return 'the file system is read-only';
    case 'ENOSPC': case 'EDQUOT': return 'no space left';
    case 'EISDIR': return 'it is a folder';
    case 'ENOTDIR': return 'a part of the path is not a folder';
    default: return error instanceof Error ? error.message : String(error);
  }
}

export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
