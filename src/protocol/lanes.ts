/** Lanes: what is asked for and drawn on the time axis. Times are milliseconds from the run's start. */
import { toColumns, toRows, type Columns } from './columns.js';
import type { SourceRef } from './view.js';

/** What part of which lanes is on the screen. */
export interface LaneQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** Width in device-independent pixels: nothing finer is asked for. */
  readonly pixels: number;
  /** Process keys of the rows on the screen, in order. */
  readonly rows: readonly string[];
  /** Draw arrows for this process or channel; null none. A pool's key draws its tasks' ways. */
  readonly arrowsFor: string | null;
}

export type SpanKind = 'life' | 'blocked-queue' | 'blocked-pipe' | 'blocked-join' | 'blocked-other' | 'blocked-lock' | 'blocked-result' | 'zombie' | 'orphan';

export interface LaneSpan {
  readonly kind: SpanKind;
  readonly fromMs: number;
  readonly toMs: number;
  /** Key of the channel, process, lock, pool or shared object it is about; null none or several (merged for the zoom). */
  readonly about: string | null;
  /** Several waits, too short to tell apart at this zoom, with gaps between them. */
  readonly several?: boolean;
  /** The line that waited, as a number in the reply's `sites`; of several that of the longest wait. Absent: not known. */
  readonly site?: number;
}

/** A task on its worker's lane. Tasks too short to see are merged: then `count` says how many, and what they have in common is kept. */
export interface LaneTask {
  readonly fromMs: number;
  readonly toMs: number;
  /** Pool key; null: tasks of several. */
  readonly pool: string | null;
  /** Function name; null: of several. */
  readonly function: string | null;
  readonly count: number;
  /** Any of them raised or was lost. */
  readonly failed: boolean;
  /** The line that submitted it, as a number in the reply's `sites`; of several that of the one that ran longest. Absent: not known. */
  readonly site?: number;
}

export interface Lane {
  readonly process: string;
  readonly spans: readonly LaneSpan[];
  readonly tasks: readonly LaneTask[];
  /** Sends and receives by pixel column, 0..255, sparse: [column, count, column, count, ...]. */
  readonly sends: readonly number[];
  readonly receives: readonly number[];
  /**
   * The lines of the messages of those columns, as numbers in the reply's `sites`: [column, site, ...], each from that column on until
   * the next; -1 not known. A line is that of one message of the column; of a queue's messages it is that of the put.
   */
  readonly sendSites: readonly number[];
  readonly receiveSites: readonly number[];
  readonly marks: readonly LaneMark[];
}

/** A moment that must never vanish in the summary. */
export interface LaneMark {
  readonly atMs: number;
  readonly kind: 'exit' | 'signal' | 'exception' | 'start';
  readonly text: string;
  /** So many of the same in one pixel. */
  readonly count?: number;
  /** Where it was raised, or from where the signal was sent, as a number in the reply's `sites`; of several that of the first. Absent: not known. */
  readonly site?: number;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly channel: string;
  /** So many messages between the same two, sent in one column of time: it stands for them all. Absent: one. */
  readonly count?: number;
  /** There may be more than that: not all were looked at. */
  readonly more?: true;
}

export interface LaneReply {
  readonly query: LaneQuery;
  readonly lanes: readonly Lane[];
  /** The lines that spans, tasks, messages and marks name by number: each is told once, however many are of it. */
  readonly sites: readonly SourceRef[];
  readonly arrows: readonly Arrow[];
}

/** A reply as a page gets it. */
export interface ToldLanes extends Pick<LaneReply, 'query' | 'sites'> {
  readonly lanes: readonly (Omit<Lane, 'spans' | 'tasks'> & { readonly spans: Columns<LaneSpan>; readonly tasks: Columns<LaneTask> })[];
  readonly arrows: Columns<Arrow>;
}

export function toldLanes({ query, sites, lanes, arrows }: LaneReply): ToldLanes {
  return { query, sites, lanes: lanes.map((lane) => ({ ...lane, spans: toColumns(lane.spans), tasks: toColumns(lane.tasks) })), arrows: toColumns(arrows) };
}

export function lanesOfTold({ query, sites, lanes, arrows }: ToldLanes): LaneReply {
  return { query, sites, lanes: lanes.map((lane) => ({ ...lane, spans: toRows(lane.spans), tasks: toRows(lane.tasks) })), arrows: toRows(arrows) };
}
