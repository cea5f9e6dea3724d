/**
 * Shows what a fix would make of a source, side by side, and asks. VS Code's own refactor preview is not used: an edit that needs
 * confirmation comes unticked there, and Apply then does nothing without a word.
 */
import * as vscode from 'vscode';
import type { Fault, Fix } from '../fixes/index.js';
import { fixScheme } from '../protocol/ids.js';
import { translate } from './texts.js';

export interface FoundFix {
  readonly title: string;
  readonly document: vscode.TextDocument;
  readonly fix: Fix;
}

/** The fix of the source as it is in the editor now, saved or not; null where there is none, or the file cannot be read. */
export async function findFix(fault: Fault): Promise<FoundFix | null> {
  // The grammar of Python is not loaded before somebody wants a fix.
  const { fixFor } = await import('../fixes/index.js');
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(vscode.Uri.file(fault.file));
  } catch {
    return null;
  }
  const fix = fixFor(document.getText(), fault);
  return fix === null ? null : { title: translate(fix.title), document, fix };
}

export class FixPreview implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(fixScheme, this);
  #count = 0;

  dispose(): void {
    this.#registration.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  /** Nothing is changed before the answer; no answer, and closing the preview, mean no. */
  async show({ title, document, fix }: FoundFix): Promise<void> {
    const { version, uri } = document;
    const text = document.getText();
    // Another name each time: VS Code keeps the text of one it knows.
    this.#count += 1;
    const after = uri.with({ scheme: fixScheme, query: String(this.#count) });
    this.#texts.set(after.toString(), text.slice(0, fix.from) + fix.text + text.slice(fix.to));
    const closed = new vscode.CancellationTokenSource();
    const isOurs = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputTextDiff && input.modified.toString() === after.toString();
    const watch = vscode.window.tabGroups.onDidChangeTabs((change) => {
      if (change.closed.some(isOurs)) closed.cancel();
    });
    try {
      // A tab of its own: as a preview it would take the place of the script's tab, where that is one.
      await vscode.commands.executeCommand('vscode.diff', uri, after, title, { preview: false, selection: new vscode.Range(document.positionAt(fix.from), document.positionAt(fix.from)) });
      const apply = { label: vscode.l10n.t('Apply'), description: vscode.l10n.t('Change the text as shown; it is not saved.') };
      const answer = await vscode.window.showQuickPick([apply, { label: vscode.l10n.t('Discard') }], { title, ignoreFocusOut: true }, closed.token);
      await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isOurs)));
      if (answer === apply) await change(document, version, fix);
    } finally {
      watch.dispose();
      closed.dispose();
      this.#texts.delete(after.toString());
    }
  }
}

async function change(document: vscode.TextDocument, version: number, fix: Fix): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(fix.from), document.positionAt(fix.to)), fix.text);
  if (document.version !== version || !(await vscode.workspace.applyEdit(edit))) {
    void vscode.window.showWarningMessage(vscode.l10n.t('The text was changed meanwhile, and the fix was not made. Ask for it again.'));
    return;
  }
  const start = document.positionAt(fix.from);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, start) });
}
