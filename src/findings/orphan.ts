/** A process that runs on after its parent has ended. */
import { orphanStretch } from '../model/present.js';
import type { Proc } from '../model/process.js';
import type { FindingRow, Text } from '../protocol/view.js';
import type { Scene } from './scene.js';

export function orphan(scene: Scene): FindingRow[] {
  return scene.procs.flatMap((proc) => {
    const stretch = orphanStretch(scene.world, proc, scene.now);
    const { parent, created, end } = scene.facts(proc);
    if (stretch === null || parent === null || isDaemonOnPurpose(proc)) return [];
    const over = end !== null;
    const row: FindingRow = {
      key: `orphan:${proc.key}`,
      rule: 'orphan',
      severity: 'warning',
      certain: true,
      process: proc.key,
      object: null,
      where: created,
      sinceMs: stretch.from,
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

/** A session of its own is what a program makes that means to outlive its parent. */
function isDaemonOnPurpose(proc: Proc): boolean {
  const sample = proc.lastSample?.sample;
  return sample !== undefined && sample[7] === proc.pid;
}

function adopted(proc: Proc): Text[] {
  const parent = proc.lastSample?.sample[3];
  return parent === undefined ? [] : [{ template: 'The operating system names PID {0} as its parent.', args: [parent] }];
}
