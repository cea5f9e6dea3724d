/** Who could end a wait: the answers on which it rests who waits in vain. */
import type { BlockedOp } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { comingAt, holdersOf } from './ends.js';
import type { SlotFact } from './facts.js';
import { holdersAreUncertain, holdersOfLock } from './lock-row.js';
import { workersOf } from './pool-row.js';
import { awaitedProcess, type BlockedThread } from './present.js';
import type { Proc } from './process.js';
import { mayBeHeldUnseen } from './unseen.js';
import type { World } from './world.js';

/** What is asked for again and again in one pass. */
export interface Known {
  readonly holders: Map<string, readonly Proc[]>;
  everybody: readonly Proc[] | null;
  /** Children that have not begun: they may hold any end. */
  readonly coming: readonly Proc[];
}

/** Null: it is not known who they are. */
export type Unblockers = readonly Proc[] | null;

/** Nobody but its clients ever needs them. */
const HELPERS: ReadonlySet<string> = new Set(['forkserver', 'resource-tracker']);

/** All who could end it; null: not known for certain, or the library's own affair. */
export function unblockers(world: World, { image, slot, op }: BlockedThread, known: Known): Unblockers {
  switch (op) {
    case 'join':
    case 'wait':
      return childOf(world, slot);
    case 'join-thread':
      return [image.proc];
    case 'get':
    case 'recv':
    case 'poll':
      return endsOf(world, slot, known, 'writers');
    case 'put':
    case 'send':
    case 'feeder-send':
      return endsOf(world, slot, known, 'readers');
    case 'queue-join': {
      const readers = endsOf(world, slot, known, 'readers');
      const writers = endsOf(world, slot, known, 'writers');
      return readers === null || writers === null ? null : [...new Set([...readers, ...writers])];
    }
    case 'lock':
      return releasers(world, image.proc, slot) ?? everybody(world, known);
    case 'condition':
    case 'event':
    case 'barrier':
      return everybody(world, known);
    default:
      return null;
  }
}

/** Of `os.wait` for any child: not known. One that has ended is joined in a moment. */
function childOf(world: World, slot: SlotFact): Unblockers {
  const child = world.table.at(slot.operand, slot.sinceMs);
  return child === null || world.derived(child).end !== null ? null : [child];
}

/** The living who hold the other end, or may be about to. */
function endsOf(world: World, slot: SlotFact, known: Known, which: 'readers' | 'writers'): Unblockers {
  const channel = world.channelAt(slot.obj);
  if (channel === null || channel.announced === null || channel.announced.kind === 'Connection' || mayBeHeldUnseen(world, channel)) return null;
  const index = channel.directions.findIndex((direction) => (which === 'writers' ? direction.to : direction.from).obj === slot.obj);
  if (index < 0 || (which === 'writers' && isUnderWay(channel, index))) return null;
  const key = `${which} ${slot.obj}`;
  let procs = known.holders.get(key);
  if (procs === undefined) {
    procs = [...new Set([...holdersOf(world, channel, index)[which], ...known.coming])];
    known.holders.set(key, procs);
  }
  return procs;
}

/** Of object ids: the number of a pipe or socket in the system (docs/journal-format.md). */
const INODE = 2 ** 48;

/**
 * The end of a pipe or socket through which a wait could be ended, by its number in the system (at a pipe both ends have the same).
 * Null: it waits for something else, or the system does not number it.
 */
export function waitedEnd(world: World, slot: SlotFact, op: BlockedOp): { readonly inode: number; readonly way: 'read' | 'write' } | null {
  const way = READS.has(op) ? 'write' : WRITES.has(op) ? 'read' : null;
  const channel = way === null ? null : world.channelAt(slot.obj);
  const direction = channel?.directions.find(({ from, to }) => (way === 'write' ? to : from).obj === slot.obj);
  if (way === null || direction === undefined) return null;
  const { obj } = way === 'write' ? direction.from : direction.to;
  return Math.floor(obj / INODE) === 1 ? { inode: obj % INODE, way } : null;
}

const READS: ReadonlySet<BlockedOp> = new Set(['get', 'recv', 'poll']);
const WRITES: ReadonlySet<BlockedOp> = new Set(['put', 'send', 'feeder-send']);

/** Something is in the channel: whoever reads from it gets that, or there is more to it than a wait for a message. */
function isUnderWay(channel: Channel, index: number): boolean {
  return (channel.directions[index]?.depth(channel.buffered) ?? 0) > 0 || channel.countedOnly > 0;
}

/**
 * The one holder of a lock, who may have ended; null: several, or it is not certain. Who takes a Lock again that it holds may mean to
 * be told by the release of a process that it made, and gave the lock to for that; an RLock refuses it.
 */
function releasers(world: World, waiter: Proc, slot: SlotFact): Unblockers {
  const lock = world.objects.locks.at(slot.obj);
  if (lock === null || !lock.isExclusive || holdersAreUncertain(world, lock)) return null;
  const [holder, ...others] = holdersOfLock(world, lock);
  if (holder === undefined || others.length > 0) return null;
  return holder === waiter && lock.kind !== 'RLock' ? [holder, ...descendantsOf(world, waiter)] : [holder];
}

/** The living ones. */
function descendantsOf(world: World, proc: Proc): Proc[] {
  const family = new Set([proc]);
  for (let grown = true; grown;) {
    grown = false;
    for (const other of world.table.all) {
      const { parent } = world.derived(other);
      if (parent === null || !family.has(parent) || family.has(other)) continue;
      family.add(other);
      grown = true;
    }
  }
  return [...family].filter((other) => other !== proc && other.known && world.derived(other).end === null && !HELPERS.has(world.derived(other).kind));
}

/** Whoever may have it, and cannot be known to: an Event is set, a semaphore released by anybody. */
function everybody(world: World, known: Known): readonly Proc[] {
  known.everybody ??= world.table.all.filter((proc) => proc.known && world.derived(proc).end === null && !HELPERS.has(world.derived(proc).kind));
  return known.everybody;
}

/** What can be said to a person of who could end a wait. */
export interface Answers {
  /** Null: it is not known. */
  readonly by: Unblockers;
  /** Whoever has the object could: there is no one to follow. */
  readonly anybody: boolean;
}

export const noAnswers: Answers = { by: null, anybody: false };

/** More than a verdict can rest on: also who most likely will, as the workers of a pool whose result is waited for. */
export function answersOf(world: World, thread: BlockedThread): Answers {
  const { op, slot } = thread;
  switch (op) {
    case 'condition':
    case 'event':
    case 'barrier':
      return { by: null, anybody: true };
    case 'lock': {
      const by = releasers(world, thread.image.proc, slot);
      return { by, anybody: by === null };
    }
    case 'result':
    case 'pool-join': {
      const one = awaitedProcess(world, op, slot);
      const pool = world.objects.pools.at(slot.obj);
      const workers = pool === null ? [] : workersOf(world, pool).filter((proc) => world.derived(proc).end === null);
      return { by: one !== null ? [one] : pool === null ? null : workers, anybody: false };
    }
    case 'call': {
      const server = awaitedProcess(world, op, slot);
      return { by: server === null ? null : [server], anybody: false };
    }
    default:
      return { by: unblockers(world, thread, { holders: new Map(), everybody: null, coming: comingAt(world) }), anybody: false };
  }
}
