/** The graph of a run: what stands in it, and what goes between. Plain data, made of the page's rows (graph.ts). */
import type { BlockedOp, ChannelRow, FindingRow, LockRow, PoolRow, ProcessRow, Severity, SharedRow } from '../../src/protocol/view.js';

export interface GraphRows {
  readonly processes: readonly ProcessRow[];
  readonly channels: readonly ChannelRow[];
  readonly locks: readonly LockRow[];
  readonly pools: readonly PoolRow[];
  readonly shared: readonly SharedRow[];
  readonly findings: readonly FindingRow[];
}

export type NodeKind = 'process' | 'channel' | 'lock' | 'pool' | 'shared';

export interface GraphNode {
  /** Key of the row it stands for, or of the fold. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Keys of the rows that are folded into it; its own alone where it is no fold. A pool's workers are folded into the pool. */
  readonly members: readonly string[];
  /** It stands for several: they can be shown one by one. */
  readonly folded: boolean;
  /** The fold that was opened to show it; null: it never was in one. */
  readonly fold: string | null;
  /** Worst of the findings about any of its members. */
  readonly severity: Severity | null;
}

/**
 * `put`: from a process to a channel; `get`: from a channel to a process, 0 messages where it alone could take what somebody waits to
 * put; `use`: a process and a lock or shared object; `hold`: from a lock to its holder; `serve`: from a shared object to its server;
 * `wait`: from who waits to what for.
 */
export type EdgeKind = 'put' | 'get' | 'use' | 'hold' | 'serve' | 'wait';

export interface Waiting {
  readonly process: string;
  readonly op: BlockedOp;
  readonly sinceMs: number;
}

export interface GraphEdge {
  /** `from kind to`. */
  readonly id: string;
  readonly kind: EdgeKind;
  readonly from: string;
  readonly to: string;
  /** Messages, tasks or calls so far; null where nothing is counted. */
  readonly messages: number | null;
  /** The same a second; null where it is not known. */
  readonly rate: number | null;
  /** Who waits, the longest first: of a `wait` only. */
  readonly waiting: readonly Waiting[];
  /** Of the finding that speaks of this wait. */
  readonly severity: Severity | null;
  /** It is a part of a circle of waits that a finding tells of. */
  readonly circle: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The node that stands for a row. */
  readonly nodeOf: ReadonlyMap<string, string>;
  /** Ids along each circle of waits, in its order: who waits, what for, who has it, ... */
  readonly circles: readonly (readonly string[])[];
  /** Ids of folds that were made because there was too much: they stay folds. */
  readonly folds: ReadonlySet<string>;
  /** Processes that are inside of folds. */
  readonly foldedAway: number;
}
