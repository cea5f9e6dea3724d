/** The report's waits: who waits for whom where the run stands, and who was seen to wait in vain. */
import type { BlockedOp, SystemCall } from '../protocol/view.js';
import { isStuck, lastSeenStuck, saviours, waitNow, waitSeen } from './chain.js';
import { asleepOf } from './present.js';
import type { Proc } from './process.js';
import { place, type Place } from './report-objects.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

export interface ReportWait {
  readonly process: string;
  /** Null: it sleeps in a call that is none of multiprocessing's; see `call`. */
  readonly operation: BlockedOp | null;
  /** The system's word for what it sleeps in, where no operation was recorded. */
  readonly call: SystemCall | null;
  /** Key of the channel, lock, pool or shared object that it is about. */
  readonly object: string | null;
  readonly sinceMs: number;
  /** When it gives up by itself; null: never, or not known. */
  readonly untilMs: number | null;
  readonly where: Place | null;
  /** Processes that could end it; null: not known, or whoever has the object. */
  readonly by: readonly string[] | null;
  /** It was seen to wait in vain: neither it nor any of `by` could ever go on. */
  readonly stuck: boolean;
  /** When that was seen, where the wait has ended since; null: it lasts. */
  readonly seenMs: number | null;
}

/** @param procs in the order of the report's processes */
export function reportWaits(world: World, procs: readonly Proc[], now: number, keys: Keys): ReportWait[] {
  return procs.flatMap((proc): ReportWait[] => {
    const process = keys.process(proc);
    if (process === null) return [];
    const stands = isStuck(world, proc) && world.derived(proc).end === null;
    const seen = stands ? null : lastSeenStuck(world, proc);
    const wait = seen === null ? waitNow(world, proc, now, keys) : waitSeen(world, seen.p, proc, seen.t, keys);
    if (wait === null) {
      const asleep = asleepOf(world, proc, now);
      return asleep === null ? [] : [{ process, operation: null, call: asleep.call, object: null, sinceMs: asleep.sinceMs, untilMs: null, where: null, by: null, stuck: false, seenMs: null }];
    }
    const { op, channel, object, sinceMs, untilMs, where } = wait.blocked;
    const by = saviours(world, proc, wait)?.map((other) => keys.process(other)).filter((key) => key !== null) ?? null;
    return [{ process, operation: op, call: null, object: object ?? channel, sinceMs, untilMs, where: place(where), by, stuck: stands || seen !== null, seenMs: seen?.t ?? null }];
  });
}
