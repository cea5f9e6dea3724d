/** What is wrong with a tree that was looked at from outside. Few false alarms matter more than many verdicts. Pure. */
import type { SeenProcess, TwoLooks } from './outside-facts.js';
import { Analysis, type Core } from './outside-stuck.js';
import { kindOf, pidList, shortName, thingOf, waitWords, whoWords, type ProcessKind } from './outside-words.js';
import type { Waiter } from './outside-waits.js';

/** Names of `docs/findings`. */
export type OutsideRule = 'deadlock-cycle' | 'getter-never-ends' | 'join-before-drain' | 'orphan' | 'pipe-end-left-open' | 'zombie';

export interface Verdict {
  readonly rule: OutsideRule;
  readonly severity: 'error' | 'warning';
  readonly certain: boolean;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly fix: string;
  readonly pids: readonly number[];
}

export interface Judged {
  readonly verdicts: readonly Verdict[];
  /** What looks like a fault and may be rest: no verdict, but worth a word. */
  readonly notes: readonly string[];
}

/** A parent needs a moment to come to a child that has ended. Milliseconds. */
const LONG = 1000;
/** Handlers that free nobody: Python's own of SIGINT; faulthandler's; what the C library keeps for its threads (nptl). */
const HARMLESS: ReadonlySet<number> = new Set([2, 4, 6, 7, 8, 11, 32, 33]);
/** They serve the others, and wait always. */
const HELPERS: ReadonlySet<ProcessKind> = new Set(['forkserver', 'resource tracker']);
const MOST_LINES = 8;

const FIX: Readonly<Record<OutsideRule, string>> = {
  'join-before-drain': 'Get everything that the child puts first, and join it then.',
  'deadlock-cycle': 'Let one of them go first: one order for all, or a timeout at one of the waits.',
  'getter-never-ends': 'Tell the one who reads that nothing more comes, by a last message or by closing the other end, before waiting for its end.',
  'pipe-end-left-open': 'Close the end that a process does not use, in each process; a reader sees the end of the data only when nobody holds the other end.',
  orphan: 'End children before the parent leaves: handle SIGTERM in the parent, and let the child watch multiprocessing.parent_process().',
  zombie: 'Call join() on the process, or multiprocessing.active_children() from time to time, which reaps what has ended.',
};

export function judge(looks: TwoLooks, analysis = new Analysis(looks)): Judged {
  const { all, cores } = analysis.stuck();
  const notes: string[] = [];
  const verdicts: Verdict[] = [];
  for (const core of cores) {
    const verdict = ofCore(core, all, looks, analysis);
    if (verdict !== null) verdicts.push(verdict);
    else if (core.pids.length > 1) {
      notes.push(`PIDs ${pidList(core.pids)} all wait for one another, and nothing from outside is known that would wake them. A pool at rest looks like this, and so does one whose task was lost.`);
    }
  }
  return { verdicts: [...verdicts, ...zombies(looks, analysis), ...orphans(looks, analysis)], notes };
}

/** Null where the core may be at rest: nothing in it is ever a state of rest by itself. */
function ofCore(core: Core, all: ReadonlySet<Waiter>, looks: TwoLooks, analysis: Analysis): Verdict | null {
  const { waiters } = core;
  const writes = waiters.filter(({ wait }) => wait.kind === 'write');
  const joins = waiters.filter((waiter) => analysis.awaitedChildren(waiter).length > 0);
  const reads = waiters.filter(({ wait }) => wait.kind === 'read');
  const mains = waiters.filter(({ process, thread }) => process.pid === thread.tid);
  // A main thread in a lock of its own or in a poll may be a server's that waits to be told to stop.
  const mayRest = mains.some(({ wait }) => wait.kind === 'several' || (wait.kind === 'lock' && wait.own));
  // asyncio joins every child of its in a thread.
  const joinedByMain = joins.some(({ process, thread }) => process.pid === thread.tid);
  if (writes.length === 0 && !joinedByMain && (mayRest || reads.length === 0)) return null;
  const handles = waiters.some(({ process }) => process.catches === null || process.catches.some((signal) => !HARMLESS.has(signal)));
  // Its signal is the message that it waits for.
  if (handles && writes.length === 0) return null;
  const proved = waiters.every(({ wait }) => (wait.kind === 'read' || wait.kind === 'write' ? wait.end.key?.startsWith('pipe:') === true : wait.kind === 'child'));
  // What the container was given as its standard streams, somebody outside may have as well.
  const given = looks.nested && waiters.some(({ wait }) => 'end' in wait && wait.end.fd <= 2);
  const certain = proved && !handles && !given && looks.unread === 0 && !looks.hidden;
  const { rule, message, first } = tell(core, { writes, joins, reads }, analysis);
  const ordered = [...first, ...waiters.filter((waiter) => !first.includes(waiter) && waiter.wait.kind !== 'lock'), ...waiters.filter((waiter) => !first.includes(waiter) && waiter.wait.kind === 'lock')];
  const evidence = ordered.slice(0, MOST_LINES).map((waiter) => chainLine(waiter, analysis));
  if (ordered.length > MOST_LINES) evidence.push(`${ordered.length - MOST_LINES} more threads of theirs wait likewise.`);
  const behind = [...new Set([...all].filter(({ process, thread }) => process.pid === thread.tid && !core.pids.includes(process.pid) && !HELPERS.has(kindOf(process, analysis.process(process.ppid)))).map(({ process }) => process.pid))];
  if (behind.length > 0) evidence.push(`${behind.length === 1 ? 'PID' : 'PIDs'} ${pidList(behind)} ${behind.length === 1 ? 'waits' : 'wait'} for these in turn.`);
  return { rule, severity: 'error', certain, message, evidence, fix: FIX[rule], pids: core.pids };
}

interface Parts {
  readonly writes: readonly Waiter[];
  readonly joins: readonly Waiter[];
  readonly reads: readonly Waiter[];
}

function tell(core: Core, { writes, joins, reads }: Parts, analysis: Analysis): { readonly rule: OutsideRule; readonly message: string; readonly first: readonly Waiter[] } {
  for (const writer of writes) {
    const readers = analysis.enders(writer) ?? [];
    const join = joins.find((waiter) => readers.includes(waiter.process.pid) && analysis.awaitedChildren(waiter).includes(writer.process.pid));
    if (join === undefined || writer.wait.kind !== 'write') continue;
    return {
      rule: 'join-before-drain',
      message: `${whoWords(join)} waits for its child ${writer.process.pid} to end, and the child cannot end before ${thingOf(writer.wait.end) ?? 'what it writes to'} is read, which is full: nobody who could read it does.`,
      first: [join, writer],
    };
  }
  const [writer] = writes;
  if (writer?.wait.kind === 'write') {
    return { rule: 'deadlock-cycle', message: `${whoWords(writer)} ${waitWords(writer.wait)}, and all who could read it wait for something else, which only ${pidWords(core.pids)} could bring.`, first: [writer] };
  }
  const alone = reads.find((reader) => analysis.enders(reader)?.every((pid) => pid === reader.process.pid) === true);
  if (alone !== undefined) {
    return { rule: 'pipe-end-left-open', message: `${whoWords(alone)} ${waitWords(alone.wait)}, and nobody but itself has the other end open: neither a message nor the end of the data can ever come.`, first: [alone] };
  }
  for (const join of joins) {
    const reader = reads.find(({ process }) => analysis.awaitedChildren(join).includes(process.pid));
    if (reader === undefined) continue;
    return { rule: 'getter-never-ends', message: `${whoWords(join)} waits for its child ${reader.process.pid} to end, and the child ${waitWords(reader.wait)} and gets nothing more: all who could write wait as well.`, first: [join, reader] };
  }
  const first = joins[0] ?? reads[0] ?? core.waiters[0];
  return { rule: 'deadlock-cycle', message: `${capital(pidWords(core.pids))} ${core.pids.length === 1 ? 'waits' : 'wait'} for one another in a circle: none of them can go on before another does.`, first: first === undefined ? [] : [first] };
}

function pidWords(pids: readonly number[]): string {
  return `${pids.length === 1 ? 'PID' : 'PIDs'} ${pidList(pids)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function chainLine(waiter: Waiter, analysis: Analysis): string {
  const enders = analysis.enders(waiter) ?? [];
  const own = enders.includes(waiter.process.pid);
  const others = enders.filter((pid) => pid !== waiter.process.pid);
  const whose = waiter.wait.kind === 'lock' && waiter.wait.own ? 'a thread of its own' : [others.length > 0 ? pidWords(others) : null, own ? 'itself' : null].filter((word) => word !== null).join(' or ');
  return `${whoWords(waiter)} ${waitWords(waiter.wait)}${since(waiter)}; ${whose === 'itself' ? 'nobody but itself' : `only ${whose}`} could end that.`;
}

function since({ thread }: Waiter): string {
  return thread.sleptMs === null ? '' : `, for ${roughly(thread.sleptMs)}`;
}

/** Seconds as a person says them. */
function roughly(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Ended children, by the parent who has to reap them. One who waits for another child comes to them in its turn. */
function zombies(looks: TwoLooks, analysis: Analysis): Verdict[] {
  const byParent = new Map<number, SeenProcess[]>();
  for (const process of looks.processes) {
    const dead = process.threads[0]?.sleptMs ?? null;
    if (process.state !== 'Z' || (dead !== null && dead < LONG)) continue;
    const parent = analysis.threadsOf(process.ppid);
    if (parent.some(({ wait }) => wait.kind === 'child' && wait.pid !== null && wait.pid !== process.pid)) continue;
    const siblings = byParent.get(process.ppid);
    if (siblings === undefined) byParent.set(process.ppid, [process]);
    else siblings.push(process);
  }
  return [...byParent].map(([ppid, dead]): Verdict => {
    const parent = analysis.process(ppid);
    const who = parent === null ? `PID ${ppid}` : `${shortName(parent)} (PID ${ppid})`;
    const pids = dead.map(({ pid }) => pid);
    const doing = analysis.threadsOf(ppid)[0];
    return {
      rule: 'zombie',
      severity: 'warning',
      // Without the time of its end it may have ended just before the first look.
      certain: dead.every(({ threads }) => threads[0]?.sleptMs != null),
      message: pids.length === 1 ? `${shortNameOf(dead)} (PID ${pids[0] ?? 0}) has ended and is a zombie: its parent ${who} has not joined it.` : `${pids.length} children of ${who} have ended and are zombies, PIDs ${pidList(pids)}: it has not joined them.`,
      evidence: [
        ...dead.slice(0, MOST_LINES).map((process) => `PID ${process.pid} ${endWords(process.waitStatus)}${process.threads[0]?.sleptMs == null ? '' : ` ${roughly(process.threads[0].sleptMs)} ago`}.`),
        ...(doing === undefined ? [] : [`The parent's main thread ${waitWords(doing.wait)}${since(doing)}.`]),
      ],
      fix: ppid === 1 ? 'Start the container with an init that reaps (docker run --init): the first process has to join what others leave to it.' : FIX.zombie,
      pids,
    };
  });
}

function shortNameOf(dead: readonly SeenProcess[]): string {
  const [first] = dead;
  return first === undefined ? '' : shortName(first);
}

/** What wait(2) will tell of it. */
export function endWords(waitStatus: number | null): string {
  if (waitStatus === null) return 'ended';
  const signal = waitStatus & 0x7f;
  return signal === 0 ? `exited ${(waitStatus >> 8) & 0xff}` : `was ended by signal ${signal}`;
}

function orphans(looks: TwoLooks, analysis: Analysis): Verdict[] {
  return looks.processes.flatMap((process): Verdict[] => {
    if (process.state === 'Z' || process.state === 'X') return [];
    const dead = process.relation === 'asked' ? leftByParent(process, analysis) : null;
    if (process.relation !== 'orphan' && dead === null) return [];
    const waiting = analysis.threadsOf(process.pid)[0];
    return [{
      rule: 'orphan',
      severity: 'warning',
      certain: false,
      message: `${shortName(process)} (PID ${process.pid}) runs on although the process that started it is gone.`,
      evidence: [
        `PID ${process.ppid} has adopted it; its group ${process.pgrp} and session ${process.session} are those of ${process.relation === 'orphan' ? 'the process that you asked for' : 'a process that is gone'}.`,
        ...(dead === null ? [] : [dead]),
        ...(waiting === undefined ? [] : [`It ${waitWords(waiting.wait)}${since(waiting)}.`]),
      ],
      fix: FIX.orphan,
      pids: [process.pid],
    }];
  });
}

/** Null: nothing shows that multiprocessing started it, and many programs are adopted on purpose. */
function leftByParent(process: SeenProcess, analysis: Analysis): string | null {
  if (!process.adopted) return null;
  if (kindOf(process, null) === 'spawn child') return 'Its command line is that of a child of multiprocessing.';
  const kind = kindOf(process, null);
  if (kind !== 'python' && kind !== 'loky worker') return null;
  // multiprocessing/popen_fork.py, _launch: a child keeps one end of a pipe whose other end only its parent has.
  const end = [...analysis.ends.values()].find(({ kind: what, readers, writers }) => what === 'pipe' && writers.length === 0 && readers.some(({ pid, fds }) => pid === process.pid && fds.some((fd) => fd > 2)));
  return end === undefined ? null : `Nobody is left at the other end of pipe ${end.inode}, as with the pipe by which multiprocessing's children watch their parent.`;
}
