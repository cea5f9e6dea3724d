/** Processes wait at a Barrier, and nobody is left who could come. */
import type { Lock } from '../model/lock-table.js';
import { isMainThread, joinedProcess } from '../model/present.js';
import type { Proc } from '../model/process.js';
import { RecordType } from '../model/record-types.js';
import { hasLostRecords } from '../model/unseen.js';
import type { FindingRow, ProcessKind, Text } from '../protocol/view.js';
import type { Scene, Wait } from './scene.js';

/** Parties do not come all at once. Milliseconds. */
const LONG = 1000;
const HELPERS: ReadonlySet<ProcessKind> = new Set(['resource-tracker', 'forkserver']);

export function barrierPartyDied(scene: Scene): FindingRow[] {
  if (hasLostRecords(scene.world)) return [];
  return scene.world.objects.locks.all.flatMap((lock) => {
    if (lock.kind !== 'Barrier' || lock.value === null || lock.key === null) return [];
    const waits = waitsAt(scene, lock);
    const [first] = waits;
    if (first === undefined) return [];
    // At the moment the first of them was still waiting: now, or when it was ended.
    const moment = Math.min(...waits.map((wait) => wait.to));
    const here = waits.filter((wait) => wait.from <= moment);
    // One that gives up breaks the barrier for all of them.
    if (here.length >= lock.value || here.some((wait) => wait.slot.deadlineMs !== null || moment - wait.from < LONG)) return [];
    if (somebodyMayCome(scene, new Set(here.map((wait) => wait.image.proc)), moment)) return [];
    return [finding(scene, lock, lock.value, here)];
  });
}

function waitsAt(scene: Scene, lock: Lock): Wait[] {
  const waits: Wait[] = [];
  for (const image of scene.imagesOn(lock.obj)) {
    for (const wait of scene.waitsEver(image)) if (wait.slot.obj === lock.obj && wait.slot.op === RecordType.SYNC_WAIT) waits.push(wait);
  }
  return waits.sort((a, b) => a.from - b.from || a.image.info.pid - b.image.info.pid);
}

/** A process that lives and is not stuck may come itself, or start one that does: a barrier is given to children only, so any may know it. */
function somebodyMayCome(scene: Scene, waiting: ReadonlySet<Proc>, moment: number): boolean {
  const living = scene.procs.filter((proc) => {
    const { kind, startedMs, end } = scene.facts(proc);
    // Where all are killed at once, some are gone a little before the others.
    return !HELPERS.has(kind) && startedMs <= moment && (end === null || end.ms >= moment - LONG);
  });
  const stuck = new Set(living.filter((proc) => waiting.has(proc) && isSingle(proc)));
  // Who joins one that is stuck is stuck itself.
  for (let before = -1; before < stuck.size; ) {
    before = stuck.size;
    for (const proc of living) if (!stuck.has(proc) && isSingle(proc) && joinsOneOf(scene, proc, stuck, moment)) stuck.add(proc);
  }
  return living.some((proc) => !stuck.has(proc));
}

/** No second thread of it is known, which could do something else meanwhile. */
function isSingle(proc: Proc): boolean {
  const image = proc.latestImage();
  return image !== null && [...image.threads.values()].filter(({ name }) => name !== 'QueueFeederThread').length <= 1;
}

function joinsOneOf(scene: Scene, proc: Proc, stuck: ReadonlySet<Proc>, moment: number): boolean {
  const image = proc.latestImage();
  if (image === null) return false;
  const joined = image.joins.some(({ a, b, t0, t1 }) => {
    const child = scene.world.table.at(a, t0);
    return child !== null && stuck.has(child) && b === -1 && t0 <= moment - LONG && t1 >= moment;
  });
  if (joined) return true;
  return scene.waitsEver(image).some(({ slot, from, to }) => {
    const child = joinedProcess(scene.world, slot);
    return child !== null && stuck.has(child) && slot.deadlineMs === null && isMainThread(image, slot) && from <= moment - LONG && to >= moment;
  });
}

function finding(scene: Scene, lock: Lock, parties: number, waits: readonly Wait[]): FindingRow {
  const [first] = waits as [Wait];
  const { proc } = first.image;
  const name = scene.objectName(lock, 'Barrier');
  const over = scene.facts(proc).end !== null || first.to < scene.now;
  const waiting = new Set(waits.map((wait) => wait.image.proc));
  const moment = Math.min(...waits.map((wait) => wait.to));
  const gone = scene.procs.filter((one) => {
    const { end } = scene.facts(one);
    return !waiting.has(one) && end !== null && end.ms < moment && [...lock.users].some((image) => image.proc === one);
  });
  return {
    key: `barrier-party-died:${lock.key}`,
    rule: 'barrier-party-died',
    severity: 'error',
    certain: true,
    process: proc.key,
    object: lock.key,
    where: first.image.site(first.slot.site),
    sinceMs: first.from,
    message: {
      template: over
        ? '{0} (PID {1}) waited at {2} in vain: {3} of {4} parties had come, and nobody was left who could come.'
        : '{0} (PID {1}) waits at {2} for ever: {3} of {4} parties have come, and nobody is left who could come.',
      args: [...scene.named(proc), name, waits.length, parties],
    },
    fix: { template: 'Give wait() a timeout, which breaks the barrier for all who wait; and let whoever sees a party die call abort().', args: [] },
    evidence: [
      { template: 'All living processes wait at the barrier, or join one that does.', args: [] },
      ...gone.map((one): Text => ({ template: '{0} (PID {1}) used the barrier and has ended.', args: scene.named(one) })),
    ],
  };
}
