/** Stretches of time in which threads of one image waited; seen from far away they are merged, and none is lost. */
import type { SpanKind } from '../protocol/view.js';
import { octets, times } from './columns.js';

/** From the least to the most telling: of what falls into one pixel, the last wins. */
export const SPAN_KINDS: readonly SpanKind[] = ['life', 'blocked-other', 'blocked-join', 'blocked-pipe', 'blocked-queue', 'zombie', 'orphan'];

/** Waits shorter than this are no wait: a system call. Milliseconds. */
export const SHORTEST_WAIT = 1;

const BLOCK_BITS = 6;
const LEVELS = 3;

export interface SpanPiece {
  fromMs: number;
  toMs: number;
  /** Index in SPAN_KINDS. */
  kind: number;
  /** Object id (channel) or, for a join, minus the child's pid; 0 several. */
  about: number;
}

/** Summary of 64, 4,096, 262,144 spans. */
interface Level {
  readonly start: number[];
  readonly end: number[];
  readonly kind: number[];
}

export class SpanLog {
  private readonly t0 = times();
  private readonly t1 = times();
  /** The largest end so far: threads tell their waits slightly out of order, and this is what can be searched. */
  private readonly told = times();
  private readonly about = times();
  private readonly kind = octets();
  private readonly levels: Level[] = newLevels();

  get count(): number {
    return this.t1.length;
  }

  add(t0: number, t1: number, kind: SpanKind, about: number): void {
    const code = SPAN_KINDS.indexOf(kind);
    const n = this.t1.length;
    this.t0.push(t0);
    this.t1.push(t1);
    this.told.push(n > 0 ? Math.max(t1, this.told.at(n - 1)) : t1);
    this.about.push(about);
    this.kind.push(code);
    this.summarise(n, t0, t1, code);
  }

  /** All spans that touch the window; those of a block that lies within one `grain` come as one. */
  visit(fromMs: number, toMs: number, grain: number, take: (piece: SpanPiece) => void): void {
    const n = this.t1.length;
    let i = this.told.upperBound(fromMs);
    while (i < n) {
      let level = LEVELS - 1;
      for (; level >= 0; level--) {
        const bits = BLOCK_BITS * (level + 1);
        if ((i & ((1 << bits) - 1)) !== 0) continue;
        const block = i >>> bits;
        const { start, end, kind } = this.levels[level]!;
        if (block >= start.length) continue;
        const outside = start[block]! > toMs;
        if (!outside && end[block]! - start[block]! > grain) continue;
        if (!outside) take({ fromMs: start[block]!, toMs: end[block]!, kind: kind[block]!, about: 0 });
        i += 1 << bits;
        break;
      }
      if (level >= 0) continue;
      if (this.t0.at(i) <= toMs && this.t1.at(i) > fromMs) take({ fromMs: this.t0.at(i), toMs: this.t1.at(i), kind: this.kind.at(i), about: this.about.at(i) });
      i++;
    }
  }

  private summarise(index: number, t0: number, t1: number, kind: number): void {
    for (let level = 0; level < LEVELS; level++) {
      const block = index >>> (BLOCK_BITS * (level + 1));
      const summary = this.levels[level]!;
      if (block === summary.start.length) {
        summary.start.push(t0);
        summary.end.push(t1);
        summary.kind.push(kind);
      } else {
        summary.start[block] = Math.min(summary.start[block]!, t0);
        summary.end[block] = Math.max(summary.end[block]!, t1);
        summary.kind[block] = Math.max(summary.kind[block]!, kind);
      }
    }
  }
}

function newLevels(): Level[] {
  return Array.from({ length: LEVELS }, () => ({ start: [], end: [], kind: [] }));
}
