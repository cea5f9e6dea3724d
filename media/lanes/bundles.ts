/** Arrows as far as they can be told apart: those between the same two rows that lie on each other are one, which says how many. Pure. */
import type { Arrow } from '../../src/protocol/view.js';

export interface Bundle {
  /** Indices of the rows that stand for sender and receiver: their own, or the fold that hides them. */
  readonly fromRow: number;
  readonly toRow: number;
  /** Of the first of them. */
  readonly sentMs: number;
  readonly receivedMs: number;
  /** Messages that it stands for, as far as they were counted. */
  readonly count: number;
  /** There may be more. */
  readonly more: boolean;
}

/** Closer together than this many pixels, arrows are a wall that hides the rows below. */
const ARROW_GAP = 10;

/** The length in ms of the stretches of time of which each has one arrow. They stand still while the view moves, so that none flickers. */
export function stretchOf(msPerPixel: number): number {
  return 2 ** Math.ceil(Math.log2(msPerPixel * ARROW_GAP));
}

/**
 * One arrow for each stretch of time in which any is received: what else comes there between the same rows, and was sent no further from it, is one
 * with it.
 * @param anchor each process's row @returns in the order of arrival
 */
export function bundle(arrows: readonly Arrow[], anchor: ReadonlyMap<string, number>, stretchMs: number): readonly Bundle[] {
  const taken = new Map<number, { -readonly [K in keyof Bundle]: Bundle[K] }>();
  for (const { from, to, sentMs, receivedMs, count = 1, more = false } of arrows) {
    const fromRow = anchor.get(from);
    const toRow = anchor.get(to);
    if (fromRow === undefined || toRow === undefined || fromRow === toRow) continue;
    const at = Math.floor(receivedMs / stretchMs);
    const first = taken.get(at);
    if (first === undefined) {
      taken.set(at, { fromRow, toRow, sentMs, receivedMs, count, more });
    } else if (first.fromRow === fromRow && first.toRow === toRow && Math.abs(sentMs - first.sentMs) <= stretchMs) {
      first.count += count;
      first.more ||= more;
    }
  }
  return [...taken.values()].sort((a, b) => a.receivedMs - b.receivedMs);
}
