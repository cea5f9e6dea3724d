/** Processes, threads and their waits in words, for people. Pure. */
import type { SeenProcess } from './outside-facts.js';
import type { End, Wait, Waiter } from './outside-waits.js';
import { whatProgram } from './proc.js';

export type ProcessKind = 'spawn child' | 'forkserver' | 'forkserver child' | 'resource tracker' | 'loky worker' | 'fork' | 'python' | 'other';

/** What multiprocessing and joblib start is told by its command line; a forked child has its parent's. */
export function kindOf(process: SeenProcess, parent: SeenProcess | null): ProcessKind {
  const line = process.argv.join(' ');
  const sameAsParent = parent !== null && line !== '' && parent.argv.join(' ') === line;
  const forkserver = /\bfrom multiprocessing\.forkserver import main\b/.test(line);
  if (sameAsParent) return forkserver ? 'forkserver child' : 'fork';
  if (/\bfrom multiprocessing\.spawn import spawn_main\b/.test(line)) return 'spawn child';
  if (forkserver) return 'forkserver';
  if (/\bfrom (?:multiprocessing|joblib\.externals\.loky\.backend)\.(?:resource|semaphore)_tracker import main\b/.test(line)) return 'resource tracker';
  if (/\bpopen_loky_posix\b/.test(line)) return 'loky worker';
  return whatProgram(process.exe, process.argv).python ? 'python' : 'other';
}

/** The program and its script, without folders: `python3 work.py --fast`. A zombie has only the kernel's name left. */
export function nameOf(process: SeenProcess): string {
  const [program, ...args] = process.argv;
  if (program === undefined) return process.comm;
  const code = args[args.indexOf('-c') + 1] ?? '';
  // Its kind says all that the rest of such a line does.
  if (args.includes('-c') && /^from multiprocessing\.\w+ import \w+;/.test(code)) return program.replace(/^.*\//s, '');
  const base = (word: string): string => (word.startsWith('-') ? word : word.replace(/^.*\//s, '') || word);
  let scriptSeen = false;
  const words = args.map((word, i) => {
    if (scriptSeen || word.startsWith('-')) return word;
    scriptSeen = true;
    return args[i - 1] === '-c' || args[i - 1] === '-m' ? word : base(word);
  });
  return [base(program), ...words].join(' ');
}

/** `/dev/shm/sem.x` as `sem.x`. */
export function memoryName(path: string): string {
  return path === '' ? 'without a name' : path.replace(/^\/dev\/shm\//, '');
}

/** `pipe 17`, `socket 18`, `/dev/pts/3`. */
export function thingOf(end: Pick<End, 'key' | 'target'>): string | null {
  if (end.key !== null) return end.key.replace(':', ' ');
  return end.target;
}

function withFd(end: End): string {
  const thing = thingOf(end);
  return thing === null ? `descriptor ${end.fd}` : `${thing} (fd ${end.fd})`;
}

const MOST_ENDS = 3;

export function waitWords(wait: Wait): string {
  const timeout = 'timed' in wait && wait.timed ? ', with a timeout' : '';
  switch (wait.kind) {
    case 'read': return `reads ${withFd(wait.end)}`;
    case 'write': return `writes to ${withFd(wait.end)}, which is full`;
    case 'accept': return `waits for a connection at ${withFd(wait.end)}`;
    case 'connect': return `connects by ${withFd(wait.end)}`;
    case 'file-lock': return `waits for a lock on ${withFd(wait.end)}`;
    case 'several': {
      if (wait.ends === null) return `waits for some descriptors (${wait.call})${timeout}`;
      const named = wait.ends.slice(0, MOST_ENDS).map(({ end }) => thingOf(end) ?? `fd ${end.fd}`);
      const more = wait.ends.length - named.length;
      if (named.length === 0) return wait.timed ? 'sleeps' : `waits for no descriptor at all (${wait.call})`;
      return `waits for ${named.join(' or ')}${more > 0 ? ` or ${more} more` : ''} (${wait.call})${timeout}`;
    }
    case 'lock':
      if (wait.own) return `waits for a thread lock${timeout}`;
      if (wait.mapping === null) return `waits for a lock${timeout}`;
      return wait.mapping.semaphore ? `waits for semaphore ${memoryName(wait.mapping.path)}${timeout}` : `waits for a lock in shared memory ${memoryName(wait.mapping.path)}${timeout}`;
    case 'child': return wait.pid === null ? 'waits for any child to end' : `waits for child ${wait.pid} to end`;
    case 'sleep': return 'sleeps';
    case 'signal': return 'waits for a signal';
    case 'call': return wait.name === null ? `is in system call ${wait.number}` : `is in ${wait.name}`;
    case 'guess': return wait.words ?? (wait.wchan === null ? 'waits, and it is not ours to know in what' : `waits in the kernel's ${wait.wchan}`);
    case 'uninterruptible': return `is in the kernel${wait.wchan === null ? '' : ` (${wait.wchan})`}, where no signal reaches it`;
    case 'stopped': return 'stopped';
    case 'runs': return 'runs';
    case 'ended': return 'ended';
  }
}

/** `work.py (PID 7)`; a thread that is not the main one by its number. */
export function whoWords({ process, thread }: Waiter): string {
  const who = `${shortName(process)} (PID ${process.pid})`;
  return thread.tid === process.pid ? who : `${who}, thread ${thread.tid}`;
}

const SHORT = 40;

export function shortName(process: SeenProcess): string {
  const name = nameOf(process).replace(/\s+/g, ' ');
  return name.length <= SHORT ? name : `${name.slice(0, SHORT - 1)}…`;
}

/** `7`, `7 and 8`, `7, 8 and 12 more`. */
export function pidList(pids: readonly number[], most = 6): string {
  const shown = pids.length > most ? pids.slice(0, most - 1).map(String) : pids.map(String);
  const last = pids.length > most ? `${pids.length - shown.length} more` : shown.pop();
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last ?? ''}`;
}
