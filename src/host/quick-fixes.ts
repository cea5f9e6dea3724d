/** Quick fixes on the findings in Problems, each shown before anything changes; and what a finding's link opens. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import { linkCommands } from '../protocol/ids.js';
import { ruleNames, type RuleName } from '../protocol/rules.js';
import { findFix, FixPreview, type FoundFix } from './fix-preview.js';
import { openRulePage } from './panel/source.js';
import type { Summary } from './summary.js';

const ruleName = v.picklist(ruleNames);
// Any text with a link to a command could bring other arguments.
const place = v.tuple([v.string(), v.number(), ruleName]);

export function registerQuickFixes(extensionUri: vscode.Uri, summary: Summary): vscode.Disposable[] {
  const preview = new FixPreview();
  return [
    preview,
    vscode.languages.registerCodeActionsProvider({ language: 'python', scheme: 'file' }, new QuickFixes(summary), { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }),
    vscode.commands.registerCommand(linkCommands.explainRule, async (rule: unknown) => {
      if (v.is(ruleName, rule)) await openRulePage(extensionUri, rule, null);
    }),
    vscode.commands.registerCommand(linkCommands.previewFix, async (...args: unknown[]) => {
      const [found] = v.is(place, args) ? await fixesAt(summary, ...args) : [];
      if (found === undefined) void vscode.window.showWarningMessage(vscode.l10n.t('There is no fix for it any more: its run is gone, or the text was changed.'));
      else await preview.show(found);
    }),
  ];
}

class QuickFixes implements vscode.CodeActionProvider {
  constructor(private readonly summary: Summary) {}

  async provideCodeActions(document: vscode.TextDocument, _range: vscode.Range, { diagnostics }: vscode.CodeActionContext): Promise<vscode.CodeAction[]> {
    const actions = await Promise.all(diagnostics.map((diagnostic) => this.#actionFor(document, diagnostic)));
    // Several processes that failed at one line leave several diagnostics there: the source is mended once.
    const titles = new Set<string>();
    return actions.filter((action) => action !== null).filter(({ title }) => !titles.has(title) && titles.add(title));
  }

  async #actionFor(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): Promise<vscode.CodeAction | null> {
    const rule = typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code;
    if (diagnostic.source !== 'Procession' || !v.is(ruleName, rule)) return null;
    const line = diagnostic.range.start.line + 1;
    const [found] = await fixesAt(this.summary, document.uri.fsPath, line, rule);
    if (found === undefined) return null;
    const action = new vscode.CodeAction(found.title, vscode.CodeActionKind.QuickFix);
    action.command = { command: linkCommands.previewFix, title: found.title, arguments: [document.uri.fsPath, line, rule] };
    action.diagnostics = [diagnostic];
    action.isPreferred = true;
    return action;
  }
}

async function fixesAt(summary: Summary, file: string, line: number, rule: RuleName): Promise<FoundFix[]> {
  const faults = summary.faultsAt(file, line).filter((fault) => fault.rule === rule);
  return (await Promise.all(faults.map(findFix))).filter((found) => found !== null);
}
