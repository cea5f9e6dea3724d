/** How many files the run's processes have open, as /proc says it. Told only of those that have many, and when that changed. */
import * as fs from 'node:fs';
import type { FilesSample, Observation } from '../model/facts.js';

const EVERY_MS = 2000;
/** Fewer say nothing: a Python with some queues has that many. */
const MANY = 64;
/** Steps worth a line: so many files, or this part of what is open. */
const STEP = 4;
const PART = 0.02;

export interface Looked {
  readonly pid: number;
  readonly start: number;
}

interface Known {
  /** The last look, told or not. */
  t: number;
  count: number;
  /** As last told; null before. */
  told: number | null;
}

export class FilesSampler {
  readonly #known = new Map<string, Known>();
  #atMs = Number.NEGATIVE_INFINITY;

  /** What is to be told at this time (ms) of these processes; empty between two looks. */
  sample(processes: readonly Looked[], t: number): Observation[] {
    if (t - this.#atMs < EVERY_MS) return [];
    this.#atMs = t;
    const seen = new Set<string>();
    const before: Observation[] = [];
    const now: FilesSample[] = [];
    for (const { pid, start } of processes) {
      const count = countFiles(pid);
      if (count === null) continue;
      const key = `${pid}-${start}`;
      seen.add(key);
      const known = this.#known.get(key);
      const told = known?.told ?? null;
      const news = told === null ? count >= MANY : Math.abs(count - told) >= Math.max(STEP, told * PART);
      if (news) {
        const limit = limitOf(pid);
        // From where it came tells one that opened them from a child that was forked with them.
        if (told === null && known !== undefined) before.push({ k: 'files', t: known.t, p: [[pid, start, known.count, limit]] });
        now.push([pid, start, count, limit]);
      }
      this.#known.set(key, { t, count, told: news ? count : told });
    }
    for (const key of this.#known.keys()) if (!seen.has(key)) this.#known.delete(key);
    return now.length === 0 ? before : [...before, { k: 'files', t, p: now }];
  }
}

/** From Linux 6.2 on the folder's size is their number (proc_readfd_count in fs/proc/fd.c). */
let sizeIsCount: boolean | null = null;

/** Open files of a process; null where it is gone or not ours to look at. */
export function countFiles(pid: number): number | null {
  const folder = `/proc/${pid}/fd`;
  try {
    sizeIsCount ??= fs.statSync('/proc/self/fd').size > 0;
    if (!sizeIsCount) return fs.readdirSync(folder).length;
    // A stat succeeds where the list may not be read, and says 0.
    return fs.statSync(folder).size || null;
  } catch {
    return null;
  }
}

/** The soft limit (RLIMIT_NOFILE); null: there is none, or it cannot be read. */
function limitOf(pid: number): number | null {
  try {
    return parseLimit(fs.readFileSync(`/proc/${pid}/limits`, 'latin1'));
  } catch {
    return null;
  }
}

/** The soft limit of open files in the text of /proc/PID/limits. */
export function parseLimit(text: string): number | null {
  const soft = /^Max open files\s+(\d+)\s/m.exec(text)?.[1];
  return soft === undefined ? null : Number(soft);
}
