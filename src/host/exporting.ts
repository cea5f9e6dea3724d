/** Writes a run for other programs: asks for the format and the place, and writes in pieces, so that VS Code stays at hand. */
import * as path from 'node:path';
import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import { exportFiles, exportNames, type ExportFile, type ExportFormat } from '../export/index.js';
import type { Run } from '../run/index.js';
import { done, failed, type Outcome } from './outcome.js';
import { translatedWordsOf } from './texts.js';

/** So much is written before others are let in. Milliseconds. */
const TURN_MS = 30;

/** @param folder where the dialog begins @returns once it is written, or given up */
export async function exportRun(run: Run, folder: string): Promise<Outcome> {
  const format = await pickFormat();
  if (format === null) return done;
  const target = format === 'csv' ? await pickFolder(folder) : await pickFile(folder, stem(run), format);
  if (target === null) return done;
  if (target.scheme !== 'file') return failed(vscode.l10n.t('A run can only be exported to the disk of the machine that runs the script.'));
  const files = exportFiles(run.model, format);
  const places = format === 'csv' ? files.map(({ name }) => path.join(target.fsPath, name)) : [target.fsPath];
  if (format === 'csv' && !(await mayReplace(places))) return done;
  const title = vscode.l10n.t('Exporting to {0}', target.fsPath);
  const written = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (_, cancel) => writeAll(files, places, cancel));
  if (!written) return done;
  void offerToShow(target, format);
  return done;
}

/** A picture that a page drew. @param bytes of the file */
export async function savePicture(run: Run, folder: string, kind: 'png' | 'svg', bytes: Uint8Array): Promise<Outcome> {
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(folder, `${stem(run)}.${kind}`)),
    filters: { [kind.toUpperCase()]: [kind] },
    title: vscode.l10n.t('Save Picture'),
  });
  if (target === undefined) return done;
  // The dialog has asked whether a file that is there may be replaced.
  await vscode.workspace.fs.writeFile(target, bytes);
  return { ok: true, message: vscode.l10n.t('Saved as {0}.', target.fsPath) };
}

async function pickFormat(): Promise<ExportFormat | null> {
  const items: (vscode.QuickPickItem & { readonly format: ExportFormat })[] = [
    { format: 'perfetto', label: vscode.l10n.t('Perfetto trace'), description: 'trace.json', detail: vscode.l10n.t('Processes, waits, tasks and messages with their arrows, for ui.perfetto.dev and chrome://tracing') },
    { format: 'csv', label: vscode.l10n.t('Folder of CSV'), description: 'processes.csv, messages.csv, …', detail: vscode.l10n.t('A table each of processes, channels, messages, tasks, locks, waits and findings') },
    { format: 'mermaid', label: vscode.l10n.t('Mermaid diagram'), description: 'tree.mmd', detail: vscode.l10n.t('The tree of processes as a flowchart, for Markdown') },
    { format: 'text', label: vscode.l10n.t('Text'), description: 'run.txt', detail: vscode.l10n.t('What the command line prints: processes, channels, objects and findings') },
    { format: 'json', label: vscode.l10n.t('JSON of the tree'), description: 'tree.json', detail: vscode.l10n.t('The processes with their states and parents') },
  ];
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Export as'), matchOnDescription: true, matchOnDetail: true }))?.format ?? null;
}

async function pickFile(folder: string, name: string, format: Exclude<ExportFormat, 'csv'>): Promise<vscode.Uri | null> {
  const usual = exportNames[format];
  const extension = path.extname(usual).slice(1);
  const defaultUri = vscode.Uri.file(path.join(folder, `${name}-${usual}`));
  return (await vscode.window.showSaveDialog({ defaultUri, filters: { [extension]: [extension] }, title: vscode.l10n.t('Export') })) ?? null;
}

async function pickFolder(folder: string): Promise<vscode.Uri | null> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: vscode.Uri.file(folder),
    title: vscode.l10n.t('Folder for the tables'),
    openLabel: vscode.l10n.t('Export Here'),
  });
  return chosen?.[0] ?? null;
}

/** Of a folder no dialog has asked. */
async function mayReplace(places: readonly string[]): Promise<boolean> {
  const there: string[] = [];
  for (const place of places) if (await fs.stat(place).then(() => true, () => false)) there.push(path.basename(place));
  if (there.length === 0) return true;
  const replace = vscode.l10n.t('Replace');
  const answer = await vscode.window.showWarningMessage(vscode.l10n.t('The folder has files of these names already: {0}.', there.join(', ')), { modal: true }, replace);
  return answer === replace;
}

/** All or none of them: written beside their places, and put there when all are whole. @returns false when it was cancelled */
async function writeAll(files: readonly ExportFile[], places: readonly string[], cancel: vscode.CancellationToken): Promise<boolean> {
  const parts: { readonly part: string; readonly place: string }[] = [];
  try {
    for (const [i, file] of files.entries()) {
      const place = places[i] ?? file.name;
      const part = `${place}.${process.pid}.part`;
      parts.push({ part, place });
      if (!(await write(file.chunks, part, cancel))) return false;
    }
    for (const { part, place } of parts) await fs.rename(part, place);
    return true;
  } finally {
    for (const { part } of parts) await fs.rm(part, { force: true });
  }
}

async function write(chunks: Iterable<string>, file: string, cancel: vscode.CancellationToken): Promise<boolean> {
  const handle = await fs.open(file, 'w');
  try {
    let turn = performance.now();
    for (const chunk of chunks) {
      // Writing waits, and others come in; small pieces may come so fast that nobody else does.
      await handle.writeFile(chunk);
      if (performance.now() - turn < TURN_MS) continue;
      if (cancel.isCancellationRequested) return false;
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
    return true;
  } finally {
    await handle.close();
  }
}

async function offerToShow(target: vscode.Uri, format: ExportFormat): Promise<void> {
  const isText = format === 'mermaid' || format === 'text' || format === 'json';
  const open = isText ? vscode.l10n.t('Open') : vscode.l10n.t('Show in Folder');
  const answer = await vscode.window.showInformationMessage(
    format === 'perfetto' ? vscode.l10n.t('Exported to {0}. Open it at ui.perfetto.dev or chrome://tracing.', target.fsPath) : vscode.l10n.t('Exported to {0}.', target.fsPath), open);
  if (answer !== open) return;
  try {
    if (isText) await vscode.window.showTextDocument(target);
    else await vscode.commands.executeCommand('revealFileInOS', target);
  } catch (error) {
    void vscode.window.showWarningMessage(translatedWordsOf(error));
  }
}

function stem(run: Run): string {
  return run.info.scriptName.replace(/^.*[\\/]/, '').replace(/\.pyw?$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'run';
}
