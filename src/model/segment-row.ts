/** Rows of shared memory. */
import type { SegmentRow } from '../protocol/view.js';
import { endsOf } from './ends.js';
import { makingOf } from './lock-row.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import type { Segment } from './segment-table.js';
import { byNumber } from './waiters.js';
import type { World } from './world.js';

export function segmentRow(world: World, segment: Segment, keys: Keys): SegmentRow {
  const mapping = mappersOf(world, segment);
  const lock = segment.lock === 0 ? null : world.objects.locks.at(segment.lock);
  return {
    ...makingOf(world, segment, keys),
    kind: segment.kind,
    systemName: segment.systemName,
    type: segment.type,
    bytes: segment.bytes,
    lock: lock === null ? null : keys.object(lock),
    mappedBy: mapping.map((proc) => keys.process(proc)).filter((key) => key !== null).sort(byNumber),
    unlinked: isUnlinked(world, segment),
    leaked: isLeaked(world, segment),
  };
}

/** It was created here, nobody unlinked it, and the run is over or nobody who ever used it lives. */
export function isLeaked(world: World, segment: Segment): boolean {
  return segment.isNamed && segment.isCreated && !isUnlinked(world, segment) && (world.observerEnded || !isInUse(world, segment));
}

/** A process that lives maps it, or opened it once. */
export function isInUse(world: World, segment: Segment): boolean {
  for (const { proc } of segment.users) if (world.derived(proc).end === null) return true;
  return mappersOf(world, segment).length > 0;
}

/** The resource tracker tidies up what the script left: that is not the script's doing. */
function isUnlinked(world: World, segment: Segment): boolean {
  return segment.isUnlinked((image) => world.derived(image.proc).kind !== 'resource-tracker');
}

/** Living processes that map it: they opened it, or came by fork of one that had. */
function mappersOf(world: World, segment: Segment): Proc[] {
  if (!segment.isNamed) return [];
  return world.table.all.filter((proc) => proc.known && world.derived(proc).end === null && endsOf(world, proc, segment.obj, Infinity).read > 0);
}
