/** Messages that nobody will receive: no process that could read them is left. */
import { comingAt, holdersOf } from '../model/ends.js';
import { mayBeHeldUnseen } from '../model/unseen.js';
import type { FindingRow } from '../protocol/view.js';
import { isInstalled, type Scene } from './scene.js';

/** That a reader ended may be read before what it told last, in a file of its own: by a second later all that is read. Milliseconds. */
const SETTLES = 1000;

export function messagesUndelivered(scene: Scene): FindingRow[] {
  return scene.world.channels.flatMap((channel) => {
    const left = channel.depth;
    if (left === 0 || channel.announced === null || channel.announced.internal) return [];
    if (holdersOf(scene.world, channel, null).readers.length > 0 || comingAt(scene.world).length > 0) return [];
    // Not `scene.now`: of one process more may have been read than of another.
    if (!scene.world.observerEnded && holdersOf(scene.world, channel, null, scene.world.nowMs - SETTLES).readers.length > 0) return [];
    // One of which nothing was recorded may have received them.
    if (mayBeHeldUnseen(scene.world, channel)) return [];
    const name = scene.channelName(channel);
    const where = scene.madeAt(channel);
    const installed = where !== null && isInstalled(where.file);
    const row: FindingRow = {
      key: `messages-undelivered:${channel.key}`,
      rule: 'messages-undelivered',
      // What was read once and not to its end was most likely meant to be read; what nobody ever read, perhaps not. A package's
      // pool leaves what its workers say as they end, and what woke its threads: nobody who uses it could read that.
      severity: channel.received > 0 && !installed ? 'warning' : 'info',
      certain: true,
      process: scene.world.imageOf(channel.announced.image).proc.key,
      object: channel.key,
      where,
      sinceMs: null,
      message:
        left === 1
          ? { template: 'One message in {0} was never received, and no process that could read it is left.', args: [name] }
          : { template: '{1} messages in {0} were never received, and no process that could read them is left.', args: [name, left] },
      fix: {
        // Only what has a feeder has this to call.
        template: channel.buffered
          ? 'Read until a sentinel before the readers end, or call cancel_join_thread() where the rest is not wanted.'
          : 'Read until a sentinel before the readers end.',
        args: [],
      },
      evidence: [
        { template: '{0} went in, {1} came out.', args: [channel.buffered ? channel.puts : channel.sent, channel.received] },
        ...(installed ? [{ template: '{0} was made by an installed package, which may leave them on purpose.', args: [name] }] : []),
      ],
    };
    return [row];
  });
}
