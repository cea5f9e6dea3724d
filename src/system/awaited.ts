/**
 * For which descriptors a poll, select or epoll waits. Poll and select name them in the process's own memory, which is read, never
 * written (PTRACE_MODE_ATTACH, as for the call itself); epoll keeps them in the kernel, and proc(5) tells them in fdinfo.
 */
import * as fs from 'node:fs';
import { intOf, type SystemCall } from './witness.js';

export interface AwaitedEnd {
  readonly fd: number;
  readonly read: boolean;
  readonly write: boolean;
}

export interface Awaiting {
  /** Null: not known. */
  readonly ends: readonly AwaitedEnd[] | null;
  /** It has a timeout, and goes on by itself. */
  readonly timed: boolean;
}

/** More than one process can have open by default several times over; past it the memory that a register names is no list. */
const MOST = 65_536;
const POLLIN = 1;
const POLLOUT = 4;

function readMemory(pid: number, address: bigint, length: number): Buffer | null {
  if (address === 0n || length === 0) return Buffer.alloc(0);
  let fd: number;
  try {
    fd = fs.openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return null;
  }
  try {
    const bytes = Buffer.alloc(length);
    return fs.readSync(fd, bytes, 0, length, address) === length ? bytes : null;
  } catch {
    return null;
  } finally {
    fs.closeSync(fd);
  }
}

/** An array of `struct pollfd`: int fd, short events, short revents (poll(2)). A negative fd is passed over. */
export function parsePollfds(bytes: Buffer): AwaitedEnd[] {
  const ends: AwaitedEnd[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const fd = bytes.readInt32LE(at);
    const events = bytes.readInt16LE(at + 4);
    // An end that hangs up wakes a poll that asks for nothing, too.
    if (fd >= 0) ends.push({ fd, read: (events & POLLIN) !== 0 || (events & POLLOUT) === 0, write: (events & POLLOUT) !== 0 });
  }
  return ends;
}

/** Bits of an `fd_set` below `most` (select(2)); the words are little-endian on all architectures that are known here. */
export function parseFdSet(bytes: Buffer, most: number): number[] {
  const fds: number[] = [];
  for (let fd = 0; fd < most && fd >> 3 < bytes.length; fd++) if (((bytes[fd >> 3] ?? 0) >> (fd & 7)) & 1) fds.push(fd);
  return fds;
}

/** The `tfd:` lines of an epoll descriptor's fdinfo. */
export function parseEpoll(text: string): AwaitedEnd[] {
  return [...text.matchAll(/^tfd:\s+(\d+) events:\s+([0-9a-f]+)/gm)].map(([, fd, events]) => {
    const mask = Number.parseInt(events ?? '0', 16);
    return { fd: Number(fd), read: (mask & POLLIN) !== 0 || (mask & POLLOUT) === 0, write: (mask & POLLOUT) !== 0 };
  });
}

function polled(pid: number, { args }: SystemCall): readonly AwaitedEnd[] | null {
  const count = Number(args[1] ?? 0n);
  const bytes = count > MOST ? null : readMemory(pid, args[0] ?? 0n, count * 8);
  return bytes === null ? null : parsePollfds(bytes);
}

function selected(pid: number, { args }: SystemCall): readonly AwaitedEnd[] | null {
  const most = intOf(args[0]);
  if (most < 0 || most > MOST) return null;
  const sets = [args[1], args[2], args[3]].map((address) => readMemory(pid, address ?? 0n, Math.ceil(most / 64) * 8));
  const [reads, writes, urgent] = sets.map((bytes) => (bytes === null ? null : parseFdSet(bytes, most)));
  if (reads == null || writes == null || urgent == null) return null;
  return [...new Set([...reads, ...writes, ...urgent])].map((fd) => ({ fd, read: reads.includes(fd) || urgent.includes(fd), write: writes.includes(fd) }));
}

function epolled(pid: number, { args }: SystemCall): readonly AwaitedEnd[] | null {
  try {
    return parseEpoll(fs.readFileSync(`/proc/${pid}/fdinfo/${intOf(args[0])}`, 'latin1'));
  } catch {
    return null;
  }
}

/** Null where the call is no wait for several descriptors. */
export function awaitedBy(pid: number, call: SystemCall): Awaiting | null {
  const { args } = call;
  switch (call.name) {
    case 'poll': return { ends: polled(pid, call), timed: intOf(args[2]) >= 0 };
    case 'ppoll': return { ends: polled(pid, call), timed: args[2] !== 0n };
    case 'select': case 'pselect6': return { ends: selected(pid, call), timed: args[4] !== 0n };
    case 'epoll_wait': case 'epoll_pwait': return { ends: epolled(pid, call), timed: intOf(args[3]) >= 0 };
    case 'epoll_pwait2': return { ends: epolled(pid, call), timed: args[3] !== 0n };
    default: return null;
  }
}
