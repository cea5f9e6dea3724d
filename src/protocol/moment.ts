/** Looking back: the run as it was at a moment, and what there is to stop at. Times are milliseconds from the run's start. */
import type { Patch } from './patch.js';
import type { ChannelRow, FindingRow, LockRow, PoolRow, ProcessRow, SegmentRow, Severity, SharedRow, Text, Totals } from './view.js';

/**
 * What differs from what was told before, of the present or of another moment: rows by key.
 * A null list says that this kind is not known at a glance, and stays as it was told last.
 */
export interface Past {
  readonly atMs: number;
  /** All is as it was, findings and holders too; else only what can be looked up while a hand drags through time, and the rest follows. */
  readonly exact: boolean;
  readonly totals: Totals;
  readonly processes: readonly Patch<ProcessRow>[];
  readonly channels: readonly Patch<ChannelRow>[];
  readonly locks: readonly Patch<LockRow>[] | null;
  readonly pools: readonly Patch<PoolRow>[] | null;
  readonly segments: readonly Patch<SegmentRow>[] | null;
  readonly shared: readonly Patch<SharedRow>[] | null;
  /** Keys of rows that were told and did not exist at this moment. */
  readonly gone: readonly string[];
  /** null: the same as told last. */
  readonly findings: readonly FindingRow[] | null;
}

export type RunEventKind = 'start' | 'end' | 'exception' | 'signal' | 'wait' | 'finding' | 'message';

/** Something that happened at a moment, to stop at. */
export interface RunEvent {
  readonly atMs: number;
  readonly kind: RunEventKind;
  /** Key of the process that it happened to; null none. */
  readonly process: string | null;
  readonly what: Text;
}

/** A moment that should be seen in all of the time: a finding's beginning, an exception, an end that was none of the script's. */
export interface TimeMark {
  readonly atMs: number;
  readonly kind: Severity | 'exception' | 'killed';
  readonly what: Text;
}

/** Kinds of marks, the gravest first: where there is no room for all. */
export const MARKS_BY_GRAVITY: readonly TimeMark['kind'][] = ['error', 'killed', 'exception', 'warning', 'info'];
