/** Which errors a person was told of by a notification: each once, also over a reload of the window. */
import type { FindingRow } from '../protocol/view.js';

/** Ids of findings that were told, the oldest first. */
export type Told = readonly string[];

/** More than a day of runs brings; what is forgotten belongs to runs that are long over. */
const mostTold = 500;

/** Of a run, for notifications: proved errors that nobody was told of. */
export function untold(told: Told, run: string, findings: readonly FindingRow[]): FindingRow[] {
  const known = new Set(told);
  return findings.filter((finding) => finding.certain && finding.severity === 'error' && !known.has(idOf(run, finding)));
}

export function nowTold(told: Told, run: string, findings: readonly FindingRow[]): Told {
  return [...told, ...findings.map((finding) => idOf(run, finding))].slice(-mostTold);
}

function idOf(run: string, finding: FindingRow): string {
  return `${run} ${finding.key}`;
}
