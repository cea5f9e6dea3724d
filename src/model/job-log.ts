/** What was told of the jobs of one pool: columns only, a row a job, in the order in which they were first named. */
import { octets, signedWords, times, words } from './columns.js';
import type { CompareImages } from './logs.js';
import { NumberIndex } from './number-index.js';
import { TaskResultFlag } from './record-types.js';
import { TimeOrder } from './time-order.js';

/** What became of the tasks of a job that no worker was seen to begin. */
export type Unbegun = 'pending' | 'ok' | 'failed' | 'cancelled';

const NO_IMAGE = -1;

export class JobLog {
  readonly number = times();
  /** Begin of the submitting call; NaN: not told. */
  readonly submitMs = times();
  readonly submitter = signedWords();
  /** Row of the submit that stands. */
  private readonly standing = signedWords();
  readonly site = words();
  readonly function = words();
  readonly method = words();
  /** Tasks that the submitter said it has; -1: not said. */
  private readonly said = signedWords();
  /** When the submitter had its result; NaN: not told. */
  readonly resultMs = times();
  private readonly resultImage = signedWords();
  private readonly resultFlags = octets();
  readonly errors = new Map<number, string>();
  /** Tasks that were seen to begin. */
  private readonly begun = words();
  private readonly byNumber = new NumberIndex();
  /** Run of task 0, of most jobs the only one; and of the others. -1: none. */
  private readonly firstRun = signedWords();
  private readonly moreRuns = new Map<number, NumberIndex>();

  /** A row a SUBMIT record, so that jobs can be walked in the order of time. */
  private readonly submitTimes = times();
  private readonly submitJobs = words();
  private readonly submitImages = words();
  readonly order: TimeOrder;
  private donePrefix = 0;

  /** Tasks of all jobs; of those that were not seen to begin, by what became of them. */
  tasks = 0;
  readonly unbegun: Record<Unbegun, number> = { pending: 0, ok: 0, failed: 0, cancelled: 0 };

  constructor(private readonly compare: CompareImages) {
    this.order = new TimeOrder(this.submitTimes, (a, b) => compare(this.submitImages.at(a), this.submitImages.at(b)));
  }

  get count(): number {
    return this.number.length;
  }

  /** The row of a job; -1 where it was not mentioned. */
  known(job: number): number {
    return Number.isSafeInteger(job) ? this.byNumber.get(job) : -1;
  }

  /** The row of a job; made at its first mention. */
  row(job: number): number {
    const known = this.byNumber.get(job);
    if (known >= 0) return known;
    const row = this.number.length;
    this.byNumber.set(job, row);
    this.number.push(job);
    this.submitMs.push(NaN);
    this.submitter.push(NO_IMAGE);
    this.standing.push(-1);
    this.site.push(0);
    this.function.push(0);
    this.method.push(0);
    this.said.push(-1);
    this.resultMs.push(NaN);
    this.resultImage.push(NO_IMAGE);
    this.resultFlags.push(0);
    this.begun.push(0);
    this.firstRun.push(-1);
    return row;
  }

  /** Tasks it has, as far as is known: of an `imap` those that were seen. */
  tasksOf(row: number): number {
    return Math.max(this.said.at(row), this.begun.at(row));
  }

  unbegunOf(row: number): number {
    return this.tasksOf(row) - this.begun.at(row);
  }

  fateOf(row: number): Unbegun {
    if (Number.isNaN(this.resultMs.at(row))) return 'pending';
    const flags = this.resultFlags.at(row);
    if (flags & TaskResultFlag.CANCELLED) return 'cancelled';
    return flags & TaskResultFlag.ERROR ? 'failed' : 'ok';
  }

  /** @returns whether this is (now) the word of its submitting; of several the earliest stands */
  submit(row: number, image: number, t: number, tasks: number, site: number, named: number, method: number): boolean {
    this.submitTimes.push(t);
    this.submitJobs.push(row);
    this.submitImages.push(image);
    const old = this.submitMs.at(row);
    if (old < t || (old === t && this.compare(this.submitter.at(row), image) <= 0)) return false;
    this.withdraw(row);
    this.submitMs.set(row, t);
    this.submitter.set(row, image);
    this.standing.set(row, this.submitTimes.length - 1);
    this.site.set(row, site);
    this.function.set(row, named);
    this.method.set(row, method);
    this.said.set(row, tasks >= 0 ? Math.min(tasks, 0x7fffffff) : -1);
    this.enter(row);
    return true;
  }

  /** Of several results the earliest stands. */
  result(row: number, image: number, t: number, flags: number, error: string | null): void {
    const old = this.resultMs.at(row);
    if (old < t || (old === t && this.compare(this.resultImage.at(row), image) <= 0)) return;
    this.withdraw(row);
    this.resultMs.set(row, t);
    this.resultImage.set(row, image);
    this.resultFlags.set(row, flags);
    if (error === null) this.errors.delete(row);
    else this.errors.set(row, error);
    this.enter(row);
  }

  runOf(row: number, index: number): number {
    return index === 0 ? this.firstRun.at(row) : (this.moreRuns.get(row)?.get(index) ?? -1);
  }

  /** The run of a task that counts: its first, or one that takes another's place. */
  setRun(row: number, index: number, run: number): void {
    if (this.runOf(row, index) < 0) {
      this.withdraw(row);
      this.begun.set(row, this.begun.at(row) + 1);
      this.enter(row);
    }
    if (index === 0) {
      this.firstRun.set(row, run);
      return;
    }
    let more = this.moreRuns.get(row);
    if (more === undefined) {
      more = new NumberIndex();
      this.moreRuns.set(row, more);
    }
    more.set(index, run);
  }

  *runsOf(row: number): Iterable<number> {
    const first = this.firstRun.at(row);
    if (first >= 0) yield first;
    const more = this.moreRuns.get(row);
    if (more !== undefined) yield* more.rows();
  }

  /** Takes in what was submitted since: before `inOrder`. */
  settle(): void {
    this.order.settle((position) => {
      this.donePrefix = Math.min(this.donePrefix, position);
    });
  }

  /** Jobs that were submitted, each once, in the order of time. */
  *inOrder(from = 0): Iterable<number> {
    for (let position = from; position < this.order.length; position++) {
      const submit = this.order.row(position);
      const row = this.submitJobs.at(submit);
      if (this.standing.at(row) === submit) yield row;
    }
  }

  /** Jobs with tasks that wait for a worker, in the order in which they were submitted. */
  *pending(): Iterable<number> {
    this.settle();
    // What is done at the front stays done.
    while (this.donePrefix < this.order.length && !this.hasPending(this.submitJobs.at(this.order.row(this.donePrefix)))) this.donePrefix++;
    for (const row of this.inOrder(this.donePrefix)) if (this.hasPending(row)) yield row;
  }

  private hasPending(row: number): boolean {
    return Number.isNaN(this.resultMs.at(row)) && this.unbegunOf(row) > 0;
  }

  private withdraw(row: number): void {
    this.tasks -= this.tasksOf(row);
    this.unbegun[this.fateOf(row)] -= this.unbegunOf(row);
  }

  private enter(row: number): void {
    this.tasks += this.tasksOf(row);
    this.unbegun[this.fateOf(row)] += this.unbegunOf(row);
  }
}
