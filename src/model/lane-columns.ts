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

/**
 * @returns `counts`: [column, count, ...], sparse, counts up to 255. `sites`: [column, site, ...], from that column on, where it
 *   differs from the one before; -1 not known
 */
export function columnsOf(all: readonly Ticks[], query: LaneQuery, pixels: number, grain: number, sites: LaneSites): { readonly counts: number[]; readonly sites: number[] } {
  const counts = new Uint32Array(pixels);
  const lines = new Int32Array(pixels).fill(-1);
  for (const { image, times, lines: own } of all) {
    // The first event of a column speaks for it: looking at the line of each would cost more than all else.
    const firsts = new Int32Array(pixels).fill(-1);
    const from = times.lowerBound(query.fromMs);
    const to = times.upperBound(query.toMs, from);
    if (to - from < 8 * pixels) {
      for (let i = from; i < to; i++) {
        const at = Math.min(pixels - 1, Math.floor((times.at(i) - query.fromMs) / grain));
        counts[at] = counts[at]! + 1;
        if (firsts[at]! < 0) firsts[at] = i;
      }
    } else {
      let low = from;
      for (let at = 0; at < pixels && low < to; at++) {
        const high = at === pixels - 1 ? to : times.lowerBound(query.fromMs + (at + 1) * grain, low, to);
        counts[at] = counts[at]! + high - low;
        if (high > low) firsts[at] = low;
        low = high;
      }
    }
    for (let at = 0; at < pixels; at++) if (firsts[at]! >= 0 && lines[at]! < 0) lines[at] = sites.of(image, own.at(firsts[at]!));
  }
  const sparse: number[] = [];
  const told: number[] = [];
  let before = -1;
  for (let at = 0; at < pixels; at++) {
    if (counts[at] === 0) continue;
    sparse.push(at, Math.min(255, counts[at]!));
    if (lines[at] === before) continue;
    before = lines[at]!;
    told.push(at, before);
  }
  return { counts: sparse, sites: told };
}
