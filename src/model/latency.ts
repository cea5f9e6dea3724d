/** Times from put to receive: counted by size, so that a count can be taken back when a late record moves a pair. */

/** Buckets a doubling: their width, and so the error of a percentile, is 2^(1/32), about 2 %. */
export const PER_DOUBLING = 32;
/** 100 ns: below it everything is one bucket. */
const SMALLEST = 1e-4;
/** Up to 100 ns * 2^40, some 30 hours. */
export const BUCKETS = 40 * PER_DOUBLING;

export class LatencyCount {
  private counts: Uint32Array | null = null;
  private total = 0;

  get count(): number {
    return this.total;
  }

  add(ms: number): void {
    this.counts ??= new Uint32Array(BUCKETS);
    const bucket = bucketOf(ms);
    this.counts[bucket] = this.counts[bucket]! + 1;
    this.total++;
  }

  remove(ms: number): void {
    if (this.counts === null) return;
    const bucket = bucketOf(ms);
    this.counts[bucket] = this.counts[bucket]! - 1;
    this.total--;
  }

  clear(): void {
    this.counts = null;
    this.total = 0;
  }

  copy(): LatencyCount {
    const copy = new LatencyCount();
    copy.take(this);
    return copy;
  }

  /** Becomes what another is. */
  take(other: LatencyCount): void {
    this.counts = other.counts?.slice() ?? null;
    this.total = other.total;
  }

  addTo(sum: Float64Array): void {
    if (this.counts === null) return;
    for (let i = 0; i < BUCKETS; i++) sum[i] = sum[i]! + this.counts[i]!;
  }
}

/** Percentile (0..1) of several counts together, to about 2 %; null when there is none. */
export function percentiles(counts: readonly LatencyCount[], ranks: readonly number[]): number[] | null {
  const sum = new Float64Array(BUCKETS);
  let total = 0;
  for (const count of counts) {
    count.addTo(sum);
    total += count.count;
  }
  if (total === 0) return null;
  return ranks.map((rank) => {
    const wanted = Math.max(1, Math.ceil(rank * total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += sum[bucket]!;
      if (seen >= wanted) return SMALLEST * 2 ** ((bucket + 0.5) / PER_DOUBLING);
    }
    return SMALLEST * 2 ** (BUCKETS / PER_DOUBLING);
  });
}

/** Milliseconds at which a bucket begins. */
export function bucketBegin(bucket: number): number {
  return SMALLEST * 2 ** (bucket / PER_DOUBLING);
}

function bucketOf(ms: number): number {
  if (!(ms > SMALLEST)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(ms / SMALLEST) * PER_DOUBLING));
}
