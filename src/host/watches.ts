/** One look at each run's findings, twice a second at most, for all that shows them outside the panel. */
import * as vscode from 'vscode';
import type { Delta, FindingRow, Totals } from '../protocol/view.js';
import type { RunEntry, Runs } from './runs.js';

/** Nobody reads faster. */
const intervalMs = 500;

export interface Watched {
  readonly entry: RunEntry;
  /** It ran when this window came to know it. */
  readonly wasLive: boolean;
  readonly totals: Totals;
  readonly findings: readonly FindingRow[];
}

export interface Change {
  readonly watched: Watched;
  /** Whether the findings are others. */
  readonly findings: boolean;
}

interface Watching {
  now: Watched;
  readonly cursor: { take(): Delta | null };
  readonly stop: () => void;
  timer: NodeJS.Timeout | undefined;
}

export class Watches implements vscode.Disposable {
  readonly #watching = new Map<string, Watching>();
  readonly #added = new vscode.EventEmitter<Watched>();
  readonly #changed = new vscode.EventEmitter<Change>();
  readonly #removed = new vscode.EventEmitter<Watched>();
  readonly #disposables: vscode.Disposable[];

  readonly onDidAdd = this.#added.event;
  readonly onDidChange = this.#changed.event;
  readonly onDidRemove = this.#removed.event;

  constructor(runs: Runs) {
    this.#disposables = [
      runs.onDidAdd((entry) => this.#add(entry)),
      runs.onDidEnd((entry) => this.#refresh(entry.token, true)),
      runs.onDidRemove((entry) => this.#remove(entry.token)),
      this.#added,
      this.#changed,
      this.#removed,
    ];
  }

  /** In the order in which the runs came. */
  get all(): readonly Watched[] {
    return [...this.#watching.values()].map(({ now }) => now);
  }

  get(token: string): Watched | undefined {
    return this.#watching.get(token)?.now;
  }

  dispose(): void {
    for (const token of [...this.#watching.keys()]) this.#remove(token);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #add(entry: RunEntry): void {
    const cursor = entry.run.model.cursor();
    cursor.take();
    const { totals, findings } = entry.run.model.snapshot();
    const watching: Watching = {
      now: { entry, wasLive: entry.run.live, totals, findings },
      cursor,
      timer: undefined,
      stop: entry.run.onChange(() => {
        watching.timer ??= setTimeout(() => this.#refresh(entry.token, false), intervalMs);
      }),
    };
    this.#watching.set(entry.token, watching);
    this.#added.fire(watching.now);
  }

  #remove(token: string): void {
    const watching = this.#watching.get(token);
    if (watching === undefined) return;
    watching.stop();
    clearTimeout(watching.timer);
    this.#watching.delete(token);
    this.#removed.fire(watching.now);
  }

  /** @param evenSo tells that it changed though no row did: it has ended */
  #refresh(token: string, evenSo: boolean): void {
    const watching = this.#watching.get(token);
    if (watching === undefined) return;
    clearTimeout(watching.timer);
    watching.timer = undefined;
    const delta = watching.cursor.take();
    if (delta === null && !evenSo) return;
    const { now } = watching;
    watching.now = { ...now, totals: delta?.totals ?? now.totals, findings: delta?.findings ?? now.findings };
    this.#changed.fire({ watched: watching.now, findings: delta?.findings != null });
  }
}
