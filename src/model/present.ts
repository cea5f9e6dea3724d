/** What depends on the present: how long a process has been a zombie or an orphan, and what its threads wait in. */
import type { Asleep, Blocked, BlockedOp, LockKind, ProcessState } from '../protocol/view.js';
import type { SlotFact } from './facts.js';
import type { Image } from './image.js';
import { holderOfLock } from './lock-row.js';
import type { Made } from './made.js';
import { callOf } from './places.js';
import type { Proc } from './process.js';
import { channelKey, type Keys } from './rows.js';
import { CloseFlag, PoolState, ReceiveFlag, RecordType, SendFlag } from './record-types.js';
import { isOnChannel, reasonOf } from './wait-kinds.js';
import type { World } from './world.js';

/** Every child is dead for a moment before it is joined; every tree ends in some order. Milliseconds. */
export const ZOMBIE_MOMENT = 500;
export const ORPHAN_MOMENT = 300;
/** The operating system is asked about once a second. */
const SAMPLE_LAG = 1200;
/** An operation that takes no longer is not worth the word "blocked". */
export const BLOCKED_MOMENT = 30;

export interface Stretch {
  readonly from: number;
  /** Infinity: it goes on. */
  readonly to: number;
}

/** The time in which it was dead and its living parent did not reap it, once that is longer than a moment. */
export function zombieStretch(world: World, proc: Proc, now: number): Stretch | null {
  if (proc.zombieMs === null) return null;
  const { parent, reapedMs } = world.derived(proc);
  if (parent === null) return null;
  const parentEnd = world.derived(parent).end?.ms ?? Infinity;
  const to = Math.min(reapedMs ?? Infinity, parentEnd);
  return Math.min(to, now) - proc.zombieMs > ZOMBIE_MOMENT ? { from: proc.zombieMs, to } : null;
}

/** The time for which it ran on after its parent's end. Helpers are made to outlive their parent a little. */
export function orphanStretch(world: World, proc: Proc, now: number): Stretch | null {
  const { parent, kind, end, livedUntilMs } = world.derived(proc);
  if (parent === null || kind === 'forkserver' || kind === 'resource-tracker') return null;
  const from = world.derived(parent).end?.ms ?? null;
  if (from === null) return null;
  const evidence = Math.max(proc.lastAliveMs ?? -Infinity, ...proc.images.map((image) => image.lastMs));
  // Seen alive once, and not gone when the observer took its last look, after the script's end: it was left running,
  // however soon the observer stopped. (A process in which nothing changes is not told of again.)
  if (end === null && world.observerEnded && proc.lastAliveMs !== null) return { from, to: Infinity };
  const lived = livedUntilMs ?? Math.max(evidence, now - SAMPLE_LAG);
  return lived - from > ORPHAN_MOMENT ? { from, to: end === null ? Infinity : end.ms } : null;
}

export function isMainThread(image: Image, slot: SlotFact): boolean {
  return slot.nativeThread === 0 ? slot.slot === 0 : slot.nativeThread === image.info.pid;
}

/** Of a slot: what its thread is in; null for what is no wait. */
export function operationOf(world: World, slot: SlotFact): BlockedOp | null {
  switch (slot.op) {
    case RecordType.PUT:
      return 'put';
    case RecordType.SEND:
      return slot.flags & SendFlag.FEEDER ? 'feeder-send' : 'send';
    case RecordType.RECV:
      return slot.flags & ReceiveFlag.GET ? 'get' : 'recv';
    case RecordType.GET_EMPTY:
      return 'get';
    case RecordType.POLL:
      return 'poll';
    case RecordType.JOIN:
      return slot.flags & 2 ? 'wait' : 'join';
    case RecordType.QUEUE_JOIN:
      return 'queue-join';
    case RecordType.QUEUE_CLOSE:
      return slot.flags === CloseFlag.CLOSE || slot.flags === CloseFlag.CANCEL_JOIN_THREAD ? null : 'join-thread';
    case RecordType.START:
      return 'start';
    case RecordType.LOCK_WAIT:
      return 'lock';
    case RecordType.SYNC_WAIT:
      return waitOf(world.objects.locks.at(slot.obj)?.kind ?? null);
    case RecordType.TASK_WAIT:
      return 'result';
    case RecordType.POOL_STATE:
      return slot.flags === PoolState.CLOSE || slot.flags === PoolState.BROKEN ? null : 'pool-join';
    case RecordType.PROXY_CALL:
      return 'call';
    case RecordType.ACCEPT:
      return 'accept';
    case RecordType.CONNECT:
      return 'connect';
    default:
      return null;
  }
}

function waitOf(kind: LockKind | null): BlockedOp {
  if (kind === 'Event') return 'event';
  return kind === 'Barrier' ? 'barrier' : 'condition';
}

export interface BlockedThread {
  readonly image: Image;
  readonly slot: SlotFact;
  readonly op: BlockedOp;
  readonly main: boolean;
}

/** Threads of a process that have been in an operation for more than a moment, the main thread first. */
export function blockedThreads(world: World, proc: Proc, now: number): BlockedThread[] {
  const image = proc.latestImage();
  if (image === null) return [];
  const threads: BlockedThread[] = [];
  for (const slot of image.slots) {
    const op = operationOf(world, slot);
    if (op === null || now - slot.sinceMs < BLOCKED_MOMENT) continue;
    threads.push({ image, slot, op, main: isMainThread(image, slot) });
  }
  return threads.sort((a, b) => Number(b.main) - Number(a.main) || a.slot.slot - b.slot.slot);
}

/** Process that a thread waits for in `join`. */
export function joinedProcess(world: World, slot: SlotFact): Proc | null {
  return slot.op === RecordType.JOIN ? world.table.at(slot.operand, slot.sinceMs) : null;
}

export function stateOf(world: World, proc: Proc, now: number, threads: readonly BlockedThread[]): { readonly state: ProcessState; readonly since: number | null } {
  const { end, begun } = world.derived(proc);
  const zombie = zombieStretch(world, proc, now);
  if (zombie !== null && zombie.to > now) return { state: 'zombie', since: zombie.from };
  if (end !== null) {
    if (end.signal !== null) return { state: 'signaled', since: null };
    return { state: end.known === 'vanished' ? 'lost' : 'exited', since: null };
  }
  const orphan = orphanStretch(world, proc, now);
  if (orphan !== null) return { state: 'orphan', since: orphan.from };
  const letter = proc.lastSample?.sample[2] ?? null;
  if (letter === 'T' || letter === 't') return { state: 'stopped', since: null };
  const [first] = threads;
  if (first?.main === true) return { state: 'blocked', since: first.slot.sinceMs };
  if (!begun && proc.found === null) return { state: 'starting', since: null };
  if (letter === 'R') return { state: 'running', since: null };
  if (letter !== null) return { state: 'sleeping', since: null };
  return { state: proc.images.length > 0 || begun ? 'running' : 'unknown', since: null };
}

/** What its main thread sleeps in, where nothing that was recorded says so and the system does. */
export function asleepOf(world: World, proc: Proc, now: number): Asleep | null {
  const { asleep } = proc;
  if (asleep === null || world.derived(proc).end !== null || isAwake(proc) || blockedThreads(world, proc, now)[0]?.main === true) return null;
  return { call: callOf(asleep.place), place: asleep.place, sinceMs: asleep.sinceMs };
}

/** By the state that the system gave last: what it sleeps in is asked for less often. */
function isAwake(proc: Proc): boolean {
  const letter = proc.lastSample?.sample[2];
  return letter !== undefined && letter !== 'S' && letter !== 'D';
}

/** The lock, pool or shared object that an operation is about. */
export function objectOf(world: World, op: BlockedOp, obj: number): Made | null {
  const { locks, pools, shared } = world.objects;
  switch (reasonOf(op)) {
    case 'lock':
      return locks.at(obj);
    case 'result':
      return pools.at(obj);
    default:
      return op === 'call' ? shared.at(obj) : null;
  }
}

/** Process that a thread waits for, where it is certain: whom it joins, the one holder of a lock, a manager's, the one worker that has its task. */
export function awaitedProcess(world: World, op: BlockedOp, slot: SlotFact): Proc | null {
  const { locks, pools, shared } = world.objects;
  if (slot.op === RecordType.JOIN) return joinedProcess(world, slot);
  if (op === 'lock') {
    const lock = locks.at(slot.obj);
    return lock === null ? null : holderOfLock(world, lock);
  }
  if (op === 'call') {
    const object = shared.at(slot.obj);
    return object === null ? null : (shared.serverOf(object)?.proc ?? null);
  }
  if (op !== 'result') return null;
  const pool = pools.at(slot.obj);
  const run = pool === null ? -1 : pool.tasks.onlyRunOf(slot.operand);
  return pool === null || run < 0 ? null : world.imageOf(pool.tasks.image.at(run)).proc;
}

export function blockedRow(world: World, thread: BlockedThread, keys: Keys, awaited = awaitedProcess(world, thread.op, thread.slot)): Blocked {
  const { image, slot, op, main } = thread;
  const object = objectOf(world, op, slot.obj);
  return {
    op,
    sinceMs: slot.sinceMs,
    untilMs: slot.deadlineMs,
    channel: isOnChannel(op) ? channelKey(world, keys, slot.obj) : null,
    object: object === null ? null : keys.object(object),
    process: awaited === null ? null : keys.process(awaited),
    thread: main ? null : (image.threads.get(slot.slot)?.name ?? null),
    where: image.site(slot.site),
  };
}
