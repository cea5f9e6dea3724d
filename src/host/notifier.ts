/** Tells each certain error of a running script once, by a notification: who looks elsewhere learns that it hangs. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { FindingRow } from '../protocol/view.js';
import { openSource } from './panel/source.js';
import type { RunEntry } from './runs.js';
import { readSettings } from './settings.js';
import { translate } from './texts.js';
import { nowTold, untold, type Told } from './told.js';
import type { Watches } from './watches.js';

const storeKey = 'toldFindings';
/** One fault often has several findings, a moment apart: they are told together. */
const gatherMs = 1000;

export class Notifier implements vscode.Disposable {
  readonly #disposables: vscode.Disposable[];
  readonly #gathering = new Map<string, NodeJS.Timeout>();

  /** @param show opens the panel on a finding */
  constructor(
    private readonly watches: Watches,
    private readonly memory: vscode.Memento,
    private readonly show: (entry: RunEntry, finding: string) => void,
  ) {
    this.#disposables = [
      watches.onDidAdd(({ entry }) => this.#gather(entry)),
      watches.onDidChange(({ watched, findings }) => {
        if (findings) this.#gather(watched.entry);
      }),
      watches.onDidRemove(({ entry }) => {
        clearTimeout(this.#gathering.get(entry.token));
        this.#gathering.delete(entry.token);
      }),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    for (const timer of this.#gathering.values()) clearTimeout(timer);
  }

  #gather(entry: RunEntry): void {
    if (this.#gathering.has(entry.token) || this.#new(entry).length === 0) return;
    this.#gathering.set(entry.token, setTimeout(() => {
      this.#gathering.delete(entry.token);
      void this.#tell(entry);
    }, gatherMs));
  }

  /** What is not told yet of a run that ran when it was met: of one that was over its reader sees all at once. */
  #new(entry: RunEntry): FindingRow[] {
    const watched = this.watches.get(entry.token);
    return watched?.wasLive === true ? untold(this.#told, entry.run.info.id, watched.findings) : [];
  }

  async #tell(entry: RunEntry): Promise<void> {
    const fresh = this.#new(entry);
    const [first] = fresh;
    if (first === undefined) return;
    // Told or not: a setting that is turned on later is about what comes then.
    await this.memory.update(storeKey, nowTold(this.#told, entry.run.info.id, fresh));
    if (!readSettings(undefined).notifications) return;
    const sentence = translate(first.message);
    const message = fresh.length === 1
      ? vscode.l10n.t('{0}: {1}', entry.name, sentence)
      : vscode.l10n.t('{0}: {1} errors. The first: {2}', entry.name, fresh.length, sentence);
    const show = vscode.l10n.t('Show');
    const line = vscode.l10n.t('Open Source');
    const choice = await vscode.window.showErrorMessage(message, show, ...(first.where === null ? [] : [line]));
    if (choice === show) this.show(entry, first.key);
    else if (choice === line && first.where !== null) {
      const opened = await openSource(first.where, false, entry.run.info.cwd, null);
      if (opened.message !== null) void vscode.window.showWarningMessage(opened.message);
    }
  }

  get #told(): Told {
    return v.parse(v.fallback(v.array(v.string()), []), this.memory.get(storeKey));
  }
}
