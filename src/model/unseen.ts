/** What processes of which nothing was recorded may have done: nobody knows, and so it must not be told as if they had done nothing. */
import type { ProcessKind } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { RecordType, SubprocessFlag } from './record-types.js';
import type { World } from './world.js';

/** Those that hold what their parents hold, or are given it. */
const HOLDING: ReadonlySet<ProcessKind> = new Set(['process', 'fork', 'pool-worker', 'executor-worker', 'manager']);

/** Whether a process without instrumentation lived while this channel was there, and may have had an end of it. */
export function mayBeUsedUnseen(world: World, channel: Channel): boolean {
  const since = channel.announced?.t ?? channel.firstMs;
  return world.table.all.some((proc) => {
    if (proc.images.length > 0) return false;
    const { reason, kind, end } = world.derived(proc);
    return reason !== null && reason !== 'not-python' && HOLDING.has(kind) && (end === null || end.ms >= since);
  });
}

/** The same, or a program that `subprocess` gave descriptors: which these are is not told, and what it does with them neither. */
export function mayBeHeldUnseen(world: World, channel: Channel): boolean {
  const since = channel.announced?.t ?? channel.firstMs;
  return mayBeUsedUnseen(world, channel) || world.table.all.some((proc) => {
    const { kind, end } = world.derived(proc);
    if (kind !== 'subprocess' || (end !== null && end.ms < since)) return false;
    return proc.births().some(({ type, fact }) => type === RecordType.SUBPROCESS && (fact.flags & SubprocessFlag.GIVEN_DESCRIPTORS) !== 0);
  });
}

/** Whether records of some process are lost: what is not told may have happened all the same. */
export function hasLostRecords(world: World): boolean {
  return world.images.some((image) => image !== undefined && (image.dropped > 0 || image.holes > 0));
}
