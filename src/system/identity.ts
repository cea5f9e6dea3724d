/** A process's identity is (pid, start time): a pid alone is given to another process sooner or later. */
import { hasProc, readStat } from './proc.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot; 0 where the operating system does not tell. */
  readonly start: number;
}

let proc: boolean | null = null;

/** Whether /proc is there; asked once. */
export function procIsHere(): boolean {
  proc ??= hasProc();
  return proc;
}

/** Null where there is no such process. */
export function processIdentity(pid: number): ProcessIdentity | null {
  if (procIsHere()) {
    const stat = readStat(pid);
    return stat === null ? null : { pid, start: stat.start };
  }
  return canBeSignalled(pid) ? { pid, start: 0 } : null;
}

/** True while this very process is in the process table, a zombie included. Where no start time is known, the pid decides. */
export function isAlive({ pid, start }: ProcessIdentity): boolean {
  const now = processIdentity(pid);
  return now !== null && (start === 0 || now.start === 0 || now.start === start);
}

/** True while this very process runs, or may run again: a zombie has ended. */
export function isRunning({ pid, start }: ProcessIdentity): boolean {
  if (!procIsHere()) return canBeSignalled(pid);
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X' && (start === 0 || stat.start === start);
}

function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
