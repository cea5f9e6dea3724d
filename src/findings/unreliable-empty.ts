/** A process took Empty for the end of a queue and asked no more, while messages that had been put before were still on their way. */
import type { Channel } from '../model/channel.js';
import type { Direction, EmptyGets } from '../model/direction.js';
import { comingAt, endsOf, holdersOf } from '../model/ends.js';
import type { Image } from '../model/image.js';
import { mayBeUsedUnseen } from '../model/unseen.js';
import type { FindingRow } from '../protocol/view.js';
import type { Scene } from './scene.js';

interface Case {
  readonly image: Image;
  readonly empty: EmptyGets;
  readonly lost: number;
}

export function unreliableEmpty(scene: Scene): FindingRow[] {
  const { world } = scene;
  // A message that was counted, or whose record was lost, may have been received.
  if (world.dropped > 0) return [];
  return world.channels.flatMap((channel) => {
    if (channel.announced === null || channel.announced.internal || channel.countedOnly > 0) return [];
    return channel.directions.flatMap((direction) => {
      const { from, to } = direction;
      if (to.emptyGets.size === 0 || from.puts.ambiguous || Math.min(from.countingFrom, to.countingFrom) < Infinity) return [];
      // While somebody can still read, Empty was not the end: not for the messages.
      if (direction.depth(true) === 0 || holdersOf(world, channel, null).readers.length > 0 || comingAt(world).length > 0 || mayBeUsedUnseen(world, channel)) return [];
      const cases = casesOf(scene, direction);
      const [last] = cases;
      return last === undefined ? [] : [finding(scene, channel, direction, last, cases.slice(1))];
    });
  });
}

/** Who gave up at its first Empty, the last of them first: all that it missed, the others missed or left to it. */
function casesOf(scene: Scene, direction: Direction): Case[] {
  const cases: Case[] = [];
  for (const [id, empty] of direction.to.emptyGets) {
    const image = scene.world.imageOf(id);
    if (!gaveUp(scene, direction, image, empty)) continue;
    const lost = sentOfThosePutBefore(direction, empty.t1) - direction.to.receives.count - unrecorded(scene, direction);
    if (lost > 0) cases.push({ image, empty, lost });
  }
  return cases.sort((a, b) => b.empty.t1 - a.empty.t1 || a.image.info.pid - b.image.info.pid);
}

/**
 * Whether it did not ask again. One that had Empty before and went on asks again and again, and stops for another reason; one that a
 * signal ended did not get to it.
 */
function gaveUp(scene: Scene, direction: Direction, image: Image, empty: EmptyGets): boolean {
  const { end } = scene.facts(image.proc);
  if (empty.count > 1 || end === null || end.signal !== null || end.known === 'vanished') return false;
  if (scene.waits(image).some(({ slot, from }) => slot.obj === direction.to.obj && from >= empty.t1)) return false;
  const { order, image: by } = direction.to.receives;
  for (let at = order.countUpTo(empty.t1); at < order.length; at++) if (by.at(order.row(at)) === image.id) return false;
  return true;
}

/** Messages whose `put` had returned by then, and that their feeders wrote in the end: those that were not may be lost with their process. */
function sentOfThosePutBefore({ from }: Direction, time: number): number {
  const { puts, sends } = from;
  let count = 0;
  for (let at = 0; at < sends.order.length; at++) {
    const row = sends.order.row(at);
    const put = puts.rowOfPlace(sends.image.at(row), sends.place.at(row));
    if (put >= 0 && puts.t1.at(put) <= time) count++;
  }
  return count;
}

/** Processes that a signal may have ended between the last byte of a message and its record. */
function unrecorded(scene: Scene, { to }: Direction): number {
  return scene.procs.filter((proc) => {
    const { end } = scene.facts(proc);
    return end !== null && (end.signal !== null || end.known === 'vanished') && endsOf(scene.world, proc, to.obj, end.ms).read > 0;
  }).length;
}

function finding(scene: Scene, channel: Channel, direction: Direction, { image, empty, lost }: Case, others: readonly Case[]): FindingRow {
  const name = scene.channelName(channel);
  const { proc } = image;
  return {
    key: `unreliable-empty:${channel.key}`,
    rule: 'unreliable-empty',
    severity: 'warning',
    certain: true,
    process: proc.key,
    object: channel.key,
    where: image.site(empty.site),
    sinceMs: empty.t1,
    message:
      lost === 1
        ? { template: '{0} (PID {1}) got Empty from {2} and asked no more, but one message that had been put before was never received.', args: [...scene.named(proc), name] }
        : { template: '{0} (PID {1}) got Empty from {2} and asked no more, but {3} messages that had been put before were never received.', args: [...scene.named(proc), name, lost] },
    fix: {
      template: 'Put a sentinel for each consumer, or use task_done() and join() of a JoinableQueue: Empty, empty() and qsize() do not say that nothing more is on its way.',
      args: [],
    },
    evidence: [
      { template: 'When get() raised Empty, {0} had been put into {1} and not received.', args: [direction.depthAt(empty.t1, true), name] },
      { template: '{0} (PID {1}) ended without another get().', args: scene.named(proc) },
      ...others.map((other) => ({ template: '{0} (PID {1}) had got Empty before, and asked no more either.', args: scene.named(other.image.proc) })),
    ],
  };
}
