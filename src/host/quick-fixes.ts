/** Quick fixes on the findings in Problems, each shown as a preview before anything changes; and what a finding's link opens. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Fault } from '../fixes/index.js';
import { linkCommands } from '../protocol/ids.js';
import { ruleNames } from '../protocol/rules.js';
import { openRulePage } from './panel/source.js';
import type { Summary } from './summary.js';
import { translate } from './texts.js';

const ruleName = v.picklist(ruleNames);

export function registerQuickFixes(extensionUri: vscode.Uri, summary: Summary): vscode.Disposable[] {
  return [
    vscode.languages.registerCodeActionsProvider({ language: 'python', scheme: 'file' }, new QuickFixes(summary), { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }),
    vscode.commands.registerCommand(linkCommands.explainRule, async (rule: unknown) => {
      // Any text with a link to a command could bring another argument.
      if (v.is(ruleName, rule)) await openRulePage(extensionUri, rule, null);
    }),
  ];
}

class QuickFixes implements vscode.CodeActionProvider {
  constructor(private readonly summary: Summary) {}

  async provideCodeActions(document: vscode.TextDocument, _range: vscode.Range, { diagnostics }: vscode.CodeActionContext): Promise<vscode.CodeAction[]> {
    const mine = diagnostics.filter(({ source }) => source === 'Procession');
    const actions = await Promise.all(mine.map((diagnostic) => this.#actionsFor(document, diagnostic)));
    return actions.flat();
  }

  async #actionsFor(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): Promise<vscode.CodeAction[]> {
    const rule = typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code;
    const faults = this.summary.faultsAt(document.uri.fsPath, diagnostic.range.start.line + 1).filter((fault) => fault.rule === rule);
    const actions: vscode.CodeAction[] = [];
    // One line may have failed in several processes: the source is mended once.
    const seen = new Set<string>();
    for (const fault of faults) {
      const edit = await previewedFix(fault);
      if (edit === null || seen.has(edit.title)) continue;
      seen.add(edit.title);
      const action = new vscode.CodeAction(edit.title, vscode.CodeActionKind.QuickFix);
      action.edit = edit.edit;
      action.diagnostics = [diagnostic];
      action.isPreferred = true;
      actions.push(action);
    }
    return actions;
  }
}

/**
 * The edit that mends the source as it is in the editor now, saved or not. VS Code shows it and asks before it is made.
 * @returns null where there is none, or the file cannot be read
 */
export async function previewedFix(fault: Fault): Promise<{ readonly title: string; readonly edit: vscode.WorkspaceEdit } | null> {
  // A grammar of Python is not loaded before somebody wants a fix.
  const { fixFor } = await import('../fixes/index.js');
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(vscode.Uri.file(fault.file));
  } catch {
    return null;
  }
  const fix = fixFor(document.getText(), fault);
  if (fix === null) return null;
  const title = translate(fix.title);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(fix.from), document.positionAt(fix.to));
  edit.replace(document.uri, range, fix.text, { needsConfirmation: true, label: title, description: fault.rule });
  return { title, edit };
}
