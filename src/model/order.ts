/** The order of keys: by time, then by what tells two of one time apart. */
import type { Channel } from './channel.js';
import type { Proc } from './process.js';
import type { World } from './world.js';

/** By start, then by pid. */
export function compareProcs(world: World, a: Proc, b: Proc): number {
  return world.derived(a).startedMs - world.derived(b).startedMs || a.pid - b.pid || a.start - b.start;
}

/** By making, or by the first fact that named it. */
export function compareChannels(a: Channel, b: Channel): number {
  return (a.announced?.t ?? a.firstMs) - (b.announced?.t ?? b.firstMs) || a.streams[0]!.obj - b.streams[0]!.obj;
}
