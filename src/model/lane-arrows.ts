/** Arrows of messages from sender to receiver, for one process, channel or pool: few columns, and one a column and direction. */
import type { Arrow, LaneQuery } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { Direction } from './direction.js';
import { rounded } from './lane-columns.js';
import type { Pool } from './pool-table.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** What a front has keys for. */
export interface Shown {
  proc(key: string): Proc | null;
  channel(key: string): Channel | null;
  channels(): Iterable<Channel>;
  pool(key: string): Pool | null;
}

/** Of a column without an arrow yet so many messages are looked at. */
const MOST_LOOKS = 16;
/** In all columns together, to count those that an arrow stands for. */
const MOST_COUNTED = 30_000;

/** At most one arrow a column and direction for each channel concerned. */
export function arrowsOf(world: World, query: LaneQuery, pixels: number, shown: Shown, keys: Keys): Arrow[] {
  const channel = query.arrowsFor === null ? null : shown.channel(query.arrowsFor);
  const proc = query.arrowsFor === null ? null : shown.proc(query.arrowsFor);
  const pool = query.arrowsFor === null ? null : shown.pool(query.arrowsFor);
  const arrows: Arrow[] = [];
  const channels = pool !== null ? channelsOf(world, pool) : channel !== null ? [channel] : proc !== null ? [...shown.channels()].filter((one) => one.directions.some((d) => proc.images.some((image) => d.pairing.touches(image.id)))) : [];
  // Arrows nearer than some pixels are a wall: few columns, and fewer yet where many channels share them.
  const columns = Math.max(16, Math.floor(pixels / 4 / Math.max(1, channels.length / 4)));
  const looks = Math.min(MOST_LOOKS, Math.max(1, Math.floor(MOST_COUNTED / (columns * Math.max(1, channels.length)))));
  for (const one of channels) {
    const key = keys.channel(one);
    if (key === null) continue;
    for (const direction of one.directions) directionArrows(world, direction, key, query, columns, (query.toMs - query.fromMs) / columns, looks, proc, keys, arrows);
  }
  return arrows;
}

/** The ways of a pool's tasks and of their results. */
function channelsOf(world: World, pool: Pool): Channel[] {
  const found = [world.channelAt(pool.obj), pool.made === null ? null : world.channelAt(pool.made.results)];
  return [...new Set(found.filter((channel) => channel !== null))];
}

/** @param looks messages of a column that are looked at, once it has its arrow, for more between the same two */
function directionArrows(world: World, direction: Direction, channel: string, query: LaneQuery, pixels: number, grain: number, looks: number, proc: Proc | null, keys: Keys, arrows: Arrow[]): void {
  const { order, image: images } = direction.from.sends;
  const { receives } = direction.to;
  let at = order.countBefore(query.fromMs);
  for (let column = 0; column < pixels && at < order.length; column++) {
    const border = query.fromMs + (column + 1) * grain;
    let found: { readonly from: Proc; readonly to: Proc; readonly arrow: Arrow } | null = null;
    let count = 0;
    // A few are looked at for one of this process; the rest of the column would fall on the same pixel.
    for (let tries = 0; tries < (found === null ? MOST_LOOKS : looks) && at < order.length && order.keyAt(at) < border; tries++, at++) {
      const send = order.row(at);
      const receive = direction.pairing.receiveOf(at);
      if (receive < 0) continue;
      const from = world.imageOf(images.at(send)).proc;
      const to = world.imageOf(receives.image.at(receive)).proc;
      if (found !== null) {
        if (from === found.from && to === found.to) count++;
        continue;
      }
      if (proc !== null && from !== proc && to !== proc) continue;
      const fromKey = keys.process(from);
      const toKey = keys.process(to);
      if (fromKey === null || toKey === null) continue;
      found = { from, to, arrow: { from: fromKey, to: toKey, sentMs: rounded(direction.from.sends.t0.at(send), grain), receivedMs: rounded(receives.t1.at(receive), grain), channel } };
      count = 1;
    }
    const more = at < order.length && order.keyAt(at) < border;
    if (found !== null) arrows.push({ ...found.arrow, ...(count > 1 ? { count } : {}), ...(more ? { more } : {}) });
    if (more) at = order.countBefore(border);
  }
}
