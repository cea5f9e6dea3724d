/** Stretches of time in which threads of one image waited; seen from far away they are merged, and none is lost. */
import type { SpanKind } from '../protocol/view.js';
import { octets, times, words } from './columns.js';
import type { Flight } from './in-flight.js';
import { Stretches } from './stretches.js';

/** From the least to the most telling: of what falls into one pixel, the last wins. */
export const SPAN_KINDS: readonly SpanKind[] = ['life', 'blocked-other', 'blocked-join', 'blocked-result', 'blocked-pipe', 'blocked-queue', 'blocked-lock', 'zombie', 'orphan'];

/** Waits shorter than this are no wait: a system call. Milliseconds. */
export const SHORTEST_WAIT = 1;

export interface SpanPiece {
  fromMs: number;
  toMs: number;
  /** Index in SPAN_KINDS. */
  kind: number;
  /** Object id (channel, lock, ...) or, for a join, minus the child's pid; 0 several. */
  about: number;
  /** Where, as a number of its image's strings; of several waits that of the longest of the kind; 0: not known. */
  site: number;
  /** It stands for several waits. */
  several?: boolean;
  /** How long the wait was that `site` is of, where it is one of several. */
  longestMs?: number;
}

/** The operation that a span is of, as the in-flight slot of its thread told it while it lasted. */
export interface SpanOp extends Flight {
  /** Slot of its thread. */
  readonly thread: number;
  /** String id of the line, 0 none. */
  readonly site: number;
}

/** A span as it was told. */
export interface Span extends SpanOp {
  /** Its begin, ms from the run's start. */
  readonly t0: number;
}

/** The sums are kept for each so many spans, so that those of any moment cost no more than so many. */
const SUM_STEP = 256;

export class SpanLog {
  /** Sum of their lengths by kind, as in SPAN_KINDS. */
  private readonly sums = SPAN_KINDS.map(() => 0);
  /** The same of the first 0, 256, 512, ... spans. */
  private readonly sumsOfFirst: (readonly number[])[] = [];
  private readonly about = times();
  private readonly kind = octets();
  private readonly op = octets();
  private readonly obj = times();
  private readonly operand = times();
  /** NaN: none. */
  private readonly deadline = times();
  private readonly flags = words();
  private readonly thread = words();
  private readonly site = words();
  /** By level and block: the row that stands for it, the longest of the most telling kind. */
  private readonly tops: number[][] = [];
  private readonly stretches = new Stretches((level, block, row) => {
    const tops = (this.tops[level] ??= []);
    const top = tops[block];
    if (top === undefined || this.outdoes(row, top)) tops[block] = row;
  });

  /** A log of all spans that had ended by `untilMs`, which looks them up in `whole`: what is added is in it already. */
  constructor(
    private readonly whole: SpanLog | null = null,
    private readonly untilMs = Infinity,
  ) {
    whole?.stretches.each((row, t0, t1) => {
      if (t1 <= untilMs) this.sums[whole.kind.at(row)]! += t1 - t0;
    });
  }

  get count(): number {
    return this.stretches.count;
  }

  add(t0: number, t1: number, kind: SpanKind, about: number, op: SpanOp): void {
    if (this.whole !== null) return;
    const number = SPAN_KINDS.indexOf(kind);
    if (this.count % SUM_STEP === 0) this.sumsOfFirst.push([...this.sums]);
    this.sums[number]! += t1 - t0;
    this.about.push(about);
    this.kind.push(number);
    this.op.push(op.op);
    this.obj.push(op.obj);
    this.operand.push(op.operand);
    this.deadline.push(op.deadlineMs ?? Number.NaN);
    this.flags.push(op.flags);
    this.thread.push(op.thread);
    this.site.push(op.site);
    this.stretches.add(t0, t1);
  }

  /** Numbers of the spans that a moment lies in. @param begunBy only those that had begun by then @param take they are added */
  at(ms: number, begunBy: number, take: number[]): void {
    this.stretches.at(ms, begunBy, take);
  }

  /** One of them, as it was told. */
  span(row: number): Span {
    const deadline = this.deadline.at(row);
    return {
      t0: this.stretches.beginOf(row), op: this.op.at(row), obj: this.obj.at(row), operand: this.operand.at(row), flags: this.flags.at(row),
      deadlineMs: Number.isNaN(deadline) ? null : deadline, thread: this.thread.at(row), site: this.site.at(row),
    };
  }

  /** How long all spans of a kind are together, milliseconds; those of several threads at one time count each. */
  sumMs(kind: SpanKind): number {
    return this.sums[SPAN_KINDS.indexOf(kind)]!;
  }

  /** The same of those that had ended by a time, for all kinds, as in SPAN_KINDS. */
  sumsBy(ms: number): readonly number[] {
    let late: number[] | null = null;
    const ended = this.stretches.endedBy(ms, (row) => (late ??= []).push(row));
    const from = Math.floor(ended / SUM_STEP);
    // No sums of as many as there are: the next span has not come.
    const sums = [...(this.sumsOfFirst[from] ?? this.sums)];
    const add = (row: number): void => {
      const kind = this.kind.at(row);
      sums[kind] = sums[kind]! + this.stretches.lengthOf(row);
    };
    for (let row = from * SUM_STEP; row < ended; row++) add(row);
    for (const row of late ?? []) add(row);
    return sums;
  }

  /** All spans that touch the window; those of a block that lies within one `grain` come as one. */
  visit(fromMs: number, toMs: number, grain: number, take: (piece: SpanPiece) => void): void {
    if (this.whole !== null) {
      this.whole.visit(fromMs, toMs, -1, (piece) => {
        if (piece.toMs <= this.untilMs) take(piece);
      });
      return;
    }
    this.stretches.visit(
      fromMs,
      toMs,
      grain,
      (row, t0, t1) => take({ fromMs: t0, toMs: t1, kind: this.kind.at(row), about: this.about.at(row), site: this.site.at(row) }),
      (level, block, t0, t1) => {
        const top = this.tops[level]![block]!;
        take({ fromMs: t0, toMs: t1, kind: this.kind.at(top), about: 0, site: this.site.at(top), several: true, longestMs: this.stretches.lengthOf(top) });
      },
    );
  }

  private outdoes(row: number, top: number): boolean {
    const more = this.kind.at(row) - this.kind.at(top);
    return more > 0 || (more === 0 && this.stretches.lengthOf(row) > this.stretches.lengthOf(top));
  }
}
