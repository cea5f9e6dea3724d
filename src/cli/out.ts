/**
 * The terminal's own standard output and error, written without Node's stream objects: to look at `process.stdout` switches a
 * pipe to non-blocking for everyone who holds it, and the script, which holds the same pipe, would then fail in `print`.
 */
import * as fs from 'node:fs';
import * as tty from 'node:tty';

/** Exit statuses as sysexits.h has them. */
export const status = { ok: 0, usage: 64, data: 65, noInput: 66, unavailable: 69, software: 70, cannotCreate: 73 } as const;

/** Writes all of it, waiting where a non-blocking pipe is full. False when nobody reads any more. */
export function writeAll(fd: number, text: string): boolean {
  let rest: Uint8Array = Buffer.from(text, 'utf8');
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code !== 'EAGAIN' && code !== 'EINTR') return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return true;
}

/** One line on standard error. */
export function say(message: string): void {
  writeAll(2, `procession: ${message}\n`);
}

export function isTerminal(fd: number): boolean {
  return tty.isatty(fd);
}

/** Whether colours may be written to this descriptor: NO_COLOR and dumb terminals are respected, FORCE_COLOR too. */
export function wantsColours(fd: number): boolean {
  const env = process.env;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  return isTerminal(fd) && env['TERM'] !== 'dumb';
}

/** Columns of the terminal at this descriptor; null when it is none. */
export function widthOf(fd: number): number | null {
  const fromEnv = Number(process.env['COLUMNS']);
  if (!isTerminal(fd)) return null;
  if (Number.isInteger(fromEnv) && fromEnv > 0) return fromEnv;
  try {
    const stream = new tty.WriteStream(fd);
    return stream.columns > 0 ? stream.columns : null;
  } catch {
    return null;
  }
}
