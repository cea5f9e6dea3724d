/** What the rules about pools and executors have in common. */
import { compareMade } from '../model/made.js';
import type { Image } from '../model/image.js';
import type { Pool } from '../model/pool-table.js';
import type { Proc } from '../model/process.js';
import { PoolState, RecordType } from '../model/record-types.js';
import type { Text } from '../protocol/view.js';
import type { Scene, Wait } from './scene.js';

/** A pool, and the process that made it, of which everything was recorded. */
export interface OwnedPool {
  readonly pool: Pool;
  readonly owner: Proc;
}

/** In an order that does not depend on what was told of first. One whose maker lost records may have had the result, the close or the worker that is missed. */
export function ownedPools(scene: Scene): OwnedPool[] {
  return [...scene.world.objects.pools.all].sort(compareMade).flatMap((pool) => {
    const image = pool.origin?.image;
    // After an exec nobody is left who knows the pool.
    return image === undefined || isLossy(image) || image.proc.latestImage() !== image ? [] : [{ pool, owner: image.proc }];
  });
}

export function isLossy(image: Image): boolean {
  return image.dropped > 0 || image.holes > 0;
}

export function poolName(scene: Scene, pool: Pool): string {
  return scene.objectName(pool, pool.kind);
}

/** Threads that are in an operation on the pool, or were when their process ended; the longest first. */
export function waitsOn(scene: Scene, pool: Pool): Wait[] {
  const images = [...(scene.world.slotsOn.get(pool.obj) ?? [])];
  return images
    .flatMap((image) => scene.waits(image).filter(({ slot }) => slot.obj === pool.obj))
    .sort((a, b) => a.from - b.from || a.image.info.pid - b.image.info.pid || a.slot.slot - b.slot.slot);
}

/** Who waits for one of these results, or for the pool to be through with all, as sentences. */
export function waitersFor(scene: Scene, pool: Pool, isWanted: (job: number) => boolean): Text[] {
  const texts: Text[] = [];
  for (const { image, slot } of waitsOn(scene, pool)) {
    const over = scene.facts(image.proc).end !== null;
    const who = scene.named(image.proc);
    if (slot.op === RecordType.TASK_WAIT && isWanted(slot.operand)) {
      texts.push({ template: over ? '{0} (PID {1}) waited for the result until its end.' : '{0} (PID {1}) waits for the result.', args: who });
    } else if (slot.op === RecordType.POOL_STATE && slot.flags === PoolState.JOIN) {
      texts.push({ template: over ? '{0} (PID {1}) waited in join() of {2} until its end.' : '{0} (PID {1}) waits in join() of {2}, which lasts until all jobs are complete.', args: [...who, poolName(scene, pool)] });
    }
  }
  return texts;
}

/** How a process ended, as a sentence. */
export function endOf(scene: Scene, proc: Proc): Text {
  const { end } = scene.facts(proc);
  if (end?.signal != null) return { template: '{0} (PID {1}) was ended by {2}.', args: [...scene.named(proc), end.signal] };
  if (end?.code != null) return { template: '{0} (PID {1}) exited with {2}.', args: [...scene.named(proc), end.code] };
  return { template: '{0} (PID {1}) is gone.', args: scene.named(proc) };
}

/** Whether Ctrl-C ended it, as far as it says. */
export function wasInterrupted(scene: Scene, proc: Proc): boolean {
  const { end, exception } = scene.facts(proc);
  return end?.signal === 'SIGINT' || exception?.type.split('.').pop() === 'KeyboardInterrupt';
}
