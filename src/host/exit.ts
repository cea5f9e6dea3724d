/**
 * How a run's first process ended, where VS Code's word is not enough: its terminals tell the exit code and drop the signal, so a
 * process that SIGKILL ended is reported with 0. A 0 is believed when the process itself says that it came to its end.
 */
import type { Snapshot } from '../protocol/view.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What is known now; `settled: false`: the journal may not be read to its end yet, and could say more. */
export interface JudgedExit extends Exit {
  readonly settled: boolean;
}

/** @param reported by VS Code; undefined: it does not know */
export function judgeExit(reported: number | undefined, snapshot: Snapshot): JudgedExit {
  if (reported === undefined) return { code: null, signal: null, settled: true };
  if (reported !== 0) return { code: reported, signal: null, settled: true };
  const main = snapshot.processes.find((row) => row.kind === 'main');
  // Not recorded at all, or not to the end: nothing speaks against the 0.
  if (main === undefined || snapshot.totals.dropped > 0) return { code: 0, signal: null, settled: main !== undefined };
  // Python ends itself by SIGINT when nobody catches a KeyboardInterrupt; nobody else's exception leaves a 0.
  if (main.exception?.type.split('.').at(-1) === 'KeyboardInterrupt') return { code: null, signal: 'SIGINT', settled: true };
  if (main.endKnown === 'self') return { code: 0, signal: null, settled: true };
  return { code: null, signal: null, settled: false };
}
