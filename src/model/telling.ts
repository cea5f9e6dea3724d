/**
 * Which rows of processes go to a page now, and which may wait. A thousand processes that all send change a thousand rows twenty times a
 * second, and a screen shows forty: of the others only what is news goes at once, their figures and waits a little later.
 */
import type { ProcessRow, ProcessState } from '../protocol/view.js';
import type { Kept } from './kept.js';
import type { Proc } from './process.js';
import { same } from './same.js';

/** So few rows go at once, whoever sees them. */
const FEW = 64;
/** Longer than this no row waits, ms. */
const LATEST = 500;

/** States between which a process goes to and fro all the time. */
const FLEETING: ReadonlySet<ProcessState> = new Set<ProcessState>(['running', 'sleeping', 'blocked']);

/** Whether a row says more than other figures or another wait. */
export function isNews(before: ProcessRow | undefined, after: ProcessRow): boolean {
  if (before === undefined) return true;
  if (before.state !== after.state && !(FLEETING.has(before.state) && FLEETING.has(after.state))) return true;
  const { state, stateSinceMs, blocked, asleep, cpu, rssKiB, sent, received, bytesSent, bytesReceived, zombieMs, orphanMs } = after;
  return !same({ ...before, state, stateSinceMs, blocked, asleep, cpu, rssKiB, sent, received, bytesSent, bytesReceived, zombieMs, orphanMs }, after);
}

/** What one page was told of the processes. */
export class Telling {
  /** All rows were told as of this version, and when. */
  #whole = -1;
  #wholeAtMs = -Infinity;
  /** Rows told since then, as of which version. */
  readonly #early = new Map<Proc, number>();
  /** Rows are waiting. */
  waiting = false;

  constructor(
    private readonly rows: ReadonlyMap<Proc, Kept<ProcessRow>>,
    /** The version in which a row was last news. */
    private readonly news: ReadonlyMap<Proc, number>,
  ) {}

  /**
   * @param version of the rows now
   * @param onScreen keys of those that are seen, which do not wait; null: all are
   * @param still nothing more will come: nothing waits
   */
  take(version: number, nowMs: number, onScreen: ReadonlySet<string> | null, still: boolean): ProcessRow[] {
    const changed: Proc[] = [];
    for (const [proc, kept] of this.rows) if (kept.version > (this.#early.get(proc) ?? this.#whole)) changed.push(proc);
    const all = onScreen === null || still || changed.length <= FEW || nowMs - this.#wholeAtMs >= LATEST;
    const told = all ? changed : changed.filter((proc) => (proc.key !== null && onScreen.has(proc.key)) || (this.news.get(proc) ?? 0) > (this.#early.get(proc) ?? this.#whole));
    this.waiting = told.length < changed.length;
    if (this.waiting) for (const proc of told) this.#early.set(proc, version);
    else {
      this.#early.clear();
      this.#whole = version;
      this.#wholeAtMs = nowMs;
    }
    return told.map((proc) => this.rows.get(proc)?.row).filter((row) => row !== undefined);
  }
}
