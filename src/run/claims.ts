/** What a run's journal says it had: processes, and names in the system that it never gave back. Whether they are still there is asked elsewhere. */
import type { SourceRef } from '../protocol/view.js';
import type { ProcessIdentity } from '../system/index.js';
import type { WatchedModel } from './watched-model.js';

export type MemoryKind = 'SharedMemory' | 'ShareableList' | 'semaphore';

export interface ProcessClaim extends ProcessIdentity {
  readonly name: string;
  /** The library's own: it ends by itself when the last of its clients is gone. */
  readonly helper: boolean;
}

export interface MemoryClaim {
  readonly kind: MemoryKind;
  /** Its file's name in /dev/shm. */
  readonly name: string;
  /** Null: not recorded. */
  readonly bytes: number | null;
  /** When it was recorded that it had been made, ms of the run's clock. */
  readonly t: number;
  readonly where: SourceRef | null;
}

export interface Claims {
  readonly processes: readonly ProcessClaim[];
  readonly memory: readonly MemoryClaim[];
}

export function claimsOf(model: WatchedModel): Claims {
  model.live.refresh();
  const { world } = model;
  const processes: ProcessClaim[] = [];
  for (const proc of world.table.all) {
    if (!proc.known || proc.start <= 0) continue;
    const { name, kind } = world.derived(proc);
    processes.push({ pid: proc.pid, start: proc.start, name, helper: kind === 'resource-tracker' || kind === 'forkserver' });
  }
  return { processes, memory: [...segments(model), ...semaphores(model)] };
}

function segments(model: WatchedModel): MemoryClaim[] {
  const found: MemoryClaim[] = [];
  for (const segment of model.world.objects.segments.all) {
    const { creation, systemName, kind, bytes } = segment;
    if (creation === null || systemName === null || (kind !== 'SharedMemory' && kind !== 'ShareableList')) continue;
    if (segment.isUnlinked(() => true)) continue;
    found.push({ kind, name: systemName, bytes, t: creation.t, where: creation.image.site(creation.site) });
  }
  return found;
}

/** Of a semaphore only the tracker's words bear its name; who forks unlinks it at once, and tells no tracker. */
function semaphores(model: WatchedModel): MemoryClaim[] {
  const found: MemoryClaim[] = [];
  for (const [name, { registered, unregistered }] of model.semaphores) {
    if (registered <= unregistered || !name.startsWith('/')) continue;
    found.push({ kind: 'semaphore', name: `sem.${name.slice(1)}`, bytes: null, t: registered, where: null });
  }
  return found;
}
