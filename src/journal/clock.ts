/** The run's clock: from the machine's monotonic nanoseconds to milliseconds since the run's start. */

const TWO_32 = 4_294_967_296;
const NS_IN_MS = 1_000_000;

export class RunClock {
  readonly #origin: bigint;
  readonly #high: number;
  readonly #low: number;

  /** @param startedMono monotonic ns at the run's start, as run.json says */
  constructor(startedMono: bigint) {
    this.#origin = startedMono;
    this.#high = Number(startedMono >> 32n);
    this.#low = Number(startedMono & 0xffff_ffffn);
  }

  /** A u64 time in a record, in two halves, as ms from the run's start with a grain of 1 ns. Exact for 104 days either way. */
  ms(high: number, low: number): number {
    return ((high - this.#high) * TWO_32 + (low - this.#low)) / NS_IN_MS;
  }

  /** Reads the u64 at `at`. */
  read(view: DataView, at: number): number {
    return this.ms(view.getUint32(at + 4, true), view.getUint32(at, true));
  }

  /** This moment; `process.hrtime` is the clock that the journal is written by. */
  nowMs(): number {
    return Number(process.hrtime.bigint() - this.#origin) / NS_IN_MS;
  }
}

/** The signed 64-bit number at `at`; exact up to 2^53 either way. */
export function readSigned(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

/** The unsigned 64-bit number at `at`; exact up to 2^53. */
export function readUnsigned(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}
