/**
 * What Linux tells of one process that may be blocked: where each of its threads stands in the kernel, its open descriptors by
 * inode, the shared memory that it maps. Sources: proc(5); fs/proc/base.c for who may read what.
 *
 * Rights: a thread's state and name are everybody's. Descriptors, mappings and wchan need PTRACE_MODE_READ (the same user, and a
 * program that has not given that up); `syscall` needs PTRACE_MODE_ATTACH, which Yama (ptrace_scope above 0) refuses beside.
 */
import * as fs from 'node:fs';
import { architectureOf, callName, type Architecture } from './calls.js';
import { parseStat, readSmall } from './proc.js';

export interface SystemCall {
  readonly number: number;
  /** `read`, `futex`; null where this architecture's or this call's name is not known. */
  readonly name: string | null;
  /** The six arguments as they stand in the registers. An `int` is the lower half: see `intOf`. */
  readonly args: readonly bigint[];
}

export interface Thread {
  readonly tid: number;
  /** The name of the thread; Python 3.14 gives its own names, older ones leave the program's. */
  readonly comm: string;
  /** As `ProcStat.state`. */
  readonly state: string;
  /** Clock ticks since boot; with the tid this is a thread's identity. */
  readonly start: number;
  /** In which call it waits. Null: it runs, waits for a page, or we may not know (`denied`). */
  readonly syscall: SystemCall | null;
  /** We have no right to read the call. */
  readonly denied: boolean;
  /** The kernel's function in which it sleeps, such as `pipe_read`; null: it does not sleep, or we have no right to know. */
  readonly wchan: string | null;
  /** How often it gave up or lost the processor: the same at two looks, it did not run between. Null: unknown. */
  readonly switches: number | null;
}

export type DescriptorKind = 'pipe' | 'socket' | 'anon' | 'file';

export interface Descriptor {
  readonly fd: number;
  readonly kind: DescriptorKind;
  /** Of a pipe or a socket; the same number in two processes is the same object. Else null. */
  readonly inode: number | null;
  /** What the link says: a path, `pipe:[17]`, `anon_inode:[eventpoll]`. */
  readonly target: string;
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface Mapping {
  /** First address, and the one after the last. */
  readonly from: bigint;
  readonly to: bigint;
  /** Device and inode: the same in two processes is the same memory. */
  readonly key: string;
  /** `/dev/shm/sem.x1y2`, without ` (deleted)`. */
  readonly path: string;
  /** Unlinked: it lives only as long as it is mapped or open, which is the rule for multiprocessing's semaphores. */
  readonly deleted: boolean;
  /** A POSIX semaphore of glibc's (sem_open(3)): multiprocessing's locks, semaphores, conditions and events. */
  readonly semaphore: boolean;
}

/** A register's value as a C `int`. */
export function intOf(argument: bigint | undefined): number {
  return Number(BigInt.asIntN(32, argument ?? 0n));
}

export type CallText = 'running' | 'outside' | { readonly number: number; readonly args: readonly bigint[] };

/** The text of /proc/PID/syscall: `running`, `-1 SP PC` for one that is blocked outside a call, or `NR A1 … A6 SP PC`. */
export function parseSyscall(text: string): CallText | null {
  const words = text.trim().split(' ');
  if (text.trim() === 'running') return 'running';
  const number = Number(words[0]);
  if (words[0] === '' || !Number.isInteger(number)) return null;
  if (number < 0) return 'outside';
  const args = words.slice(1, 7);
  if (words.length < 9 || !args.every((word) => /^0x[0-9a-f]+$/.test(word))) return null;
  return { number, args: args.map(BigInt) };
}

/** Which numbers this process calls by; null unknown. */
export function readArchitecture(pid: number): Architecture | null {
  let fd: number;
  try {
    fd = fs.openSync(`/proc/${pid}/exe`, 'r');
  } catch {
    return null;
  }
  try {
    const header = Buffer.alloc(20);
    if (fs.readSync(fd, header, 0, 20, 0) < 20 || header.readUInt32BE(0) !== 0x7f454c46) return null;
    const little = header[5] === 1;
    return architectureOf(little ? header.readUInt16LE(18) : header.readUInt16BE(18), header[4] === 2 ? 64 : 32);
  } catch {
    return null;
  } finally {
    fs.closeSync(fd);
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

type ReadCall = Pick<Thread, 'syscall' | 'denied'>;

function readCall(folder: string, architecture: () => Architecture | null): ReadCall {
  let text: string;
  try {
    text = fs.readFileSync(`${folder}/syscall`, 'latin1');
  } catch (error) {
    const code = codeOf(error);
    // ESRCH: it ended under the look. ENOENT: a kernel without CONFIG_HAVE_ARCH_TRACEHOOK, or the same end.
    return { syscall: null, denied: code === 'EPERM' || code === 'EACCES' };
  }
  const call = parseSyscall(text);
  if (call === null || typeof call === 'string') return { syscall: null, denied: false };
  return { syscall: { ...call, name: callName(call.number, architecture()) }, denied: false };
}

function readSwitches(folder: string): number | null {
  const text = readSmall(`${folder}/status`);
  const counts = text === null ? [] : [...text.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm)];
  return counts.length === 2 ? counts.reduce((sum, [, n]) => sum + Number(n), 0) : null;
}

/** All threads of a process, the main one first; null where there is no such process. A thread that ends under the look is left out. */
export function threadsOf(pid: number): Thread[] | null {
  let tids: number[];
  try {
    tids = fs.readdirSync(`/proc/${pid}/task`).map(Number).sort((a, b) => Number(b === pid) - Number(a === pid) || a - b);
  } catch {
    return null;
  }
  let architecture: Architecture | null | undefined;
  const once = (): Architecture | null => (architecture ??= readArchitecture(pid));
  const threads: Thread[] = [];
  for (const tid of tids) {
    const folder = `/proc/${pid}/task/${tid}`;
    // The switches are read after the call: where a second look finds the same number, that look's call held all the while.
    const text = readSmall(`${folder}/stat`);
    const stat = text === null ? null : parseStat(text);
    if (text === null || stat === null) continue;
    const wchan = readSmall(`${folder}/wchan`);
    threads.push({
      tid,
      comm: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      state: stat.state,
      start: stat.start,
      ...readCall(folder, once),
      wchan: wchan === null || wchan === '' || wchan === '0' ? null : wchan,
      switches: readSwitches(folder),
    });
  }
  return threads.length === 0 ? null : threads;
}

/** What a descriptor's link says of its kind. */
export function parseLink(target: string): { readonly kind: DescriptorKind; readonly inode: number | null } {
  const match = /^(pipe|socket):\[(\d+)\]$/.exec(target);
  if (match !== null) return { kind: match[1] === 'pipe' ? 'pipe' : 'socket', inode: Number(match[2]) };
  return { kind: target.startsWith('anon_inode:') ? 'anon' : 'file', inode: null };
}

/**
 * A process's open descriptors; null where it is gone or not ours to look into. Nothing is opened: to open a pipe through /proc
 * would make us a holder of it.
 */
export function descriptorsOf(pid: number): Descriptor[] | null {
  let fds: string[];
  try {
    fds = fs.readdirSync(`/proc/${pid}/fd`);
  } catch {
    return null;
  }
  const found: Descriptor[] = [];
  for (const fd of fds) {
    try {
      const link = `/proc/${pid}/fd/${fd}`;
      const target = fs.readlinkSync(link);
      // The link's own mode is the descriptor's access mode (fs/proc/fd.c, tid_fd_update_inode); with O_PATH it is neither.
      const { mode } = fs.lstatSync(link);
      found.push({ fd: Number(fd), ...parseLink(target), target, readable: (mode & 0o400) !== 0, writable: (mode & 0o200) !== 0 });
    } catch {
      continue; // closed under the look
    }
  }
  return found.sort((a, b) => a.fd - b.fd);
}

/** One line of /proc/PID/maps that is shared memory: of /dev/shm, a file, or without a name. Null: the process's own. */
export function parseMapping(line: string): Mapping | null {
  const match = /^([0-9a-f]+)-([0-9a-f]+) ..[-x]s \S+ (\S+) (\d+) *(.*)$/.exec(line);
  if (match === null) return null;
  const [, from, to, device, inode, name] = match;
  if (from === undefined || to === undefined || device === undefined || inode === undefined || name === undefined) return null;
  const path = name.replace(/ \(deleted\)$/, '');
  return { from: BigInt(`0x${from}`), to: BigInt(`0x${to}`), key: `${device}:${inode}`, path, deleted: path !== name, semaphore: path.startsWith('/dev/shm/sem.') };
}

/** The shared memory that a process maps; null where it is gone or not ours to look into. */
export function mappingsOf(pid: number): Mapping[] | null {
  try {
    return fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').flatMap((line) => parseMapping(line) ?? []);
  } catch {
    return null;
  }
}
