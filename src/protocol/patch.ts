/** Rows as they cross to a page: what differs from what it has. */
import type { ChannelRow, Delta, LockRow, PoolRow, ProcessRow, SegmentRow, SharedRow } from './view.js';

/** The kinds of rows, by their names in what is told. */
export interface RowsOf {
  readonly processes: ProcessRow;
  readonly channels: ChannelRow;
  readonly locks: LockRow;
  readonly pools: PoolRow;
  readonly segments: SegmentRow;
  readonly shared: SharedRow;
}

/**
 * A row as a page gets it: the fields that differ from the row of that key that it has, or for a key that it has not, all of them. A field
 * is never taken away, so no row may have one that is optional.
 */
export type Patch<Row extends { readonly key: string }> = Pick<Row, 'key'> & Partial<Row>;

/** A delta as a page gets it. */
export type ToldDelta = Omit<Delta, keyof RowsOf> & { readonly [Kind in keyof RowsOf]: readonly Patch<RowsOf[Kind]>[] };
