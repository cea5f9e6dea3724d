/** What main threads sleep in, told once they do so for more than a moment. Source: wchan and status of proc(5). */
import type { AsleepFact } from '../model/facts.js';
import type { ProcessIdentity } from './identity.js';
import { callName } from './calls.js';
import { readSmall } from './proc.js';
import { parseSyscall, readArchitecture } from './witness.js';

interface Look {
  readonly start: number;
  readonly place: string;
  /** Voluntary switches of the thread: each sleep adds one. */
  readonly switches: string;
  readonly sinceMs: number;
  told: boolean;
}

export class AsleepWatch {
  #looks = new Map<number, Look>();

  /**
   * What changed. A sleep is told when two looks after one another find one and the same, its end when one finds another.
   * @param asleep those of which the system says that they sleep @param t the run's clock, ms
   */
  look(asleep: readonly ProcessIdentity[], t: number): AsleepFact[] {
    const facts: AsleepFact[] = [];
    const before = this.#looks;
    this.#looks = new Map();
    for (const { pid, start } of asleep) {
      const last = before.get(pid);
      const now = read(pid);
      if (now === null) continue;
      if (last?.start !== start || last.place !== now.place || last.switches !== now.switches) {
        this.#looks.set(pid, { start, ...now, sinceMs: t, told: false });
        continue;
      }
      before.delete(pid);
      this.#looks.set(pid, last);
      if (last.told) continue;
      last.told = true;
      facts.push(mayBeWoken(pid, last.place) ? [pid, start, last.sinceMs, last.place, true] : [pid, start, last.sinceMs, last.place]);
    }
    for (const [pid, { start, told }] of before) if (told) facts.push([pid, start, t, '']);
    return facts;
  }
}

/** Signals that a Python catches without being asked: SIGINT. Those from 32 on are glibc's own. */
const CAUGHT_BY_ALL = 0x2;
const ORDINARY = 0x7fffffff;
/** include/uapi/linux/futex.h */
const FUTEX_PRIVATE_FLAG = 128n;

/** Whether one who sleeps on a lock could be woken though its own threads do nothing: by a signal, a timeout, another process. */
function mayBeWoken(pid: number, place: string): boolean {
  if (!place.startsWith('futex_')) return false;
  const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readSmall(`/proc/${pid}/status`) ?? '')?.[1];
  // Its last eight digits: the lower 32 of 64 signals.
  if (caught !== undefined && (Number.parseInt(caught.slice(-8), 16) & ORDINARY & ~CAUGHT_BY_ALL) !== 0) return true;
  // Where we may not see it (ptrace_scope), it may well be a wait with a timeout.
  const call = parseSyscall(readSmall(`/proc/${pid}/syscall`) ?? '');
  if (call === null || typeof call === 'string' || callName(call.number, readArchitecture(pid)) !== 'futex') return true;
  const [, operation = 0n, , timeout = 0n] = call.args;
  return timeout !== 0n || (operation & FUTEX_PRIVATE_FLAG) === 0n;
}

/** Null: it does not sleep, is gone, or we have no right to know. */
function read(pid: number): { readonly place: string; readonly switches: string } | null {
  const place = readSmall(`/proc/${pid}/wchan`);
  if (place === null || place === '' || place === '0') return null;
  const switches = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readSmall(`/proc/${pid}/task/${pid}/status`) ?? '')?.[1];
  return switches === undefined ? null : { place, switches };
}
