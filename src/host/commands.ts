/** The commands, each with what it says when there is nothing to do. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { commands, recordingViewType, type CommandId } from '../protocol/ids.js';
import { actionHandlers, givenNode, givenRun } from './actions.js';
import { pickRun, tell } from './ask.js';
import { chooseToClean } from './cleaning.js';
import { firstStepHandlers } from './first-steps.js';
import { exportRun } from './exporting.js';
import type { Host } from './host.js';
import { offerLeftovers } from './leftovers.js';
import { wordsOf } from './outcome.js';
import { requestForFile } from './request.js';
import { translatedWordsOf } from './texts.js';

export function registerCommands(host: Host, context: vscode.ExtensionContext): vscode.Disposable[] {
  const handlers: Readonly<Record<CommandId, (argument: unknown) => Promise<void>>> = {
    [commands.runFile]: (argument) => runFile(host, argument),
    [commands.runAgain]: async (argument) => tell(await host.runAgain(givenRun(host, argument) ?? host.runs.current)),
    [commands.stop]: (argument) => stop(host, argument),
    [commands.showPanel]: (argument) => showPanel(host, argument),
    [commands.openRecording]: () => host.openRecording(),
    [commands.saveRecording]: (argument) => save(host, argument),
    [commands.exportRun]: (argument) => exportOne(host, argument),
    [commands.attachLeftover]: () => offerLeftovers(host, true),
    [commands.cleanUp]: () => chooseToClean(host),
    [commands.showLog]: () => {
      host.log.show();
      return Promise.resolve();
    },
    ...actionHandlers(host),
    ...firstStepHandlers(context),
  };
  return Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        await handler(argument);
      } catch (error) {
        host.log.error(error instanceof Error ? error : wordsOf(error));
        void vscode.window.showErrorMessage(vscode.l10n.t('It did not work: {0}', translatedWordsOf(error)));
      }
    }),
  );
}

/** The editor that has the focus; where that is no text, as with our own panel in front, the one Python file beside it. */
function fileInSight(): vscode.Uri | undefined {
  const active = vscode.window.activeTextEditor;
  if (active !== undefined) return active.document.uri;
  const shown = new Set(vscode.window.visibleTextEditors.map(({ document }) => document).filter(({ languageId }) => languageId === 'python'));
  const [only] = shown;
  return shown.size === 1 ? only?.uri : undefined;
}

async function runFile(host: Host, argument: unknown): Promise<void> {
  const uri = argument instanceof vscode.Uri ? argument : fileInSight();
  if (uri === undefined) {
    const sample = vscode.l10n.t('Open the Sample');
    const choice = await vscode.window.showInformationMessage(vscode.l10n.t('Open the Python file that shall be run.'), sample);
    if (choice === sample) await vscode.commands.executeCommand(commands.openSample);
    return;
  }
  if (uri.scheme === 'untitled') {
    const saveAs = vscode.l10n.t('Save As…');
    const choice = await vscode.window.showWarningMessage(vscode.l10n.t('The file has no name yet: save it, then run it.'), saveAs);
    if (choice === saveAs) await vscode.commands.executeCommand('workbench.action.files.saveAs');
    return;
  }
  if (uri.scheme !== 'file') {
    void vscode.window.showWarningMessage(vscode.l10n.t('{0} is not on the disk of this machine, so it cannot be run here.', uri.toString(true)));
    return;
  }
  const document = vscode.workspace.textDocuments.find((candidate) => candidate.uri.toString() === uri.toString());
  if (document?.isDirty === true && !(await document.save())) {
    void vscode.window.showErrorMessage(vscode.l10n.t('{0} could not be saved, so nothing was run.', uri.fsPath));
    return;
  }
  if (document !== undefined ? document.languageId !== 'python' : !/\.pyw?$/i.test(uri.path)) {
    void vscode.window.showWarningMessage(vscode.l10n.t('{0} is not a Python file.', uri.fsPath));
    return;
  }
  await host.start(requestForFile(uri));
}

async function stop(host: Host, argument: unknown): Promise<void> {
  const entry = givenRun(host, argument) ?? await pickRun(
    host.runs.all.filter((candidate) => candidate.run.live),
    vscode.l10n.t('Which run shall be stopped?'),
  );
  if (entry !== null) tell(await host.stop(entry));
}

async function showPanel(host: Host, argument: unknown): Promise<void> {
  const row = givenNode(argument);
  const named = givenRun(host, argument);
  if (row !== null) {
    const sight = row.kind === 'process' ? { what: row.kind, key: row.process } : row.kind === 'finding' ? { what: row.kind, key: row.finding } : null;
    // Who walks through the view by keyboard stays there.
    if (named !== null) host.show(named, sight, row.kind === 'process');
    return;
  }
  const entry = await pickRun(host.runs.all, vscode.l10n.t('Which run shall be shown?'));
  if (entry !== null) host.show(entry);
  else if (host.runs.all.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('Nothing has been run yet: open a Python file and run it with Procession.'));
}

async function save(host: Host, argument: unknown): Promise<void> {
  const entry = givenRun(host, argument) ?? host.runs.current;
  if (entry === null) void vscode.window.showInformationMessage(vscode.l10n.t('There is no run to save.'));
  else tell(await host.save(entry));
}

/** The recording that is in front; else a run of this window. */
async function exportOne(host: Host, argument: unknown): Promise<void> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (argument === undefined && input instanceof vscode.TabInputCustom && input.viewType === recordingViewType && input.uri.scheme === 'file') {
    const { Run } = await import('../run/index.js');
    const run = await Run.open(input.uri.fsPath);
    try {
      tell(await exportRun(run, path.dirname(input.uri.fsPath)));
    } finally {
      await run.close({ keep: true });
    }
    return;
  }
  const entry = givenRun(host, argument) ?? (await pickRun(host.runs.all, vscode.l10n.t('Which run shall be exported?')));
  if (entry !== null) tell(await exportRun(entry.run, entry.request?.folder ?? entry.run.info.cwd));
  else if (host.runs.all.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('There is no run to export.'));
}
