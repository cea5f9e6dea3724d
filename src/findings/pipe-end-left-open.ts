/** A reader waits for a pipe's end of file, which cannot come: those who could still write are readers themselves. */
import type { Channel } from '../model/channel.js';
import { comingAt, holdersOf } from '../model/ends.js';
import type { Proc } from '../model/process.js';
import { RecordType } from '../model/record-types.js';
import { mayBeHeldUnseen } from '../model/unseen.js';
import { hasThreadBeside } from '../model/wait-for.js';
import type { FindingRow } from '../protocol/view.js';
import type { Scene, Wait } from './scene.js';

/** A reader waits for a moment in every program. Milliseconds. */
const LONG = 1000;

export function pipeEndLeftOpen(scene: Scene): FindingRow[] {
  return scene.world.channels.flatMap((channel) => {
    if (channel.isQueue || channel.announced?.internal === true) return [];
    return channel.directions.flatMap((direction, index) => {
      const readers = readersOf(scene, direction.to.obj);
      const [first] = readers;
      if (first === undefined || direction.depth(false) > 0) return [];
      // At the moment the last of them was still waiting: now, or when it was ended.
      const moment = Math.min(...readers.map((wait) => wait.to));
      const { writers } = holdersOf(scene.world, channel, index, moment);
      const waiting = new Set(readers.map((wait) => wait.image.proc));
      if (writers.length === 0 || !writers.every((writer) => waiting.has(writer))) return [];
      // Another of its threads may write, or hands an end on to whoever asks for it.
      if (writers.some((writer) => hasThreadBeside(scene.world, writer))) return [];
      if (comingAt(scene.world, moment).length > 0 || mayBeHeldUnseen(scene.world, channel)) return [];
      return [finding(scene, channel, first, writers)];
    });
  });
}

/** Threads that wait in recv() without a timeout, and have for long. */
function readersOf(scene: Scene, obj: number): Wait[] {
  const waits: Wait[] = [];
  for (const image of scene.world.slotsOn.get(obj) ?? []) {
    for (const wait of scene.waits(image)) {
      const { slot } = wait;
      if (slot.obj === obj && slot.op === RecordType.RECV && slot.deadlineMs === null && wait.to - wait.from >= LONG) waits.push(wait);
    }
  }
  return waits.sort((a, b) => a.from - b.from || a.image.info.pid - b.image.info.pid);
}

function finding(scene: Scene, channel: Channel, wait: Wait, writers: readonly Proc[]): FindingRow {
  const reader = wait.image.proc;
  const name = scene.channelName(channel);
  return {
    key: `pipe-end-left-open:${channel.key}:${reader.key}`,
    rule: 'pipe-end-left-open',
    severity: 'error',
    certain: true,
    process: reader.key,
    object: channel.key,
    where: wait.image.site(wait.slot.site),
    sinceMs: wait.from,
    message: {
      template: '{0} (PID {1}) waits in recv() on {2} for ever: only processes that wait there themselves still hold the end to write to.',
      args: [...scene.named(reader), name],
    },
    fix: { template: 'Close in each process the ends that it does not use: the end to write to in the reader, the end to read from in the writer.', args: [] },
    evidence: [...writers].sort((a, b) => a.pid - b.pid).map((writer) => ({ template: '{0} (PID {1}) holds the end to write to and is blocked reading.', args: scene.named(writer) })),
  };
}
