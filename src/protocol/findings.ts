/** What was found wrong, as a front shows it: who and where, since when, in one sentence what happened and in one what to do. */
import type { RuleName } from './rules.js';
import type { SourceRef } from './view.js';

export type Severity = 'error' | 'warning' | 'info';

export interface FindingRow {
  /** Stable while the finding stands: rule and subject. */
  readonly key: string;
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly certain: boolean;
  readonly process: string | null;
  /** Keys of more processes that it is about, as all of a circle. */
  readonly others?: readonly string[];
  /** Key of the channel, lock, pool, segment or shared object that it is about. */
  readonly object: string | null;
  readonly where: SourceRef | null;
  readonly sinceMs: number | null;
  /** What it tells of was over then: it is no longer counted up. */
  readonly untilMs?: number;
  /** One sentence: what happened. English template with {0}.. and its arguments, for translation. */
  readonly message: Text;
  /** One sentence: what to do. */
  readonly fix: Text;
  readonly evidence: readonly Text[];
}

/** A text to be translated by the front: an English template with {0}, {1}, ... and its arguments. */
export interface Text {
  readonly template: string;
  readonly args: readonly (string | number)[];
}
