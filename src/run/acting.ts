/** What a person does to the processes of a run: each signal goes to the very process that is meant, children before parents. */
import type { Model } from '../model/index.js';
import type { ProcessRow } from '../protocol/view.js';
import { said, type Said } from '../protocol/text.js';
import { isRunning, sendSignal, type ProcessIdentity, type SignalName } from '../system/index.js';
import { HELPERS } from './alive.js';

/** How long each step of `stop` waits before the next, ms. */
const STOP_STEPS: readonly (readonly [SignalName, number])[] = [['SIGINT', 3000], ['SIGTERM', 2000], ['SIGKILL', 1000]];
/** The same for what a dead parent left: nobody is there for whom it would have to clean up. */
const END_STEPS: readonly (readonly [SignalName, number])[] = [['SIGTERM', 2000], ['SIGKILL', 1000]];
/** Helpers end by themselves when the last of their clients is gone: they have so long, ms. */
const HELPERS_MS = 500;
/** A tree that is killed may have grown meanwhile (a pool replaces a worker that dies): looked for so often, so far apart. */
const KILL_ROUNDS = 10;
const ROUND_MS = 60;
const MOST_NAMED = 10;

/** The run's own side of it. */
export interface Hands {
  readonly model: Model;
  live(): boolean;
  /** Checks who it is, sends, and writes down that it was sent. */
  send(target: ProcessIdentity, signal: SignalName): Said;
  /** Resolves when all that the journal says by now was read: of a run that was just found again, nothing was yet. */
  caughtUp(): Promise<void>;
  /** Looks at the journal and at the operating system soon. */
  look(): void;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Acting {
  constructor(private readonly hands: Hands) {}

  /**
   * Sends a signal. Of a tree the children hear it before their parents, helpers of multiprocessing not at all: they end when their
   * clients have, and clean up then. Of a tree that is killed nobody is left, nor what was born while it was killed, and none of it
   * gets to do anything about the end of the others.
   * @param processKey null: the whole run
   * @param tree the process and all that descend from it, also where the process itself or one between has ended
   */
  async signal(processKey: string | null, tree: boolean, signal: SignalName): Promise<Said> {
    if (!this.hands.live()) return said(false, '{0} was not sent: this run has ended.', signal);
    await this.hands.caughtUp();
    const { model } = this.hands;
    const chosen = processKey === null ? null : model.identity(processKey);
    if (processKey !== null && chosen === null) return said(false, '{0} was not sent: there is no such process.', signal);
    if (chosen !== null && !tree) {
      const only = this.hands.send(chosen, signal);
      this.hands.look();
      await sleep(0); // what was observed is on its way before the answer is
      return only;
    }
    const tally = new Tally();
    this.#sendAll(this.#family(processKey), signal, tally);
    this.hands.look();
    await sleep(0);
    if (signal === 'SIGKILL' && tally.sent > 0) await this.#killRest(processKey, tally);
    return tally.outcome(signal);
  }

  /** Interrupts, then terminates, then kills what is left; resolves when all have ended, or after some seconds with who is left. */
  async stop(): Promise<Said> {
    if (!this.hands.live()) return said(false, 'There is nothing to stop: this run has ended.');
    await this.hands.caughtUp();
    const last = await this.#end(() => this.#family(null), STOP_STEPS);
    await this.#untilNone(() => this.#helpers(null), HELPERS_MS);
    for (const helper of this.#helpers(null)) this.hands.send(helper, 'SIGKILL');
    await this.#untilNone(() => this.#everybody(), HELPERS_MS);
    this.hands.look();
    const left = this.#everybody();
    if (left.length > 0) return said(false, 'Still there: {0}.', pidsOf(left));
    return last === null ? said(true, 'All processes had ended already.') : said(true, 'All processes have ended ({0}).', last);
  }

  /** Ends all living processes whose parent has ended, with all that descend from them: terminates, then kills. */
  async endOrphans(): Promise<Said> {
    if (!this.hands.live()) return said(false, 'There are no orphans to end: this run has ended.');
    await this.hands.caughtUp();
    const seen = new Map<string, ProcessIdentity>();
    const orphans = (): ProcessIdentity[] => {
      const now = this.#orphans();
      for (const orphan of now) seen.set(`${orphan.pid}-${orphan.start}`, orphan);
      return now;
    };
    if (orphans().length === 0) return said(true, 'There are no orphans: every living process has its parent.');
    await this.#end(orphans, END_STEPS);
    const left = [...seen.values()].filter(isRunning);
    if (left.length > 0) return said(false, '{0} of {1} orphans have ended. Still there: {2}.', seen.size - left.length, seen.size, pidsOf(left));
    return seen.size === 1 ? said(true, 'One orphan has ended: {0}.', pidsOf([...seen.values()])) : said(true, '{0} orphans have ended.', seen.size);
  }

  /** @returns the last signal that was sent; null: nobody was there */
  async #end(who: () => ProcessIdentity[], steps: readonly (readonly [SignalName, number])[]): Promise<SignalName | null> {
    let last: SignalName | null = null;
    for (const [signal, waitMs] of steps) {
      const targets = who();
      if (targets.length === 0) break;
      last = signal;
      const tally = new Tally();
      this.#sendAll(targets, signal, tally);
      this.hands.look();
      if (signal === 'SIGKILL') await this.#killNewborn(who, tally);
      await this.#untilNone(who, waitMs);
    }
    return last;
  }

  async #killNewborn(who: () => readonly ProcessIdentity[], tally: Tally): Promise<void> {
    // Twice nobody: what was born last has had the time to be seen.
    for (let round = 0, nobody = 0; round < KILL_ROUNDS && nobody < 2 && this.hands.live(); round++) {
      this.hands.look();
      await sleep(ROUND_MS);
      const born = who().filter((one) => !tally.knows(one));
      nobody = born.length === 0 ? nobody + 1 : 0;
      this.#sendAll(born, 'SIGKILL', tally);
    }
  }

  async #killRest(processKey: string | null, tally: Tally): Promise<void> {
    await this.#killNewborn(() => this.#family(processKey), tally);
    await this.#untilNone(() => this.#helpers(processKey), HELPERS_MS);
    this.#sendAll(this.#helpers(processKey), 'SIGKILL', tally);
    this.hands.look();
  }

  #sendAll(targets: readonly ProcessIdentity[], signal: SignalName, tally: Tally): void {
    // Between the end of a child and its own a parent has the time, on a busy machine, to come back from join() and to end with
    // 0, or to start another child. So all are stopped first, parents before children: then nobody is there to see a child end.
    if (signal === 'SIGKILL') for (const target of targets.toReversed()) sendSignal(target, 'SIGSTOP');
    for (const target of targets) tally.note(target, this.hands.send(target, signal));
  }

  /** Living processes of a tree, children before their parents, without helpers unless one is the tree's own root. */
  #family(processKey: string | null): ProcessIdentity[] {
    const kinds = this.#kinds();
    return this.#living(this.#keys(processKey).filter((key) => key === processKey || !isHelper(kinds, key)));
  }

  #helpers(processKey: string | null): ProcessIdentity[] {
    const kinds = this.#kinds();
    return this.#living(this.#keys(processKey).filter((key) => key !== processKey && isHelper(kinds, key)));
  }

  #everybody(): ProcessIdentity[] {
    return this.#living(this.#keys(null));
  }

  #orphans(): ProcessIdentity[] {
    const rows = new Map(this.hands.model.snapshot().processes.map((row) => [row.key, row]));
    const orphaned = [...rows.values()].filter((row) => {
      const parent = row.parent === null ? undefined : rows.get(row.parent);
      return row.endedMs === null && !HELPERS.has(row.kind) && parent !== undefined && hasEnded(parent);
    });
    const keys = orphaned.flatMap((row) => this.#keys(row.key));
    return this.#living([...new Set(keys)].filter((key) => !isHelper(rows, key)));
  }

  #keys(processKey: string | null): string[] {
    const { model } = this.hands;
    return processKey === null ? model.descendants(null) : [...model.descendants(processKey), processKey];
  }

  #kinds(): ReadonlyMap<string, ProcessRow> {
    return new Map(this.hands.model.snapshot().processes.map((row) => [row.key, row]));
  }

  #living(keys: readonly string[]): ProcessIdentity[] {
    return keys.map((key) => this.hands.model.identity(key)).filter((identity) => identity !== null).filter(isRunning);
  }

  async #untilNone(who: () => readonly ProcessIdentity[], forMs: number): Promise<void> {
    const deadline = performance.now() + forMs;
    while (performance.now() < deadline && this.hands.live() && who().length > 0) await sleep(50);
  }
}

/** Who got the signal, and who did not. */
class Tally {
  readonly #known = new Set<string>();
  readonly #failed: { readonly target: ProcessIdentity; readonly why: Said }[] = [];
  #only: Said | null = null;
  sent = 0;

  knows({ pid, start }: ProcessIdentity): boolean {
    return this.#known.has(`${pid}-${start}`);
  }

  note(target: ProcessIdentity, outcome: Said): void {
    this.#known.add(`${target.pid}-${target.start}`);
    this.#only ??= outcome;
    if (outcome.ok) this.sent++;
    // Whom the end of its children has ended meanwhile needs no signal.
    else if (isRunning(target)) this.#failed.push({ target, why: outcome });
  }

  outcome(signal: SignalName): Said {
    if (this.#only !== null && this.#known.size === 1) return this.#only;
    const [first] = this.#failed;
    if (first === undefined) {
      if (this.sent === 0) return said(false, '{0} was not sent: all of these processes have ended.', signal);
      if (this.sent === 1) return said(true, '{0} was sent to one process; the others had ended by then.', signal);
      return said(true, '{0} was sent to {1} processes.', signal, this.sent);
    }
    if (this.sent === 0) return first.why;
    return said(false, '{0} was sent to {1} of {2} processes, but not to {3}.', signal, this.sent, this.sent + this.#failed.length, pidsOf(this.#failed.map(({ target }) => target)));
  }
}

function hasEnded(row: ProcessRow): boolean {
  return row.endedMs !== null || row.state === 'zombie';
}

function isHelper(rows: ReadonlyMap<string, ProcessRow>, key: string): boolean {
  const kind = rows.get(key)?.kind;
  return kind !== undefined && HELPERS.has(kind);
}

function pidsOf(processes: readonly ProcessIdentity[]): string {
  const named = processes.slice(0, MOST_NAMED).map(({ pid }) => `PID ${pid}`);
  return [...named, ...(processes.length > MOST_NAMED ? ['…'] : [])].join(', ');
}
