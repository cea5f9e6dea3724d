/**
 * The run as it was at a moment that the page looks back at. While the hand drags, what can be looked up in the logs is told at once; when it rests, or where
 * that is as quick, everything that had happened by then is folded anew, and all is as it was.
 */
import type { ToWebview } from '../../protocol/messages.js';
import type { Model } from '../../model/index.js';
import type { Past as Told } from '../../protocol/moment.js';
import type { FindingRow, Snapshot } from '../../protocol/view.js';
import type { Past } from '../../run/index.js';
import { same } from '../../model/same.js';

/** A hand that has not moved for so long rests. Milliseconds. */
const REST_MS = 120;
/** Folding anew that takes no longer is done at every move. Milliseconds. */
const QUICK_MS = 25;

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
  #findings: readonly FindingRow[] | null = null;
  #whole = true;

  /**
   * @param post sends to the page; resolves when the page has it
   * @param settled all of the moment is known: what else the page watches (chains, messages, tasks) can be told of it
   * @param trouble why a moment could not be folded: what a glance tells stays
   */
  constructor(
    private readonly run: Remembering,
    private readonly post: (message: ToWebview) => Promise<unknown>,
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

  /** The latest moment that was asked for, one after the other: a page that is slow skips what lies between. */
  async #glance(): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return;
    }
    this.#sending = true;
    this.#again = true;
    try {
      while (this.#again) {
        this.#again = false;
        const atMs = this.#atMs;
        if (atMs === null || this.#exact !== null) break;
        const { totals, processes, channels, findings } = this.run.model.glance(atMs);
        await this.#tell(atMs, false, totals, { processes, channels, locks: null, pools: null, segments: null, shared: null }, findings);
      }
    } finally {
      this.#sending = false;
    }
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
    const told = this.#tell(atMs, true, totals, rows, findings);
    if (this.#atMs === atMs) {
      this.#exact = past;
      this.settled();
    }
    await told;
  }

  #tell(atMs: number, exact: boolean, totals: Snapshot['totals'], rows: Rows, findings: readonly FindingRow[]): Promise<unknown> {
    const there = new Set<string>();
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

/** What the keys of a kind begin with. */
const LETTER: Readonly<Record<(typeof KINDS)[number], string>> = { processes: 'p', channels: 'c', locks: 'l', pools: 'w', segments: 'm', shared: 'o' };
