/** How fast messages go between a process and a channel: the rows count them, and this looks at how the counts grew. Pure. */
import type { ChannelRow } from '../../src/protocol/view.js';

/** Milliseconds over which it is counted, and the least of them that says anything. */
const WINDOW = 1000;
const LEAST = 250;
const STEP = 100;
/** After a longer silence, or a step back in time, what was known before says nothing. */
const GAP = 3000;

interface Sample {
  readonly ms: number;
  readonly counts: ReadonlyMap<string, number>;
}

export class Rates {
  #samples: Sample[] = [];

  /** @param nowMs milliseconds from the run's start */
  note(nowMs: number, channels: Iterable<ChannelRow>): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && (nowMs < last.ms || nowMs - last.ms > GAP)) this.#samples = [];
    else if (last !== undefined && nowMs - last.ms < STEP) return;
    const counts = new Map<string, number>();
    for (const { key, flows } of channels) {
      for (const [process, put, got] of flows) {
        counts.set(`${key} ${process} put`, put);
        counts.set(`${key} ${process} get`, got);
      }
    }
    this.#samples.push({ ms: nowMs, counts });
    // One older than the window stays: it is what the newest is compared with.
    while ((this.#samples[1]?.ms ?? Infinity) <= nowMs - WINDOW) this.#samples.shift();
  }

  /** @returns messages a second; null: not watched for long enough */
  of(row: ChannelRow, process: string, way: 'put' | 'get'): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.ms - first.ms < LEAST) return alone(row, way);
    const name = `${row.key} ${process} ${way}`;
    const grown = (last.counts.get(name) ?? 0) - (first.counts.get(name) ?? 0);
    // Counts that fell are those of another moment.
    return grown < 0 ? null : (grown * 1000) / (last.ms - first.ms);
  }
}

/** All that goes through a channel goes by the one process that uses its end. */
function alone(row: ChannelRow, way: 'put' | 'get'): number | null {
  const users = row.flows.filter(([, put, got]) => (way === 'put' ? put : got) > 0);
  return users.length === 1 ? (way === 'put' ? row.putRate : row.getRate) : null;
}
