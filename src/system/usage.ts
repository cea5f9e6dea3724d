/** CPU and memory of known processes, by pidusage. */
import pidusage from 'pidusage';
import type { ProcessIdentity } from './identity.js';

export interface Usage {
  /** Percent of one core since the sample before. */
  readonly cpu: number;
  readonly rssKiB: number;
}

/** pidusage keeps a descriptor a pid for so long after it was last asked for; `clear()` would leak them. */
const MAX_AGE_MS = 8000;
/** Asked for in one go at most, since each costs a descriptor. More processes take turns, each group over a longer time. */
const GROUP = 128;

export class UsageSampler {
  /** Identity behind a pid that pidusage has a history of, and since when it may be asked for. */
  readonly #known = new Map<number, { start: number; from: number; samples: number }>();
  #turn = 0;

  /** By pid. Absent: not known yet, since a first sample has nothing to compare with. */
  async sample(processes: readonly ProcessIdentity[]): Promise<Map<number, Usage>> {
    const now = Date.now();
    const due = this.#group(processes).filter((process) => this.#mayAsk(process, now));
    const usage = new Map<number, Usage>();
    if (due.length === 0) return usage;
    // Its first call runs getconf, which a Ctrl-C in the terminal interrupts; it then takes the usual values, but would complain
    // on standard error, which is the script's. Set here and not earlier, so that the script's environment stays without it.
    process.env['PIDUSAGE_SILENT'] = '1';
    // pidusage changes the array that it is given, and leaves out or sets undefined or null what died meanwhile.
    const stats: Readonly<Record<string, { readonly cpu: number; readonly memory: number } | null | undefined>> | null =
      await pidusage(due.map(({ pid }) => pid), { maxage: MAX_AGE_MS }).catch(() => null);
    if (stats === null) return usage;
    for (const { pid } of due) {
      const stat = stats[pid];
      const known = this.#known.get(pid);
      if (stat === undefined || stat === null || known === undefined) continue;
      known.samples += 1;
      const cpu = known.samples > 1 && Number.isFinite(stat.cpu) ? Math.max(0, stat.cpu) : 0;
      usage.set(pid, { cpu, rssKiB: Math.round(stat.memory / 1024) });
    }
    return usage;
  }

  #group(processes: readonly ProcessIdentity[]): readonly ProcessIdentity[] {
    const alive = new Set(processes.map(({ pid }) => pid));
    for (const [pid, { from }] of this.#known) {
      if (!alive.has(pid) && from + MAX_AGE_MS * 2 < Date.now()) this.#known.delete(pid);
    }
    if (processes.length <= GROUP) return processes;
    const groups = Math.ceil(processes.length / GROUP);
    this.#turn = (this.#turn + 1) % groups;
    return processes.filter((_, i) => i % groups === this.#turn);
  }

  /** pidusage's history goes by pid alone: a pid with a new owner is not asked for until the old history is gone. */
  #mayAsk({ pid, start }: ProcessIdentity, now: number): boolean {
    const known = this.#known.get(pid);
    if (known === undefined) {
      this.#known.set(pid, { start, from: now, samples: 0 });
      return true;
    }
    if (known.start !== start) {
      known.start = start;
      known.samples = 0;
      known.from = now + MAX_AGE_MS * 2;
    }
    return now >= known.from;
  }
}
