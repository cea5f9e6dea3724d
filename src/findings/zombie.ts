/** A child that ended and that its parent, though it had the time, did not reap. */
import { operationOf, zombieStretch } from '../model/present.js';
import type { Proc } from '../model/process.js';
import type { FindingRow } from '../protocol/view.js';
import { overlap, type Scene } from './scene.js';

/** A parent that waits for another child comes to this one in its turn: only other time counts. Milliseconds. */
const LONG = 1000;

export function zombie(scene: Scene): FindingRow[] {
  return scene.procs.flatMap((proc) => {
    const stretch = zombieStretch(scene.world, proc, scene.now);
    const { parent, created, end } = scene.facts(proc);
    if (stretch === null || parent === null || parent.images.length === 0) return [];
    const dead = { from: stretch.from, to: Math.min(stretch.to, scene.now) };
    if (dead.to - dead.from - waitedForOthers(scene, parent, dead) < LONG) return [];
    const over = stretch.to <= scene.now;
    const row: FindingRow = {
      key: `zombie:${proc.key}`,
      rule: 'zombie',
      severity: 'warning',
      certain: true,
      process: proc.key,
      object: null,
      where: created,
      sinceMs: stretch.from,
      message: {
        template: over ? '{0} (PID {1}) had ended and stayed a zombie: {2} (PID {3}) did not join it.' : '{0} (PID {1}) has ended and is a zombie: {2} (PID {3}) has not joined it.',
        args: [...scene.named(proc), ...scene.named(parent)],
      },
      fix: { template: 'Call join() on the process, or multiprocessing.active_children() from time to time, which reaps what has ended.', args: [] },
      evidence:
        end?.code == null
          ? [{ template: 'The operating system lists it as dead and not waited for.', args: [] }]
          : [{ template: 'The operating system lists it as dead and not waited for; its exit code is {0}.', args: [end.code] }],
    };
    return [row];
  });
}

function waitedForOthers(scene: Scene, parent: Proc, dead: { readonly from: number; readonly to: number }): number {
  const waits: { readonly from: number; readonly to: number }[] = [];
  for (const image of parent.images) {
    for (const join of image.joins) waits.push({ from: join.t0, to: join.t1 });
    for (const wait of scene.waits(image)) {
      const op = operationOf(scene.world, wait.slot);
      if (op === 'join' || op === 'wait') waits.push(wait);
    }
  }
  return waits.reduce((total, wait) => total + overlap(wait, dead), 0);
}
