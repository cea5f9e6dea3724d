/** What depends on the present: how long a process has been a zombie or an orphan, and what its threads wait in. */
import type { Blocked, BlockedOp, ProcessState, SpanKind } from '../protocol/view.js';
import type { SlotFact } from './facts.js';
import type { Image } from './image.js';
import type { Proc } from './process.js';
import { CloseFlag, ReceiveFlag, RecordType, SendFlag } from './record-types.js';
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
export function operationOf(slot: SlotFact): BlockedOp | null {
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
    default:
      return null;
  }
}

export function spanKindOf(op: BlockedOp): SpanKind {
  if (op === 'join' || op === 'wait') return 'blocked-join';
  if (op === 'send' || op === 'recv' || op === 'poll') return 'blocked-pipe';
  return op === 'start' ? 'blocked-other' : 'blocked-queue';
}

export interface BlockedThread {
  readonly image: Image;
  readonly slot: SlotFact;
  readonly op: BlockedOp;
  readonly main: boolean;
}

/** Threads of a process that have been in an operation for more than a moment, the main thread first. */
export function blockedThreads(proc: Proc, now: number): BlockedThread[] {
  const image = proc.latestImage();
  if (image === null) return [];
  const threads: BlockedThread[] = [];
  for (const slot of image.slots) {
    const op = operationOf(slot);
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

export function blockedRow(world: World, thread: BlockedThread, keys: { process(proc: Proc): string | null; channel(obj: number): string | null }): Blocked {
  const { image, slot, op, main } = thread;
  const joined = joinedProcess(world, slot);
  return {
    op,
    sinceMs: slot.sinceMs,
    untilMs: slot.deadlineMs,
    channel: slot.obj === 0 || slot.op === RecordType.START ? null : keys.channel(slot.obj),
    object: null,
    process: joined === null ? null : keys.process(joined),
    thread: main ? null : (image.threads.get(slot.slot)?.name ?? null),
    where: image.site(slot.site),
  };
}
