/** What the page asks of a channel's messages and of its flow over time, and what it gets. */
import type { MessageRow, MessageState, Spread } from './view.js';

/** Null (and '' of the text) leaves a question open; a message must pass all that are asked. */
export interface MessageFilter {
  /** Found, whatever its case, in the preview, the names of both processes, or file:line and function of both places. */
  readonly text: string;
  /** Keys of processes. */
  readonly from: string | null;
  readonly to: string | null;
  readonly direction: 0 | 1 | null;
  readonly state: MessageState | null;
  readonly minBytes: number | null;
  /** From put (or send) to receive; one that nobody received counts with the time for which it has waited. */
  readonly minLatencyMs: number | null;
}

export interface MessageQuery {
  readonly channel: string;
  /** Given back with the reply. */
  readonly serial: number;
  readonly filter: MessageFilter | null;
  readonly order: 'newest' | 'oldest';
  /** The list as if it ended after so many matches, counted from the oldest: it stands still while more come. null: all. */
  readonly upTo: number | null;
  /** Window, in the order asked for. */
  readonly first: number;
  readonly count: number;
  /** Only what was put or sent by then, in the state that it had then. null: now. */
  readonly untilMs: number | null;
}

export interface MessageReply {
  readonly channel: string;
  readonly serial: number;
  /** Messages of the channel, with and without a match. */
  readonly total: number;
  /** Those that pass the filter, as far as was searched; `upTo` does not lessen it. */
  readonly matching: number;
  /** Messages that were looked at, while the search goes on; null: all were. */
  readonly searched: number | null;
  /** Keys of processes that sent and that received some of all, as far as messages were paired; at most 200 each. */
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  readonly first: number;
  readonly rows: readonly MessageRow[];
}

export interface FlowQuery {
  readonly channel: string;
  /** About as many columns of time as there is room for. */
  readonly columns: number;
  readonly untilMs: number | null;
}

/** One way of a channel, by columns of time: no peak is lost, however short. */
export interface FlowWay {
  readonly depthMin: readonly number[];
  readonly depthMax: readonly number[];
  /** Messages in a column: put (or sent), and received. */
  readonly entered: readonly number[];
  readonly left: readonly number[];
}

export interface FlowReply {
  readonly channel: string;
  /** Begin of the first column, width of each, and how far the last is filled. */
  readonly fromMs: number;
  readonly stepMs: number;
  readonly toMs: number;
  readonly ways: readonly FlowWay[];
  /** From when on messages were counted instead of recorded, and the depth is not known; null: never. */
  readonly countedFromMs: number | null;
  /** Times from put to receive: how many lie between two bounds, each the square root of 2 times the one before it. */
  readonly latency: { readonly fromMs: number; readonly counts: readonly number[]; readonly spread: Spread } | null;
}
