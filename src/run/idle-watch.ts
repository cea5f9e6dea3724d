/** Asks the system what the other threads of a process do that would wait in vain but for them. */
import type { IdleFact, Observation } from '../model/facts.js';
import type { Proc } from '../model/process.js';
import { heldUpByThreads } from '../model/wait-for.js';
import type { World } from '../model/world.js';

/** Between two questions about one process: at first, and at most. Who waits for hours has many threads, perhaps, and costs little. Milliseconds. */
const FIRST_MS = 250;
const LONGEST_MS = 8000;

interface Asked {
  readonly atMs: number;
  readonly pauseMs: number;
  readonly told: number;
  /** When the last of the waits of its threads began. */
  readonly sinceMs: number;
}

export class IdleWatch {
  #asked = new Map<Proc, Asked>();
  readonly #ask: (pid: number) => number | null;

  /** @param ask how many threads of a process can do nothing by themselves; null: not known */
  constructor(ask: (pid: number) => number | null) {
    this.#ask = ask;
  }

  /** What changed, at the time up to which the journal was read; null: nothing. */
  look(world: World): Observation | null {
    const t = world.nowMs;
    const before = this.#asked;
    this.#asked = new Map();
    const facts: IdleFact[] = [];
    for (const proc of heldUpByThreads(world, t)) {
      const sinceMs = Math.max(...(proc.latestImage()?.slots ?? []).map((slot) => slot.sinceMs));
      const known = before.get(proc);
      // Who waits for something else by now may have woken any of them before.
      const last = known?.sinceMs === sinceMs ? known : undefined;
      if (last !== undefined && t - last.atMs < last.pauseMs) {
        this.#asked.set(proc, last);
        continue;
      }
      const idle = this.#ask(proc.pid) ?? 0;
      this.#asked.set(proc, { atMs: t, pauseMs: last === undefined ? FIRST_MS : Math.min(2 * last.pauseMs, LONGEST_MS), told: idle, sinceMs });
      if (idle !== (last?.told ?? 0) || (known !== undefined && last === undefined)) facts.push([proc.pid, proc.start, idle]);
    }
    return facts.length === 0 ? null : { k: 'idle', t, p: facts };
  }
}
