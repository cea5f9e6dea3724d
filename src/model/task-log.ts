/**
 * What was told of the tasks of one pool. A run is what one worker did with one task, a row each, in the order of arrival; a task
 * has one, but where two workers say that they ran it, or one says it twice: then the latest counts.
 */
import { octets, times, words } from './columns.js';
import { JobLog } from './job-log.js';
import { LatencyCount } from './latency.js';
import type { CompareImages } from './logs.js';
import { TaskEndFlag } from './record-types.js';
import { TimeOrder } from './time-order.js';

const FAILED = TaskEndFlag.RAISED | TaskEndFlag.NOT_SENT;

/** Times from one moment to another, with their largest. */
export class Took {
  readonly counts = new LatencyCount();
  max = 0;

  add(ms: number): void {
    const length = Math.max(0, ms);
    this.counts.add(length);
    if (length > this.max) this.max = length;
  }

  /** Takes one back that is about to be added again, longer. */
  remove(ms: number): void {
    this.counts.remove(Math.max(0, ms));
  }
}

export class TaskLog {
  readonly t0 = times();
  /** NaN: it has not ended. */
  readonly t1 = times();
  readonly job = words();
  readonly index = words();
  readonly items = words();
  readonly image = words();
  readonly function = words();
  private readonly flags = octets();
  readonly errors = new Map<number, string>();
  readonly jobs: JobLog;
  /** By begin. */
  readonly order: TimeOrder;
  /** Runs that have not ended. */
  readonly open = new Set<number>();
  /** All runs of the tasks that have several, by job and index. */
  private readonly again = new Map<string, number[]>();

  /** Tasks that ended well, and that did not. */
  ok = 0;
  failed = 0;
  /** Of all runs that ended. */
  ended = 0;
  itemsEnded = 0;
  readonly queued = new Took();
  readonly ran = new Took();

  constructor(private readonly compare: CompareImages) {
    this.jobs = new JobLog(compare);
    this.order = new TimeOrder(this.t0, (a, b) => compare(this.image.at(a), this.image.at(b)));
  }

  submit(job: number, image: number, t: number, tasks: number, site: number, named: number, method: number): void {
    const row = this.jobs.row(job);
    const before = this.jobs.submitMs.at(row);
    if (!this.jobs.submit(row, image, t, tasks, site, named, method)) return;
    for (const run of this.allRunsOf(row)) {
      if (!Number.isNaN(before)) this.queued.remove(this.t0.at(run) - before);
      this.queued.add(this.t0.at(run) - t);
    }
  }

  begin(job: number, index: number, items: number, image: number, t0: number, named: number): number {
    const row = this.jobs.row(job);
    const run = this.t0.length;
    this.t0.push(t0);
    this.t1.push(NaN);
    this.job.push(row);
    this.index.push(index);
    this.items.push(items);
    this.image.push(image);
    this.function.push(named);
    this.flags.push(0);
    this.open.add(run);
    const submitted = this.jobs.submitMs.at(row);
    if (!Number.isNaN(submitted)) this.queued.add(t0 - submitted);
    const other = this.jobs.runOf(row, index);
    if (other < 0) this.jobs.setRun(row, index, run);
    else this.runAgain(row, index, other, run);
    return run;
  }

  /** @returns the run that ended; its begin may not have been told */
  end(job: number, index: number, items: number, image: number, t0: number, t1: number, named: number, flags: number, error: string | null): number {
    const row = this.jobs.row(job);
    let run = this.openRun(row, index, image);
    if (run < 0) run = this.begin(job, index, items, image, t0, named);
    this.t1.set(run, t1);
    this.flags.set(run, flags);
    if (error !== null && flags & FAILED) this.errors.set(run, error);
    this.open.delete(run);
    this.ended++;
    this.itemsEnded += this.items.at(run);
    this.ran.add(t1 - this.t0.at(run));
    if (this.counts(run)) this.count(run, 1);
    return run;
  }

  result(job: number, image: number, t: number, flags: number, error: string | null): void {
    this.jobs.result(this.jobs.row(job), image, t, flags, error);
  }

  /** Whether this run is the one that counts for its task. */
  counts(run: number): boolean {
    return this.jobs.runOf(this.job.at(run), this.index.at(run)) === run;
  }

  hasEnded(run: number): boolean {
    return !Number.isNaN(this.t1.at(run));
  }

  hasFailed(run: number): boolean {
    return (this.flags.at(run) & FAILED) !== 0;
  }

  /** The run that a job waits for, where it is the last of its tasks and has not ended; -1: there are others, or none. */
  onlyRunOf(job: number): number {
    const row = this.jobs.known(job);
    if (row < 0 || this.jobs.unbegunOf(row) > 0) return -1;
    let only = -1;
    for (const run of this.open) {
      if (this.job.at(run) !== row || !this.counts(run)) continue;
      if (only >= 0) return -1;
      only = run;
    }
    return only;
  }

  private count(run: number, change: 1 | -1): void {
    if (this.hasFailed(run)) this.failed += change;
    else this.ok += change;
  }

  private openRun(row: number, index: number, image: number): number {
    const run = this.jobs.runOf(row, index);
    if (run < 0) return -1;
    // Hot: tasks that run twice are rare, and a key costs more than all else.
    if (this.again.size === 0) return this.image.at(run) === image && !this.hasEnded(run) ? run : -1;
    const several = this.again.get(`${row} ${index}`) ?? [run];
    for (let i = several.length - 1; i >= 0; i--) {
      const one = several[i]!;
      if (this.image.at(one) === image && !this.hasEnded(one)) return one;
    }
    return -1;
  }

  private runAgain(row: number, index: number, counting: number, run: number): void {
    const key = `${row} ${index}`;
    const several = this.again.get(key);
    if (several === undefined) this.again.set(key, [counting, run]);
    else several.push(run);
    const later = this.t0.at(run) - this.t0.at(counting) || this.compare(this.image.at(run), this.image.at(counting));
    if (later < 0) return;
    if (this.hasEnded(counting)) this.count(counting, -1);
    this.jobs.setRun(row, index, run);
  }

  private *allRunsOf(row: number): Iterable<number> {
    for (const run of this.jobs.runsOf(row)) yield* this.again.get(`${row} ${this.index.at(run)}`) ?? [run];
  }
}
