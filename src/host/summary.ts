/** What is known of the runs outside the panel: findings in Problems, and one line in the status bar. */
import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { faultOf } from '../fixes/fault.js';
import type { Fault } from '../fixes/fix.js';
import { commands, linkCommands } from '../protocol/ids.js';
import type { FindingRow, Severity } from '../protocol/view.js';
import type { Runs } from './runs.js';
import { translate } from './texts.js';
import type { Watches } from './watches.js';

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

export class Summary implements vscode.Disposable {
  readonly #diagnostics = vscode.languages.createDiagnosticCollection('procession');
  readonly #item = vscode.window.createStatusBarItem('procession.status', vscode.StatusBarAlignment.Left, 0);
  /** Tokens of runs whose findings stand in Problems no more. */
  readonly #past = new Set<string>();
  readonly #disposables: vscode.Disposable[];

  constructor(
    private readonly runs: Runs,
    private readonly watches: Watches,
  ) {
    this.#item.name = 'Procession';
    this.#item.command = commands.showPanel;
    this.#disposables = [
      watches.onDidAdd(({ entry }) => {
        // Problems are about the present: those of the last run of the same script would stand beside the new ones.
        for (const other of watches.all) if (other.entry.name === entry.name && !other.entry.run.live && other.entry !== entry) this.#past.add(other.entry.token);
        this.#show();
      }),
      watches.onDidChange(({ findings }) => (findings ? this.#show() : this.#showStatus())),
      watches.onDidRemove(({ entry }) => {
        this.#past.delete(entry.token);
        this.#show();
      }),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#diagnostics.dispose();
    this.#item.dispose();
  }

  /** What the findings shown at a line of a file, from 1, give to mend the source by, with absolute names of files. */
  faultsAt(file: string, line: number): Fault[] {
    return this.watches.all.flatMap(({ entry, findings }) => {
      if (this.#past.has(entry.token)) return [];
      const { cwd } = entry.run.info;
      const here = findings.filter(({ where }) => where?.line === line && resolve(cwd, where.file) === file);
      if (here.length === 0) return [];
      const snapshot = entry.run.model.snapshot();
      return here.flatMap((finding) => {
        const fault = faultOf(finding, snapshot);
        return fault === null ? [] : [{ ...fault, file: resolve(cwd, fault.file) }];
      });
    });
  }

  #show(): void {
    this.#showProblems();
    this.#showStatus();
  }

  #showProblems(): void {
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const { entry, findings } of this.watches.all) {
      if (this.#past.has(entry.token)) continue;
      for (const finding of findings) {
        if (finding.where === null) continue;
        const file = resolve(entry.run.info.cwd, finding.where.file);
        const diagnostics = byFile.get(file) ?? [];
        diagnostics.push(diagnosticOf(finding, finding.where.line));
        byFile.set(file, diagnostics);
      }
    }
    this.#diagnostics.clear();
    for (const [file, diagnostics] of byFile) this.#diagnostics.set(vscode.Uri.file(file), diagnostics);
  }

  #showStatus(): void {
    const shown = this.runs.current;
    const watched = shown === null ? undefined : this.watches.get(shown.token);
    if (watched === undefined) {
      this.#item.hide();
      return;
    }
    const { entry, totals, findings } = watched;
    const told = this.#past.has(entry.token) ? [] : findings.filter((finding) => finding.severity !== 'info');
    const problems = told.length;
    const icon = entry.run.live ? '$(sync~spin)' : '$(check)';
    this.#item.text = problems === 0 ? `${icon} ${entry.name}` : `${icon} ${entry.name} $(${told.some(({ severity }) => severity === 'error') ? 'error' : 'warning'}) ${problems}`;
    this.#item.tooltip = vscode.l10n.t(
      'Procession: {0} processes, {1} of them alive; {2} messages; {3} findings',
      totals.processes,
      totals.alive,
      totals.messages,
      findings.length,
    );
    this.#item.accessibilityInformation = { label: `${entry.name}. ${this.#item.tooltip}` };
    this.#item.show();
  }
}

function diagnosticOf(finding: FindingRow, line: number): vscode.Diagnostic {
  const at = Math.max(0, line - 1);
  const text = `${translate(finding.message)} ${translate(finding.fix)}`;
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(at, 0, at, Number.MAX_SAFE_INTEGER),
    finding.certain ? text : vscode.l10n.t('Likely: {0}', text),
    severities[finding.severity],
  );
  diagnostic.source = 'Procession';
  const page = JSON.stringify([finding.rule]);
  diagnostic.code = { value: finding.rule, target: vscode.Uri.from({ scheme: 'command', path: linkCommands.explainRule, query: page }) };
  return diagnostic;
}
