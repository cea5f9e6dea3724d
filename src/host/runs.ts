/** The runs that this window knows: being written, or ended and still of interest. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { contextKeys, type ContextKey } from '../protocol/ids.js';
import type { Run } from '../run/index.js';
import { wordsOf } from './outcome.js';
import type { RunRequest } from './request.js';
import { readSettings } from './settings.js';
import { translate } from './texts.js';

/** A run, and what the host knows beyond it. */
export interface RunEntry {
  /** Names the run to pages and tasks, also after a reload. */
  readonly token: string;
  readonly folder: string;
  readonly run: Run;
  /** What was asked for, to run it again; null: not known (a folder that another window left). */
  readonly request: RunRequest | null;
  /** Its task, where this extension host started it. */
  execution: vscode.TaskExecution | null;
  readonly name: string;
}

export class Runs implements vscode.Disposable {
  readonly #entries = new Map<string, RunEntry>();
  readonly #listeners = new Map<string, () => void>();
  readonly #live = new Set<string>();
  readonly #added = new vscode.EventEmitter<RunEntry>();
  readonly #ended = new vscode.EventEmitter<RunEntry>();
  readonly #removed = new vscode.EventEmitter<RunEntry>();
  readonly #keys = new Map<ContextKey, boolean>();
  #current: string | null = null;

  readonly onDidAdd = this.#added.event;
  /** Fires once, when everything that the run wrote has been read. */
  readonly onDidEnd = this.#ended.event;
  readonly onDidRemove = this.#removed.event;

  constructor(
    private readonly log: vscode.LogOutputChannel,
    /** True while a panel shows the run: it is then not dropped. */
    private readonly isShown: (token: string) => boolean,
  ) {}

  static newToken(): string {
    return randomUUID();
  }

  get all(): readonly RunEntry[] {
    return [...this.#entries.values()];
  }

  get(token: string): RunEntry | undefined {
    return this.#entries.get(token);
  }

  /** The run that commands without an argument mean: the one shown last, else the newest. */
  get current(): RunEntry | null {
    const chosen = this.#current === null ? undefined : this.#entries.get(this.#current);
    return chosen ?? this.all.at(-1) ?? null;
  }

  setCurrent(token: string): void {
    this.#current = token;
  }

  add(entry: RunEntry): void {
    this.#entries.set(entry.token, entry);
    this.#current = entry.token;
    if (entry.run.live) this.#live.add(entry.token);
    const tellProblems = this.#problemTeller(entry);
    tellProblems();
    this.#listeners.set(
      entry.token,
      entry.run.onChange(() => {
        tellProblems();
        if (!entry.run.live && this.#live.delete(entry.token)) this.#end(entry);
      }),
    );
    this.#added.fire(entry);
    this.#updateKeys();
  }

  /** Ended runs that nobody sees go, the oldest first, until as many are left as the setting says. */
  dropOld(): void {
    const unseen = this.all.filter((entry) => !entry.run.live && !this.isShown(entry.token));
    const excess = unseen.length - readSettings(undefined).keepRuns;
    for (const entry of unseen.slice(0, Math.max(0, excess))) void this.remove(entry.token, false);
  }

  /** @param keep whether what it recorded stays on disk */
  async remove(token: string, keep: boolean): Promise<void> {
    const entry = this.#entries.get(token);
    if (entry === undefined) return;
    this.#entries.delete(token);
    this.#live.delete(token);
    this.#listeners.get(token)?.();
    this.#listeners.delete(token);
    this.#removed.fire(entry);
    this.#updateKeys();
    try {
      await entry.run.close({ keep });
    } catch (error) {
      this.log.warn(`${entry.folder} could not be closed: ${wordsOf(error)}`);
    }
  }

  /** The window goes: scripts go on, and what runs or is shown can be found again; the rest is removed. */
  async closeAll(): Promise<void> {
    await Promise.all(this.all.map((entry) => this.remove(entry.token, entry.run.live || this.isShown(entry.token))));
  }

  dispose(): void {
    for (const emitter of [this.#added, this.#ended, this.#removed]) emitter.dispose();
  }

  /** What cannot be read is missing from the panel: that is said, once each. */
  #problemTeller({ run, name }: RunEntry): () => void {
    let told = 0;
    let failed = false;
    return () => {
      for (const { message, text } of run.problems.slice(told)) {
        this.log.warn(`${name}: ${message}`);
        void vscode.window.showWarningMessage(translate(text));
      }
      told = run.problems.length;
      if (run.failure === null || failed) return;
      failed = true;
      this.log.error(`${name}: a mistake of Procession's own; what is shown may lack something: ${run.failure}`);
    };
  }

  #end(entry: RunEntry): void {
    this.log.info(`${entry.name}: ended`);
    this.#ended.fire(entry);
    this.#updateKeys();
    this.dropOld();
  }

  #updateKeys(): void {
    this.#setKey(contextKeys.running, this.#live.size > 0);
    this.#setKey(contextKeys.hasRun, this.#entries.size > 0);
  }

  #setKey(key: ContextKey, value: boolean): void {
    if (this.#keys.get(key) === value) return;
    this.#keys.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
