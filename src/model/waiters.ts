/** Which processes wait for an object at this moment, by their in-flight slots. */
import type { BlockedOp, LockWaiter } from '../protocol/view.js';
import type { SlotFact } from './facts.js';
import { BLOCKED_MOMENT, operationOf } from './present.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** Living threads that have been in one of these operations on the object for more than a moment, the longest first. */
export function waitersOn(world: World, obj: number, now: number, keys: Keys, ops: readonly BlockedOp[]): LockWaiter[] {
  const waiters: LockWaiter[] = [];
  for (const image of world.slotsOn.get(obj) ?? []) {
    if (world.derived(image.proc).end !== null || image.proc.latestImage() !== image) continue;
    for (const slot of image.slots) {
      const op = slot.obj === obj ? operationOf(world, slot) : null;
      const process = keys.process(image.proc);
      if (op === null || !ops.includes(op) || process === null || now - slot.sinceMs < BLOCKED_MOMENT) continue;
      waiters.push({ process, op, sinceMs: slot.sinceMs, untilMs: slot.deadlineMs, where: image.site(slot.site) });
    }
  }
  return waiters.sort((a, b) => a.sinceMs - b.sinceMs || byNumber(a.process, b.process));
}

/** Keys of the processes that wait for the object, or did so when they ended: a killed thread stays in its operation. */
export function waitedOn(world: World, obj: number, keys: Keys, ops: readonly BlockedOp[]): string[] {
  const procs = new Set<string>();
  for (const image of world.slotsOn.get(obj) ?? []) {
    if (image.proc.latestImage() !== image) continue;
    const waits = image.slots.some((slot) => {
      const op = slot.obj === obj ? operationOf(world, slot) : null;
      return op !== null && ops.includes(op);
    });
    const key = waits ? keys.process(image.proc) : null;
    if (key !== null) procs.add(key);
  }
  return [...procs].sort(byNumber);
}

/** Whether one of those that are in an operation on the object will be a waiter by the passing of time alone. */
export function hasNewWaiter(world: World, obj: number, now: number): boolean {
  for (const image of world.slotsOn.get(obj) ?? []) if (hasYoungSlot(image.slots, now)) return true;
  return false;
}

/** An operation that is not old enough yet to be called a wait. */
export function hasYoungSlot(slots: readonly SlotFact[] | undefined, now: number): boolean {
  return slots !== undefined && slots.some((slot) => now - slot.sinceMs < BLOCKED_MOMENT);
}

/** `p2` before `p10`. */
export function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
