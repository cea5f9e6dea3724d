/** Sees while it lasts that processes wait in vain: once they were interrupted or killed, nothing tells of it any more. */
import type { Observation, StuckFact } from '../model/facts.js';
import type { Proc } from '../model/process.js';
import { stuckProcesses, type Stuck } from '../model/wait-for.js';
import type { World } from '../model/world.js';
import type { Testimony } from './second-witness.js';

/**
 * What different processes and the system say of one moment is read within a fraction of a second: what is seen twice, so long
 * after one another, was not put together from two moments. Milliseconds.
 */
const STANDS_FOR = 200;
/** Who was refuted is not asked about again before: to ask costs a look at every process of the machine. Milliseconds. */
const ASK_AGAIN_AFTER = 2000;

export class HangWatch {
  /** Waits by the time at which they were first seen, as far as they were seen at the last look. */
  #seen = new Map<string, number>();
  /** Waits that were told. */
  readonly #told = new Set<string>();
  /** Who can act, as the witness said, and when it did. */
  readonly #refuted = new Map<Proc, number>();
  readonly #witness: (world: World, stuck: readonly Stuck[]) => Testimony;

  /** @param witness who is asked before anything is told, for each new set of them once */
  constructor(witness: (world: World, stuck: readonly Stuck[]) => Testimony) {
    this.#witness = witness;
  }

  /** What is to be observed of it, at the time up to which the journal was read; null: nothing that was not told before. */
  look(world: World): Observation | null {
    const t = world.nowMs;
    for (const [proc, askedMs] of this.#refuted) if (t - askedMs >= ASK_AGAIN_AFTER) this.#refuted.delete(proc);
    const stuck = stuckProcesses(world, t, new Set(this.#refuted.keys()));
    const before = this.#seen;
    this.#seen = new Map(stuck.map((one) => [keyOf(one), before.get(keyOf(one)) ?? t]));
    const stands = stuck.every((one) => t - (this.#seen.get(keyOf(one)) ?? t) >= STANDS_FOR);
    if (!stands || stuck.every((one) => this.#told.has(keyOf(one)))) return null;
    const { left, agreed } = this.#hear(world, t, stuck);
    if (left.every((one) => this.#told.has(keyOf(one)))) return null;
    for (const one of left) this.#told.add(keyOf(one));
    return { k: 'stuck', t, p: left.map((one) => factOf(one, agreed.has(keyOf(one)))) };
  }

  /** Whoever the witness says can act may help others: what is left of the verdict is worked out anew, without these. */
  #hear(world: World, t: number, stuck: readonly Stuck[]): { readonly left: readonly Stuck[]; readonly agreed: ReadonlySet<string> } {
    let left = stuck;
    for (;;) {
      const { refuted, agreed } = this.#witness(world, left);
      if (refuted.length === 0) return { left, agreed: new Set([...agreed].map(keyOf)) };
      for (const { proc } of refuted) this.#refuted.set(proc, t);
      left = stuckProcesses(world, t, new Set(this.#refuted.keys()));
    }
  }
}

const keyOf = ({ proc, slot }: Stuck): string => `${proc.pid} ${proc.start} ${slot.obj} ${slot.sinceMs}`;

function factOf({ proc, slot, by }: Stuck, agreed: boolean): StuckFact {
  return [proc.pid, proc.start, slot.sinceMs, slot.op, slot.flags, slot.obj, slot.operand, slot.site, by.map(({ pid }) => pid), agreed];
}
