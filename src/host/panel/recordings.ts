/** Shows *.procession files. Nothing is run for it and nothing of it is: it works in workspaces that are not trusted. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { Run } from '../../run/index.js';
import { done, failed, wordsOf, type Outcome } from '../outcome.js';
import { panelHtml, webviewOptions } from './html.js';
import { PanelSession, type Shown } from './session.js';
import { translatedWordsOf } from '../texts.js';

class RecordingDocument implements vscode.CustomDocument {
  constructor(
    readonly uri: vscode.Uri,
    /** The run, or why there is none. */
    readonly content: { readonly run: Run } | { readonly message: string },
    private readonly copy: vscode.Uri | null,
  ) {}

  dispose(): void {
    if ('run' in this.content) void this.content.run.close({ keep: true });
    if (this.copy !== null) void vscode.workspace.fs.delete(this.copy);
  }
}

export class RecordingEditor implements vscode.CustomReadonlyEditorProvider<RecordingDocument> {
  constructor(
    private readonly extensionUri: vscode.Uri,
    /** For copies of recordings that are not on this machine's disk. */
    private readonly storage: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async openCustomDocument(uri: vscode.Uri): Promise<RecordingDocument> {
    let copy: vscode.Uri | null = null;
    try {
      if (uri.scheme !== 'file') copy = await this.#copyOf(uri);
      const { Run } = await import('../../run/index.js');
      const opened = await Run.open((copy ?? uri).fsPath);
      return new RecordingDocument(uri, { run: opened }, copy);
    } catch (error) {
      this.log.error(`${uri.toString()}: ${wordsOf(error)}`);
      return new RecordingDocument(uri, { message: translatedWordsOf(error) }, copy);
    }
  }

  resolveCustomEditor(document: RecordingDocument, panel: vscode.WebviewPanel): void {
    panel.webview.options = webviewOptions(this.extensionUri);
    const session = new PanelSession(panel, this.#shown(document), this.log, this.extensionUri);
    panel.onDidDispose(() => session.dispose());
    panel.webview.html = panelHtml(panel.webview, this.extensionUri, document.uri.path.replace(/^.*\//, ''));
  }

  #shown(document: RecordingDocument): Shown {
    const token = '';
    if (!('run' in document.content)) return { kind: 'failed', message: document.content.message, token };
    return {
      kind: 'run',
      run: document.content.run,
      token,
      actions: {
        stop: () => Promise.resolve(failed(vscode.l10n.t('A recording has no processes to stop.'))),
        save: () => saveCopy(document.uri),
        rerun: null,
        stacks: null,
      },
    };
  }

  async #copyOf(uri: vscode.Uri): Promise<vscode.Uri> {
    const name = createHash('sha256').update(uri.toString()).digest('hex').slice(0, 32);
    const copy = vscode.Uri.joinPath(this.storage, 'recordings', `${name}.procession`);
    await vscode.workspace.fs.writeFile(copy, await vscode.workspace.fs.readFile(uri));
    return copy;
  }
}

async function saveCopy(from: vscode.Uri): Promise<Outcome> {
  const to = await vscode.window.showSaveDialog({ defaultUri: from });
  if (to === undefined) return done;
  try {
    await vscode.workspace.fs.copy(from, to, { overwrite: true });
    return { ok: true, message: vscode.l10n.t('Saved as {0}.', to.fsPath) };
  } catch (error) {
    return failed(vscode.l10n.t('{0} could not be written: {1}', to.fsPath, wordsOf(error)));
  }
}

