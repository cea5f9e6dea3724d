/** Two processes sent on one end of a pipe, or received from one, at the same time: a Connection has no lock of its own. */
import type { Channel } from '../model/channel.js';
import { LARGE_MESSAGE, type Direction } from '../model/direction.js';
import type { Image } from '../model/image.js';
import type { Overlap } from '../model/overlap.js';
import { RecordType } from '../model/record-types.js';
import { hasLostRecords, mayBeUsedUnseen } from '../model/unseen.js';
import type { FindingRow, Text } from '../protocol/view.js';
import type { Scene, Wait } from './scene.js';

/** What slots say may be a little old: of two that stand for longer than this, neither was over when the other began. Milliseconds. */
const LONG = 1000;

interface Operation {
  readonly image: Image;
  readonly site: number;
  readonly from: number;
  /** Null: it goes on. */
  readonly to: number | null;
  readonly bytes: number;
}

type Meeting = readonly [Operation, Operation];
type Kind = 'send' | 'recv';

export function sharedEndWithoutLock(scene: Scene): FindingRow[] {
  const { world } = scene;
  if (hasLostRecords(world)) return [];
  return world.channels.flatMap((channel) => {
    if (channel.isQueue || channel.announced?.internal === true || channel.key === null) return [];
    if (channel.countedOnly > 0 || channel.streams.some((stream) => stream.countingFrom < Infinity)) return [];
    const rows = channel.directions.flatMap((direction) => {
      const { from, to, sendOverlap, receiveOverlap } = direction;
      const sent = from.unknown || to.unknown ? null : (recorded(scene, from.sends, sendOverlap.earliestLarge ?? sendOverlap.earliest) ?? standing(scene, from.obj, RecordType.SEND));
      const received = to.unknown ? null : (recorded(scene, to.receives, receiveOverlap.earliest) ?? standing(scene, to.obj, RecordType.RECV));
      return [...(sent === null ? [] : [finding(scene, channel, direction, 'send', sent)]), ...(received === null ? [] : [finding(scene, channel, direction, 'recv', received)])];
    });
    return rows.length > 0 && mayBeUsedUnseen(world, channel) ? [] : rows;
  });
}

function recorded(scene: Scene, log: Direction['from']['sends'] | Direction['to']['receives'], overlap: Overlap | null): Meeting | null {
  if (overlap === null) return null;
  const operation = (row: number): Operation => ({
    image: scene.world.imageOf(log.image.at(row)),
    site: log.site.at(row),
    from: log.t0.at(row),
    to: log.t1.at(row),
    bytes: log.bytes.at(row),
  });
  return [operation(overlap.first), operation(overlap.second)];
}

/** Two living processes that are in the operation, and have been for long: of those no record is written yet. */
function standing(scene: Scene, obj: number, op: number): Meeting | null {
  const waits: Wait[] = [];
  for (const image of scene.world.slotsOn.get(obj) ?? []) {
    // When exactly a process that has ended was killed is not known: another may have come in its place.
    if (scene.facts(image.proc).end !== null) continue;
    for (const wait of scene.waits(image)) if (wait.slot.obj === obj && wait.slot.op === op && wait.to - wait.from >= LONG) waits.push(wait);
  }
  waits.sort((a, b) => a.from - b.from || a.image.info.pid - b.image.info.pid);
  const [first] = waits;
  const second = waits.find((wait) => wait.image.proc !== first?.image.proc);
  if (first === undefined || second === undefined) return null;
  const operation = ({ image, slot, from }: Wait): Operation => ({ image, site: slot.site, from, to: null, bytes: op === RecordType.SEND ? slot.operand : 0 });
  return [operation(first), operation(second)];
}

function finding(scene: Scene, channel: Channel, direction: Direction, kind: Kind, [first, second]: Meeting): FindingRow {
  const name = scene.channelName(channel);
  const mix = first.bytes >= LARGE_MESSAGE || second.bytes >= LARGE_MESSAGE;
  const way = channel.directions.indexOf(direction);
  const both = [...scene.named(first.image.proc), ...scene.named(second.image.proc), name];
  return {
    key: `shared-end-without-lock:${channel.key}:${way}:${kind}`,
    rule: 'shared-end-without-lock',
    severity: kind === 'recv' ? 'warning' : mix ? 'error' : 'info',
    certain: true,
    process: second.image.proc.key,
    object: channel.key,
    where: second.image.site(second.site),
    sinceMs: second.from,
    message:
      kind === 'send'
        ? { template: '{0} (PID {1}) and {2} (PID {3}) were in send() on one end of {4} at the same time, without a lock.', args: both }
        : { template: '{0} (PID {1}) and {2} (PID {3}) were in recv() on one end of {4} at the same time, without a lock.', args: both },
    fix: { template: 'Give each process a pipe of its own, or let all of them hold one Lock during send() and recv(); or use a Queue, which has its own locks.', args: [] },
    evidence: [when(scene, first), when(scene, second), harm(kind, mix)],
  };
}

function when(scene: Scene, { image, from, to }: Operation): Text {
  const begin = (from / 1000).toFixed(6);
  return to === null
    ? { template: '{0} (PID {1}) has been in it since {2} s.', args: [...scene.named(image.proc), begin] }
    : { template: '{0} (PID {1}) was in it from {2} s to {3} s.', args: [...scene.named(image.proc), begin, (to / 1000).toFixed(6)] };
}

function harm(kind: Kind, mix: boolean): Text {
  if (kind === 'recv') return { template: 'A message is read in two pieces, its length and its content: two readers can take each a piece of the same one.', args: [] };
  return mix
    ? { template: 'A message of more than {0} bytes may be written in several pieces, and the pieces of two processes mix.', args: [LARGE_MESSAGE - 1] }
    : { template: 'Messages of up to {0} bytes, like these, are written in one piece and do not mix; longer ones do.', args: [LARGE_MESSAGE - 1] };
}
