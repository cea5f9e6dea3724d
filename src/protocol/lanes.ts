/** Lanes: what is asked for and drawn on the time axis. Times are milliseconds from the run's start. */
import { toColumns, toRows, type Columns } from './columns.js';

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
}

export interface Lane {
  readonly process: string;
  readonly spans: readonly LaneSpan[];
  readonly tasks: readonly LaneTask[];
  /** Sends and receives by pixel column, 0..255, sparse: [column, count, column, count, ...]. */
  readonly sends: readonly number[];
  readonly receives: readonly number[];
  /** Moments that must never vanish in the summary. `count`: so many of the same in one pixel. */
  readonly marks: readonly { readonly atMs: number; readonly kind: 'exit' | 'signal' | 'exception' | 'start'; readonly text: string; readonly count?: number }[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly channel: string;
}

export interface LaneReply {
  readonly query: LaneQuery;
  readonly lanes: readonly Lane[];
  readonly arrows: readonly Arrow[];
}

/** A reply as a page gets it. */
export interface ToldLanes extends Pick<LaneReply, 'query'> {
  readonly lanes: readonly (Omit<Lane, 'spans' | 'tasks'> & { readonly spans: Columns<LaneSpan>; readonly tasks: Columns<LaneTask> })[];
  readonly arrows: Columns<Arrow>;
}

export function toldLanes({ query, lanes, arrows }: LaneReply): ToldLanes {
  return { query, lanes: lanes.map((lane) => ({ ...lane, spans: toColumns(lane.spans), tasks: toColumns(lane.tasks) })), arrows: toColumns(arrows) };
}

export function lanesOfTold({ query, lanes, arrows }: ToldLanes): LaneReply {
  return { query, lanes: lanes.map((lane) => ({ ...lane, spans: toRows(lane.spans), tasks: toRows(lane.tasks) })), arrows: toRows(arrows) };
}
