/** What the operating system said of one process over time: state, CPU and memory, one row a look at it. */
import { octets, times, words } from './columns.js';
import type { ProcessSample } from './facts.js';

export interface Sampled {
  /** Milliseconds from the run's start. */
  readonly t: number;
  /** State letter, as ps has it. */
  readonly state: string;
  /** Percent of one core since the look before. */
  readonly cpu: number;
  readonly rssKiB: number;
}

export class SampleLog {
  private readonly t = times();
  private readonly state = octets();
  private readonly cpu = times();
  private readonly rss = words();

  get length(): number {
    return this.t.length;
  }

  /** Looks are told in the order of time, but for a few. */
  add(t: number, sample: ProcessSample): void {
    const at = this.t.length > 0 && this.t.at(this.t.length - 1) > t ? this.t.upperBound(t) : this.t.length;
    this.t.insert(at, t);
    this.state.insert(at, sample[2].charCodeAt(0) || 0);
    this.cpu.insert(at, sample[4]);
    this.rss.insert(at, Math.min(sample[5], 2 ** 32 - 1));
  }

  row(index: number): Sampled {
    return { t: this.t.at(index), state: String.fromCharCode(this.state.at(index)), cpu: this.cpu.at(index), rssKiB: this.rss.at(index) };
  }

  /** The last look by then; null: there was none. */
  at(ms: number): Sampled | null {
    const before = this.t.upperBound(ms);
    return before === 0 ? null : this.row(before - 1);
  }
}
