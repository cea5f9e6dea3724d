/** A process that runs on after its parent has ended. */
import { orphanStretch } from '../model/present.js';
import type { Proc } from '../model/process.js';
import type { FindingRow, SourceRef, Text } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** Who ran on after which parent. */
export interface Orphan {
  readonly proc: Proc;
  readonly parent: Proc;
  readonly since: number;
}

export function orphan(scene: Scene): FindingRow[] {
  return orphansOf(scene).flatMap(({ proc, parent, since }) => {
    // Told once for the parent, with what ended it.
    if (endedByTheRun(scene, parent) !== null) return [];
    const { created, end } = scene.facts(proc);
    const over = end !== null;
    const row: FindingRow = {
      key: `orphan:${proc.key}`,
      rule: 'orphan',
      severity: 'warning',
      certain: true,
      process: proc.key,
      object: null,
      where: created,
      sinceMs: since,
      ...(end === null ? {} : { untilMs: end.ms }),
      message: {
        template: over ? '{0} (PID {1}) ran on after its parent {2} (PID {3}) had ended.' : '{0} (PID {1}) runs on although its parent {2} (PID {3}) has ended.',
        args: [...scene.named(proc), ...scene.named(parent)],
      },
      fix: {
        template: 'End children before the parent leaves: handle SIGTERM in the parent, and let the child watch multiprocessing.parent_process(). SIGKILL leaves the parent no time to do it.',
        args: [],
      },
      evidence: [scene.howEnded(parent), ...adopted(proc)],
    };
    return [row];
  });
}

export function orphansOf(scene: Scene): Orphan[] {
  return scene.procs.flatMap((proc) => {
    const stretch = orphanStretch(scene.world, proc, scene.now);
    const { parent } = scene.facts(proc);
    return stretch === null || parent === null || isDaemonOnPurpose(proc) ? [] : [{ proc, parent, since: stretch.from }];
  });
}

/** The signal by which another process of the run ended this one: `terminate()`, `kill()`, `os.kill`. */
export function endedByTheRun(scene: Scene, proc: Proc): { readonly signal: string; readonly sender: Proc; readonly where: SourceRef | null } | null {
  const { end, endedBy } = scene.facts(proc);
  if (end?.signal == null || endedBy === null || endedBy.process === null || endedBy.process === proc) return null;
  return { signal: end.signal, sender: endedBy.process, where: endedBy.where };
}

/** A session of its own is what a program makes that means to outlive its parent. */
function isDaemonOnPurpose(proc: Proc): boolean {
  const sample = proc.lastSample?.sample;
  return sample !== undefined && sample[7] === proc.pid;
}

function adopted(proc: Proc): Text[] {
  const parent = proc.lastSample?.sample[3];
  return parent === undefined ? [] : [{ template: 'The operating system names PID {0} as its parent.', args: [parent] }];
}
