/** What a person can do with runs, by command, button or page; the parts below do the work. */
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { recordingExtension, recordingViewType } from '../protocol/ids.js';
import type { Leftover } from '../run/index.js';
import { Launcher, type Started } from './launcher.js';
import { RunMemory } from './memory.js';
import { Notifier } from './notifier.js';
import { done, failed, wordsOf, type Outcome } from './outcome.js';
import type { Shown, Sight } from './panel/session.js';
import { Panels } from './panel/panels.js';
import { nameOf, type RunRequest } from './request.js';
import { Runs, type RunEntry } from './runs.js';
import { stacksFor } from './stacks.js';
import { Summary } from './summary.js';
import { translatedOutcome, translatedWordsOf } from './texts.js';
import { RunsView } from './view/tree.js';
import { Watches } from './watches.js';

const keptState = v.object({ token: v.string() });

export class Host implements vscode.Disposable {
  readonly runs: Runs;
  readonly panels: Panels;
  readonly summary: Summary;
  /** What is known of the runs' findings, for all that shows them. */
  readonly watches: Watches;
  readonly globalState: vscode.Memento;
  readonly extensionUri: vscode.Uri;
  readonly #memory: RunMemory;
  readonly #launcher: Launcher;
  readonly #disposables: vscode.Disposable[] = [];

  constructor(
    context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {
    this.globalState = context.globalState;
    this.extensionUri = context.extensionUri;
    this.panels = new Panels(context.extensionUri, log);
    this.runs = new Runs(log, (token) => this.panels.isShown(token));
    this.watches = new Watches(this.runs);
    this.#memory = new RunMemory(context.workspaceState);
    this.#launcher = new Launcher(context.asAbsolutePath('runtime'), this.runs, this.#memory, log);
    this.summary = new Summary(this.runs, this.watches);
    this.#disposables.push(
      this.#launcher,
      this.summary,
      this.watches,
      new RunsView(this.watches),
      new Notifier(this.watches, context.globalState, (entry, finding) => this.show(entry, { what: 'finding', key: finding }, false)),
      this.panels.onDidActivate((token) => this.runs.setCurrent(token)),
      this.panels.onDidClose(() => this.runs.dropOld()),
      this.#launcher.onDidRestart((request) => void this.start(request)),
    );
  }

  dispose(): void {
    for (const disposable of this.#disposables.splice(0)) disposable.dispose();
  }

  /** The extension host ends: scripts go on, and can be found again. */
  async close(): Promise<void> {
    await this.runs.closeAll();
    this.panels.dispose();
    this.runs.dispose();
  }

  /** Starts a run with its panel beside the editor, in the panel of an ended run of the same script if there is one. */
  async start(request: RunRequest): Promise<Started> {
    // The page tells the script's end before it is confirmed: who runs it again at once means the same panel.
    const instead = this.runs.all.find((entry) => entry.run.over && isSameTarget(entry.request, request) && this.panels.isShown(entry.token));
    const started = await this.#launcher.start(request);
    if (started.ok) this.#show(started.entry, instead?.token ?? null, true);
    return started;
  }

  async runAgain(entry: RunEntry | null): Promise<Outcome> {
    if (entry?.request == null) return failed(vscode.l10n.t('How this run was started is not known: open its script and run that.'));
    if (entry.run.live) {
      const stopped = await this.stop(entry);
      if (!stopped.ok) return stopped;
    }
    const started = await this.start(entry.request);
    // What went wrong was told already, with buttons.
    return started.ok ? done : failed(started.message);
  }

  async stop(entry: RunEntry): Promise<Outcome> {
    this.log.info(`${entry.name}: stop`);
    return translatedOutcome(await entry.run.stop());
  }

  async save(entry: RunEntry): Promise<Outcome> {
    const stamp = entry.run.info.startedAt.replace(/[-:]/g, '').slice(0, 15);
    const name = `${entry.name.replace(/\.pyw?$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '-')}-${stamp}.${recordingExtension}`;
    const folder = entry.request?.folder ?? entry.run.info.cwd;
    const uri = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(vscode.Uri.file(folder), name),
      filters: { [vscode.l10n.t('Procession recordings')]: [recordingExtension] },
      title: vscode.l10n.t('Save Recording'),
    });
    if (uri === undefined) return done;
    if (uri.scheme !== 'file') return failed(vscode.l10n.t('A recording can only be saved on the disk of the machine that runs the script.'));
    const saved = await entry.run.save(uri.fsPath);
    return saved.ok ? { ok: true, message: vscode.l10n.t('Saved as {0}.', uri.fsPath) } : translatedOutcome(saved);
  }

  /** @param sight what of it shall be seen */
  show(entry: RunEntry, sight: Sight | null = null, preserveFocus = false): void {
    this.#show(entry, null, preserveFocus);
    if (sight !== null) this.panels.point(entry.token, sight);
  }

  /** Shows where the threads of a process stand, in the run's panel; or says why that cannot be. */
  async showStacks(entry: RunEntry, process: string): Promise<Outcome> {
    const answer = await stacksFor(entry, process);
    if (!answer.ok) return translatedOutcome(answer.said);
    this.show(entry);
    this.panels.showStacks(entry.token, answer.stacks);
    return done;
  }

  async openRecording(): Promise<void> {
    const chosen = await vscode.window.showOpenDialog({
      canSelectMany: true,
      filters: { [vscode.l10n.t('Procession recordings')]: [recordingExtension] },
      title: vscode.l10n.t('Open Recording'),
    });
    for (const uri of chosen ?? []) await vscode.commands.executeCommand('vscode.openWith', uri, recordingViewType);
  }

  /** A panel that VS Code kept over a reload of the window: its run goes on, or is over, or is gone. */
  async restorePanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = v.safeParse(keptState, state);
    const told = kept.success ? kept.output.token : '';
    const token = this.runs.get(told) !== undefined || existsSync(this.#memory.find(told)?.folder ?? '') ? told : (this.#lastOf(panel.title) ?? told);
    const known = this.runs.get(token);
    if (known !== undefined && this.panels.isShown(token)) {
      // A tab that was hidden comes back only when it is chosen: by then the run was offered, and has a panel.
      panel.dispose();
      this.show(known);
      return;
    }
    if (known !== undefined) {
      this.panels.restore(panel, this.#shown(known), titleOf(known));
      return;
    }
    const remembered = this.#memory.find(token);
    this.log.info(remembered === undefined ? `A panel came back without a run that is known (${JSON.stringify(state)}).` : `A panel came back: ${remembered.folder}`);
    if (remembered === undefined || !existsSync(remembered.folder)) {
      const message = vscode.l10n.t('This run is over, and what it recorded is no longer there. Run the script again.');
      this.panels.restore(panel, { kind: 'failed', message, token }, panel.title);
      return;
    }
    try {
      const entry = await this.#attach(remembered.folder, token);
      this.panels.restore(panel, this.#shown(entry), titleOf(entry));
    } catch (error) {
      this.log.error(`${remembered.folder}: ${wordsOf(error)}`);
      this.panels.restore(panel, { kind: 'failed', message: translatedWordsOf(error), token }, panel.title);
    }
  }

  /**
   * VS Code keeps what a page says of itself some seconds late: of a window that was reloaded soon after a start it has kept no more than
   * the title, or the run before in the same panel, which is gone. The last run of that name is the one.
   */
  #lastOf(title: string): string | undefined {
    return this.#memory.all.findLast(({ token, name, folder }) => titleOf({ name }) === title && !this.panels.isShown(token) && existsSync(folder))?.token;
  }

  /** Shows a run that another extension host left. */
  async adopt(leftover: Leftover): Promise<void> {
    const open = this.runs.all.find((entry) => entry.folder === leftover.folder);
    const entry = open ?? (await this.#attach(leftover.folder, this.#memory.findFolder(leftover.folder)?.token ?? Runs.newToken()));
    this.show(entry);
  }

  async #attach(folder: string, token: string): Promise<RunEntry> {
    const { Run } = await import('../run/index.js');
    const run = await Run.watch(folder);
    const request = this.#memory.find(token)?.request ?? null;
    const entry: RunEntry = { token, folder, run, request, execution: null, name: request === null ? run.info.scriptName : nameOf(request.target) };
    this.#launcher.adopt(token);
    this.runs.add(entry);
    await this.#memory.remember({ token, folder, name: entry.name, request });
    return entry;
  }

  #show(entry: RunEntry, instead: string | null, preserveFocus: boolean): void {
    this.runs.setCurrent(entry.token);
    this.panels.show(this.#shown(entry), titleOf(entry), instead, preserveFocus);
    // The panel that was used again is the other run's no more.
    if (instead !== null) this.runs.dropOld();
  }

  #shown(entry: RunEntry): Shown {
    return {
      kind: 'run',
      run: entry.run,
      token: entry.token,
      actions: { stop: () => this.stop(entry), save: () => this.save(entry), rerun: () => this.runAgain(entry), stacks: (process) => stacksFor(entry, process) },
    };
  }
}

function titleOf(entry: Pick<RunEntry, 'name'>): string {
  return `Procession: ${entry.name}`;
}

function isSameTarget(one: RunRequest | null, other: RunRequest): boolean {
  return one !== null && JSON.stringify(one.target) === JSON.stringify(other.target);
}
