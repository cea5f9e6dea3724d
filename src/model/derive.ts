/**
 * What follows from the facts about a process: a pure function of them, so that it does not matter which came first.
 * Nothing here depends on the present; what does (how long it is an orphan) is in rows.ts.
 */
import type { EndedBy, ExceptionInfo, ProcessKind, SourceRef, StartMethod } from '../protocol/view.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import { isForkBirth, type Birth, type PidFact, type Proc, type ProcessTable } from './process.js';
import { ExitFlag, RecordType, SpawnedKind, StartFlag } from './record-types.js';
import { signalName, signalNumber } from './signals.js';

export interface End {
  readonly ms: number;
  /** As Popen has it: -n is signal n. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly known: 'reaped' | 'self' | 'vanished';
}

export interface Derived {
  readonly parent: Proc | null;
  readonly name: string;
  readonly kind: ProcessKind;
  readonly startMethod: StartMethod | null;
  readonly daemon: boolean | null;
  readonly target: string | null;
  readonly created: SourceRef | null;
  readonly startedMs: number;
  readonly end: End | null;
  readonly endedBy: EndedByProc | null;
  /** When it was reaped, or gone from the process table; null: not known to be. */
  readonly reapedMs: number | null;
  /** A time until which it is known to have lived; null: it lives. */
  readonly livedUntilMs: number | null;
  readonly exception: ExceptionInfo | null;
  /** Its code has begun to run (not merely its interpreter). */
  readonly begun: boolean;
  readonly argv: readonly string[] | null;
  readonly python: string | null;
  readonly reason: string | null;
}

/** How the script ended, as its launcher saw it. */
export interface RootExit {
  readonly t: number;
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
}

/** `where`: the line that sent the signal. */
export type EndedByProc = Omit<EndedBy, 'process'> & { readonly process: Proc | null; readonly where: SourceRef | null };

export interface Surroundings {
  readonly table: ProcessTable;
  readonly platform: string | null;
  /** The observer has stopped: what it did not see by then, nobody will. */
  readonly observerEnded: boolean;
  readonly groupSignals: readonly PidFact[];
  derived(proc: Proc): Derived;
  rootExitOf(proc: Proc): RootExit | null;
}

const METHODS: readonly (StartMethod | null)[] = [null, 'fork', 'spawn', 'forkserver'];
/** The operating system is asked about once a second: what it says of an end is late by up to this. */
const SAMPLE_LAG_MS = 1200;

export function derive(proc: Proc, around: Surroundings): Derived {
  const births = proc.births();
  const start = births.find((birth) => birth.type === RecordType.START) ?? null;
  const bootstrap = earliest(proc.images.flatMap((image) => image.bootstraps));
  const told = start?.fact ?? bootstrap;
  const parent = parentOf(proc, births, start, bootstrap, around);
  const forked = births.some(isForkBirth);
  const target = bootstrap?.s2 ?? start?.fact.s2 ?? null;
  const argv = argvOf(proc, births);
  const kind = kindOf(proc, births, told, target, parent);
  const end = endOf(proc, around);
  const daemon = told === null ? null : (told.flags & StartFlag.DAEMON) !== 0;
  return {
    parent,
    name: nameOf(proc, kind, bootstrap?.s1 ?? start?.fact.s1 ?? null, argv, parent, around),
    kind,
    startMethod: told === null ? null : (METHODS[told.flags & StartFlag.METHOD] ?? null),
    daemon,
    target,
    created: createdAt(births, start),
    startedMs: startedMs(proc, births),
    end,
    endedBy: end === null ? null : endedBy(proc, end, daemon, parent, around),
    reapedMs: reapedMs(proc, around),
    livedUntilMs: livedUntil(proc, end),
    exception: exceptionOf(proc),
    begun: bootstrap !== null || (forked && !isServed(told, parent, around)) || (!forked && start === null && !births.some((birth) => birth.type === RecordType.SPAWNED && birth.fact.flags === SpawnedKind.CHILD)),
    argv: argv ?? (forked && parent !== null ? around.derived(parent).argv : null),
    python: interpreterOf(proc) ?? (forked && parent !== null ? around.derived(parent).python : null),
    reason: reasonOf(proc, start !== null, forked, end),
  };
}

/** Whether a fork server forked it, which is not its code's begin: it imports what it needs, and then gets what it was given. */
function isServed(told: RecordFact | null, parent: Proc | null, around: Surroundings): boolean {
  if (told !== null) return METHODS[told.flags & StartFlag.METHOD] === 'forkserver';
  return parent !== null && around.derived(parent).kind === 'forkserver';
}

/** Why nothing was recorded of it; null where something was, or where that is not known. */
function reasonOf(proc: Proc, started: boolean, forked: boolean, end: End | null): string | null {
  if (proc.images.length > 0 || proc.quietEnd() !== null) return null;
  if (!forked && proc.found !== null) return proc.found.reason;
  // Whoever carries the runtime leaves a word at its end, however little it did, unless a signal came first: this one could not.
  return (started || forked) && end !== null && end.code !== null && end.code >= 0 ? 'unknown' : null;
}

function earliest(facts: readonly RecordFact[]): RecordFact | null {
  let first: RecordFact | null = null;
  for (const fact of facts) if (first === null || fact.t0 < first.t0) first = fact;
  return first;
}

function latest(facts: readonly RecordFact[]): RecordFact | null {
  let last: RecordFact | null = null;
  for (const fact of facts) if (last === null || fact.t0 >= last.t0) last = fact;
  return last;
}

/** The runtime's word before the system's: under forkserver, the requester and not the server. */
function parentOf(proc: Proc, births: readonly Birth[], start: Birth | null, bootstrap: RecordFact | null, around: Surroundings): Proc | null {
  const notSelf = (parent: Proc | null): Proc | null => (parent === proc ? null : parent);
  if (proc.root) return null;
  if (start !== null) return notSelf(start.image.proc);
  if (bootstrap !== null && bootstrap.a > 0) {
    const parent = notSelf(around.table.at(bootstrap.a, bootstrap.t0));
    if (parent !== null) return parent;
  }
  const other = births[0];
  if (other !== undefined) return notSelf(other.image.proc);
  const first = proc.firstImage();
  if (first !== null) return notSelf(around.table.at(first.info.ppid, first.info.openedMs));
  if (proc.found !== null) return notSelf(around.table.at(proc.found.ppid, proc.found.t));
  const quiet = proc.quietEnd();
  return quiet === null ? null : notSelf(around.table.at(quiet.parent, quiet.from));
}

function kindOf(proc: Proc, births: readonly Birth[], told: RecordFact | null, target: string | null, parent: Proc | null): ProcessKind {
  if (proc.root) return 'main';
  if (told !== null) {
    if (target === 'multiprocessing.pool.worker') return 'pool-worker';
    if (target === 'concurrent.futures.process._process_worker') return 'executor-worker';
    if (target !== null && target.endsWith('._run_server')) return 'manager';
    return 'process';
  }
  const spawned = births.find((birth) => birth.type === RecordType.SPAWNED);
  if (spawned?.fact.flags === SpawnedKind.FORKSERVER) return 'forkserver';
  if (spawned?.fact.flags === SpawnedKind.RESOURCE_TRACKER) return 'resource-tracker';
  if (spawned !== undefined) return 'process';
  if (births.some((birth) => birth.type === RecordType.FORK)) return 'fork';
  const first = proc.firstImage();
  if (first === null && proc.quietEnd() !== null) return 'process';
  if (first === null) return proc.found !== null && proc.found.python ? 'uninstrumented' : 'subprocess';
  if (first.info.madeByFork) return 'fork';
  return parent === null ? 'main' : 'subprocess';
}

function nameOf(proc: Proc, kind: ProcessKind, told: string | null, argv: readonly string[] | null, parent: Proc | null, around: Surroundings): string {
  if (told !== null && told !== '') return told;
  if (kind === 'main') return 'MainProcess';
  if (kind === 'forkserver') return 'forkserver';
  if (kind === 'resource-tracker') return 'resource_tracker';
  const exec = latest(proc.images.flatMap((image) => image.execs));
  if (exec !== null) return commandName(exec.s2 !== null && exec.s2 !== '' ? exec.s2.split('\0') : [exec.s1 ?? '']);
  if (kind === 'fork') return parent === null ? 'fork' : `fork of ${around.derived(parent).name}`;
  if (argv !== null && argv.length > 0) return commandName(argv);
  return kind === 'process' && proc.quietEnd() === null ? 'spawned process' : `process ${proc.pid}`;
}

/** `child.py` for `python -u child.py x`, `-m pytest` for `python -m pytest`, `ls` for `/bin/ls -l`. */
export function commandName(argv: readonly string[]): string {
  const base = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const program = base(argv[0] ?? '');
  if (!/^python[\d.]*(\.exe)?$/i.test(program)) return program || '?';
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '-m') return `-m ${argv[i + 1] ?? ''}`.trim();
    if (word === '-c') return `${program} -c`;
    if (word === '-W' || word === '-X') i++;
    else if (!word.startsWith('-')) return base(word);
  }
  return program;
}

function createdAt(births: readonly Birth[], start: Birth | null): SourceRef | null {
  if (start !== null) return start.image.site(start.fact.b) ?? start.image.site(start.fact.site);
  for (const birth of births) {
    const where = birth.image.site(birth.fact.site);
    if (where !== null) return where;
  }
  return null;
}

function startedMs(proc: Proc, births: readonly Birth[]): number {
  const first = births[0];
  return first === undefined ? proc.firstSeenMs : Math.min(first.fact.t0, proc.firstSeenMs);
}

function reapOf(proc: Proc): RecordFact | null {
  return earliest(proc.reaps().map((reap) => reap.fact));
}

function reapedMs(proc: Proc, around: Surroundings): number | null {
  const times = [reapOf(proc)?.t0, proc.goneMs, around.rootExitOf(proc)?.t].filter((t) => t !== undefined && t !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** An end that the process told of itself: `os._exit`, or the end of its bootstrap. */
function selfEnd(proc: Proc): { readonly ms: number; readonly code: number | null } | null {
  const exits = proc.images.flatMap((image) => image.exits.filter((exit) => exit.flags === ExitFlag.AT_ONCE));
  const last = latest(exits) ?? latest(proc.images.flatMap((image) => image.bootstrapEnds));
  const quiet = last === null ? proc.quietEnd() : null;
  if (quiet !== null) return { ms: quiet.t, code: quiet.code };
  return last === null ? null : { ms: last.t1, code: codeOf(last.a) };
}

/** The interpreter began to finish: not the end yet, it may still join threads and children. */
function finishing(proc: Proc): { readonly ms: number; readonly code: number | null } | null {
  const last = latest(proc.images.flatMap((image) => image.exits.filter((exit) => exit.flags !== ExitFlag.AT_ONCE)));
  return last === null ? null : { ms: last.t0, code: codeOf(last.a) };
}

const codeOf = (told: number): number | null => (told === -1 ? null : told);

function endOf(proc: Proc, around: Surroundings): End | null {
  const reap = reapOf(proc);
  const self = selfEnd(proc);
  const finish = finishing(proc);
  const rootExit = around.rootExitOf(proc);
  const outside = [reap?.t0, rootExit?.t, proc.goneMs, proc.zombieMs].filter((t) => t !== undefined && t !== null);
  const outsideMs = outside.length === 0 ? Infinity : Math.min(...outside);
  const status = reap !== null ? reap.b : rootStatus(rootExit, around.platform);
  if (status !== null || reap !== null || rootExit !== null) {
    const signal = status !== null && status < 0 ? signalName(-status, around.platform) : null;
    const ms = self !== null && signal === null ? Math.min(self.ms, outsideMs) : outsideMs;
    return { ms, code: status, signal: signal ?? rootExit?.signal ?? null, known: 'reaped' };
  }
  if (self !== null) return { ms: Math.min(self.ms, outsideMs), code: self.code, signal: null, known: 'self' };
  if (outsideMs !== Infinity) {
    if (finish !== null) return { ms: outsideMs, code: finish.code, signal: null, known: 'self' };
    return { ms: outsideMs, code: null, signal: null, known: 'vanished' };
  }
  if (finish !== null && around.observerEnded) return { ms: finish.ms, code: finish.code, signal: null, known: 'self' };
  return null;
}

function rootStatus(exit: RootExit | null, platform: string | null): number | null {
  if (exit === null) return null;
  if (exit.signal === null) return exit.code;
  const number = signalNumber(exit.signal, platform);
  return number === null ? null : -number;
}

function livedUntil(proc: Proc, end: End | null): number | null {
  if (end === null) return null;
  const self = selfEnd(proc);
  if (self !== null || end.known === 'reaped') return end.ms;
  const evidence = Math.max(proc.lastAliveMs ?? -Infinity, ...proc.images.map((image) => image.lastMs));
  return Math.max(evidence, end.ms - SAMPLE_LAG_MS);
}

function endedBy(proc: Proc, end: End, daemon: boolean | null, parent: Proc | null, around: Surroundings): EndedByProc | null {
  if (end.signal === null) return null;
  const byHand = proc.userSignals.find((sent) => sent.signal === end.signal && sent.t <= end.ms);
  if (byHand !== undefined) return { process: null, how: 'user', where: null };
  const group = proc.lastSample?.sample[6] ?? null;
  const senders = [
    ...proc.signals(),
    ...around.groupSignals.filter((signal) => group !== null && -signal.fact.a === group),
  ].filter((signal) => signalName(signal.fact.b, around.platform) === end.signal && signal.fact.t0 <= end.ms);
  const sender = senders.sort((a, b) => b.fact.t0 - a.fact.t0)[0];
  if (sender === undefined) {
    // multiprocessing terminates the daemons that are left when a process ends: known by its order, if not by a record.
    const parentFinishes = parent === null ? null : finishing(parent);
    const atExit = daemon === true && end.signal === 'SIGTERM' && parentFinishes !== null && parentFinishes.ms <= end.ms;
    return atExit ? { process: parent, how: 'parent-exit', where: null } : null;
  }
  const by = sender.image.proc;
  const where = sender.image.site(sender.fact.site);
  if (by === proc) return { process: by, how: 'itself', where };
  const atExit = daemon === true && by === parent && end.signal === 'SIGTERM' && (sender.fact.site === 0 || beganToFinish(by, sender.fact.t0));
  return { process: by, how: atExit ? 'parent-exit' : 'signal', where };
}

function beganToFinish(proc: Proc, before: number): boolean {
  const finish = finishing(proc);
  return finish !== null && finish.ms <= before;
}

function exceptionOf(proc: Proc): ExceptionInfo | null {
  const all = proc.images.flatMap((image) => image.exceptions);
  let last = all[0];
  for (const one of all) if (last !== undefined && one.t >= last.t) last = one;
  if (last === undefined) return null;
  const [type, ...rest] = last.s1.split('\n');
  return { type: type ?? '', message: rest.join('\n'), traceback: last.traceback };
}

function argvOf(proc: Proc, births: readonly Birth[]): readonly string[] | null {
  const boot = latest(proc.images.flatMap((image) => image.boots));
  if (boot?.s1 != null && boot.s1 !== '') return boot.s1.split('\0');
  if (proc.found !== null) return proc.found.argv;
  const subprocess = births.find((birth) => birth.type === RecordType.SUBPROCESS);
  return subprocess?.fact.s1 != null ? subprocess.fact.s1.split('\0') : null;
}

function interpreterOf(proc: Proc): string | null {
  const boot = bootInfo(proc.latestImage());
  return typeof boot?.['version'] === 'string' ? boot['version'] : null;
}

/** The JSON of a BOOT record; null when there is none or it cannot be read. */
export function bootInfo(image: Image | null): Readonly<Record<string, unknown>> | null {
  const text = image === null ? null : (latest(image.boots)?.s2 ?? null);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
