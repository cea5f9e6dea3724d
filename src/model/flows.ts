/** Who put how much into a channel, and who took how much out of it. */
import type { ChannelFlow } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** Both ways of a duplex pipe together; what was counted and not recorded is in it. A message whose feeder has not written it yet is put. */
export function flowsOf(world: World, channel: Channel, keys: Keys): ChannelFlow[] {
  const flows = new Map<Proc, { put: number; got: number }>();
  const add = (image: number, put: number, got: number): void => {
    if (put + got === 0) return;
    const { proc } = world.imageOf(image);
    const flow = flows.get(proc);
    if (flow === undefined) flows.set(proc, { put, got });
    else {
      flow.put += put;
      flow.got += got;
    }
  };
  const { buffered } = channel;
  for (const stream of channel.streams) {
    (buffered ? stream.puts : stream.sends).byImage.forEach((put, image) => add(image, put, 0));
    stream.receives.byImage.forEach((got, image) => add(image, 0, got));
    for (const [image, counted] of stream.counted) add(image, buffered ? counted.puts : counted.sent, counted.received);
  }
  const out: ChannelFlow[] = [];
  for (const [proc, { put, got }] of flows) {
    const key = keys.process(proc);
    if (key !== null) out.push([key, put, got]);
  }
  return out.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
}
