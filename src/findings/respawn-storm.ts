/**
 * Workers of a Pool die before their first task, one after the other: an initializer that raises, or a worker that cannot import
 * what it needs. The Pool makes new ones for ever, and whoever waits for a result hears nothing.
 */
import type { Pool } from '../model/pool-table.js';
import type { Proc } from '../model/process.js';
import type { FindingRow, Text } from '../protocol/view.js';
import { oneLine } from './daemon-with-children.js';
import { endOf, isLossy, ownedPools, poolName, type OwnedPool } from './pools.js';
import type { Scene } from './scene.js';

/** As many may die by chance, or of one Ctrl-C. */
const FEW = 2;
/** Ctrl-C, and workers that leave of their own will. */
const NO_FAULTS: ReadonlySet<string> = new Set(['KeyboardInterrupt', 'SystemExit']);
/** `no-main-guard` says this better. */
const NO_MAIN_GUARD = 'bootstrapping phase';

interface Death {
  readonly proc: Proc;
  readonly ms: number;
  readonly type: string;
  readonly error: string;
  readonly inInitializer: boolean;
}

export function respawnStorm(scene: Scene): FindingRow[] {
  const pools = ownedPools(scene).filter(({ pool }) => pool.kind === 'Pool');
  return pools.flatMap((owned) => {
    const { pool, owner } = owned;
    const failed = new Set(pool.failedWorkers.map(({ image }) => image.proc));
    // One that serves is enough for the work to be done.
    if ([...pool.workers].some((image) => !failed.has(image.proc))) return [];
    const deaths = inInitializer(pool);
    if (pools.filter((other) => other.owner === owner).length === 1) deaths.push(...whileStarting(scene, owner, failed));
    const byType = new Map<string, Death[]>();
    for (const death of deaths.sort((a, b) => a.ms - b.ms || a.proc.pid - b.proc.pid)) byType.set(death.type, [...(byType.get(death.type) ?? []), death]);
    // More than there are places for: some were made in the place of others.
    const least = Math.max(FEW, pool.made?.workers ?? 0) + 1;
    return [...byType].filter(([, same]) => same.length >= least).map(([type, same]) => finding(scene, owned, type, same));
  });
}

function inInitializer(pool: Pool): Death[] {
  return pool.failedWorkers.flatMap(({ image, t, error }) => {
    const type = (error ?? '').split(':')[0] ?? '';
    return error === null || NO_FAULTS.has(type) ? [] : [{ proc: image.proc, ms: t, type, error, inInitializer: true }];
  });
}

/** Those that did not come so far as to know their pool: their maker's only one. */
function whileStarting(scene: Scene, owner: Proc, known: ReadonlySet<Proc>): Death[] {
  return scene.procs.flatMap((proc) => {
    if (known.has(proc) || proc.images.some(isLossy)) return [];
    const { kind, parent, end, exception } = scene.facts(proc);
    if (kind !== 'pool-worker' || parent !== owner || exception === null || end?.code == null || end.code <= 0) return [];
    const type = exception.type.split('.').pop() ?? '';
    if (NO_FAULTS.has(type) || exception.message.includes(NO_MAIN_GUARD)) return [];
    return [{ proc, ms: end.ms, type, error: `${type}: ${exception.message}`, inInitializer: false }];
  });
}

function finding(scene: Scene, { pool, owner }: OwnedPool, type: string, deaths: readonly Death[]): FindingRow {
  const [first] = deaths as [Death];
  const over = scene.facts(owner).end !== null || pool.state === 'terminated' || pool.state === 'joined';
  const name = poolName(scene, pool);
  return {
    key: `respawn-storm:${pool.key ?? pool.obj}:${type}`,
    rule: 'respawn-storm',
    severity: 'error',
    certain: true,
    process: owner.key,
    object: pool.key,
    where: scene.objectMadeAt(pool),
    sinceMs: first.ms,
    message: {
      template: over
        ? '{2} workers of {3}, the Pool of {0} (PID {1}), died of {4} before their first task, each in the place of another, and no task ran.'
        : '{2} workers of {3}, the Pool of {0} (PID {1}), have died of {4} before their first task: the Pool makes new ones for ever, and no task runs.',
      args: [...scene.named(owner), deaths.length, name, type],
    },
    fix: {
      template: 'Mend what raises before a worker serves: the initializer, or what the worker imports. An initializer can catch its exception and keep it for the tasks to raise: then get() raises it.',
      args: [],
    },
    evidence: [raised(pool, first), endOf(scene, first.proc), { template: '{0} was asked for {1} workers, and none ever took a task.', args: [name, pool.made?.workers ?? 0] }],
  };
}

function raised(pool: Pool, { inInitializer, error }: Death): Text {
  const words = oneLine(error);
  return inInitializer
    ? { template: 'The initializer {0} raised {1}.', args: [pool.made?.initializer ?? '', words] }
    : { template: 'The first of them raised {0} while it was starting.', args: [words] };
}
