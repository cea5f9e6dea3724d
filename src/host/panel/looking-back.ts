/**
 * The run as it was at a moment that the page looks back at. While the hand drags, what can be looked up in the logs is told at once, of
 * what is seen first; when it rests, or where that is as quick, everything that had happened by then is folded anew, and all is as it was.
 */
import type { ToWebview } from '../../protocol/messages.js';
import type { Glance, Model } from '../../model/index.js';
import type { Past as Told } from '../../protocol/moment.js';
import type { FindingRow, ProcessRow, Snapshot } from '../../protocol/view.js';
import type { Past } from '../../run/index.js';
import { same } from '../../model/same.js';

/** A hand that has not moved for so long rests. Milliseconds. */
const REST_MS = 120;
/** Folding anew that takes no longer is done at every move. Milliseconds. */
const QUICK_MS = 25;
/** Of the rows that nobody sees, so many go with each glance: all of a thousand would take the page two frames, at every move. */
const SLICE = 48;

/** What looking back needs of a run. */
export interface Remembering {
  readonly model: Model;
  /** All as it was at a moment, folded anew; rejects when the signal says that it is not wanted any more. */
  past(atMs: number, signal: AbortSignal): Promise<Past>;
}

interface Keyed {
  readonly key: string;
}

const KINDS = ['processes', 'channels', 'locks', 'pools', 'segments', 'shared'] as const;
type Rows = { readonly [Kind in (typeof KINDS)[number]]: Snapshot[Kind] | null };

export class LookingBack {
  #atMs: number | null = null;
  #exact: Past | null = null;
  #folding: AbortController | null = null;
  #rest: NodeJS.Timeout | undefined;
  #sending = false;
  #again = false;
  #following = false;
  #moved = false;
  /** What the last fold took. */
  #costMs = Infinity;
  readonly #told = new Map<string, Keyed>();
  /** Processes whose rows the page has as of another moment than the last glance's, those told longest ago first. */
  readonly #stale = new Set<string>();
  #findings: readonly FindingRow[] | null = null;
  #whole = true;

  /**
   * @param post sends to the page; resolves when the page has it
   * @param seen keys of the processes on the page's screen
   * @param settled all of the moment is known: what else the page watches (chains, messages, tasks) can be told of it
   * @param trouble why a moment could not be folded: what a glance tells stays
   */
  constructor(
    private readonly run: Remembering,
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
  get exact(): Past | null {
    return this.#exact;
  }

  /** @param atMs milliseconds from the run's start; null: the present again */
  look(atMs: number | null): void {
    clearTimeout(this.#rest);
    this.#exact = null;
    this.#atMs = atMs;
    if (atMs !== null && this.#costMs <= QUICK_MS) {
      void this.#follow();
      return;
    }
    this.#folding?.abort();
    this.#folding = null;
    if (atMs === null) {
      this.#told.clear();
      this.#stale.clear();
      this.#findings = null;
      this.#whole = true;
      return;
    }
    void this.#glance();
    this.#rest = setTimeout(() => void this.#fold(atMs), REST_MS);
  }

  /** The page is gone, or everything is. */
  close(): void {
    this.look(null);
  }

  /**
   * The latest moment that was asked for, one after the other: a page that is slow skips what lies between. Rows that are seen go at once,
   * the others a few at a time, while the hand moves and while it rests.
   */
  async #glance(): Promise<void> {
    this.#again = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      let glance: Glance | null = null;
      while (this.#again || this.#stale.size > 0) {
        const atMs = this.#atMs;
        if (atMs === null || this.#exact !== null) break;
        let rows: ProcessRow[];
        if (this.#again || glance === null) {
          this.#again = false;
          glance = this.run.model.glance(atMs);
          rows = this.#firstOf(glance);
        } else rows = this.#rowsOf(glance, firstFew(this.#stale));
        await this.#tell(atMs, false, glance.totals, { ...NOT_AT_A_GLANCE, processes: rows, channels: glance.channels }, glance.findings, glance.keys);
      }
    } finally {
      this.#sending = false;
    }
  }

  /** Those that are on the screen and those that the page does not have, and some that wait. */
  #firstOf(glance: Glance): ProcessRow[] {
    const there = new Set(glance.keys);
    for (const key of this.#stale) if (!there.has(key)) this.#stale.delete(key);
    for (const key of glance.keys) this.#stale.add(key);
    const first = new Set(firstFew(this.#stale));
    for (const key of this.seen()) first.add(key);
    for (const key of glance.keys) if (!this.#told.has(key)) first.add(key);
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
    while (this.#moved) {
      this.#moved = false;
      const atMs = this.#atMs;
      if (atMs !== null) await this.#fold(atMs);
    }
    this.#following = false;
  }

  /** Tells of the moment even where the hand has moved on meanwhile; never throws. */
  async #fold(atMs: number): Promise<void> {
    const folding = new AbortController();
    this.#folding = folding;
    const begin = performance.now();
    let past: Past;
    try {
      past = await this.run.past(atMs, folding.signal);
    } catch (error) {
      if (folding.signal.aborted) return;
      this.trouble(error);
      void this.#glance();
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
    const there = new Set(processes);
    const changed = <Row extends Keyed>(all: readonly Row[]): Row[] =>
      all.filter((row) => {
        there.add(row.key);
        if (same(this.#told.get(row.key), row)) return false;
        this.#told.set(row.key, row);
        return true;
      });
    const kept = new Set(KINDS.filter((kind) => rows[kind] === null).map((kind) => LETTER[kind]));
    const past: Told = {
      atMs,
      exact,
      whole: this.#whole,
      totals,
      processes: changed(rows.processes ?? []),
      channels: changed(rows.channels ?? []),
      locks: rows.locks === null ? null : changed(rows.locks),
      pools: rows.pools === null ? null : changed(rows.pools),
      segments: rows.segments === null ? null : changed(rows.segments),
      shared: rows.shared === null ? null : changed(rows.shared),
      gone: [...this.#told.keys()].filter((key) => !there.has(key) && !kept.has(key[0] ?? '')),
      findings: this.#findings !== null && same(this.#findings, findings) ? null : findings,
    };
    for (const key of past.gone) this.#told.delete(key);
    this.#findings = findings;
    this.#whole = false;
    return this.post({ type: 'past', past });
  }
}

function firstFew(keys: Iterable<string>): string[] {
  const few: string[] = [];
  for (const key of keys) {
    if (few.length === SLICE) break;
    few.push(key);
  }
  return few;
}

/** Kinds whose rows no log tells of a moment. */
const NOT_AT_A_GLANCE = { locks: null, pools: null, segments: null, shared: null };

/** What the keys of a kind begin with. */
const LETTER: Readonly<Record<(typeof KINDS)[number], string>> = { processes: 'p', channels: 'c', locks: 'l', pools: 'w', segments: 'm', shared: 'o' };
