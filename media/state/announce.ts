/** What is told by ear without being asked: a finding that is certain, when it comes, and the end of the run. Nothing else speaks by itself. */
import type { FindingRow, RunRow } from '../../src/protocol/view.js';
import { sortFindings } from './store.js';

export interface News {
  /** Certain findings that were not told before, worst first; notes are not told. */
  readonly findings: readonly FindingRow[];
  /** The run ended since the last time. */
  readonly ended: boolean;
}

/** Remembers what was told. What stood there when the page opened is read on the page, as all else. */
export class Announcer {
  #run: string | null = null;
  #over = false;
  readonly #told = new Set<string>();

  /** @returns what is new since the last call; of a run that was not seen before nothing is */
  take(run: RunRow, findings: readonly FindingRow[]): News {
    const other = this.#run !== run.id;
    if (other) {
      this.#run = run.id;
      this.#told.clear();
      this.#over = run.durationMs !== null;
    }
    const fresh = sortFindings(findings).filter((finding) => finding.certain && finding.severity !== 'info' && !this.#told.has(finding.key));
    for (const finding of fresh) this.#told.add(finding.key);
    const ended = !this.#over && run.durationMs !== null;
    this.#over ||= ended;
    return { findings: other ? [] : fresh, ended };
  }
}
