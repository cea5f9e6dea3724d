/**
 * The run as it was at a moment that the page looks back at. While the hand drags, what can be looked up in the logs is told at once, of
 * what is seen first; when it rests, or where that is as quick, everything that had happened by then is folded anew, and all is as it was.
 */
import type { ToWebview } from '../../protocol/messages.js';
import type { Glance, Model } from '../../model/index.js';
import type { Past } from '../../protocol/moment.js';
import type { RowsOf } from '../../protocol/patch.js';
import type { FindingRow, ProcessRow, Snapshot } from '../../protocol/view.js';
import type { Past as Folded } from '../../run/index.js';
import { same } from '../../model/same.js';
import type { Told } from './told.js';

/** A hand that has not moved for so long rests. Milliseconds. */
const REST_MS = 120;
/** Folding anew that takes no longer is done at every move. Milliseconds. */
const QUICK_MS = 25;
/** Of the rows that nobody sees, so many go with each glance: all of a thousand would take the page two frames, at every move. */
const WITH_EACH = 16;
/** And so many by themselves, when the hand rests. */
const BY_THEMSELVES = 48;
/** A hand that has not moved for so long may rest: between two moments that a page draws, rows of one would only take its time. Milliseconds. */
const PAUSE_MS = 90;
/** One moment is looked up and told while the page draws the one before. With more, what it draws would lag behind the hand. */
const ON_THEIR_WAY = 2;

/** What looking back needs of a run. */
export interface Remembering {
  readonly model: Model;
  /** All as it was at a moment, folded anew; rejects when the signal says that it is not wanted any more. */
  past(atMs: number, signal: AbortSignal): Promise<Folded>;
}

type Rows = { readonly [Kind in keyof RowsOf]: Snapshot[Kind] | null };

export class LookingBack {
  #atMs: number | null = null;
  #exact: Folded | null = null;
  #folding: AbortController | null = null;
  #rest: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;
  #paused = false;
  /** A moment was asked for that the page was not told of. */
  #asked = false;
  /** What was told of moments and has not reached the page. */
  #onTheirWay = 0;
  /** The last moment that the page was told of, of which rows may be left to tell. */
  #glanced: Glance | null = null;
  #following = false;
  #moved = false;
  /** What the last fold took. */
  #costMs = Infinity;
  /** Processes whose rows the page has as of another moment than the last glance's, those told longest ago first. */
  readonly #stale = new Set<string>();
  #findings: readonly FindingRow[] | null = null;

  /**
   * @param told what the page has, of the present or of a moment
   * @param post sends to the page; resolves when the page has it
   * @param seen keys of the processes on the page's screen
   * @param settled all of the moment is known: what else the page watches (chains, messages, tasks) can be told of it
   * @param trouble why a moment could not be folded: what a glance tells stays
   */
  constructor(
    private readonly run: Remembering,
    private readonly told: Told,
    private readonly post: (message: ToWebview) => Promise<unknown>,
    private readonly seen: () => Iterable<string>,
    private readonly settled: () => void,
    private readonly trouble: (error: unknown) => void,
  ) {}

  /** The moment looked at; null: the present. */
  get atMs(): number | null {
    return this.#atMs;
  }

  /** All as it was at this moment; null while it is not known yet, or at the present. */
  get exact(): Folded | null {
    return this.#exact;
  }

  /** @param atMs milliseconds from the run's start; null: the present again */
  look(atMs: number | null): void {
    clearTimeout(this.#rest);
    clearTimeout(this.#pause);
    this.#paused = false;
    this.#exact = null;
    this.#atMs = atMs;
    if (atMs !== null && this.#costMs <= QUICK_MS) {
      void this.#follow();
      return;
    }
    this.#folding?.abort();
    this.#folding = null;
    if (atMs === null) {
      this.#stale.clear();
      this.#findings = null;
      this.#glanced = null;
      return;
    }
    this.#glance();
    this.#rest = setTimeout(() => void this.#fold(atMs), REST_MS);
    this.#pause = setTimeout(() => this.#pauses(), PAUSE_MS);
  }

  /** The page is gone, or everything is. */
  close(): void {
    this.look(null);
  }

  /**
   * The latest moment that was asked for: a page that is slow skips what lies between. Rows that are seen go at once, the others a few at
   * a time: with the moments while the hand moves, and when it rests by themselves.
   */
  #glance(): void {
    this.#asked = true;
    this.#goOn();
  }

  #pauses(): void {
    this.#paused = true;
    this.#goOn();
  }

  #goOn(): void {
    while (this.#atMs !== null && this.#exact === null) {
      if (this.#asked) {
        if (this.#onTheirWay >= ON_THEIR_WAY) return;
        this.#asked = false;
        this.#glanced = this.run.model.glance(this.#atMs);
        this.#tellOf(this.#glanced, this.#firstOf(this.#glanced));
      } else {
        // Where folds became quick meanwhile, they tell of the next moments: no rows of this one belong to those.
        if (!this.#paused || this.#onTheirWay > 0 || this.#stale.size === 0 || this.#glanced?.atMs !== this.#atMs) return;
        this.#tellOf(this.#glanced, this.#rowsOf(this.#glanced, firstOf(this.#stale, BY_THEMSELVES)));
      }
    }
  }

  #tellOf({ atMs, totals, channels, findings, keys }: Glance, processes: ProcessRow[]): void {
    this.#onTheirWay++;
    const there = (): void => {
      this.#onTheirWay--;
      this.#goOn();
    };
    this.#tell(atMs, false, totals, { ...NOT_AT_A_GLANCE, processes, channels }, findings, keys).then(there, there);
  }

  /** Those that are on the screen and those that the page does not have, and some that wait. */
  #firstOf(glance: Glance): ProcessRow[] {
    const there = new Set(glance.keys);
    for (const key of this.#stale) if (!there.has(key)) this.#stale.delete(key);
    for (const key of glance.keys) this.#stale.add(key);
    const first = new Set(firstOf(this.#stale, WITH_EACH));
    for (const key of this.seen()) first.add(key);
    for (const key of glance.keys) if (!this.told.has(key)) first.add(key);
    return this.#rowsOf(glance, first);
  }

  #rowsOf(glance: Glance, keys: Iterable<string>): ProcessRow[] {
    const rows: ProcessRow[] = [];
    for (const key of keys) {
      this.#stale.delete(key);
      const row = glance.process(key);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  /** Folds anew at every move, one after the other: none is given up for the next, or a moving hand would see nothing. */
  async #follow(): Promise<void> {
    this.#moved = true;
    if (this.#following) return;
    this.#following = true;
    try {
      while (this.#moved) {
        this.#moved = false;
        const atMs = this.#atMs;
        if (atMs !== null) await this.#fold(atMs);
      }
    } finally {
      this.#following = false;
    }
  }

  /** Tells of the moment even where the hand has moved on meanwhile; never throws. */
  async #fold(atMs: number): Promise<void> {
    const folding = new AbortController();
    this.#folding = folding;
    const begin = performance.now();
    let past: Folded;
    try {
      past = await this.run.past(atMs, folding.signal);
    } catch (error) {
      if (folding.signal.aborted) return;
      this.trouble(error);
      this.#glance();
      return;
    }
    this.#costMs = performance.now() - begin;
    if (folding.signal.aborted) return;
    const { totals, findings, ...rows } = past.snapshot;
    this.#stale.clear();
    const told = this.#tell(atMs, true, totals, rows, findings, rows.processes.map(({ key }) => key));
    if (this.#atMs === atMs) {
      this.#exact = past;
      this.settled();
    }
    await told;
  }

  /** @param processes keys of all that had begun, also of those whose rows are not told now */
  #tell(atMs: number, exact: boolean, totals: Snapshot['totals'], rows: Rows, findings: readonly FindingRow[], processes: readonly string[]): Promise<unknown> {
    const { told } = this;
    const kinds = Object.keys(LETTER) as (keyof RowsOf)[];
    const there = new Set(processes);
    for (const kind of kinds) if (kind !== 'processes') for (const { key } of rows[kind] ?? []) there.add(key);
    // Of a kind that is not known at a glance rows stay as they are.
    const known = new Set(kinds.filter((kind) => rows[kind] !== null).map((kind) => LETTER[kind]));
    const past: Past = {
      atMs,
      exact,
      totals,
      processes: told.patches(rows.processes ?? []),
      channels: told.patches(rows.channels ?? []),
      locks: rows.locks && told.patches(rows.locks),
      pools: rows.pools && told.patches(rows.pools),
      segments: rows.segments && told.patches(rows.segments),
      shared: rows.shared && told.patches(rows.shared),
      gone: told.leave(there, (key) => known.has(key[0] ?? '')),
      findings: this.#findings !== null && same(this.#findings, findings) ? null : findings,
    };
    this.#findings = findings;
    return this.post({ type: 'past', past });
  }
}

function firstOf(keys: Iterable<string>, count: number): string[] {
  const few: string[] = [];
  for (const key of keys) {
    if (few.length === count) break;
    few.push(key);
  }
  return few;
}

/** Kinds whose rows no log tells of a moment. */
const NOT_AT_A_GLANCE = { locks: null, pools: null, segments: null, shared: null };

/** What the keys of a kind begin with. */
const LETTER: Readonly<Record<keyof RowsOf, string>> = { processes: 'p', channels: 'c', locks: 'l', pools: 'w', segments: 'm', shared: 'o' };
