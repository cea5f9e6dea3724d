/** Shows a line of the script's source. */
import { isAbsolute, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { RuleName } from '../../protocol/rules.js';
import type { SourceRef } from '../../protocol/view.js';
import { done, failed, type Outcome } from '../outcome.js';

const flashMs = 1500;

/**
 * @param cwd folder that a relative file name is meant from
 * @param panel the panel that asks, which the source does not cover; null: none did
 */
export async function openSource(where: SourceRef, beside: boolean, cwd: string, panel: vscode.WebviewPanel | null): Promise<Outcome> {
  if (/^<.*>$/.test(where.file)) return failed(vscode.l10n.t('{0} has no source file.', where.file));
  const file = isAbsolute(where.file) ? where.file : resolve(cwd, where.file);
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  } catch {
    return failed(vscode.l10n.t('{0} cannot be opened: it was moved, or belongs to another machine.', file));
  }
  const line = Math.min(Math.max(where.line, 1), document.lineCount) - 1;
  const range = document.lineAt(line).range;
  const start = new vscode.Position(line, document.lineAt(line).firstNonWhitespaceCharacterIndex);
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: beside ? vscode.ViewColumn.Beside : columnFor(document, panel),
    selection: new vscode.Range(start, start),
  });
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  flash(editor, range);
  return done;
}

/**
 * The page on a rule, as VS Code shows Markdown, where a text would be shown; as text where it shows none.
 * @param panel the panel that asks; null: a text does, and the page stands beside it
 */
export async function openRulePage(extensionUri: vscode.Uri, rule: RuleName, panel: vscode.WebviewPanel | null): Promise<void> {
  const page = vscode.Uri.joinPath(extensionUri, 'docs', 'findings', `${rule}.md`);
  const column = panel === null ? vscode.ViewColumn.Beside : columnFor(null, panel);
  try {
    await vscode.commands.executeCommand('vscode.openWith', page, 'vscode.markdown.preview.editor', column);
  } catch {
    await vscode.window.showTextDocument(page, { viewColumn: column });
  }
}

/** Where it is already, else any other text editor's column, else one that is not the panel's. */
function columnFor(document: vscode.TextDocument | null, panel: vscode.WebviewPanel | null): vscode.ViewColumn {
  const editors = vscode.window.visibleTextEditors.filter((editor) => editor.viewColumn !== undefined);
  const same = editors.find((editor) => editor.document === document);
  const other = editors.find((editor) => editor.viewColumn !== panel?.viewColumn);
  return same?.viewColumn ?? other?.viewColumn ?? (panel?.viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One);
}

function flash(editor: vscode.TextEditor, range: vscode.Range): void {
  const decoration = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    border: '1px solid',
    borderColor: new vscode.ThemeColor('editor.rangeHighlightBorder'),
  });
  editor.setDecorations(decoration, [range]);
  setTimeout(() => decoration.dispose(), flashMs);
}
