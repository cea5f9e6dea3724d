/** Threads of which nothing was recorded: whether they can do anything by themselves. Sources: proc(5), futex(2). */
import { threadsOf, type Thread } from './witness.js';

/** include/uapi/linux/futex.h */
const COMMAND = 127n;
const PRIVATE = 128n;
const WAIT = 0n;
const WAIT_BITSET = 9n;

/**
 * How many threads of a process, without its main thread, sleep until another thread of the same process wakes them: in a futex of its
 * own memory, without a timeout, as threads of a pool of workers do that wait for work (BLAS, OpenMP). Null: we have no right to know.
 */
export function idleThreads(pid: number): number | null {
  const threads = threadsOf(pid);
  if (threads === null || threads.some(({ denied }) => denied)) return null;
  return threads.filter((thread) => thread.tid !== pid && isIdle(thread)).length;
}

function isIdle({ state, syscall }: Thread): boolean {
  if (state !== 'S' || syscall?.name !== 'futex') return false;
  const [, operation = 0n, , timeout = 0n] = syscall.args;
  const command = operation & COMMAND;
  return (operation & PRIVATE) !== 0n && (command === WAIT || command === WAIT_BITSET) && timeout === 0n;
}
