/** Stretches of time in which threads of one image waited; seen from far away they are merged, and none is lost. */
import type { SpanKind } from '../protocol/view.js';
import { octets, times } from './columns.js';
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
  /** It stands for several waits. */
  several?: boolean;
}

export class SpanLog {
  private readonly about = times();
  private readonly kind = octets();
  /** By level and block: the most telling kind in it. */
  private readonly kinds: number[][] = [];
  private readonly stretches = new Stretches((level, block, row) => {
    const kinds = (this.kinds[level] ??= []);
    kinds[block] = Math.max(kinds[block] ?? 0, this.kind.at(row));
  });

  get count(): number {
    return this.stretches.count;
  }

  add(t0: number, t1: number, kind: SpanKind, about: number): void {
    this.about.push(about);
    this.kind.push(SPAN_KINDS.indexOf(kind));
    this.stretches.add(t0, t1);
  }

  /** All spans that touch the window; those of a block that lies within one `grain` come as one. */
  visit(fromMs: number, toMs: number, grain: number, take: (piece: SpanPiece) => void): void {
    this.stretches.visit(
      fromMs,
      toMs,
      grain,
      (row, t0, t1) => take({ fromMs: t0, toMs: t1, kind: this.kind.at(row), about: this.about.at(row) }),
      (level, block, t0, t1) => take({ fromMs: t0, toMs: t1, kind: this.kinds[level]![block]!, about: 0, several: true }),
    );
  }
}
