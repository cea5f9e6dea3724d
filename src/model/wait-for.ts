/**
 * Who waits for whom, and who waits in vain. A process may act as long as one of its threads may: it runs, or waits for something that
 * a process that may act can bring about. Those that are left are stuck, for good: all of them wait without a timeout, and
 * whoever could end their waits is one of them, or gone. What is not known counts as able to act, so that nothing is called
 * stuck that is merely slow.
 */
import type { BlockedOp } from '../protocol/view.js';
import { comingAt } from './ends.js';
import type { SlotFact } from './facts.js';
import type { Image } from './image.js';
import { blockedThreads, isMainThread, operationOf, type BlockedThread } from './present.js';
import type { Proc } from './process.js';
import { unblockers, type Known, type Unblockers } from './unblockers.js';
import type { World } from './world.js';

/** A wait of less than this is none of somebody who is stuck. Milliseconds. */
export const STUCK_AFTER = 750;

export interface Stuck {
  readonly proc: Proc;
  /** What its main thread waits in. */
  readonly image: Image;
  readonly slot: SlotFact;
  readonly op: BlockedOp;
  /** Who could end that wait: all of them stuck as well, or ended before. */
  readonly by: readonly Proc[];
}

const NOBODY: ReadonlySet<Proc> = new Set();
const FEEDER = 'QueueFeederThread';
/** Threads that a Pool has of its own: for its workers, its tasks and its results. And an executor: one, besides its feeder. */
const POOL_THREADS = 3;
const EXECUTOR_THREADS = 1;

/**
 * The processes that are stuck at this moment, in no particular order.
 * @param mayAct those that are known to be able to, whatever the records say
 */
export function stuckProcesses(world: World, now: number, mayAct: ReadonlySet<Proc> = NOBODY): Stuck[] {
  const waits = new Map<Proc, { readonly main: BlockedThread; readonly all: readonly Unblockers[]; readonly by: readonly Proc[] }>();
  const known: Known = { holders: new Map(), everybody: null, coming: comingAt(world) };
  for (const proc of world.table.all) {
    if (!proc.known || mayAct.has(proc) || world.derived(proc).end !== null) continue;
    const threads = waitingThreads(world, proc, now);
    const [main] = threads ?? [];
    if (threads === null || main === undefined || isOnItsWayOut(proc, main.slot.sinceMs, now)) continue;
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
  return [...waits].map(([proc, { main, by }]) => ({ proc, image: main.image, slot: main.slot, op: main.op, by }));
}

/**
 * For so long who was sent a signal is taken to be on its way out: on a machine with much more to do than it can, a process is not asked for
 * seconds, and who waits for its end does so in vain only when it does not come. Milliseconds.
 */
const SIGNAL_TAKES = 5000;

function isOnItsWayOut(proc: Proc, sinceMs: number, now: number): boolean {
  const recent = (t: number): boolean => t >= sinceMs && now - t < SIGNAL_TAKES;
  return proc.signals().some(({ fact }) => recent(fact.t0)) || proc.userSignals.some(({ t }) => recent(t));
}

/** The threads of a process, the main one first, where all of them wait for good; null: one may act. */
function waitingThreads(world: World, proc: Proc, now: number): BlockedThread[] | null {
  const image = proc.latestImage();
  if (image === null || !image.slots.some((slot) => slot.deadlineMs === null && now - slot.sinceMs >= STUCK_AFTER && isMainThread(image, slot) && operationOf(world, slot) !== null)) return null;
  const threads = blockedThreads(world, proc, now);
  if (threads[0]?.main !== true || threads.some(({ slot }) => slot.deadlineMs !== null)) return null;
  const mine = threads.filter(({ main, slot }) => main || !ownThreads(world, image).inside.has(slot.obj));
  return areAllKnown(world, proc, image, mine.length) ? mine : null;
}

/**
 * Whether there is no thread of which it is not known that it does nothing by itself.
 * @param mine threads that are in an operation, without the library's own
 */
function areAllKnown(world: World, proc: Proc, image: Image, mine: number): boolean {
  const { own, handlers } = ownThreads(world, image);
  const all = threadsOf(image, proc);
  if (all <= mine + own + feedersAtRest(image)) return true;
  // A thread that slept before the last wait began may have been woken since, by the one that waits now.
  if (proc.idle === null || image.slots.some(({ sinceMs }) => sinceMs > (proc.idle?.t ?? 0))) return false;
  // Those that sleep are feeders at rest, too, most of the library's own, and who waits for a result or another thread of the process:
  // no thread may be counted twice. Of the library's only those that look after a pool's workers wait for something else.
  const elsewhere = image.slots.filter((slot) => isMainThread(image, slot) || !WITHIN.has(operationOf(world, slot) ?? 'start'));
  return all - proc.idle.threads <= elsewhere.length + handlers;
}

/** Waits for another thread of the same process, in which a thread sleeps as one does that waits for work. */
const WITHIN: ReadonlySet<BlockedOp> = new Set(['result', 'pool-join', 'join-thread', 'start']);

/** Processes whose main thread waits without a timeout, and of which some threads are not known to wait as well: these may be asked for. */
export function heldUpByThreads(world: World, now: number): Proc[] {
  return world.table.all.filter((proc) => {
    if (!proc.known || world.derived(proc).end !== null || proc.lastSample?.sample[8] === undefined) return false;
    const image = proc.latestImage();
    if (image === null || !image.slots.some((slot) => slot.deadlineMs === null && now - slot.sinceMs >= STUCK_AFTER / 2 && isMainThread(image, slot) && operationOf(world, slot) !== null)) return false;
    const { own, inside } = ownThreads(world, image);
    const mine = image.slots.filter((slot) => isMainThread(image, slot) || !inside.has(slot.obj));
    return threadsOf(image, proc) > mine.length + own + feedersAtRest(image);
  });
}

/** Whether a process has a thread that is in no operation, and not one of the library's that wait for another's doing: it may do anything. */
export function hasThreadBeside(world: World, proc: Proc): boolean {
  const image = proc.latestImage();
  if (image === null) return true;
  const { inside } = ownThreads(world, image);
  const busy = image.slots.filter((slot) => isMainThread(image, slot) || !inside.has(slot.obj));
  return !areAllKnown(world, proc, image, busy.length);
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
function ownThreads(world: World, image: Image): { readonly own: number; readonly handlers: number; readonly inside: ReadonlySet<number> } {
  let own = 0;
  let handlers = 0;
  const inside = new Set<number>();
  for (const pool of world.objects.pools.all) {
    if (pool.origin?.image !== image) continue;
    own += pool.kind === 'Pool' ? POOL_THREADS : EXECUTOR_THREADS;
    // A Pool's for its workers and an executor's only one wait for the ends of workers.
    handlers++;
    if (pool.made !== null) inside.add(pool.made.results);
  }
  return { own, handlers, inside };
}
