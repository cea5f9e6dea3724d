/** A Pool that its process neither closed nor terminated: the interpreter ended its workers, whatever they were doing. */
import type { Pool } from '../model/pool-table.js';
import type { Proc } from '../model/process.js';
import { countTasks } from '../model/pool-row.js';
import type { FindingRow, Text } from '../protocol/view.js';
import { ownedPools, poolName, type OwnedPool } from './pools.js';
import type { Scene } from './scene.js';

/** A close() at exit may be told a little after the exit. Milliseconds. */
const MOMENT = 1000;

export function poolNotClosed(scene: Scene): FindingRow[] {
  return [...left(scene), ...scene.procs.flatMap((owner) => joinedOpen(scene, owner))];
}

function left(scene: Scene): FindingRow[] {
  const places = new Map<string, OwnedPool[]>();
  for (const owned of ownedPools(scene)) {
    const { pool, owner } = owned;
    if (pool.kind !== 'Pool' || pool.state !== 'open' || !endedByItself(scene, owner)) continue;
    const where = scene.objectMadeAt(pool);
    // Made in a loop they are one thing to mend; made by a library they are not the user's to close.
    if (where === null) continue;
    const place = `${owner.key ?? owner.pid}:${where.file}:${where.line}`;
    places.set(place, [...(places.get(place) ?? []), owned]);
  }
  return [...places].map(([place, same]) => finding(scene, place, same));
}

/** A signal, an exception that nobody caught, or Ctrl-C leaves no time to close anything, and says itself what was wrong. */
function endedByItself(scene: Scene, owner: Proc): boolean {
  const { end, exception, kind } = scene.facts(owner);
  if (end === null || (scene.now - end.ms < MOMENT && !scene.world.observerEnded)) return false;
  return end.known !== 'vanished' && end.signal === null && exception === null && kind !== 'manager' && owner.userSignals.length === 0;
}

function finding(scene: Scene, place: string, same: readonly OwnedPool[]): FindingRow {
  const [{ pool, owner }] = same as [OwnedPool];
  const unfinished = same.reduce((sum, one) => sum + unfinishedOf(scene, one.pool), 0);
  const name = poolName(scene, pool);
  const { end } = scene.facts(owner);
  return {
    key: `pool-not-closed:${place}`,
    rule: 'pool-not-closed',
    severity: unfinished > 0 ? 'warning' : 'info',
    certain: true,
    process: owner.key,
    object: pool.key,
    where: scene.objectMadeAt(pool),
    sinceMs: end?.ms ?? null,
    message:
      same.length === 1
        ? { template: '{0} (PID {1}) ended without having closed or terminated {2}.', args: [...scene.named(owner), name] }
        : { template: '{0} (PID {1}) ended without having closed or terminated {2} and others made at the same line, {3} in all.', args: [...scene.named(owner), name, same.length] },
    fix: { template: 'Make the pool in a with statement, which terminates it; to have all tasks finished, call close() and then join() as its last lines.', args: [] },
    evidence: [{ template: 'Neither close() nor terminate() was called on it before the end of {0} (PID {1}).', args: scene.named(owner) }, tasksAtEnd(unfinished)],
  };
}

/** `join()` of multiprocessing/pool.py refuses a pool that still takes tasks, in these words (3.7 to 3.15). */
const REFUSAL = 'Pool is still running';
const FRAME = /^ *File "([^"]+)", line (\d+)(?:, in (.+))?$/gm;

/** join() before close(), which nobody caught: it ended the process. */
function joinedOpen(scene: Scene, owner: Proc): FindingRow[] {
  const { exception } = scene.facts(owner);
  if (exception?.type !== 'ValueError' || exception.message !== REFUSAL) return [];
  const pools = ownedPools(scene).filter((owned) => owned.owner === owner && owned.pool.kind === 'Pool' && owned.pool.state === 'open');
  const [first] = pools;
  // Of several it is not known which one; the line is the same.
  const pool = pools.length === 1 ? first?.pool : undefined;
  const frames = [...exception.traceback.matchAll(FRAME)].filter(([, file]) => file !== undefined && !/[\\/]multiprocessing[\\/]pool\.py$|[\\/]procession_runtime[\\/]/.test(file));
  const [, file, line, name] = frames.at(-1) ?? [];
  return [{
    key: `pool-not-closed:${owner.key ?? owner.pid}:join`,
    rule: 'pool-not-closed',
    severity: 'error',
    certain: true,
    process: owner.key,
    object: pool?.key ?? null,
    where: file === undefined ? null : { file, line: Number(line), function: name ?? null },
    sinceMs: scene.facts(owner).end?.ms ?? null,
    message: { template: '{0} (PID {1}) called join() on {2} before close(): that raises ValueError, and nobody caught it.', args: [...scene.named(owner), pool === undefined ? 'Pool' : poolName(scene, pool)] },
    fix: { template: 'Call close() or terminate() first, then join(): only a pool that takes no more tasks can be waited for.', args: [] },
    evidence: [{ template: '{0} (PID {1}) ended with ValueError: {2}.', args: [...scene.named(owner), REFUSAL] }],
  }];
}

function unfinishedOf(scene: Scene, pool: Pool): number {
  const { pending, running, lost } = countTasks(scene.world, pool);
  return pending + running + lost;
}

function tasksAtEnd(unfinished: number): Text {
  if (unfinished === 0) return { template: 'All of its tasks had ended.', args: [] };
  return unfinished === 1 ? { template: 'One task had not ended, and is lost.', args: [] } : { template: '{0} tasks had not ended, and are lost.', args: [unfinished] };
}
