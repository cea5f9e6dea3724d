/** Rows of what managers hold. */
import type { BlockedOp, SharedRow } from '../protocol/view.js';
import { percentiles } from './latency.js';
import { makingOf } from './lock-row.js';
import type { Keys } from './rows.js';
import type { Shared } from './shared-table.js';
import { byNumber, waitersOn } from './waiters.js';
import type { World } from './world.js';

export const SHARED_OPS: readonly BlockedOp[] = ['call'];
const MOST_METHODS = 20;

export function sharedRow(world: World, shared: Shared, now: number, keys: Keys): SharedRow {
  return { ...sharedFacts(world, shared, keys), waiters: waitersOn(world, shared.obj, now, keys, SHARED_OPS) };
}

/** What does not change with time alone. */
export function sharedFacts(world: World, shared: Shared, keys: Keys): Omit<SharedRow, 'waiters'> {
  const server = world.objects.shared.serverOf(shared);
  const { max, counts } = shared.took;
  const shares = percentiles([counts], [0.5, 0.99]);
  return {
    ...makingOf(world, shared, keys),
    typeId: shared.typeId,
    address: shared.address,
    server: server === null ? null : keys.process(server.proc),
    calls: shared.calls,
    failed: shared.failed,
    callMs: shares === null ? null : { p50: Math.min(shares[0]!, max), p99: Math.min(shares[1]!, max), max },
    methods: methodsOf(shared, MOST_METHODS),
    users: [...new Set([...shared.users].map((image) => keys.process(image.proc)).filter((key) => key !== null))].sort(byNumber),
  };
}

/** The methods that were called most, first. */
export function methodsOf(shared: Shared, most: number): SharedRow['methods'] {
  const methods = [...shared.methods].map(([method, { calls, ns }]) => ({ method, calls, ms: ns / 1e6 }));
  return methods.sort((a, b) => b.calls - a.calls || (a.method < b.method ? -1 : 1)).slice(0, most);
}
