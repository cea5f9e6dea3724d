/** Messages that nobody will receive: no process that could read them is left. */
import { holdersOf } from '../model/ends.js';
import { mayBeUsedUnseen } from '../model/unseen.js';
import type { FindingRow } from '../protocol/view.js';
import type { Scene } from './scene.js';

export function messagesUndelivered(scene: Scene): FindingRow[] {
  return scene.world.channels.flatMap((channel) => {
    const left = channel.depth;
    if (left === 0 || channel.announced === null || channel.announced.internal) return [];
    if (holdersOf(scene.world, channel, null).readers.length > 0) return [];
    // One of which nothing was recorded may have received them.
    if (mayBeUsedUnseen(scene.world, channel)) return [];
    const name = scene.channelName(channel);
    const row: FindingRow = {
      key: `messages-undelivered:${channel.key}`,
      rule: 'messages-undelivered',
      // What was read once and not to its end was most likely meant to be read; what nobody ever read, perhaps not.
      severity: channel.received > 0 ? 'warning' : 'info',
      certain: true,
      process: scene.world.imageOf(channel.announced.image).proc.key,
      object: channel.key,
      where: scene.madeAt(channel),
      sinceMs: null,
      message:
        left === 1
          ? { template: 'One message in {0} was never received, and no process that could read it is left.', args: [name] }
          : { template: '{1} messages in {0} were never received, and no process that could read them is left.', args: [name, left] },
      fix: { template: 'Read until a sentinel before the readers end, or call cancel_join_thread() where the rest is not wanted.', args: [] },
      evidence: [{ template: '{0} went in, {1} came out.', args: [channel.buffered ? channel.puts : channel.sent, channel.received] }],
    };
    return [row];
  });
}
