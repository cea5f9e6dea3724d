/** Registers everything with VS Code. Nothing heavy is loaded here: what runs and records comes with the first run. */
import * as vscode from 'vscode';
import { speak } from '../model/words.js';
import { panelViewType, recordingViewType, taskType } from '../protocol/ids.js';
import { registerCommands } from './commands.js';
import { Host } from './host.js';
import { offerLeftovers } from './leftovers.js';
import { wordsOf } from './outcome.js';
import { RecordingEditor } from './panel/recordings.js';
import { registerQuickFixes } from './quick-fixes.js';
import { ProcessionTasks } from './tasks.js';
import { t } from './texts.js';

/** Panels that VS Code kept claim their runs first; what is then nobody's is offered. */
const leftoversAfterMs = 3000;

export interface ActiveHost {
  /** Lets go of all runs; scripts go on. */
  close(): Promise<void>;
}

/** @param loadBegan when the bundle began to be loaded, as `performance.now()` says it */
export function activateHost(context: vscode.ExtensionContext, loadBegan: number): ActiveHost {
  const begin = performance.now();
  const log = vscode.window.createOutputChannel('Procession', { log: true });
  speak(t);
  const host = new Host(context, log);
  const timer = setTimeout(() => {
    offerLeftovers(host, false).catch((error: unknown) => log.warn(`Left-over runs could not be looked for: ${wordsOf(error)}`));
  }, leftoversAfterMs);
  context.subscriptions.push(
    log,
    host,
    { dispose: () => clearTimeout(timer) },
    ...registerCommands(host, context),
    ...registerQuickFixes(context.extensionUri, host.summary),
    vscode.tasks.registerTaskProvider(taskType, new ProcessionTasks(host)),
    vscode.window.registerWebviewPanelSerializer(panelViewType, {
      deserializeWebviewPanel: (panel, state: unknown) => host.restorePanel(panel, state),
    }),
    vscode.window.registerCustomEditorProvider(recordingViewType, new RecordingEditor(context.extensionUri, context.globalStorageUri, log), {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { retainContextWhenHidden: false },
    }),
  );
  log.info(`Active after ${(performance.now() - loadBegan).toFixed(1)} ms, ${(begin - loadBegan).toFixed(1)} of them to load.`);
  return { close: () => host.close() };
}
