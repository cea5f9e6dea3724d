/** A child that ended and that its parent, though it had the time, did not reap. */
import { operationOf, zombieStretch } from '../model/present.js';
import type { Proc } from '../model/process.js';
import { ReapedFlag } from '../model/record-types.js';
import type { FindingRow } from '../protocol/view.js';
import { overlap, type Scene } from './scene.js';

/** A parent that waits for another child comes to this one in its turn: only other time counts. Milliseconds. */
const LONG = 1000;
/** A parent with so many at once, that goes on to make children, will not come back to them. */
const MANY = 10;

interface Dead {
  readonly proc: Proc;
  readonly parent: Proc;
  readonly from: number;
  readonly over: boolean;
}

export function zombie(scene: Scene): FindingRow[] {
  const dead = scene.procs.flatMap((proc): Dead[] => {
    const stretch = zombieStretch(scene.world, proc, scene.now);
    const { parent } = scene.facts(proc);
    if (stretch === null || parent === null || parent.images.length === 0) return [];
    const seen = { from: stretch.from, to: Math.min(stretch.to, scene.now) };
    if (seen.to - seen.from - waitedForOthers(scene, parent, seen) < LONG) return [];
    const over = stretch.to <= scene.now;
    // A late join is one: what the parent did in between was its own affair.
    return over && !leftToTheEnd(scene, proc, parent, stretch.to) ? [] : [{ proc, parent, from: stretch.from, over }];
  });
  const careless = carelessParents(scene, dead);
  return dead.map(({ proc, parent, from, over }) => {
    const { created, end } = scene.facts(proc);
    return {
      key: `zombie:${proc.key}`,
      rule: 'zombie',
      // While its parent lives it may still be joined, and does no harm until then.
      severity: over || careless.has(parent) ? 'warning' : 'info',
      certain: true,
      process: proc.key,
      object: null,
      where: created,
      sinceMs: from,
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
  });
}

/** Whether nobody reaped it before its parent ended; `to`: when it was gone. */
function leftToTheEnd(scene: Scene, proc: Proc, parent: Proc, to: number): boolean {
  const reaps = proc.reaps();
  if (reaps.length > 0) return reaps.every(({ fact }) => (fact.flags & ReapedFlag.AT_EXIT) !== 0);
  // Gone without a word while its parent lived on: reaped by what is not seen, as a signal handler in C.
  const parentEnd = scene.facts(parent).end?.ms ?? Infinity;
  return parentEnd - to < LONG;
}

function carelessParents(scene: Scene, dead: readonly Dead[]): ReadonlySet<Proc> {
  const first = new Map<Proc, { from: number; count: number }>();
  for (const { parent, from, over } of dead) {
    if (over) continue;
    const known = first.get(parent);
    first.set(parent, { from: Math.min(from, known?.from ?? Infinity), count: (known?.count ?? 0) + 1 });
  }
  const careless = new Set<Proc>();
  for (const [parent, { from, count }] of first) {
    if (count < MANY) continue;
    const goesOn = scene.procs.some((proc) => scene.facts(proc).parent === parent && scene.facts(proc).startedMs > from + LONG);
    if (goesOn) careless.add(parent);
  }
  return careless;
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
