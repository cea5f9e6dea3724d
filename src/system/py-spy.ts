/**
 * Stacks of another process by py-spy, which reads them from outside. For the moment of reading it pauses the process (ptrace),
 * runs nothing in it, and is asked for no values of variables.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';
import type { Text } from '../protocol/view.js';
import { isAlive, procIsHere, type ProcessIdentity } from './identity.js';
import { readStat } from './proc.js';
import { explainPySpy } from './py-spy-trouble.js';
import { sendSignal } from './signal.js';

/** A frame as py-spy tells it: `line` counts from 1, and is 0 where there is none. */
export interface SpiedFrame {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

export interface SpiedThread {
  readonly name: string | null;
  /** The system's number of the thread; on Linux the main thread's is the pid. */
  readonly osId: number | null;
  readonly active: boolean;
  readonly holdsGil: boolean;
  /** The innermost first. */
  readonly frames: readonly SpiedFrame[];
}

export type Spied =
  /** `paused`: the process was, while it was read; one that was stopped already need not be. */
  | { readonly ok: true; readonly threads: readonly SpiedThread[]; readonly paused: boolean }
  /** `ended`: the process is there no more. */
  | { readonly ok: false; readonly ended: boolean; readonly why: Text };

export interface PySpyLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** A dump takes some 50 ms and some 300 bytes a frame. */
const LIMITS: PySpyLimits = { timeoutMs: 10_000, maxBytes: 32 * 1024 * 1024 };

/** A process that is ending has so long to be gone, before py-spy's failure counts as one. */
const ENDING_MS = 60;

/** The part of `py-spy dump --json` that is used: the `StackTrace` of py-spy's src/stack_trace.rs. */
const Dump = v.array(
  v.object({
    thread_name: v.nullish(v.string(), null),
    os_thread_id: v.nullish(v.number(), null),
    active: v.boolean(),
    owns_gil: v.boolean(),
    frames: v.array(v.object({ name: v.string(), filename: v.string(), line: v.pipe(v.number(), v.integer()) })),
  }),
);

export type FoundPySpy = { readonly ok: true; readonly program: string } | { readonly ok: false; readonly why: Text };

/**
 * Finds py-spy: where the setting says; else beside one of these interpreters, as pip puts it into their environment; else on PATH.
 * @param pythons paths of interpreters, the likeliest first, as they are called: a virtual environment is known by its link
 */
export function findPySpy(setting: string, pythons: readonly string[], env: Readonly<Record<string, string | undefined>> = process.env): FoundPySpy {
  if (setting !== '') {
    return isRunnable(setting) ? { ok: true, program: setting } : { ok: false, why: { template: 'There is no program {0}: correct the setting procession.pySpy.', args: [setting] } };
  }
  const windows = process.platform === 'win32';
  const known = pythons.filter((python) => path.isAbsolute(python));
  const beside = known.map((python) => path.dirname(python)).flatMap((folder) => (windows ? [folder, path.join(folder, 'Scripts')] : [folder]));
  // An empty or a relative entry means the current folder, which may hold anybody's files.
  const onPath = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const program = [...beside, ...onPath].map((folder) => path.join(folder, windows ? 'py-spy.exe' : 'py-spy')).find(isRunnable);
  if (program !== undefined) return { ok: true, program };
  const python = known[0] ?? 'python3';
  return { ok: false, why: { template: 'py-spy is not installed; with it all frames of all threads are shown: {0} -m pip install py-spy', args: [/\s/.test(python) ? `"${python}"` : python] } };
}

function isRunnable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Asks py-spy for the stacks of one process, and of no other that has its pid by now. Never throws. */
export async function dumpStacks(program: string, target: ProcessIdentity, limits: PySpyLimits = LIMITS): Promise<Spied> {
  const { pid } = target;
  const ended: Spied = { ok: false, ended: true, why: { template: 'Process {0} has ended.', args: [pid] } };
  if (!Number.isSafeInteger(pid) || pid <= 1 || !isAlive(target)) return ended;
  const stopped = isStopped(pid);
  // One that a signal has stopped cannot be paused (ptrace says so by an event that py-spy does not expect), and need not be.
  const args = ['dump', '--pid', String(pid), '--json', ...(stopped ? ['--nonblocking'] : [])];
  const { error, stdout, stderr } = await run(program, args, limits);
  if (error?.killed === true && !stopped) goOn(target);
  // One that is ending is in the table for a little while yet, and can be read no more.
  if (error !== null && error.killed !== true) await new Promise((next) => setTimeout(next, ENDING_MS));
  if (!isAlive(target) || (procIsHere() && readStat(pid)?.state === 'Z')) return ended;
  if (error !== null) return { ok: false, ended: false, why: explainPySpy(program, pid, error, stderr, limits) };
  const threads = readDump(stdout);
  if (threads === null) return { ok: false, ended: false, why: { template: '{0} did not answer as py-spy does; install a newer one, or correct the setting procession.pySpy.', args: [program] } };
  return { ok: true, threads, paused: !stopped };
}

/** What py-spy printed; null where it is something else. */
export function readDump(text: string): readonly SpiedThread[] | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const read = v.safeParse(Dump, json);
  if (!read.success) return null;
  return read.output.map((thread) => ({
    name: thread.thread_name === '' ? null : thread.thread_name,
    osId: thread.os_thread_id,
    active: thread.active,
    holdsGil: thread.owns_gil,
    frames: thread.frames.map(({ name, filename, line }) => ({ file: filename, line: Math.max(0, line), function: name })),
  }));
}

interface Ran {
  readonly error: ExecFileException | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], limits: PySpyLimits): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, RUST_BACKTRACE: '0' };
    const child = execFile(program, [...args], { timeout: limits.timeoutMs, killSignal: 'SIGKILL', maxBuffer: limits.maxBytes, windowsHide: true, encoding: 'utf8', env }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
    child.stdin?.end();
  });
}

function isStopped(pid: number): boolean {
  return procIsHere() && readStat(pid)?.state === 'T';
}

/**
 * A py-spy that was killed lets go of the process by that. An old one pauses by SIGSTOP (PTRACE_ATTACH), which may reach the
 * process after that and stop it for good.
 */
function goOn(target: ProcessIdentity): void {
  if (isStopped(target.pid)) sendSignal(target, 'SIGCONT');
}
