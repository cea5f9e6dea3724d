/**
 * A parent joins a child before it has read what the child put: the child cannot end before its feeder thread has written
 * everything, the feeder waits for room in the pipe, and nobody reads.
 */
import type { Channel } from '../model/channel.js';
import { comingAt, holdersOf } from '../model/ends.js';
import type { Image } from '../model/image.js';
import type { Proc } from '../model/process.js';
import { RecordType, SendFlag } from '../model/record-types.js';
import type { FindingRow } from '../protocol/view.js';
import { overlap, type Scene } from './scene.js';

/** A pipe is full for a moment in every busy program. Milliseconds. */
const LONG = 1000;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface Join extends Stretch {
  readonly parent: Image;
  readonly child: Proc;
  readonly site: number;
}

export function joinBeforeDrain(scene: Scene): FindingRow[] {
  const joins = joinsOf(scene);
  if (joins.length === 0) return [];
  const found = new Map<string, FindingRow>();
  for (const join of joins) {
    for (const image of join.child.images) {
      for (const feed of feedsOf(scene, image)) {
        const both = { from: Math.max(join.from, feed.from), to: Math.min(join.to, feed.to) };
        if (overlap(join, feed) < LONG || somebodyReads(scene, feed.channel, join.parent.proc, join.child, both)) continue;
        const row = finding(scene, join, feed.channel, both.from);
        if (!found.has(row.key)) found.set(row.key, row);
      }
    }
  }
  return [...found.values()];
}

/** Waits of some length for a child: those that are over, those that stand, and those in which a process ended. */
function joinsOf(scene: Scene): Join[] {
  const joins: Join[] = [];
  for (const parent of scene.images()) {
    const add = (pid: number, from: number, to: number, site: number): void => {
      const child = scene.world.table.at(pid, from);
      if (child !== null && to - from >= LONG) joins.push({ parent, child, from, to, site });
    };
    for (const join of parent.joins) add(join.a, join.t0, join.t1, join.site);
    for (const { slot, from, to } of scene.waits(parent)) if (slot.op === RecordType.JOIN) add(slot.operand, from, to, slot.site);
  }
  return joins;
}

/** Stretches in which the feeder of an image was writing one message. */
function feedsOf(scene: Scene, image: Image): (Stretch & { readonly channel: Channel })[] {
  const feeds: (Stretch & { readonly channel: Channel })[] = [];
  for (const { slot, from, to } of scene.waits(image)) {
    const channel = scene.world.channelAt(slot.obj);
    if (slot.op === RecordType.SEND && (slot.flags & SendFlag.FEEDER) !== 0 && channel !== null) feeds.push({ channel, from, to });
  }
  for (const { obj, from, to } of image.longFeeds) {
    const channel = scene.world.channelAt(obj);
    if (channel !== null) feeds.push({ channel, from, to });
  }
  return feeds;
}

/** Whether someone else took something out meanwhile, or may yet: holds the end to read from and does not write. */
function somebodyReads(scene: Scene, channel: Channel, parent: Proc, child: Proc, meanwhile: Stretch): boolean {
  if (comingAt(scene.world, meanwhile.to).some((proc) => proc !== parent && proc !== child)) return true;
  for (const { to, from } of channel.directions) {
    const { order } = to.receives;
    if (order.countBefore(meanwhile.to) > order.countUpTo(meanwhile.from)) return true;
    for (const reader of holdersOf(scene.world, channel, null, meanwhile.to).readers) {
      if (reader === parent || reader === child) continue;
      if (!reader.images.some((image) => from.puts.feeders.has(image.id))) return true;
    }
  }
  return false;
}

function finding(scene: Scene, join: Join, channel: Channel, since: number): FindingRow {
  const name = scene.channelName(channel);
  const parent = join.parent.proc;
  return {
    key: `join-before-drain:${parent.key}:${join.child.key}:${channel.key}`,
    rule: 'join-before-drain',
    severity: 'error',
    certain: true,
    process: parent.key,
    object: channel.key,
    where: join.parent.site(join.site),
    sinceMs: since,
    message: {
      template: '{0} (PID {1}) joins {2} (PID {3}), which cannot end: its feeder thread waits for room in {4}, and nobody reads it.',
      args: [...scene.named(parent), ...scene.named(join.child), name],
    },
    fix: { template: 'Get everything out of the queue first, then join. A child that has put items waits at its end until its feeder has written them all to the pipe.', args: [] },
    evidence: [
      { template: '{0} (PID {1}) was in join() of PID {2} for more than a second.', args: [...scene.named(parent), join.child.pid] },
      { template: 'All that time the feeder thread of {0} (PID {1}) was writing to {2}, and no message was received from it.', args: [...scene.named(join.child), name] },
    ],
  };
}
