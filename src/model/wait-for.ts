/**
 * Who waits for whom, and who waits in vain. A process may act as long as one of its threads may: it runs, or waits for something that
 * a process that may act can bring about. Those that are left are stuck, for good: all of them wait without a timeout, and
 * whoever could end their waits is one of them, or gone. What is not known counts as able to act, so that nothing is called
 * stuck that is merely slow.
 */
import type { SlotFact } from './facts.js';
import type { Channel } from './channel.js';
import { comingAt, holdersOf } from './ends.js';
import type { Image } from './image.js';
import { holdersAreUncertain, holdersOfLock } from './lock-row.js';
import { blockedThreads, isMainThread, operationOf, type BlockedThread } from './present.js';
import type { Proc } from './process.js';
import { mayBeHeldUnseen } from './unseen.js';
import type { World } from './world.js';

/** A wait of less than this is none of somebody who is stuck. Milliseconds. */
export const STUCK_AFTER = 750;

export interface Stuck {
  readonly proc: Proc;
  /** What its main thread waits in. */
  readonly image: Image;
  readonly slot: SlotFact;
  /** Who could end that wait: all of them stuck as well, or ended before. */
  readonly by: readonly Proc[];
}

/** What is asked for again and again in one pass. */
interface Known {
  readonly holders: Map<string, readonly Proc[]>;
  everybody: readonly Proc[] | null;
  readonly coming: readonly Proc[];
}

/** Null: it is not known who they are. */
type Unblockers = readonly Proc[] | null;

const FEEDER = 'QueueFeederThread';
/** Threads that a Pool has of its own: for its workers, its tasks and its results. And an executor: one, besides its feeder. */
const POOL_THREADS = 3;
const EXECUTOR_THREADS = 1;
/** Nobody but its clients ever needs them. */
const HELPERS: ReadonlySet<string> = new Set(['forkserver', 'resource-tracker']);

/** The processes that are stuck at this moment, in no particular order. */
export function stuckProcesses(world: World, now: number): Stuck[] {
  const waits = new Map<Proc, { readonly main: BlockedThread; readonly all: readonly Unblockers[]; readonly by: readonly Proc[] }>();
  const known: Known = { holders: new Map(), everybody: null, coming: comingAt(world) };
  for (const proc of world.table.all) {
    if (!proc.known || world.derived(proc).end !== null) continue;
    const threads = waitingThreads(world, proc, now);
    const [main] = threads ?? [];
    if (threads === null || main === undefined) continue;
    const all = threads.map((thread) => unblockers(world, thread, known));
    const by = all[0] ?? null;
    if (by?.includes(proc) === true && by.every((other) => other === proc) && catchesTimers(proc)) continue;
    if (by !== null && all.every((each) => each !== null)) waits.set(proc, { main, all, by });
  }
  for (let shrunk = true; shrunk;) {
    shrunk = false;
    for (const [proc, { all }] of waits) {
      if (!all.some((by) => by?.some((other) => !waits.has(other) && world.derived(other).end === null) === true)) continue;
      waits.delete(proc);
      shrunk = true;
    }
  }
  return [...waits].map(([proc, { main, by }]) => ({ proc, image: main.image, slot: main.slot, by }));
}

/** The threads of a process, the main one first, where all of them wait for good; null: one may act. */
function waitingThreads(world: World, proc: Proc, now: number): BlockedThread[] | null {
  const image = proc.latestImage();
  if (image === null || !image.slots.some((slot) => slot.deadlineMs === null && now - slot.sinceMs >= STUCK_AFTER && isMainThread(image, slot) && operationOf(world, slot) !== null)) return null;
  const threads = blockedThreads(world, proc, now);
  if (threads[0]?.main !== true || threads.some(({ slot }) => slot.deadlineMs !== null)) return null;
  const { own, inside } = ownThreads(world, image);
  const mine = threads.filter(({ main, slot }) => main || !inside.has(slot.obj));
  return threadsOf(image, proc) > mine.length + own + feedersAtRest(image) ? null : mine;
}

/** Whether a process has a thread that is in no operation, and not one of the library's that wait for another's doing: it may do anything. */
export function hasThreadBeside(world: World, proc: Proc): boolean {
  const image = proc.latestImage();
  if (image === null) return true;
  const { own, inside } = ownThreads(world, image);
  const busy = image.slots.filter((slot) => isMainThread(image, slot) || !inside.has(slot.obj));
  return threadsOf(image, proc) > busy.length + own + feedersAtRest(image);
}

function feedersAtRest(image: Image): number {
  const inSlots = new Set(image.slots.map(({ slot }) => slot));
  return [...image.threads].filter(([number, { name }]) => name === FEEDER && !inSlots.has(number)).length;
}

/** SIGALRM, SIGVTALRM, SIGPROF, as Linux numbers them: bit n - 1 is signal n. */
const TIMERS = (1 << 13) | (1 << 25) | (1 << 26);

/**
 * A handler runs in the midst of a wait, and one for a timer without anybody's doing. Who waits for nobody but himself may mean to be
 * helped by it; where others are waited for as well it most likely is an alarm clock, set because such a wait may never end.
 */
function catchesTimers(proc: Proc): boolean {
  return ((proc.lastSample?.sample[9] ?? 0) & TIMERS) !== 0;
}

/** As the system counts them; where it was not asked, those that ever told something. */
function threadsOf(image: Image, proc: Proc): number {
  return proc.lastSample?.sample[8] ?? 1 + [...image.threads.values()].filter(({ native }) => native !== image.info.pid).length;
}

/** Threads of the library's that act only when a worker or the main thread does, and the channels that they read. */
function ownThreads(world: World, image: Image): { readonly own: number; readonly inside: ReadonlySet<number> } {
  let own = 0;
  const inside = new Set<number>();
  for (const pool of world.objects.pools.all) {
    if (pool.origin?.image !== image) continue;
    own += pool.kind === 'Pool' ? POOL_THREADS : EXECUTOR_THREADS;
    if (pool.made !== null) inside.add(pool.made.results);
  }
  return { own, inside };
}

function unblockers(world: World, { image, slot, op }: BlockedThread, known: Known): Unblockers {
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
