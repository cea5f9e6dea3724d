/** A process waits in JoinableQueue.join() for items of which nobody will say that they are done. */
import type { Channel } from '../model/channel.js';
import { comingAt, holdersOf } from '../model/ends.js';
import type { Image } from '../model/image.js';
import type { Proc } from '../model/process.js';
import { ReceiveFlag, RecordType } from '../model/record-types.js';
import { hasLostRecords, mayBeUsedUnseen } from '../model/unseen.js';
import type { FindingRow, Text } from '../protocol/view.js';
import type { Scene, Wait } from './scene.js';

/** The last items are being worked on for a moment in every program; and what slots say may be a little old. Milliseconds. */
const LONG = 1000;
const FEEDER = 'QueueFeederThread';

export function taskDoneMissing(scene: Scene): FindingRow[] {
  if (hasLostRecords(scene.world)) return [];
  return scene.images().flatMap((image) => {
    for (const wait of scene.waitsEver(image)) {
      if (wait.slot.op !== RecordType.QUEUE_JOIN || wait.to - wait.from < LONG) continue;
      const channel = scene.world.channelAt(wait.slot.obj);
      const row = channel === null ? null : judge(scene, channel, wait);
      if (row !== null) return [row];
    }
    return [];
  });
}

function judge(scene: Scene, channel: Channel, wait: Wait): FindingRow | null {
  const { world } = scene;
  const unfinished = channel.puts - channel.taskDone;
  const isCounted = channel.countedOnly > 0 || channel.streams.some((stream) => stream.countingFrom < Infinity);
  if (unfinished <= 0 || isCounted || channel.key === null || mayBeUsedUnseen(world, channel)) return null;
  if (comingAt(world, wait.to).length > 0 || !isAloneIn(scene, wait.image, channel)) return null;
  // Where all are killed at once, a consumer may be gone a little before the waiter.
  if (holdersOf(world, channel, null, wait.to - LONG).readers.some((holder) => (scene.facts(holder).end?.ms ?? Infinity) < wait.to)) return null;
  const consumers: Proc[] = [];
  for (const holder of holdersOf(world, channel, null, wait.to).readers) {
    if (holder === wait.image.proc) continue;
    if (!isStuckInGet(scene, holder, channel, wait.to)) return null;
    consumers.push(holder);
  }
  // What is left in the queue, those who wait for it will get.
  if (consumers.length > 0 && channel.depth > 0) return null;
  return finding(scene, channel, wait, unfinished, consumers);
}

/** Whether no other thread of the waiter can say for it that an item is done: it has none, got none, and has no pool that calls back. */
function isAloneIn(scene: Scene, image: Image, channel: Channel): boolean {
  if (scene.world.objects.pools.all.some((pool) => pool.origin?.image.proc === image.proc)) return false;
  for (const { to } of channel.directions) if ((to.receives.byImage[image.id] ?? 0) > 0) return false;
  return ownThreads(image) <= 1;
}

/** All its threads that are known wait in get(), without a timeout, and have for long: none of them works on an item. */
function isStuckInGet(scene: Scene, proc: Proc, channel: Channel, moment: number): boolean {
  const image = proc.latestImage();
  if (image === null || scene.world.objects.pools.all.some((pool) => pool.origin?.image.proc === proc)) return false;
  const stuck = scene.waitsEver(image).filter(
    ({ slot, from, to }) =>
      slot.op === RecordType.RECV && (slot.flags & ReceiveFlag.GET) !== 0 && slot.deadlineMs === null && channel.directions.some((direction) => direction.to.obj === slot.obj) && from <= moment - LONG && to >= moment,
  );
  return stuck.length > 0 && stuck.length >= ownThreads(image);
}

function ownThreads(image: Image): number {
  return [...image.threads.values()].filter(({ name }) => name !== FEEDER).length;
}

function finding(scene: Scene, channel: Channel, wait: Wait, unfinished: number, consumers: readonly Proc[]): FindingRow {
  const { proc } = wait.image;
  const name = scene.channelName(channel);
  const over = scene.facts(proc).end !== null || wait.to < scene.now;
  return {
    key: `task-done-missing:${channel.key}:${proc.key}`,
    rule: 'task-done-missing',
    severity: 'error',
    certain: true,
    process: proc.key,
    object: channel.key,
    where: wait.image.site(wait.slot.site),
    sinceMs: wait.from,
    message: {
      template: over
        ? '{0} (PID {1}) waited in join() on {2} in vain: of {3} items nobody was left to call task_done().'
        : '{0} (PID {1}) waits in join() on {2} for ever: of {3} items nobody is left to call task_done().',
      args: [...scene.named(proc), name, unfinished],
    },
    fix: { template: 'Call task_done() once for each item that get() returned, in a finally clause; and let the process that joins watch whether its consumers live.', args: [] },
    evidence: [
      { template: '{0} items were put, {1} were received, and task_done() was called {2} times.', args: [channel.puts, channel.received, channel.taskDone] },
      ...(consumers.length === 0
        ? [{ template: 'No other process that could get items from it lives.', args: [] } satisfies Text]
        : [...consumers].sort((a, b) => a.pid - b.pid).map((consumer): Text => ({ template: '{0} (PID {1}) works on none: it waits in get().', args: scene.named(consumer) }))),
    ],
  };
}
