/** Where the threads of a living process stand: by py-spy where it can be had, else from the slots, and which of the two. */
import type { Stacks, StackFrame, ThreadStack } from '../protocol/stacks.js';
import { said, type Said } from '../protocol/text.js';
import type { ProcessRow, Text } from '../protocol/view.js';
import { dumpStacks, findPySpy, threadCount, type Spied } from '../system/index.js';
import type { Run } from './run.js';

export type StacksAnswer = { readonly ok: true; readonly stacks: Stacks } | { readonly ok: false; readonly said: Said };

/** Python's own library, packages, Procession's runtime, and what has no file: not the script's. */
const FOREIGN = /\/lib(?:32|64)?\/(?:python|pypy)\d|\/(?:site|dist)-packages\/|\/python[\d.-]+\/lib\/|\/python\d+\.zip\/|\/procession_runtime\/|^<frozen /i;

/** Whether a file is the script's, as far as its path tells. */
export function isOwnFile(file: string): boolean {
  return !FOREIGN.test(file.replaceAll('\\', '/'));
}

/**
 * The stacks of one process of a run, as they are now.
 * @param pySpy where py-spy is, as the user says; empty: it is looked for
 */
export async function stacksOf(run: Run, processKey: string, pySpy: string): Promise<StacksAnswer> {
  if (!run.live) return { ok: false, said: said(false, 'This run has ended: its processes have no stacks any more.') };
  const before = rowOf(run, processKey);
  const target = run.model.identity(processKey);
  if (before === null || target === null) return { ok: false, said: said(false, 'There is no such process.') };
  const gone = (): StacksAnswer => ({ ok: false, said: said(false, '{0} (PID {1}) has ended: it has no stacks any more.', before.row.name, target.pid) });
  if (before.row.endedMs !== null || before.row.state === 'zombie') return gone();
  const found = findPySpy(pySpy, [before.row.python, run.info.argv[0], run.info.python].filter((python) => python != null));
  let why: Text;
  if (found.ok) {
    const spied = await dumpStacks(found.program, target);
    if (spied.ok) return { ok: true, stacks: spiedStacks(processKey, before.nowMs, target.pid, spied) };
    if (spied.ended) return gone();
    why = spied.why;
  } else why = found.why;
  const now = rowOf(run, processKey) ?? before;
  return now.row.endedMs === null ? { ok: true, stacks: slotStacks(now.row, now.nowMs, threadCount(target.pid), why) } : gone();
}

function rowOf(run: Run, key: string): { readonly row: ProcessRow; readonly nowMs: number } | null {
  const { nowMs, processes } = run.model.snapshot();
  const row = processes.find((process) => process.key === key);
  return row === undefined ? null : { row, nowMs };
}

/** What py-spy told, the main thread first and then in order of start: py-spy has the newest first. */
function spiedStacks(process: string, atMs: number, pid: number, spied: Extract<Spied, { ok: true }>): Stacks {
  const numbered = spied.threads.some(({ osId }) => osId === pid);
  const threads = spied.threads.map((thread): ThreadStack => ({
    name: thread.name,
    main: numbered ? thread.osId === pid : thread.name === 'MainThread',
    active: thread.active,
    holdsGil: thread.holdsGil,
    frames: thread.frames.map(({ file, line, function: name }) => frame(file, line, name)),
    blocked: null,
  })).reverse();
  const count = threadCount(pid);
  return {
    process, by: 'py-spy', atMs, paused: spied.paused, why: null,
    threads: [...threads.filter(({ main }) => main), ...threads.filter(({ main }) => !main)],
    unknownThreads: count === null ? null : Math.max(0, count - threads.length),
  };
}

function frame(file: string, line: number, name: string | null): StackFrame {
  return { where: { file, line, function: name }, own: isOwnFile(file) };
}

/**
 * What the records tell: of each thread that is in an operation of multiprocessing, the line of the script that called it.
 * @param count threads that the process has; null: not known
 */
export function slotStacks(row: ProcessRow, atMs: number, count: number | null, why: Text): Stacks {
  const waiting = row.blocked.map((blocked): ThreadStack => ({
    name: blocked.thread ?? 'MainThread',
    main: blocked.thread === null,
    active: null,
    holdsGil: null,
    frames: blocked.where === null ? [] : [frame(blocked.where.file, blocked.where.line, blocked.where.function)],
    blocked,
  }));
  const recorded = row.kind !== 'uninstrumented' && row.reason === null;
  const main: ThreadStack = { name: 'MainThread', main: true, active: null, holdsGil: null, frames: [], blocked: null };
  const threads = recorded && !waiting.some((thread) => thread.main) ? [main, ...waiting] : waiting;
  return { process: row.key, by: 'slots', atMs, paused: false, why, threads, unknownThreads: count === null ? null : Math.max(0, count - threads.length) };
}
