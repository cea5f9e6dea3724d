/** Sees while it lasts that processes wait in vain: once they were interrupted or killed, nothing tells of it any more. */
import type { Observation, StuckFact } from '../model/facts.js';
import { stuckProcesses, type Stuck } from '../model/wait-for.js';
import type { World } from '../model/world.js';

/**
 * What different processes and the system say of one moment is read within a fraction of a second: what is seen twice, so long
 * after one another, was not put together from two moments. Milliseconds.
 */
const STANDS_FOR = 200;

export class HangWatch {
  /** Waits by the time at which they were first seen, as far as they were seen at the last look. */
  #seen = new Map<string, number>();
  /** Waits that were told. */
  readonly #told = new Set<string>();

  /** What is to be observed of it, at the time up to which the journal was read; null: nothing that was not told before. */
  look(world: World): Observation | null {
    const t = world.nowMs;
    const stuck = stuckProcesses(world, t);
    const before = this.#seen;
    this.#seen = new Map(stuck.map((one) => [keyOf(one), before.get(keyOf(one)) ?? t]));
    const stands = stuck.every((one) => t - (this.#seen.get(keyOf(one)) ?? t) >= STANDS_FOR);
    if (!stands || stuck.every((one) => this.#told.has(keyOf(one)))) return null;
    for (const one of stuck) this.#told.add(keyOf(one));
    return { k: 'stuck', t, p: stuck.map(factOf) };
  }
}

const keyOf = ({ proc, slot }: Stuck): string => `${proc.pid} ${proc.start} ${slot.obj} ${slot.sinceMs}`;

function factOf({ proc, slot, by }: Stuck): StuckFact {
  return [proc.pid, proc.start, slot.sinceMs, slot.op, slot.flags, slot.obj, slot.operand, slot.site, by.map(({ pid }) => pid)];
}
