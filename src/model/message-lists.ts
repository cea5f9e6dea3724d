/** The sequences that a channel's messages are: its sends, its receives without a send, and what waits in the buffers of feeders. */
import type { Direction } from './direction.js';
import type { PutLog } from './logs.js';
import type { Sequence } from './message-order.js';
import type { World } from './world.js';

interface Made {
  readonly stamp: string;
  readonly at: Uint32Array;
}

/** One way of a channel. What is no plain column is made once for what was told so far. */
export class MessageLists {
  private waiting: Made | null = null;
  private unmatched: Made | null = null;

  constructor(
    private readonly world: World,
    private readonly direction: Direction,
    private readonly way: 0 | 1,
  ) {}

  /** Sends that had begun by a time. */
  sent(until: number): Sequence {
    const { order } = this.direction.from.sends;
    const length = until === Infinity ? order.length : order.countUpTo(until);
    return { way: this.way, kind: 'sent', length, timeAt: (i) => order.keyAt(i), spotAt: (i) => i, placeAt: (i) => i };
  }

  /** Received, and nobody recorded the send. */
  received(until: number): Sequence {
    const { order } = this.direction.to.receives;
    const at = this.unmatchedAt(until);
    return { way: this.way, kind: 'received', length: at.length, timeAt: (i) => order.keyAt(at[i]!), spotAt: (i) => at[i]!, placeAt: (i) => i };
  }

  /** Put by a time, and not sent by then. Of items that were put at the same moment: by process, not by who was read first. */
  put(until: number): Sequence {
    const { puts } = this.direction.from;
    const at = this.waitingAt(until);
    return { way: this.way, kind: 'put', length: at.length, timeAt: (i) => puts.t1.at(at[i]!), spotAt: (i) => at[i]!, placeAt: (i) => i };
  }

  /** Only looked for where the senders told of fewer than were received, or where pairs were found by what they hold. */
  private unmatchedAt(until: number): Uint32Array {
    const { pairing, from, to } = this.direction;
    const { order } = to.receives;
    if (to.receives.count <= from.sends.count && !pairing.matchesByContent) return EMPTY;
    const stamp = `${until} ${order.length} ${from.sends.count} ${pairing.pairs} ${pairing.takenBack.length}`;
    if (this.unmatched?.stamp === stamp) return this.unmatched.at;
    const end = Math.min(until === Infinity ? order.length : order.countUpTo(until), pairing.matchesByContent ? pairing.receivesLookedAt : Infinity);
    const found: number[] = [];
    for (let position = 0; position < end; position++) if (!pairing.hasSend(position)) found.push(position);
    this.unmatched = { stamp, at: Uint32Array.from(found) };
    return this.unmatched.at;
  }

  private waitingAt(until: number): Uint32Array {
    const { puts, sends } = this.direction.from;
    if (puts.count === 0) return EMPTY;
    let taken = 0;
    for (const feeder of puts.feeders.values()) taken += feeder.taken;
    if (until === Infinity && taken === puts.count) return EMPTY;
    const stamp = `${until} ${puts.count} ${taken} ${sends.order.length}`;
    if (this.waiting?.stamp === stamp) return this.waiting.at;
    const rows: number[] = [];
    for (const feeder of puts.feeders.values()) {
      for (let place = feeder.taken; place < feeder.rows.length; place++) rows.push(feeder.rows.at(place));
    }
    if (until !== Infinity) this.sentLater(until, rows);
    const there = until === Infinity ? rows : rows.filter((row) => puts.t1.at(row) <= until);
    this.waiting = { stamp, at: sortRows(there, puts, (image) => this.world.imageOf(image).proc.pid) };
    return this.waiting.at;
  }

  /** Puts whose send came after a time. */
  private sentLater(until: number, rows: number[]): void {
    const { pairing, from } = this.direction;
    const { order } = from.sends;
    for (let position = order.countUpTo(until); position < order.length; position++) {
      const put = pairing.putOf(order.row(position));
      if (put >= 0) rows.push(put);
    }
  }
}

const EMPTY = new Uint32Array(0);

/** By time: runs that ascend already (each feeder's is one) are merged in pairs, so that a long backlog costs little. */
function sortRows(rows: readonly number[], puts: PutLog, pidOf: (image: number) => number): Uint32Array {
  const compare = (a: number, b: number): number => puts.t1.at(a) - puts.t1.at(b) || pidOf(puts.image.at(a)) - pidOf(puts.image.at(b));
  let current = Uint32Array.from(rows);
  let bounds = [0];
  for (let i = 1; i < current.length; i++) if (compare(current[i - 1]!, current[i]!) > 0) bounds.push(i);
  bounds.push(current.length);
  let other = new Uint32Array(current.length);
  while (bounds.length > 2) {
    const next = [0];
    for (let i = 0; i + 1 < bounds.length; i += 2) {
      const middle = bounds[i + 1]!;
      const high = bounds[i + 2] ?? middle;
      let left = bounds[i]!;
      let right = middle;
      for (let out = left; out < high; out++) {
        other[out] = left < middle && (right >= high || compare(current[left]!, current[right]!) <= 0) ? current[left++]! : current[right++]!;
      }
      next.push(high);
    }
    bounds = next;
    [current, other] = [other, current];
  }
  return current;
}
