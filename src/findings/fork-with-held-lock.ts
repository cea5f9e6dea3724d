/**
 * A child was forked while other threads ran, and sleeps on a lock of its own memory, in its only thread: what held that lock was most
 * likely a thread of the parent, which the child does not have.
 */
import { callOf } from '../model/places.js';
import { isForkBirth, type Birth, type Proc, type Sleep } from '../model/process.js';
import { RecordType, START_THREADS } from '../model/record-types.js';
import type { ProcessKind } from '../protocol/view.js';
import type { FindingRow } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** Milliseconds. */
const LONG = 5000;
/** The system is asked about once a second: a sleep that was over then, and the end of the process, are one and the same. */
const LAG = 2500;
/** These wait for their work on locks that the library shares with nobody but itself. */
const IDLE: ReadonlySet<ProcessKind> = new Set(['pool-worker', 'executor-worker', 'manager', 'forkserver', 'resource-tracker']);

export function forkWithHeldLock(scene: Scene): FindingRow[] {
  return scene.procs.flatMap((proc) => {
    const birth = proc.births().find(isForkBirth);
    const threads = birth === undefined ? 0 : threadsAt(birth);
    const { kind, parent } = scene.facts(proc);
    if (birth === undefined || threads === 0 || parent === null || IDLE.has(kind)) return [];
    const held = sleepOf(scene, proc);
    return held === null ? [] : [finding(scene, proc, parent, birth, threads, held)];
  });
}

function threadsAt({ type, fact }: Birth): number {
  return type === RecordType.START ? (fact.flags >>> START_THREADS) & 255 : Math.max(0, fact.b);
}

interface Held {
  readonly sleep: Sleep;
  readonly over: boolean;
}

/** The sleep on a lock that it is in, or was in when a signal ended it. */
function sleepOf(scene: Scene, proc: Proc): Held | null {
  const { end } = scene.facts(proc);
  // Whatever the records know to be waited for is told by others, and may be shared.
  if (proc.latestImage()?.slots.some((slot) => slot.op !== 0) === true) return null;
  if (end === null) {
    const { asleep } = proc;
    return asleep !== null && isHopeless(asleep, scene.now) ? { sleep: asleep, over: false } : null;
  }
  if (end.signal === null) return null;
  const last = proc.asleep ?? (proc.lockSleep !== null && end.ms - proc.lockSleep.toMs < LAG ? proc.lockSleep.sleep : null);
  return last !== null && isHopeless(last, end.ms) ? { sleep: last, over: true } : null;
}

function isHopeless({ place, sinceMs, mayBeWoken, alone }: Sleep, to: number): boolean {
  return callOf(place) === 'lock' && !mayBeWoken && alone === true && to - sinceMs >= LONG;
}

function finding(scene: Scene, proc: Proc, parent: Proc, birth: Birth, threads: number, { sleep, over }: Held): FindingRow {
  const child = scene.named(proc);
  return {
    key: `fork-with-held-lock:${proc.key}`,
    rule: 'fork-with-held-lock',
    severity: 'warning',
    certain: false,
    process: proc.key,
    object: null,
    where: birth.image.site(birth.fact.site),
    sinceMs: sleep.sinceMs,
    message: {
      template: over
        ? '{0} (PID {1}) waited until its end for a lock that a thread of {2} (PID {3}) most likely held when it forked.'
        : '{0} (PID {1}) waits for a lock that a thread of {2} (PID {3}) most likely held when it forked.',
      args: [...child, ...scene.named(parent)],
    },
    fix: { template: 'Start such children by spawn or forkserver (multiprocessing.set_start_method), or before the first thread: a forked child has the locks of all threads as they were, and not the threads that would release them.', args: [] },
    evidence: [
      { template: 'When {0} (PID {1}) forked it, other threads ran there: {2}.', args: [...scene.named(parent), threads] },
      { template: '{0} (PID {1}) has one thread, which sleeps on a lock since {2} s and did not run for a moment since; nothing that was recorded is waited for.', args: [...child, (sleep.sinceMs / 1000).toFixed(1)] },
    ],
  };
}
