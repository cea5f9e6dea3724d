/** What a row of the native view says when the pointer rests on it. Names and texts come from the script: they are never read as Markdown. */
import * as vscode from 'vscode';
import { kindWords, reasonWords, tags, waitSentence } from '../../model/words.js';
import type { FindingRow, ProcessRow, Snapshot, SourceRef } from '../../protocol/view.js';
import { t, translate } from '../texts.js';
import { namesIn } from './names.js';

export function findingTip(finding: FindingRow): vscode.MarkdownString {
  const tip = new vscode.MarkdownString();
  const paragraph = (text: string): void => {
    tip.appendMarkdown(literally(text));
    tip.appendMarkdown('\n\n');
  };
  paragraph(translate(finding.message));
  paragraph(translate(finding.fix));
  for (const text of finding.evidence) {
    tip.appendMarkdown('- ');
    tip.appendMarkdown(literally(translate(text)));
    tip.appendMarkdown('\n');
  }
  if (finding.evidence.length > 0) tip.appendMarkdown('\n');
  paragraph([finding.certain ? vscode.l10n.t('Certain') : vscode.l10n.t('Likely'), finding.rule, ...places(finding.where)].join(' · '));
  return tip;
}

export function processTip(row: ProcessRow, snapshot: Snapshot): vscode.MarkdownString {
  const tip = new vscode.MarkdownString();
  const line = (text: string): void => {
    tip.appendMarkdown(literally(text));
    tip.appendMarkdown('  \n');
  };
  const names = namesIn(snapshot, t);
  line([`${row.name} · PID ${row.pid}`, kindWords(row), ...tags(row)].join(' · '));
  for (const blocked of row.blocked) line([waitSentence(blocked, row.key, names), ...places(blocked.where)].join(' · '));
  if (row.exception !== null) line(`${row.exception.type}: ${row.exception.message}`);
  if (row.reason !== null) line(reasonWords(row.reason));
  if (row.created !== null) line(`${vscode.l10n.t('Created at')} ${places(row.created).join('')}`);
  if (row.argv !== null) line(row.argv.join(' '));
  return tip;
}

/** As it is written. `appendText` would do so too, but makes every space one that no line breaks at: words were cut in two. */
function literally(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[!-/:-@[-`{-~]/g, (mark) => (mark === '<' ? '&lt;' : mark === '&' ? '&amp;' : `\\${mark}`));
}

function places(where: SourceRef | null): string[] {
  return where === null ? [] : [`${where.file}:${where.line}`];
}
