/** What each thread waits for, from the call that it is in. Pure. */
import { pipeKey, socketKey, type SeenProcess, type SeenThread, type TwoLooks } from './outside-facts.js';
import { intOf, type Descriptor, type Mapping } from './witness.js';

/** A descriptor, and what is behind it. */
export interface End {
  readonly fd: number;
  /** `pipe:17`, `socket:18`; null: nothing that has two ends, or not known. */
  readonly key: string | null;
  /** As its link says; null: not known. */
  readonly target: string | null;
}

export interface ManyEnds {
  readonly end: End;
  readonly read: boolean;
  readonly write: boolean;
}

export type Wait =
  | { readonly kind: 'read' | 'write' | 'accept' | 'connect' | 'file-lock'; readonly end: End }
  | { readonly kind: 'several'; readonly call: string; readonly ends: readonly ManyEnds[] | null; readonly timed: boolean }
  /** `own`: nobody but this process can have it. `mapping`: it lies in shared memory. Neither: we cannot tell. */
  | { readonly kind: 'lock'; readonly own: boolean; readonly mapping: Mapping | null; readonly timed: boolean }
  /** Null: any child. */
  | { readonly kind: 'child'; readonly pid: number | null }
  | { readonly kind: 'sleep' | 'signal' }
  | { readonly kind: 'call'; readonly number: number; readonly name: string | null }
  /** No right to read the call: the kernel's function says as much as it can. */
  | { readonly kind: 'guess'; readonly wchan: string | null; readonly words: string | null }
  /** In the kernel, and no signal reaches it (state D). */
  | { readonly kind: 'uninterruptible'; readonly wchan: string | null }
  | { readonly kind: 'stopped' | 'runs' | 'ended' };

const READS = new Set(['read', 'readv', 'pread64', 'preadv', 'recvfrom', 'recvmsg', 'recvmmsg']);
const WRITES = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'sendto', 'sendmsg', 'sendmmsg', 'vmsplice']);
const SLEEPS = new Set(['nanosleep', 'clock_nanosleep']);
const SIGNALS = new Set(['pause', 'rt_sigsuspend', 'rt_sigtimedwait']);

/** include/uapi/linux/futex.h */
const FUTEX_COMMAND = 127;
const FUTEX_PRIVATE = 128;
const FUTEX_WAITS = new Set([0, 6, 9, 11, 13]);
/** waitid(2): P_ALL, P_PID. */
const P_ALL = 0;
const P_PID = 1;

/** What the kernel's functions mean that a thread sleeps in; names change a little from one kernel to the next, beginnings do not. */
const CHANNELS: readonly (readonly [RegExp, string])[] = [
  [/^(?:anon_|fifo_)?pipe_read/, 'reads a pipe'],
  [/^(?:anon_|fifo_)?pipe_write/, 'writes to a full pipe'],
  [/^futex_/, 'waits for a lock'],
  [/^(?:do_wait|kernel_wait)/, 'waits for a child'],
  [/nanosleep/, 'sleeps'],
  [/^(?:poll_schedule|do_sys_poll|do_select|do_poll)/, 'waits for some descriptors'],
  [/^(?:ep_poll|do_epoll_wait)/, 'waits for some descriptors'],
  [/^(?:unix_stream_(?:data_wait|read)|unix_wait_for|__skb_wait_for|sk_wait_data)/, 'reads a socket'],
  [/^(?:sock_alloc_send|sk_stream_wait)/, 'writes to a full socket'],
  [/accept/, 'waits for a connection'],
  [/^(?:do_sigtimedwait|sigsuspend|do_pause|__do_sys_pause)/, 'waits for a signal'],
  [/^(?:n_tty_read|tty_read)/, 'reads the terminal'],
  [/^(?:flock_lock|fcntl_setlk|posix_lock)/, 'waits for a lock on a file'],
];

export function guessFromChannel(wchan: string | null): string | null {
  return CHANNELS.find(([pattern]) => wchan !== null && pattern.test(wchan))?.[1] ?? null;
}

export function endOf(process: SeenProcess, fd: number): End {
  const open = process.descriptors?.find((descriptor) => descriptor.fd === fd);
  return { fd, key: open === undefined ? null : keyOf(open), target: open?.target ?? null };
}

/** Null for what has no ends that could be told apart: a file, a terminal, an event. */
export function keyOf({ kind, inode }: Descriptor): string | null {
  if (inode === null) return null;
  return kind === 'pipe' ? pipeKey(inode) : kind === 'socket' ? socketKey(inode) : null;
}

/** `still`: whether it slept through both looks; only then it is said to wait. */
export function waitOf(process: SeenProcess, thread: SeenThread, still: boolean): Wait {
  if (process.state === 'Z' || process.state === 'X' || thread.state === 'Z' || thread.state === 'X') return { kind: 'ended' };
  if (thread.state === 'T' || thread.state === 't') return { kind: 'stopped' };
  if (thread.state === 'D') return { kind: 'uninterruptible', wchan: thread.wchan };
  if (!still) return { kind: 'runs' };
  const call = thread.syscall;
  if (call === null) return { kind: 'guess', wchan: thread.wchan, words: guessFromChannel(thread.wchan) };
  const { name, args, number } = call;
  if (name === null) return { kind: 'call', number, name };
  const end = (): End => endOf(process, intOf(args[0]));
  if (READS.has(name)) return { kind: 'read', end: end() };
  if (WRITES.has(name)) return { kind: 'write', end: end() };
  if (SLEEPS.has(name)) return { kind: 'sleep' };
  if (SIGNALS.has(name)) return { kind: 'signal' };
  if (thread.awaiting !== null) {
    const ends = thread.awaiting.ends?.map(({ fd, read, write }) => ({ end: endOf(process, fd), read, write })) ?? null;
    return { kind: 'several', call: name, ends, timed: thread.awaiting.timed };
  }
  switch (name) {
    case 'accept': case 'accept4': return { kind: 'accept', end: end() };
    case 'connect': return { kind: 'connect', end: end() };
    case 'flock': case 'fcntl': return { kind: 'file-lock', end: end() };
    case 'futex': return lockWait(process, args) ?? { kind: 'call', number, name };
    case 'wait4': {
      const pid = intOf(args[0]);
      // 0 and less than -1 name groups: whoever of them there is, it is some child.
      return { kind: 'child', pid: pid > 0 ? pid : null };
    }
    case 'waitid': {
      const type = intOf(args[0]);
      if (type === P_PID) return { kind: 'child', pid: intOf(args[1]) };
      return type === P_ALL ? { kind: 'child', pid: null } : { kind: 'call', number, name };
    }
    default: return { kind: 'call', number, name };
  }
}

/** futex(uaddr, op, val, timeout, …), futex(2). Null: it is no wait. */
function lockWait(process: SeenProcess, args: readonly bigint[]): Wait | null {
  const op = intOf(args[1]);
  if (!FUTEX_WAITS.has(op & FUTEX_COMMAND)) return null;
  const address = args[0] ?? 0n;
  const timed = (args[3] ?? 0n) !== 0n;
  if ((op & FUTEX_PRIVATE) !== 0) return { kind: 'lock', own: true, mapping: null, timed };
  // pthread_join(3) waits so for a thread of its own, in memory that nobody else maps.
  const mapping = process.mappings?.find(({ from, to }) => from <= address && address < to) ?? null;
  return { kind: 'lock', own: mapping === null && process.mappings !== null, mapping, timed };
}

/** One thread and its wait. */
export interface Waiter {
  readonly process: SeenProcess;
  readonly thread: SeenThread;
  readonly wait: Wait;
}

/** All threads of all processes, in order. */
export function waitersOf(looks: TwoLooks): Waiter[] {
  return looks.processes.flatMap((process) => process.threads.map((thread) => ({ process, thread, wait: waitOf(process, thread, looks.still.has(thread.tid)) })));
}
