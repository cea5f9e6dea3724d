/** Rows of locks and their kin. */
import type { BlockedOp, LockRow } from '../protocol/view.js';
import type { Lock } from './lock-table.js';
import type { Made } from './made.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import { byNumber, waitedOn, waitersOn } from './waiters.js';
import type { World } from './world.js';

export const LOCK_OPS: readonly BlockedOp[] = ['lock', 'condition', 'event', 'barrier'];

/** Where an object was made, and what its source line calls it. */
export function makingOf(world: World, made: Made, keys: Keys): Pick<LockRow, 'key' | 'name' | 'created' | 'createdBy'> {
  const { origin } = made;
  const created = origin === null ? null : origin.image.site(origin.site);
  return {
    key: keys.object(made) ?? '',
    name: created === null ? null : world.nameAt(created.file, created.line),
    created,
    createdBy: origin === null ? null : keys.process(origin.image.proc),
  };
}

/** Processes whose words say that they hold it, ended ones too. */
export function holdersOfLock(world: World, lock: Lock): Proc[] {
  if (!lock.isHeld) return [];
  const procs: Proc[] = [];
  for (const image of world.objects.heldBy.get(lock.obj) ?? []) if (image.proc.latestImage() === image) procs.push(image.proc);
  return procs;
}

export function holdersAreUncertain(world: World, lock: Lock): boolean {
  if (!lock.isHeld) return false;
  if (lock.freed) return true;
  for (const image of world.objects.unseen) if (image.proc.latestImage() === image) return true;
  // Where the words of some are not known: what one alone can hold, and one is known to, nobody else holds.
  if (lock.isExclusive && holdersOfLock(world, lock).length === 1) return false;
  for (const image of world.objects.unknown) if (image.proc.latestImage() === image) return true;
  return false;
}

/** The one process that a waiter waits for; null where there are several, or it is not certain. */
export function holderOfLock(world: World, lock: Lock): Proc | null {
  if (!lock.isExclusive || holdersAreUncertain(world, lock)) return null;
  const holders = holdersOfLock(world, lock);
  return holders.length === 1 ? holders[0]! : null;
}

export function lockRow(world: World, lock: Lock, now: number, keys: Keys): LockRow {
  const { kind } = lock;
  const sorted = (procs: Iterable<Proc>): string[] => [...new Set([...procs].map((proc) => keys.process(proc)).filter((key) => key !== null))].sort(byNumber);
  const holders = holdersOfLock(world, lock);
  const waiters = waitersOn(world, lock.obj, now, keys, LOCK_OPS);
  const users = sorted([...[...lock.users].map((image) => image.proc), ...holders]);
  return {
    ...makingOf(world, lock, keys),
    kind,
    internal: lock.internal,
    value: lock.value,
    partOf: partOf(world, lock, keys),
    contended: lock.contended,
    waitMs: lock.waitNs / 1e6,
    longestWaitMs: lock.longestMs,
    gaveUp: lock.gaveUp,
    told: lock.told,
    isSet: isSet(lock),
    holders: sorted(holders),
    holdersUncertain: holdersAreUncertain(world, lock),
    waiters,
    users: [...new Set([...users, ...waiters.map((waiter) => waiter.process), ...waitedOn(world, lock.obj, keys, LOCK_OPS)])].sort(byNumber),
  };
}

/** The lock that it is built on, or the value whose lock it is. */
function partOf(world: World, lock: Lock, keys: Keys): string | null {
  const { locks, segments } = world.objects;
  if (lock.builtOn !== 0) {
    const inner = locks.at(lock.builtOn);
    return inner === null ? null : keys.object(inner);
  }
  const segment = segments.ofLock(lock.obj);
  return segment === null ? null : keys.object(segment);
}

/** An Event is made unset. Where a user of it lost records, a set may be among them. */
function isSet(lock: Lock): boolean | null {
  if (lock.kind !== 'Event') return null;
  for (const image of lock.users) if (image.dropped > 0) return null;
  if (lock.lastTell !== null) return lock.lastTell.set;
  return lock.origin === null ? null : false;
}
