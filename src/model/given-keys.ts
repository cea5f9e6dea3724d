/**
 * Keys for a model of a moment in the past: things have those that they have in the model of the whole run, so that what is selected
 * stays selected. Both number by time, but the whole run may know more of when something began, and as it grew it named what it had
 * met by then: a number says nothing, and things are found by what they are.
 */
import type { Channel } from './channel.js';
import type { Model } from './index.js';
import type { Made } from './made.js';
import type { Proc } from './process.js';

/** What the whole run has no key for gets one that it will not give. */
const ELSEWHERE = 1_000_000;

export interface GivenKeys {
  process(proc: Proc): string;
  channel(channel: Channel): string;
  /** @param prefix of the keys of its kind */
  object(made: Made, prefix: string): string;
}

/** @param whole it knows all that the other model will be told; asked when that is looked at for the first time */
export function keysOf(whole: Model): GivenKeys {
  const taken = new Set<string>();
  let more = 0;
  // Two things of then may be known to be one by now.
  const take = (key: string | null, prefix: string): string => {
    const given = key === null || taken.has(key) ? `${prefix}${ELSEWHERE + ++more}` : key;
    taken.add(given);
    return given;
  };
  const { table, objects } = whole.world;
  const tables: Readonly<Record<string, { at(obj: number): Made | null }>> = { l: objects.locks, w: objects.pools, m: objects.segments, o: objects.shared };
  return {
    process: (proc) => take(sameProcess(table.entry(proc.pid).procs, proc, () => table.at(proc.pid, beganAt(proc)))?.key ?? null, 'p'),
    channel: (channel) => {
      for (const { obj } of channel.streams) {
        const key = whole.world.channelAt(obj)?.key ?? null;
        if (key !== null && !taken.has(key)) return take(key, 'c');
      }
      return take(null, 'c');
    },
    object: (made, prefix) => take(tables[prefix]?.at(made.obj)?.key ?? null, prefix),
  };
}

/** Of all that had this pid. */
function sameProcess(procs: readonly Proc[], proc: Proc, then: () => Proc | null): Proc | null {
  if (procs.length <= 1) return procs[0] ?? null;
  const same = proc.start === 0 ? undefined : procs.find(({ start }) => start === proc.start);
  return same ?? then();
}

function beganAt(proc: Proc): number {
  return Math.min(proc.firstSeenMs, ...proc.births().map(({ fact }) => fact.t0));
}
