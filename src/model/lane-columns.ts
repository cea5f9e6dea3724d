/** Messages of a lane by pixel column, and the line of one message of each. */
import type { LaneQuery } from '../protocol/view.js';
import type { Times } from './columns.js';
import type { Image } from './image.js';
import type { LaneSites } from './lane-sites.js';
import type { LineColumn } from './line-column.js';

/** To the microsecond where a pixel is much longer: fifteen digits of a time that nobody can see are most of what a page is sent. */
export function rounded(ms: number, grain: number): number {
  return grain > 0.02 ? Math.round(ms * 1000) / 1000 : ms;
}

/** Sends or receives of one image. */
export interface Ticks {
  readonly image: Image;
  readonly times: Times;
  readonly lines: LineColumn;
}

/** Where a column's line has not been looked for. */
const NONE = -2;

/**
 * @returns `counts`: [column, count, ...], sparse, counts up to 255. `sites`: [column, site, ...], from that column on, where it
 *   differs from the one before; -1 not known
 */
export function columnsOf(all: readonly Ticks[], query: LaneQuery, pixels: number, grain: number, sites: LaneSites): { readonly counts: number[]; readonly sites: number[] } {
  const counts = new Uint32Array(pixels);
  const lines = new Int32Array(pixels).fill(NONE);
  const add = (at: number, count: number, { image, lines: own }: Ticks, row: number): void => {
    counts[at] = counts[at]! + count;
    // The first one whose line is known speaks for its column.
    if (lines[at]! < 0) lines[at] = sites.of(image, own.at(row));
  };
  for (const ticks of all) {
    const { times } = ticks;
    const from = times.lowerBound(query.fromMs);
    const to = times.upperBound(query.toMs, from);
    if (to - from < 8 * pixels) {
      for (let i = from; i < to; i++) add(Math.min(pixels - 1, Math.floor((times.at(i) - query.fromMs) / grain)), 1, ticks, i);
      continue;
    }
    let low = from;
    for (let at = 0; at < pixels && low < to; at++) {
      const high = at === pixels - 1 ? to : times.lowerBound(query.fromMs + (at + 1) * grain, low, to);
      if (high > low) add(at, high - low, ticks, low);
      low = high;
    }
  }
  const sparse: number[] = [];
  const told: number[] = [];
  for (let at = 0; at < pixels; at++) {
    if (counts[at] === 0) continue;
    sparse.push(at, Math.min(255, counts[at]!));
    if (lines[at] !== (told.at(-1) ?? -1)) told.push(at, lines[at]!);
  }
  return { counts: sparse, sites: told };
}
