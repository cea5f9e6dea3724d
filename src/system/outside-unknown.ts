/** What a look from outside cannot know: by its nature, and this time for want of rights or tools. Pure. */
import type { SeenProcess, TwoLooks } from './outside-facts.js';
import type { Analysis } from './outside-stuck.js';
import { pidList } from './outside-words.js';

export interface Unknown {
  readonly what: string;
  readonly why: string;
  /** What would tell it; null: nothing from outside. */
  readonly how: string | null;
}

/** Who looks. */
export interface Looker {
  /** Effective user; null unknown. */
  readonly uid: number | null;
  /** kernel.yama.ptrace_scope; null where there is no Yama. */
  readonly ptraceScope: number | null;
}

const ALWAYS: readonly Unknown[] = [
  { what: 'what was sent, and what lies in a pipe now', why: 'only the processes themselves know', how: 'procession run SCRIPT, which records it' },
  { what: 'who holds a lock or a semaphore', why: 'they keep a number and no owner', how: 'procession run SCRIPT' },
  { what: 'names of queues, targets and variables, and lines of the source', why: 'they are objects inside of Python', how: 'py-spy dump --pid PID shows the stacks' },
];

/** @param pid the process that was asked for: it stands in the commands that are told */
export function unknowns(pid: number, looks: TwoLooks, analysis: Analysis, looker: Looker): Unknown[] {
  return all(looks, analysis, looker).map((each) => ({ ...each, how: each.how?.replace(/\bPID\b/g, String(pid)) ?? null }));
}

function all(looks: TwoLooks, analysis: Analysis, looker: Looker): Unknown[] {
  const found: Unknown[] = [];
  const closed = looks.processes.filter(({ descriptors, state }) => descriptors === null && state !== 'Z' && state !== 'X');
  if (closed.length > 0) {
    found.push({ what: `pipes, calls and shared memory of ${pids(closed)}`, why: closedBecause(closed, looker), how: 'sudo procession doctor PID; in a container: --cap-add=SYS_PTRACE' });
  }
  const denied = looks.processes.filter(({ threads, descriptors }) => descriptors !== null && threads.some((thread) => thread.denied));
  if (denied.length > 0) {
    const yama = looker.ptraceScope !== null && looker.ptraceScope > 0;
    found.push({
      what: `in which call, and at which descriptor, ${pids(denied)} ${denied.length === 1 ? 'waits' : 'wait'}: what is said of it is guessed from the kernel's function, and no verdict rests on it`,
      why: yama ? `/proc/PID/syscall is refused: kernel.yama.ptrace_scope is ${String(looker.ptraceScope)}` : '/proc/PID/syscall is refused: it needs the right to trace the process',
      how: `sudo procession doctor PID${yama && looker.ptraceScope !== 3 ? '; or sysctl kernel.yama.ptrace_scope=0' : ''}; in a container: --cap-add=SYS_PTRACE`,
    });
  }
  if (looks.unread > 0) {
    found.push({ what: `whether another process holds an end of these pipes: ${looks.unread} beyond the tree could not be looked into`, why: 'they belong to other users, or refuse it', how: 'sudo procession doctor PID' });
  }
  if (looks.hidden) found.push({ what: 'processes of other users, which may hold an end of these pipes', why: '/proc does not show the first process: it is mounted with hidepid', how: 'sudo procession doctor PID' });
  const alone = [...analysis.ends.values()].filter(({ key, kind, writers }) => kind === 'pipe' && writers.length === 0 && analysis.waiters.some(({ wait }) => wait.kind === 'read' && wait.end.key === key));
  if (alone.length > 0) found.push({ what: `who writes to ${alone.map(({ inode }) => `pipe ${inode}`).join(', ')}`, why: 'somebody does, or its reader would have seen the end; a process out of sight, as outside of this container', how: 'procession doctor from where all processes are seen' });
  if (!looks.peersKnown) found.push({ what: 'which two sockets are a pair (multiprocessing.Pipe() makes one)', why: '/proc does not tell, and the program ss could not be asked', how: 'install ss (package iproute2 or iproute)' });
  const numbers = [...new Set(analysis.waiters.flatMap(({ wait }) => (wait.kind === 'call' && wait.name === null ? [wait.number] : [])))];
  if (numbers.length > 0) found.push({ what: `what system ${numbers.length === 1 ? 'call' : 'calls'} ${numbers.join(', ')} ${numbers.length === 1 ? 'does' : 'do'}`, why: 'names of calls are known for 64-bit x86, ARM and RISC-V, and for calls in which one waits', how: null });
  if (analysis.waiters.some(({ wait }) => wait.kind === 'several' && wait.ends === null)) found.push({ what: 'for which descriptors a poll or select waits', why: 'the list lies in the memory of the process, which could not be read', how: 'sudo procession doctor PID' });
  if (looks.processes.every(({ threads }) => threads.every(({ sleptMs }) => sleptMs === null))) found.push({ what: 'since when somebody waits, or a zombie is dead', why: 'this kernel has no /proc/PID/sched', how: null });
  return [...found, ...ALWAYS];
}

function pids(processes: readonly SeenProcess[]): string {
  return `${processes.length === 1 ? 'PID' : 'PIDs'} ${pidList(processes.map(({ pid }) => pid))}`;
}

function closedBecause(closed: readonly SeenProcess[], { uid }: Looker): string {
  const others = [...new Set(closed.map((process) => process.uid))].filter((owner) => owner !== null && owner !== uid);
  if (others.length > 0) return `${closed.length === 1 ? 'it belongs' : 'they belong'} to another user (uid ${others.join(', ')})`;
  return 'it needs the right to trace the process, which it has given up or a container withholds';
}
