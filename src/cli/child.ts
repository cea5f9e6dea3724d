/**
 * The script as a child of this process: its descriptors, its signals, its end.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import type { PreparedRun } from '../run/index.js';
import { isTerminal } from './out.js';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Descriptors from 3 on that we were given by whoever started us, as by `3<file` in a shell. Node marks them to be closed in
 * children, and a script that is started without us would have them. Node's own are told by their kind: event polls, and pipes
 * of which it holds both ends. To be called before anything is opened. Linux only; elsewhere none are found.
 */
export function givenDescriptors(): number[] {
  const links = new Map<number, string>();
  try {
    for (const name of fs.readdirSync('/proc/self/fd')) {
      const fd = Number(name);
      if (fd < 3) continue;
      try {
        links.set(fd, fs.readlinkSync(`/proc/self/fd/${name}`));
      } catch {
        continue; // the descriptor of this very listing
      }
    }
  } catch {
    return [];
  }
  const uses = new Map<string, number>();
  for (const link of links.values()) uses.set(link, (uses.get(link) ?? 0) + 1);
  return [...links]
    .filter(([, link]) => !link.startsWith('anon_inode:') && link !== '/dev/null' && !(link.startsWith('pipe:') && (uses.get(link) ?? 0) > 1))
    .map(([fd]) => fd)
    .sort((a, b) => a - b);
}

/** True when Ctrl-C at the keyboard reaches the script by itself, because script and we are the terminal's foreground. */
export function inForeground(): boolean {
  try {
    const stat = fs.readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const group = Number(fields[2]);
    const foreground = Number(fields[5]);
    return foreground > 0 && group === foreground;
  } catch {
    return isTerminal(0) || isTerminal(1) || isTerminal(2);
  }
}

/** Starts the script. `outputToError`: its standard output goes where its standard error goes, since ours carries the report. */
export function startScript(run: PreparedRun, given: readonly number[], outputToError: boolean): ChildProcess {
  const stdio: StdioOptions = [0, outputToError ? 2 : 1, 2];
  const most = Math.max(2, ...given);
  for (let fd = 3; fd <= most; fd++) stdio.push(given.includes(fd) ? fd : 'ignore');
  return spawn(run.command, [...run.args], { cwd: run.cwd, env: { ...process.env, ...run.env }, stdio, windowsHide: false });
}

/** Signals that are the script's, and that we outlive so that the report is still written. */
const PASSED: readonly NodeJS.Signals[] = process.platform === 'win32' ? ['SIGINT', 'SIGHUP'] : ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** What the terminal itself sends to everyone in its foreground. */
const BY_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Passes signals on until the script has ended; call what it returns to stop. */
export function passSignals(child: ChildProcess): () => void {
  const handlers = PASSED.map((signal) => {
    const handler = (): void => {
      // The terminal has sent it to the script already, and twice is not the same: a second Ctrl-C interrupts the clean-up.
      if (BY_KEYBOARD.includes(signal) && inForeground()) return;
      child.kill(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}

/** Resolves when the script has ended; rejects when it could not be started. */
export function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** The exit status a shell would show. */
export function statusOf(ending: Ending): number {
  if (ending.signal !== null) return 128 + os.constants.signals[ending.signal];
  return ending.code ?? 0;
}
