/** The word for how sure it is which receive got which send, and why not more. */
import type { Matching } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { Direction } from './direction.js';
import { mayBeUsedUnseen } from './unseen.js';
import type { World } from './world.js';

export function matchingOf(world: World, channel: Channel): { readonly matching: Matching; readonly why: string | null } {
  let inferred = channel.joinedWhy;
  for (const direction of channel.directions) {
    const unknown = whyUnknown(world, channel, direction);
    if (unknown !== null) return { matching: 'none', why: unknown };
    inferred ??= whyInferred(world, direction);
  }
  return { matching: inferred === null ? 'exact' : 'inferred', why: inferred };
}

// The reasons are whole sentences without figures, so that fronts can translate them.

function whyUnknown(world: World, channel: Channel, direction: Direction): string | null {
  const { pairing, from, to } = direction;
  if (pairing.cutFrom < Infinity || from.sum('sent') + to.sum('received') + from.sum('puts') > 0) {
    return 'Past the byte budget messages were counted, not recorded: who got which is known for the earlier ones only.';
  }
  if (to.unknown && from.sends.count > 0) return 'What was sent here was received by a process without instrumentation.';
  if (from.sends.count === 0 && to.receives.count > 0) return 'What was received here was sent by a process without instrumentation.';
  if (from.sends.count > to.receives.count && mayBeUsedUnseen(world, channel)) {
    return 'What was sent here and is not known to be received may have been received by a process without instrumentation.';
  }
  return null;
}

function whyInferred(world: World, direction: Direction): string | null {
  const { pairing, from, to } = direction;
  if (from.sends.count + to.receives.count > 0) {
    if (from.sends.usage.sharedWithoutLock) {
      return 'Several processes or threads write this end without a lock, so the order of time proves nothing: matched by length, checksum and order.';
    }
    if (to.receives.usage.sharedWithoutLock) {
      return 'Several processes or threads read this end without a lock, so the order of time proves nothing: matched by length, checksum and order.';
    }
  }
  if (pairing.contradictionAt >= 0) {
    return 'By the order of time a message was received that is not the one that was sent: from there on matched by length, checksum and order.';
  }
  if (to.receives.count > from.sends.count) return 'More messages were received than recorded processes sent.';
  if (from.puts.ambiguous) return 'One process has several Queue objects of this queue: which put a message came from is inferred.';
  for (const image of world.imagesWithHoles) {
    if (from.puts.feeders.has(image.id) || pairing.touches(image.id)) return 'Some records of a process that used it cannot be read: a message may be missing.';
  }
  return null;
}
