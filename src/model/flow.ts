/**
 * A channel over time, in as many columns as there are pixels for: depth from least to most, what came and what went. A column that
 * nothing told later can change is worked out once.
 */
import type { FlowQuery, FlowReply, FlowWay } from '../protocol/message-query.js';
import type { Channel } from './channel.js';
import type { Direction } from './direction.js';
import { BUCKETS, bucketBegin, LatencyCount, PER_DOUBLING, percentiles } from './latency.js';

const SHORTEST_STEP = 1;
/** Two bars a doubling. */
const PER_BAR = PER_DOUBLING / 2;
const MOST_COLUMNS = 4096;

/** Columns of one way, as far as they were worked out. */
interface Columns {
  readonly depthMin: number[];
  readonly depthMax: number[];
  readonly entered: number[];
  readonly left: number[];
}

interface Kept {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly directions: Channel['directions'];
  readonly buffered: boolean;
  readonly ways: readonly Columns[];
}

/** One for all who look at a channel: they see the same columns unless their panels differ much in width. */
export class Flow {
  private kept: Kept[] = [];
  private latencies: { readonly stamp: string; readonly latency: FlowReply['latency'] } | null = null;

  constructor(private readonly channel: Channel) {}

  at(query: FlowQuery, now: number): FlowReply {
    const { channel } = this;
    const toMs = Math.min(query.untilMs ?? Infinity, now);
    const begin = Math.min(channel.announced?.t ?? channel.firstMs, toMs);
    const columns = Math.min(MOST_COLUMNS, Math.max(8, Math.floor(query.columns)));
    let stepMs = SHORTEST_STEP;
    // By doubling, so that a column once shown stays while the run grows.
    while ((toMs - begin) / stepMs >= columns - 1) stepMs *= 2;
    const fromMs = Math.floor(begin / stepMs) * stepMs;
    const kept = this.columnsFor(fromMs, stepMs);
    const count = Math.floor((toMs - fromMs) / stepMs) + 1;
    const cut = Math.min(...channel.directions.map(({ pairing }) => pairing.cutFrom));
    const ways = channel.directions.map((direction, way) => this.way(kept, direction, way, count, toMs));
    return { channel: query.channel, fromMs, stepMs, toMs, ways, countedFromMs: cut === Infinity ? null : cut, latency: this.latency(query.untilMs ?? Infinity) };
  }

  private columnsFor(fromMs: number, stepMs: number): Kept {
    const { channel } = this;
    for (const direction of channel.directions) {
      const { changedFrom } = direction;
      direction.changedFrom = Infinity;
      if (changedFrom === Infinity) continue;
      for (const kept of this.kept) for (const columns of kept.ways) shorten(columns, Math.floor((changedFrom - kept.fromMs) / kept.stepMs));
    }
    const known = this.kept.find((one) => one.fromMs === fromMs && one.stepMs === stepMs && one.directions === channel.directions && one.buffered === channel.buffered);
    const kept = known ?? { fromMs, stepMs, directions: channel.directions, buffered: channel.buffered, ways: channel.directions.map(() => ({ depthMin: [], depthMax: [], entered: [], left: [] })) };
    this.kept = [kept, ...this.kept.filter((one) => one !== kept)].slice(0, 3);
    return kept;
  }

  private way({ fromMs, stepMs, ways, buffered }: Kept, direction: Direction, way: number, count: number, toMs: number): FlowWay {
    const columns = ways[way]!;
    const walk = new Walk(direction, buffered);
    // The last column goes on as time does: it is not kept.
    for (let i = columns.entered.length; i < count - 1; i++) walk.column(fromMs + i * stepMs, fromMs + (i + 1) * stepMs, columns);
    const shown = { depthMin: columns.depthMin.slice(0, count - 1), depthMax: columns.depthMax.slice(0, count - 1), entered: columns.entered.slice(0, count - 1), left: columns.left.slice(0, count - 1) };
    walk.column(fromMs + (count - 1) * stepMs, toMs + 1e-6, shown);
    return shown;
  }

  private latency(until: number): FlowReply['latency'] {
    const { channel } = this;
    const stamp = channel.directions.map(({ pairing }) => `${pairing.pairs} ${pairing.takenBack.length} ${until}`).join();
    if (this.latencies?.stamp === stamp) return this.latencies.latency;
    const counts = channel.directions.map(({ pairing }) => (until === Infinity ? { count: pairing.latencies, max: pairing.maxLatency } : pairing.latenciesUntil(until)));
    const latency = histogram(counts.map(({ count }) => count), Math.max(...counts.map(({ max }) => max)));
    this.latencies = { stamp, latency };
    return latency;
  }
}

function shorten(columns: Columns, to: number): void {
  const length = Math.max(0, to);
  for (const list of [columns.depthMin, columns.depthMax, columns.entered, columns.left]) if (list.length > length) list.length = length;
}

/** From column to column over what came and what went, each looked at once. */
class Walk {
  private entered = -1;
  private left = 0;
  private dropped = 0;

  constructor(
    private readonly direction: Direction,
    private readonly buffered: boolean,
  ) {}

  /** Adds what lies in `[from, to)`; columns must be asked for from left to right. */
  column(from: number, to: number, columns: Columns): void {
    const { direction, buffered } = this;
    const entries = buffered ? direction.from.puts.order : direction.from.sends.order;
    const departures = direction.to.receives.order;
    const drops = buffered ? direction.from.puts.drops : [];
    if (this.entered < 0) {
      this.entered = entries.countBefore(from);
      this.left = departures.countBefore(from);
      this.dropped = drops.filter((t) => t < from).length;
    }
    const [enteredBefore, leftBefore] = [this.entered, this.left];
    let least = this.depth();
    let most = least;
    for (;;) {
      const entry = this.entered < entries.length ? entries.keyAt(this.entered) : Infinity;
      const departure = this.left < departures.length ? departures.keyAt(this.left) : Infinity;
      const drop = drops[this.dropped] ?? Infinity;
      const next = Math.min(entry, departure, drop);
      if (next >= to) break;
      // Of equal times what goes is first, as in the largest depth.
      if (departure === next) this.left++;
      else if (drop === next) this.dropped++;
      else this.entered++;
      const depth = this.depth();
      if (depth < least) least = depth;
      if (depth > most) most = depth;
    }
    columns.depthMin.push(least);
    columns.depthMax.push(most);
    columns.entered.push(this.entered - enteredBefore);
    columns.left.push(this.left - leftBefore);
  }

  private depth(): number {
    return this.direction.isOneSided ? 0 : Math.max(0, this.entered - this.left - this.dropped);
  }
}

/** Bars from the first that holds a message to the last. */
function histogram(counts: readonly LatencyCount[], max: number): FlowReply['latency'] {
  const shares = percentiles(counts, [0.5, 0.99]);
  if (shares === null) return null;
  const sum = new Float64Array(BUCKETS);
  for (const count of counts) count.addTo(sum);
  const bars = Array.from({ length: BUCKETS / PER_BAR }, (_, bar) => sum.subarray(bar * PER_BAR, (bar + 1) * PER_BAR).reduce((a, b) => a + b, 0));
  const first = bars.findIndex((bar) => bar > 0);
  const last = bars.findLastIndex((bar) => bar > 0);
  return { fromMs: bucketBegin(first * PER_BAR), counts: bars.slice(first, last + 1), spread: { p50: Math.min(shares[0]!, max), p99: Math.min(shares[1]!, max), max } };
}
