/**
 * Starts scripts: prepares the run, then hands the command to VS Code as a task, which runs it in a terminal where a person
 * can type, sees colours, and ends it with Ctrl-C.
 */
import * as vscode from 'vscode';
import { settings, taskType } from '../protocol/ids.js';
import type { PreparedRun, RunError } from '../run/index.js';
import { judgeExit } from './exit.js';
import { chooseInterpreter, chosenInterpreter } from './interpreter.js';
import type { RunMemory } from './memory.js';
import { wordsOf } from './outcome.js';
import { nameOf, resolveRequest, resourceOf, type RunRequest } from './request.js';
import { Runs, type RunEntry } from './runs.js';
import { openSetting } from './settings.js';
import { translate } from './texts.js';

/** The journal's last records are read after the process is gone; this long after at most. */
const journalLagMs = 1000;

export type Started =
  | { readonly ok: true; readonly entry: RunEntry }
  /** `message`: what the person was told, already. */
  | { readonly ok: false; readonly message: string };

export class Launcher implements vscode.Disposable {
  readonly #disposables: vscode.Disposable[] = [];
  readonly #restarted = new vscode.EventEmitter<RunRequest>();
  /** VS Code started a run's task again by itself: a run of its own is wanted. */
  readonly onDidRestart = this.#restarted.event;
  /** Tokens of runs whose process has started. */
  readonly #begun = new Set<string>();

  constructor(
    private readonly runtimeFolder: string,
    private readonly runs: Runs,
    private readonly memory: RunMemory,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#disposables.push(
      vscode.tasks.onDidStartTaskProcess((event) => this.#started(event)),
      vscode.tasks.onDidEndTaskProcess((event) => void this.#ended(event.execution.task, event.exitCode)),
      vscode.tasks.onDidEndTask((event) => {
        const token = tokenOf(event.execution.task);
        // The process could not even be started: there is no other word of its end.
        if (token !== null && !this.#begun.has(token)) void this.#ended(event.execution.task, undefined);
      }),
      this.#restarted,
    );
  }

  dispose(): void {
    for (const disposable of this.#disposables.splice(0)) disposable.dispose();
  }

  /** A run that was started before this extension host: its process is there already. */
  adopt(token: string): void {
    this.#begun.add(token);
  }

  /** Starts it, or tells the person why not. */
  async start(request: RunRequest): Promise<Started> {
    if (!vscode.workspace.isTrusted) return this.#refuseUntrusted();
    const resolved = resolveRequest(request);
    const python = resolved.python ?? (await chosenInterpreter(resourceOf(request), this.log));
    const { prepareRun, Run } = await import('../run/index.js');
    const prepared = await prepareRun({
      target: resolved.target,
      args: [...resolved.args],
      cwd: resolved.cwd,
      python,
      pythonOptions: [...resolved.pythonOptions],
      env: resolved.env,
      previewBytes: resolved.previewBytes,
      budgetBytes: resolved.budgetBytes,
      runtimeFolder: this.runtimeFolder,
    });
    if (!prepared.ok) return this.#tell(prepared.error);
    const token = Runs.newToken();
    const name = nameOf(resolved.target);
    const { folder } = prepared.run;
    this.log.info(`${name}: ${[prepared.run.command, ...prepared.run.args].join(' ')} (in ${prepared.run.cwd}, recorded in ${folder})`);
    const run = await Run.watch(folder);
    const entry: RunEntry = { token, folder, run, request, execution: null, name };
    this.runs.add(entry);
    await this.memory.remember({ token, folder, name, request });
    try {
      entry.execution = await vscode.tasks.executeTask(taskFor(prepared.run, request, token, name));
    } catch (error) {
      await this.runs.remove(token, false);
      return this.#fail(vscode.l10n.t('VS Code could not start the terminal for {0}: {1}', name, wordsOf(error)));
    }
    return { ok: true, entry };
  }

  #started(event: vscode.TaskProcessStartEvent): void {
    const token = tokenOf(event.execution.task);
    const entry = token === null ? undefined : this.runs.get(token);
    if (token === null || entry === undefined) return;
    if (this.#begun.has(token)) {
      // "Rerun Last Task" and the terminal's own restart start the same command with the same environment: it would write
      // into the folder of the run before. So that one is ended at once, and a run of its own is started.
      event.execution.terminate();
      this.log.info(`${entry.name}: started again by VS Code; it gets a run of its own`);
      if (entry.request !== null) this.#restarted.fire(entry.request);
      return;
    }
    this.#begun.add(token);
    entry.run.noteRoot(event.processId);
  }

  async #ended(task: vscode.Task, reported: number | undefined): Promise<void> {
    const token = tokenOf(task);
    const entry = token === null ? undefined : this.runs.get(token);
    if (entry === undefined) return;
    const patience = Date.now() + journalLagMs;
    let exit = judgeExit(reported, entry.run.model.snapshot());
    while (!exit.settled && Date.now() < patience) {
      await new Promise((next) => setTimeout(next, 50));
      exit = judgeExit(reported, entry.run.model.snapshot());
    }
    this.log.info(`${entry.name}: VS Code says exit code ${reported ?? 'unknown'}; taken as ${exit.signal ?? exit.code ?? 'unknown'}`);
    entry.run.noteExit(exit.code, exit.signal);
  }

  async #refuseUntrusted(): Promise<Started> {
    const message = vscode.l10n.t('Nothing is run in a workspace that is not trusted. Recordings can be opened.');
    const manage = vscode.l10n.t('Manage Workspace Trust');
    if ((await vscode.window.showWarningMessage(message, manage)) === manage) await vscode.commands.executeCommand('workbench.trust.manage');
    return { ok: false, message };
  }

  #tell(error: RunError): Started {
    const message = translate(error.text);
    this.log.error(error.message);
    const buttons = new Map<string, () => unknown>();
    if (error.code === 'no-python' || error.code === 'old-python') {
      buttons.set(vscode.l10n.t('Choose Interpreter'), () => chooseInterpreter());
      buttons.set(vscode.l10n.t('Open Setting'), () => openSetting(settings.python));
    } else if (error.code === 'bad-option') {
      buttons.set(vscode.l10n.t('Open Setting'), () => openSetting(settings.pythonOptions));
    }
    buttons.set(vscode.l10n.t('Show Log'), () => this.log.show());
    void vscode.window.showErrorMessage(message, ...buttons.keys()).then((choice) => (choice === undefined ? undefined : buttons.get(choice)?.()));
    return { ok: false, message };
  }

  #fail(message: string): Started {
    this.log.error(message);
    void vscode.window.showErrorMessage(message);
    return { ok: false, message };
  }
}

function taskFor(prepared: PreparedRun, request: RunRequest, token: string, name: string): vscode.Task {
  const { target } = request;
  const definition: vscode.TaskDefinition = {
    type: taskType,
    ...(target.kind === 'script' ? { script: target.path } : { module: target.name }),
    run: token,
  };
  const folder = request.folder === null ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.file(request.folder));
  const task = new vscode.Task(
    definition,
    folder ?? (vscode.workspace.workspaceFolders === undefined ? vscode.TaskScope.Global : vscode.TaskScope.Workspace),
    name,
    'Procession',
    new vscode.ProcessExecution(prepared.command, [...prepared.args], { cwd: prepared.cwd, env: { ...prepared.env } }),
    [],
  );
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Shared,
    focus: false,
    echo: true,
    clear: true,
    showReuseMessage: false,
  };
  return task;
}

function tokenOf(task: vscode.Task): string | null {
  const run: unknown = task.definition['run'];
  return task.definition.type === taskType && typeof run === 'string' ? run : null;
}
