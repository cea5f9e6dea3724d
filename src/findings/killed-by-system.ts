/** A process that a signal ended which the run did not send: a crash in native code, or SIGKILL from outside. */
import type { Derived, End } from '../model/derive.js';
import type { Proc } from '../model/process.js';
import type { FindingRow, Text } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** The record of who sent a signal may come later than that of the end: another journal. Milliseconds. */
const SETTLES = 1000;
/** Evidence is to be read: so many processes are named. */
const NAMED = 10;
/** Programs whose business it is to end others. */
const KILLER = /kill|timeout/i;

/** Signals by which the system ends a process for what it did itself, and where to look. */
const CRASHES: ReadonlyMap<string, Text> = new Map([
  ['SIGSEGV', { template: 'Look in native code: a C extension, ctypes, or libraries that do not fit together. PYTHONFAULTHANDLER=1 in the environment makes Python print the line at which it crashes.', args: [] }],
  ['SIGBUS', { template: 'Look at shared memory and mapped files: one may have become shorter than its mapping, or /dev/shm may be full. A container may need more room there.', args: [] }],
  ['SIGILL', { template: 'Install libraries that were built for this processor: native code used an instruction that it does not have.', args: [] }],
  ['SIGFPE', { template: 'Look for an integer division by zero in native code. PYTHONFAULTHANDLER=1 in the environment makes Python print the line at which it crashes.', args: [] }],
  ['SIGABRT', { template: 'Read the last lines on standard error: something called abort(), most often native code after a failed check, such as a damaged heap or a fatal error of the interpreter.', args: [] }],
]);

interface Case {
  readonly proc: Proc;
  readonly facts: Derived;
  readonly end: End;
  readonly signal: string;
}

export function killedBySystem(scene: Scene): FindingRow[] {
  const cases = new Map<string, Case[]>();
  for (const proc of scene.procs) {
    const facts = scene.facts(proc);
    const { end, parent, target } = facts;
    if (end === null || end.signal === null || facts.endedBy !== null || !isSettled(scene, end)) continue;
    if (!CRASHES.has(end.signal) && !(end.signal === 'SIGKILL' && isFromOutside(scene, proc, facts, end))) continue;
    // A pool starts worker after worker, and each dies of the same: that is one thing to mend.
    const place = target === null || parent === null ? proc.key : `${parent.key}:${target}`;
    const key = `killed-by-system:${end.signal}:${place}`;
    const one = { proc, facts, end, signal: end.signal };
    const same = cases.get(key);
    if (same === undefined) cases.set(key, [one]);
    else same.push(one);
  }
  return [...cases].map(([key, list]) => finding(scene, key, list));
}

function isSettled(scene: Scene, end: End): boolean {
  return scene.world.observerEnded || scene.now - end.ms >= SETTLES;
}

/** Whether nobody of the run can have sent SIGKILL: neither one that is not seen, nor by a record that was lost. */
function isFromOutside(scene: Scene, proc: Proc, { kind }: Derived, end: End): boolean {
  const { world } = scene;
  // A program that is not ours may be killed by those who made it for reasons of their own.
  if ((kind === 'subprocess' || kind === 'uninstrumented') && proc.images.length === 0) return false;
  if (kind === 'forkserver' || kind === 'resource-tracker' || world.dropped > 0) return false;
  // Whose group is not known may be of any; where it is known, the sender was found already.
  const group = proc.lastSample?.sample[6] ?? null;
  if (world.groupSignals.some(({ fact }) => fact.b === 9 && fact.t0 <= end.ms && (group === null || fact.a === -1))) return false;
  return !scene.procs.some((other) => {
    const { startedMs, argv, kind: its, reason } = scene.facts(other);
    if (other.images.length > 0 || startedMs > end.ms) return false;
    return (reason !== null && reason !== 'not-python') || (its === 'subprocess' && (argv ?? []).some((word) => KILLER.test(word)));
  });
}

function finding(scene: Scene, key: string, cases: readonly Case[]): FindingRow {
  const first = cases.reduce((a, b) => (b.end.ms < a.end.ms || (b.end.ms === a.end.ms && b.proc.pid < a.proc.pid) ? b : a));
  const { proc, signal } = first;
  const crash = CRASHES.get(signal);
  return {
    key,
    rule: 'killed-by-system',
    severity: crash === undefined ? 'warning' : 'error',
    certain: crash !== undefined,
    process: proc.key,
    object: null,
    where: first.facts.created,
    sinceMs: first.end.ms,
    message: crash === undefined ? killed(scene, proc, cases.length - 1) : crashed(scene, proc, signal, cases.length - 1),
    fix: crash ?? {
      template: 'Use less memory or fewer processes, or give the machine or container more memory; the log of the kernel says whether its out-of-memory killer was at work.',
      args: [],
    },
    evidence: cases.slice(0, NAMED).flatMap((one) => evidence(scene, one)),
  };
}

function crashed(scene: Scene, proc: Proc, signal: string, more: number): Text {
  return more === 0
    ? { template: '{0} (PID {1}) crashed: it was ended by {2}.', args: [...scene.named(proc), signal] }
    : { template: '{0} (PID {1}) and {3} more that ran the same target crashed: they were ended by {2}.', args: [...scene.named(proc), signal, more] };
}

function killed(scene: Scene, proc: Proc, more: number): Text {
  return more === 0
    ? { template: '{0} (PID {1}) was ended by SIGKILL, which nobody in this run sent: likely out of memory, by the killer of the kernel, or another program did it.', args: scene.named(proc) }
    : {
        template: '{0} (PID {1}) and {2} more that ran the same target were ended by SIGKILL, which nobody in this run sent: likely out of memory, by the killer of the kernel, or another program did it.',
        args: [...scene.named(proc), more],
      };
}

function evidence(scene: Scene, { proc, end, signal }: Case): Text[] {
  const ended: Text = { template: '{0} (PID {1}) ended with exit code {2}, and no process of the run is known to have sent it {3}.', args: [...scene.named(proc), end.code ?? signal, signal] };
  if (signal !== 'SIGKILL' || proc.peakRssKiB === null) return [ended];
  return [ended, { template: '{0} (PID {1}) was seen to use up to {2} MiB of memory.', args: [...scene.named(proc), Math.round(proc.peakRssKiB / 1024)] }];
}
