/** A queue or pipe: what was told of it, and what is worked out from that. */
import type { ChannelKind } from '../protocol/view.js';
import { Direction, type Stream } from './direction.js';
import { Flow } from './flow.js';

/** How much a kind says: the pipe inside a queue is the queue. */
const RANK: Readonly<Record<ChannelKind, number>> = { Connection: 0, Pipe: 1, SimpleQueue: 2, Queue: 3, JoinableQueue: 4 };

export interface Announcement {
  readonly kind: ChannelKind;
  readonly image: number;
  readonly t: number;
  readonly site: number;
  readonly maxsize: number;
  readonly duplex: boolean;
  readonly internal: boolean;
}

export class Channel {
  /** Given when it is first shown, and kept. */
  key: string | null = null;
  directions: Direction[];
  announced: Announcement | null = null;
  /** Kind that a receiver of an end told. */
  heldKind: ChannelKind | null = null;
  taskDone = 0;
  /** Time of the first fact that named it. */
  firstMs: number;
  /** Where the listener of a connection listens. */
  address: string | null = null;
  /** Why it is not certain that its two ends belong together; null: it is, or nobody joined them. */
  joinedWhy: string | null = null;
  /** Another channel took over what was told of this one. */
  mergedInto: Channel | null = null;
  dirty = false;
  /** What was last worked out of its depth over time. */
  history: { readonly now: number; readonly step: number; readonly depths: readonly number[] } | null = null;
  readonly flow = new Flow(this);
  /** Arrivals for the rates: now, messages in, messages out. */
  readonly arrivals: { readonly t: number; readonly entered: number; readonly left: number }[] = [];

  constructor(
    readonly streams: Stream[],
    firstMs: number,
  ) {
    const [only] = streams as [Stream];
    this.directions = [new Direction(only, only)];
    this.firstMs = firstMs;
  }

  get kind(): ChannelKind {
    return this.announced?.kind ?? this.heldKind ?? 'Connection';
  }

  /** Whether items wait in the sender's buffer first. */
  get buffered(): boolean {
    return this.kind === 'Queue' || this.kind === 'JoinableQueue' || this.directions.some((d) => d.from.puts.count > 0 || d.from.sum('puts') > 0);
  }

  get isQueue(): boolean {
    return this.buffered || this.kind === 'SimpleQueue';
  }

  /** What a process that received an end says of it; the most telling word stands. */
  held(kind: ChannelKind | null): void {
    if (kind !== null && (this.heldKind === null || RANK[kind] > RANK[this.heldKind])) this.heldKind = kind;
  }

  announce(news: Announcement): void {
    const old = this.announced;
    const better = old === null || RANK[news.kind] > RANK[old.kind] || (RANK[news.kind] === RANK[old.kind] && news.t < old.t);
    if (better) this.announced = news;
  }

  /** The two ends of a duplex pipe are one channel with two ways. */
  link(first: Stream, second: Stream): void {
    if (this.directions.length === 2) return;
    this.directions = [new Direction(first, second), new Direction(second, first)];
    this.streams.length = 0;
    this.streams.push(first, second);
  }

  /** The ends of a connection, or one of them and a stand-in: as far as is known by now. */
  setEnds(first: Stream, second: Stream): void {
    if (this.streams.length === 2 && this.streams[0] === first && this.streams[1] === second) return;
    this.directions = [new Direction(first, second), new Direction(second, first)];
    this.streams.length = 0;
    this.streams.push(first, second);
    this.history = null;
  }

  /** To be told before the first `settle`, where that is not for as late a time. */
  goOn(until: number): void {
    for (const direction of this.directions) direction.goOn(until);
  }

  settle(until: number): void {
    const buffered = this.buffered;
    for (const direction of this.directions) direction.settle(until, buffered);
  }

  /** Time of the latest put, send or receive. */
  get latestMs(): number {
    return Math.max(...this.directions.map((direction) => direction.latestMs));
  }

  get puts(): number {
    const recorded = this.sum((s) => s.puts.count + s.sum('puts'));
    return recorded === 0 && this.kind === 'SimpleQueue' ? this.sent : recorded;
  }

  get gets(): number {
    const recorded = this.sum((s) => s.receives.gets + s.sum('gets'));
    return recorded === 0 && this.kind === 'SimpleQueue' ? this.received : recorded;
  }

  get sent(): number {
    return this.sum((s) => s.sends.count + s.sum('sent'));
  }

  get received(): number {
    return this.sum((s) => s.receives.count + s.sum('received'));
  }

  get bytes(): number {
    return this.sum((s) => s.sends.total + s.sum('bytesSent'));
  }

  /** Messages known by number only. */
  get countedOnly(): number {
    return this.sum((s) => Math.max(s.sum('sent'), s.sum('received'), s.sum('puts')));
  }

  get depth(): number {
    const buffered = this.buffered;
    return this.directions.reduce((total, d) => total + d.depth(buffered), 0);
  }

  /** Of a duplex pipe: the larger of its two ways. */
  get maxDepth(): number {
    const buffered = this.buffered;
    return Math.max(...this.directions.map((d) => d.maxDepth(buffered)));
  }

  depthAt(time: number): number {
    const buffered = this.buffered;
    return this.directions.reduce((total, d) => total + d.depthAt(time, buffered), 0);
  }

  private sum(of: (stream: Stream) => number): number {
    let total = 0;
    for (const stream of this.streams) total += of(stream);
    return total;
  }
}

export function channelKind(word: string | null): ChannelKind | null {
  return word !== null && Object.hasOwn(RANK, word) ? (word as ChannelKind) : null;
}

