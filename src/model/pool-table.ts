/** Pools and executors: what is told of them, of their jobs, tasks and workers. */
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { isEarlier, Made, MadeTable } from './made.js';
import { PoolState, PoolWorkerFlag, RecordType, TaskEndFlag } from './record-types.js';
import { TaskLog } from './task-log.js';

const HIGH_HALF = 2 ** 32;

/** Words that come again and again, by number. 0: none. */
class Words {
  private readonly list: (string | null)[] = [null];
  private readonly numbers = new Map<string, number>();

  number(word: string | null): number {
    if (word === null) return 0;
    let number = this.numbers.get(word);
    if (number === undefined) {
      number = this.list.length;
      this.list.push(word);
      this.numbers.set(word, number);
    }
    return number;
  }

  at(number: number): string | null {
    return this.list[number] ?? null;
  }
}

interface PoolWord {
  readonly class: string | null;
  readonly results: number;
  readonly workers: number;
  readonly tasksPerWorker: number;
  readonly initializer: string | null;
}

const STAGES = ['open', 'closed', 'terminated', 'joined', 'broken'] as const;

export class Pool extends Made {
  made: PoolWord | null = null;
  readonly words: Words;
  readonly tasks: TaskLog;
  /** Images that serve it, or did so. */
  readonly workers = new Set<Image>();
  /** Workers that ended before they could ask for a task, and what their initializer raised. */
  readonly failedWorkers: { readonly image: Image; readonly t: number; readonly error: string | null }[] = [];
  /** A task came by `submit`, which executors have and pools do not. */
  hasSubmit = false;
  private stage = 0;
  private broken: { readonly image: Image; readonly t: number; readonly why: string | null } | null = null;
  /** Its thread that takes the results was ended by an exception. */
  resultsDied: { readonly image: Image; readonly t: number; readonly fact: RecordFact } | null = null;
  /** Ended by now, for the rate. */
  readonly arrivals: { readonly t: number; readonly ended: number }[] = [];

  constructor(obj: number, t: number, dirty: Set<Made>, words: Words, private readonly compare: CompareImages) {
    super(obj, t, dirty);
    this.words = words;
    this.tasks = new TaskLog(compare);
  }

  get kind(): 'Pool' | 'ProcessPoolExecutor' {
    const named = this.made?.class ?? null;
    if (named !== null) return named.includes('Executor') ? 'ProcessPoolExecutor' : 'Pool';
    // Nobody announced it.
    return this.hasSubmit ? 'ProcessPoolExecutor' : 'Pool';
  }

  get state(): (typeof STAGES)[number] {
    return STAGES[this.stage]!;
  }

  get brokenWhy(): string | null {
    return this.broken?.why ?? null;
  }

  announce(image: Image, fact: RecordFact): void {
    if (!this.madeBy(image, fact, this.compare)) return;
    const b = Math.max(0, fact.b);
    this.made = { class: fact.s1, results: fact.a, workers: b % HIGH_HALF, tasksPerWorker: Math.floor(b / HIGH_HALF), initializer: fact.s2 };
  }

  /** A pool goes through its states in one direction. */
  became(image: Image, fact: RecordFact): void {
    const { flags, t0, s1 } = fact;
    const stage = STAGE_OF[flags] ?? 0;
    if (stage > this.stage) this.stage = stage;
    if (flags === PoolState.BROKEN && (this.broken === null || isEarlier(image, t0, this.broken, this.compare))) this.broken = { image, t: t0, why: s1 };
    if (flags === PoolState.RESULTS_DIED && (this.resultsDied === null || isEarlier(image, t0, this.resultsDied, this.compare))) this.resultsDied = { image, t: t0, fact };
  }
}

const STAGE_OF: Readonly<Record<number, number>> = {
  [PoolState.CLOSE]: 1,
  [PoolState.SHUTDOWN]: 1,
  [PoolState.TERMINATE]: 2,
  [PoolState.JOIN]: 3,
  [PoolState.BROKEN]: 4,
};

export class PoolTable extends MadeTable<Pool> {
  /** Pools that an image serves. */
  readonly servedBy = new Map<Image, Set<Pool>>();

  /** Names of functions and methods, the same numbers in all pools. */
  readonly words: Words;

  constructor(compare: CompareImages) {
    const words = new Words();
    super((obj, t, dirty) => new Pool(obj, t, dirty, words, compare));
    this.words = words;
  }

  record(image: Image, fact: RecordFact): void {
    const { obj, t0, t1, a: job, flags } = fact;
    const pool = this.of(obj, t0);
    const { tasks, words } = pool;
    pool.touch();
    switch (fact.type) {
      case RecordType.POOL_NEW:
        pool.announce(image, fact);
        return;
      case RecordType.TASK_SUBMIT:
        if (fact.s2 === 'submit') pool.hasSubmit = true;
        tasks.submit(job, image.id, t0, fact.b, fact.site, words.number(fact.s1), words.number(fact.s2));
        return;
      case RecordType.TASK_BEGIN: {
        this.serves(image, pool);
        const run = tasks.begin(job, indexOf(fact), itemsOf(fact), image.id, t0, words.number(fact.s1));
        image.tasks.begin(pool, run);
        return;
      }
      case RecordType.TASK_END: {
        this.serves(image, pool);
        const failed = (flags & (TaskEndFlag.RAISED | TaskEndFlag.NOT_SENT)) !== 0;
        // Of one that failed, s1 is why: what it was is known from its begin.
        const run = tasks.end(job, indexOf(fact), itemsOf(fact), image.id, t0, t1, failed ? 0 : words.number(fact.s1), flags, fact.s1);
        image.tasks.end(pool, run, tasks.t0.at(run), t1, tasks.function.at(run), failed);
        return;
      }
      case RecordType.TASK_RESULT:
        tasks.result(job, image.id, t0, flags, fact.s1);
        return;
      case RecordType.TASK_WAIT:
        image.waited(fact, 'blocked-result', obj);
        return;
      case RecordType.POOL_STATE:
        image.waited(fact, 'blocked-result', obj);
        pool.became(image, fact);
        return;
      case RecordType.POOL_WORKER:
        this.serves(image, pool);
        if ((flags & PoolWorkerFlag.INITIALIZER_RAISED) !== 0) pool.failedWorkers.push({ image, t: t1, error: fact.s1 });
    }
  }

  private serves(image: Image, pool: Pool): void {
    if (pool.workers.has(image)) return;
    pool.workers.add(image);
    const pools = this.servedBy.get(image);
    if (pools === undefined) this.servedBy.set(image, new Set([pool]));
    else pools.add(pool);
  }
}

const indexOf = (fact: RecordFact): number => Math.max(0, fact.b) % HIGH_HALF;
const itemsOf = (fact: RecordFact): number => Math.floor(Math.max(0, fact.b) / HIGH_HALF);
