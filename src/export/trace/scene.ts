/** What the parts of the trace share: the run, its names, and the numbers under which its processes are written. */
import type { Model } from '../../model/index.js';
import type { Proc } from '../../model/process.js';
import type { ProcessRow, Snapshot, SourceRef } from '../../protocol/view.js';
import { Names } from '../names.js';
import { tree } from '../text/picture.js';
import { nanoseconds, type Args, type TraceWriter } from './writer.js';

/** Places of the tracks in a process, from the top. */
export const SORT = { life: 0, states: 1, starts: 2, waits: 3, tasks: 4, submits: 5, messages: 6 } as const;

/** Larger than any pid of Linux, where the largest is 2^22; of larger ones, as Windows may give, the next power of ten. */
const LEAST_STEP = 10_000_000;

export class Scene {
  readonly snapshot: Snapshot;
  readonly names: Names;
  /** In the order of the tree. */
  readonly rows: readonly ProcessRow[];
  /** The process that stands for the run: its counters, and findings that are about nobody. */
  readonly runPid: number;
  readonly nowNs: number;
  readonly #pids = new Map<Proc, number>();

  constructor(readonly model: Model, readonly writer: TraceWriter) {
    this.snapshot = model.snapshot();
    this.names = new Names(this.snapshot);
    this.rows = tree(this.snapshot.processes).map(({ row }) => row);
    this.nowNs = nanoseconds(this.snapshot.nowMs);
    const largest = this.rows.reduce((most, { pid }) => Math.max(most, pid), 0);
    let step = LEAST_STEP;
    while (step <= largest) step *= 10;
    // A pid that the system gave twice is two processes: the later ones are written as 10,000,000 + pid, 20,000,000 + pid, ...
    const uses = new Map<number, number>();
    for (const { key, pid } of [...this.rows].sort((a, b) => a.startedMs - b.startedMs)) {
      const proc = model.live.procOf(key);
      const before = uses.get(pid) ?? 0;
      uses.set(pid, before + 1);
      if (proc !== null) this.#pids.set(proc, pid + before * step);
    }
    this.runPid = step - 1;
  }

  /** The number under which a process is written; null: it has no row. */
  pid(proc: Proc | null): number | null {
    return proc === null ? null : (this.#pids.get(proc) ?? null);
  }

  /** Of a process, by its key in the live view. */
  pidOf(key: string | null): number | null {
    return key === null ? null : this.pid(this.model.live.procOf(key));
  }
}

/** `file:line` as an argument of an event. */
export function where(ref: SourceRef | null): Args {
  return { where: ref === null ? null : `${ref.file}:${ref.line}` };
}
