/** CPU and memory of known processes, by pidusage. */
import pidusage from 'pidusage';
import type { ProcessIdentity } from './identity.js';

export interface Usage {
  /** Percent of one core since the sample before. */
  readonly cpu: number;
  readonly rssKiB: number;
}

/** What is asked about: who, and what its stat line said just now. */
export interface Measured extends ProcessIdentity {
  readonly stat: { readonly ticks: number | null; readonly pages: number | null } | null;
}

/** pidusage keeps a descriptor a pid for so long after it was last asked for; `clear()` would leak them. */
const MAX_AGE_MS = 8000;
/** Asked for in one go at most, since each costs a descriptor. More processes take turns, each over a longer time. */
const GROUP = 128;
/** A process that does nothing is asked for this often, so that pidusage keeps what it compares with. */
const QUIET_MS = 5000;

interface Known {
  start: number;
  /** Since when it may be asked for. */
  from: number;
  samples: number;
  askedMs: number;
  /** When it was last seen to have done nothing since it was asked for. */
  stillMs: number;
  ticks: number | null;
  pages: number | null;
  rssKiB: number;
}

export class UsageSampler {
  /** By pid, of which pidusage has a history. */
  readonly #known = new Map<number, Known>();

  /** By pid. Absent: not known yet, since a first sample has nothing to compare with. */
  async sample(processes: readonly Measured[]): Promise<Map<number, Usage>> {
    const now = performance.now();
    const usage = new Map<number, Usage>();
    const due = this.#due(processes, now, usage);
    if (due.length === 0) return usage;
    // Its first call runs getconf, which a Ctrl-C in the terminal interrupts; it then takes the usual values, but would complain
    // on standard error, which is the script's. Set here and not earlier, so that the script's environment stays without it.
    process.env['PIDUSAGE_SILENT'] = '1';
    // pidusage changes the array that it is given, and leaves out or sets undefined or null what died meanwhile.
    const stats: Readonly<Record<string, { readonly cpu: number; readonly memory: number } | null | undefined>> | null =
      await pidusage(due.map(({ pid }) => pid), { maxage: MAX_AGE_MS }).catch(() => null);
    if (stats === null) return usage;
    for (const { pid, stat: seen } of due) {
      const stat = stats[pid];
      const known = this.#known.get(pid);
      if (stat === undefined || stat === null || known === undefined) continue;
      known.samples += 1;
      // pidusage spreads what was used over the whole time since it was asked; none of it was used before the last still moment.
      const spread = (now - known.askedMs) / (now - Math.max(known.stillMs, known.askedMs));
      const cpu = known.samples > 1 && Number.isFinite(stat.cpu) && Number.isFinite(spread) ? Math.max(0, stat.cpu * spread) : 0;
      known.askedMs = now;
      known.ticks = seen?.ticks ?? null;
      known.pages = seen?.pages ?? null;
      known.rssKiB = Math.round(stat.memory / 1024);
      usage.set(pid, { cpu, rssKiB: known.rssKiB });
    }
    return usage;
  }

  /** Those whose turn it is to be asked for. `usage` is told at once of those whose stat line has not moved since: they used nothing. */
  #due(processes: readonly Measured[], now: number, usage: Map<number, Usage>): readonly Measured[] {
    this.#forget(processes, now);
    const moved: Measured[] = [];
    const quiet: Measured[] = [];
    for (const process of processes) {
      if (!this.#mayAsk(process, now)) continue;
      const known = this.#known.get(process.pid);
      const still = known !== undefined && known.samples > 1 && known.ticks !== null
        && known.ticks === process.stat?.ticks && known.pages === process.stat.pages;
      if (!still) {
        moved.push(process);
        continue;
      }
      known.stillMs = now;
      usage.set(process.pid, { cpu: 0, rssKiB: known.rssKiB });
      if (now - known.askedMs >= QUIET_MS) quiet.push(process);
    }
    if (moved.length + quiet.length <= GROUP) return [...moved, ...quiet];
    const askedMs = ({ pid }: Measured): number => this.#known.get(pid)?.askedMs ?? -Infinity;
    moved.sort((a, b) => (askedMs(a) < askedMs(b) ? -1 : askedMs(a) > askedMs(b) ? 1 : 0));
    return [...moved, ...quiet].slice(0, GROUP);
  }

  #forget(processes: readonly Measured[], now: number): void {
    const alive = new Set(processes.map(({ pid }) => pid));
    for (const [pid, { from }] of this.#known) {
      if (!alive.has(pid) && from + MAX_AGE_MS * 2 < now) this.#known.delete(pid);
    }
  }

  /** pidusage's history goes by pid alone: a pid with a new owner is not asked for until the old history is gone. */
  #mayAsk({ pid, start }: Measured, now: number): boolean {
    const known = this.#known.get(pid);
    if (known === undefined) {
      this.#known.set(pid, { start, from: now, samples: 0, askedMs: -Infinity, stillMs: -Infinity, ticks: null, pages: null, rssKiB: 0 });
      return true;
    }
    if (known.start !== start) {
      known.start = start;
      known.samples = 0;
      known.ticks = null;
      known.from = now + MAX_AGE_MS * 2;
    }
    return now >= known.from;
  }
}
