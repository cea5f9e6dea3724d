/** All processes of this machine at one moment, to tell who descends from whom. Linux only: elsewhere it is empty. */
import { procIsHere, type ProcessIdentity } from './identity.js';
import { listPids, readStat, type ProcStat } from './proc.js';

/** Zombies and the dead have ended; what is left of them is their parent's to fetch. */
const ENDED: ReadonlySet<string> = new Set(['Z', 'X']);

export class ProcessTable {
  readonly #byPid = new Map<number, ProcStat>();
  readonly #children = new Map<number, ProcStat[]>();

  /** Reads /proc once: some microseconds a process. */
  static read(): ProcessTable {
    const table = new ProcessTable();
    if (!procIsHere()) return table;
    for (const pid of listPids()) {
      const stat = readStat(pid);
      if (stat === null) continue;
      table.#byPid.set(pid, stat);
      const siblings = table.#children.get(stat.ppid);
      if (siblings === undefined) table.#children.set(stat.ppid, [stat]);
      else siblings.push(stat);
    }
    return table;
  }

  get all(): Iterable<ProcStat> {
    return this.#byPid.values();
  }

  /** This very process, unless it is gone or a zombie. A start of 0 proves nothing, and is nobody. */
  running({ pid, start }: ProcessIdentity): ProcStat | null {
    const stat = this.#byPid.get(pid);
    return stat !== undefined && start > 0 && stat.start === start && !ENDED.has(stat.state) ? stat : null;
  }

  /** Its children that run. */
  childrenOf(parent: ProcStat): readonly ProcStat[] {
    return (this.#children.get(parent.pid) ?? []).filter((child) => child.start >= parent.start && !ENDED.has(child.state));
  }

  /** A process and its parents, up to the first that is not there. */
  lineOf(pid: number): number[] {
    const line: number[] = [];
    for (let at = this.#byPid.get(pid); at !== undefined && !line.includes(at.pid); at = this.#byPid.get(at.ppid)) line.push(at.pid);
    return line;
  }
}
