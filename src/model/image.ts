/** One journal: what one image of a process told of itself. */
import type { CounterFact, HeldFact, ImageInfo, RecordFact, SlotFact } from './facts.js';
import type { SourceRef, SpanKind } from '../protocol/view.js';
import { times, type Times } from './columns.js';
import { recordFlight, type Flight } from './in-flight.js';
import { LaneTasks } from './lane-tasks.js';
import { LineColumn } from './line-column.js';
import { EndFlag } from './record-types.js';
import { SHORTEST_WAIT, SpanLog } from './spans.js';
import type { Proc } from './process.js';

/** An end of a channel that was opened or closed here: how many more (or fewer) can be read, be written. */
interface EndEvent {
  readonly t: number;
  readonly read: number;
  readonly write: number;
}

export interface CaughtNothing {
  readonly t: number;
  readonly s1: string;
  readonly traceback: string;
  readonly site: number;
  readonly flags: number;
}

interface PreviewBytes {
  readonly bytes: Uint8Array;
  known: number;
}

/** Previews kept an image: more are never on a screen. */
export const PREVIEWS_KEPT = 2000;
const LONGEST_PREVIEW = 64 * 1024;
/** Bytes of data in a chunk record. */
const CHUNK_DATA = 44;

/** Its thread had none while it lasted. */
const NO_SLOT: Flight = { op: 0, obj: 0, operand: 0, flags: 0, deadlineMs: null };

export class Image {
  readonly strings: string[] = [];
  private readonly sites = new Map<number, SourceRef | null>();
  readonly threads = new Map<number, { readonly native: number; readonly name: string | null }>();

  sent = 0;
  received = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Ends of its sends and receives, ascending: the marks on its lane. */
  readonly sendTimes: Times = times();
  readonly receiveTimes: Times = times();
  /** Where each of them was put or sent, and got. */
  readonly sendLines = new LineColumn();
  readonly receiveLines = new LineColumn();
  /** Bytes of all up to each of them: a double, for a sum of words would overflow. */
  private readonly sendSums: Times = times();
  private readonly receiveSums: Times = times();
  /** What it waited in. */
  readonly spans: SpanLog;
  /** What tasks it ran. */
  readonly tasks = new LaneTasks();

  counters: readonly CounterFact[] = [];
  dropped = 0;
  holes = 0;
  unknown = 0;
  slots: readonly SlotFact[] = [];
  held: HeldFact = { locks: [], unseen: false };
  records = 0;
  lastMs: number;

  /** The facts that concern its process; of each kind few. */
  readonly bootstraps: RecordFact[] = [];
  readonly bootstrapEnds: RecordFact[] = [];
  readonly exits: RecordFact[] = [];
  readonly execs: RecordFact[] = [];
  readonly boots: RecordFact[] = [];
  readonly exceptions: CaughtNothing[] = [];
  readonly startFailures: RecordFact[] = [];
  readonly feederErrors: RecordFact[] = [];
  readonly notes: RecordFact[] = [];
  readonly joins: RecordFact[] = [];
  /** Messages that its feeders took more than half a second to write: the pipe was full. */
  readonly longFeeds: { readonly obj: number; readonly from: number; readonly to: number }[] = [];
  /** First bytes of its latest messages, by the index of the SEND record. */
  private readonly previews = new Map<number, PreviewBytes>();
  private readonly ends = new Map<number, EndEvent[]>();

  constructor(
    readonly id: number,
    readonly info: ImageInfo,
    readonly proc: Proc,
    spans: SpanLog | null = null,
  ) {
    this.spans = spans ?? new SpanLog();
    this.lastMs = info.openedMs;
  }

  site(id: number): SourceRef | null {
    if (id === 0) return null;
    const known = this.sites.get(id);
    if (known !== undefined) return known;
    const text = this.strings[id];
    if (text === undefined) return null;
    const ref = parseSite(text);
    this.sites.set(id, ref);
    return ref;
  }

  /** A record of an operation that may have been a wait. `about`: as in a span. */
  waited(fact: RecordFact, kind: SpanKind, about: number): void {
    if (fact.t1 - fact.t0 <= SHORTEST_WAIT) return;
    const flight = recordFlight(fact) ?? NO_SLOT;
    this.spans.add(fact.t0, fact.t1, kind, about, { ...flight, thread: fact.thread, site: fact.site });
  }

  countSend(t1: number, bytes: number, site: number): void {
    this.sent++;
    this.bytesSent += bytes;
    pushAscending(this.sendTimes, t1);
    this.sendLines.push(site);
    this.sendSums.push(this.bytesSent);
  }

  countReceive(t1: number, bytes: number, site: number): void {
    this.received++;
    this.bytesReceived += bytes;
    pushAscending(this.receiveTimes, t1);
    this.receiveLines.push(site);
    this.receiveSums.push(this.bytesReceived);
  }

  /** What it had sent and received by a time, of what was recorded one by one. Milliseconds from the run's start. */
  trafficAt(ms: number): { sent: number; received: number; bytesSent: number; bytesReceived: number } {
    const sent = this.sendTimes.upperBound(ms);
    const received = this.receiveTimes.upperBound(ms);
    return { sent, received, bytesSent: sent === 0 ? 0 : this.sendSums.at(sent - 1), bytesReceived: received === 0 ? 0 : this.receiveSums.at(received - 1) };
  }

  counted(field: Exclude<keyof CounterFact, 'obj'>): number {
    let total = 0;
    for (const row of this.counters) total += row[field];
    return total;
  }

  addPreview(sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    let preview = this.previews.get(sendIndex);
    if (preview === undefined) {
      preview = { bytes: new Uint8Array(Math.min(total, LONGEST_PREVIEW)), known: 0 };
      this.previews.set(sendIndex, preview);
      if (this.previews.size > PREVIEWS_KEPT) {
        const [oldest] = this.previews.keys();
        if (oldest !== undefined) this.previews.delete(oldest);
      }
    }
    // Parts come in order; one that is missing ends the preview there.
    const at = part * CHUNK_DATA;
    if (at !== preview.known) return;
    const fits = bytes.subarray(0, preview.bytes.length - at);
    preview.bytes.set(fits, at);
    preview.known = at + fits.length;
  }

  /** The first bytes of a message, as far as they were kept; null: none. */
  preview(sendIndex: number): Uint8Array | null {
    const preview = this.previews.get(sendIndex % 2 ** 32);
    return preview === undefined ? null : preview.bytes.subarray(0, preview.known);
  }

  /** Whether nothing more can be told of it. */
  previewIsWhole(sendIndex: number): boolean {
    const preview = this.previews.get(sendIndex % 2 ** 32);
    return preview !== undefined && preview.known === preview.bytes.length;
  }

  /** An end came here or went: `change` is 1 or -1, `ends` as in CHANNEL_HELD. */
  noteEnd(obj: number, t: number, ends: number, change: 1 | -1): void {
    const event = { t, read: ends & EndFlag.READ ? change : 0, write: ends & EndFlag.WRITE ? change : 0 };
    const events = this.ends.get(obj);
    if (events === undefined) this.ends.set(obj, [event]);
    else events.push(event);
  }

  /**
   * Ends of `obj` open here at a time, given how many were there from the beginning.
   * More may be told than are really open (an end freed without a close), never fewer.
   */
  endsAt(obj: number, time: number, inherited: { read: number; write: number }): { read: number; write: number } {
    let { read, write } = inherited;
    for (const event of this.ends.get(obj) ?? []) {
      if (event.t > time) break;
      read = Math.max(0, read + event.read);
      write = Math.max(0, write + event.write);
    }
    return { read, write };
  }
}

/** Threads tell their messages slightly out of order; a mark on a lane may move by that much, a search may not fail. */
function pushAscending(column: Times, value: number): void {
  const last = column.length - 1;
  column.push(last < 0 ? value : Math.max(value, column.at(last)));
}

/** `file \n line \n function`, as the runtime interns it. */
export function parseSite(text: string): SourceRef | null {
  const [file, line, name] = text.split('\n');
  const number = Number(line);
  if (!file || !Number.isInteger(number) || number < 1) return null;
  return { file, line: number, function: name || null };
}
