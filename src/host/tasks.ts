/**
 * The task type: in tasks.json, and offered for the file in the editor. Such a task has no command of its own, because each start
 * needs a fresh folder for what it records, and VS Code may start a task again without asking. It starts a run as the command
 * does, in a terminal of the run's own, waits for it, and ends with its exit code.
 */
import * as v from 'valibot';
import * as vscode from 'vscode';
import { taskType } from '../protocol/ids.js';
import type { Host } from './host.js';
import { nameOf, scriptPath, type RunRequest } from './request.js';
import type { RunEntry } from './runs.js';

const optional = v.optional(v.string());
const definitionSchema = v.object({
  script: optional,
  module: optional,
  args: v.optional(v.array(v.string())),
  cwd: optional,
  env: v.optional(v.record(v.string(), v.string())),
  python: optional,
});

/** The command could not be started: what a shell says then. */
const notStarted = 127;

export class ProcessionTasks implements vscode.TaskProvider {
  constructor(private readonly host: Host) {}

  provideTasks(): vscode.Task[] {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.languageId !== 'python' || document.uri.scheme !== 'file') return [];
    const folder = vscode.workspace.getWorkspaceFolder(document.uri);
    const script = folder === undefined ? document.uri.fsPath : vscode.workspace.asRelativePath(document.uri, false);
    return [this.#task({ type: taskType, script }, folder)];
  }

  resolveTask(task: vscode.Task): vscode.Task {
    const folder = typeof task.scope === 'object' ? task.scope : undefined;
    return this.#task(task.definition, folder, task.scope);
  }

  #task(definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder | undefined, scope?: vscode.Task['scope']): vscode.Task {
    const home = folder ?? vscode.workspace.workspaceFolders?.[0];
    const read = readDefinition(definition, home?.uri.fsPath ?? null);
    const name = read.ok ? nameOf(read.request.target) : taskType;
    const task = new vscode.Task(
      definition,
      scope ?? folder ?? vscode.TaskScope.Workspace,
      name,
      'Procession',
      new vscode.CustomExecution(() => Promise.resolve(new TaskTerminal(this.host, read))),
      [],
    );
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Silent, close: true, showReuseMessage: false, echo: false };
    return task;
  }
}

type ReadDefinition = { readonly ok: true; readonly request: RunRequest } | { readonly ok: false; readonly message: string };

function readDefinition(definition: vscode.TaskDefinition, folder: string | null): ReadDefinition {
  const read = v.safeParse(definitionSchema, definition);
  if (!read.success) return { ok: false, message: vscode.l10n.t('The task is not written as it should be: {0}', v.summarize(read.issues)) };
  const { script, module, args, cwd, env, python } = read.output;
  if ((script === undefined) === (module === undefined)) {
    return { ok: false, message: vscode.l10n.t('The task must name either a script or a module.') };
  }
  const target = script !== undefined ? ({ kind: 'script', path: scriptPath(script, folder) } as const) : ({ kind: 'module', name: module ?? '' } as const);
  return { ok: true, request: { target, folder, args: args ?? null, cwd: cwd ?? null, env: env ?? {}, python: python ?? null } };
}

/** The task's own terminal: says where the run is, and lasts as long. */
class TaskTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  #entry: RunEntry | null = null;
  #watching: vscode.Disposable | null = null;

  constructor(
    private readonly host: Host,
    private readonly read: ReadDefinition,
  ) {}

  open(): void {
    void this.#run();
  }

  /** Ended by hand: so is the run. */
  close(): void {
    this.#watching?.dispose();
    if (this.#entry?.run.live === true) void this.host.stop(this.#entry);
  }

  async #run(): Promise<void> {
    if (!this.read.ok) {
      this.#fail(this.read.message);
      return;
    }
    const started = await this.host.start(this.read.request);
    if (!started.ok) {
      this.#fail(started.message);
      return;
    }
    const { entry } = started;
    this.#entry = entry;
    this.#line(vscode.l10n.t('{0} runs in a terminal of its own.', entry.name));
    const end = () => {
      this.#watching?.dispose();
      this.#close.fire(entry.run.model.snapshot().run.exitCode ?? 1);
    };
    if (!entry.run.live) end();
    else this.#watching = this.host.runs.onDidEnd((ended) => {
      if (ended === entry) end();
    });
  }

  #fail(message: string): void {
    this.#line(message);
    this.#close.fire(notStarted);
  }

  #line(text: string): void {
    this.#write.fire(`${text}\r\n`);
  }
}
