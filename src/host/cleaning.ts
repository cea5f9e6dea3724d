/** What earlier runs left in the system, shown to a person, and ended and removed at their word. */
import * as vscode from 'vscode';
import type { Cleaned, CleaningChoice, LeftMemory, Remains } from '../run/index.js';
import type { Host } from './host.js';
import { translate } from './texts.js';

const mostNamed = 5;

interface ChoiceItem extends vscode.QuickPickItem {
  readonly choice?: CleaningChoice;
}

/** What of a run can be cleaned: `3 processes and 1 piece of shared memory (2 MB)`. */
export function amountOf(left: Remains): string {
  const { processes, memory } = left;
  if (memory.length === 0) return processCount(processes.length);
  if (processes.length === 0) return memoryAmount(memory);
  return vscode.l10n.t('{0} and {1}', processCount(processes.length), memoryAmount(memory));
}

export function canBeCleaned(left: Remains): boolean {
  return left.processes.length + left.memory.length > 0;
}

/** Ends and removes it, and says what became of it. */
export async function cleanAndTell(host: Host, choices: readonly CleaningChoice[]): Promise<void> {
  const { cleanUp } = await import('../run/index.js');
  const title = vscode.l10n.t('Cleaning up after earlier runs…');
  const cleaned = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () => cleanUp(choices));
  for (const { pid, command } of cleaned.ended) host.log.info(`clean up: process ${pid} ended (${command})`);
  for (const { name, bytes } of cleaned.removed) host.log.info(`clean up: ${name} removed, ${bytes} bytes`);
  const whys = [...cleaned.refused, ...cleaned.kept].map(({ why }) => why);
  for (const { message } of whys) host.log.warn(`clean up: ${message}`);
  const words = [summaryOf(cleaned), ...whys.slice(0, mostNamed).map((why) => translate(why.text))].join(' ');
  if (whys.length > 0) void vscode.window.showWarningMessage(words);
  else void vscode.window.showInformationMessage(words);
}

/** The command: a list with everything checked, and what is chosen is cleaned. */
export async function chooseToClean(host: Host): Promise<void> {
  const { leftovers, remains } = await import('../run/index.js');
  await leftovers(); // the oldest folders go now, and what they left is noted
  const found = await remains();
  if (!found.some(canBeCleaned)) {
    const used = found.flatMap((left) => left.inUse).map(inUseWords);
    void vscode.window.showInformationMessage([vscode.l10n.t('Earlier runs left nothing that could be cleaned up.'), ...used.slice(0, mostNamed)].join(' '));
    return;
  }
  const chosen = await vscode.window.showQuickPick(found.flatMap(itemsOf), {
    title: vscode.l10n.t('Clean Up After Earlier Runs'),
    placeHolder: vscode.l10n.t('What is checked is ended and removed'),
    canPickMany: true,
    matchOnDetail: true,
  });
  const byRun = new Map<Remains, CleaningChoice>();
  for (const { choice } of chosen ?? []) {
    if (choice === undefined) continue;
    const other = byRun.get(choice.remains);
    byRun.set(choice.remains, other === undefined ? choice : { remains: choice.remains, processes: other.processes || choice.processes, memory: other.memory || choice.memory });
  }
  if (byRun.size > 0) await cleanAndTell(host, [...byRun.values()]);
}

function itemsOf(left: Remains): ChoiceItem[] {
  const { scriptName, startedAt, processes, memory, inUse } = left;
  const items: ChoiceItem[] = [{ label: vscode.l10n.t('{0}, begun {1}', scriptName, new Date(startedAt).toLocaleString(vscode.env.language)), kind: vscode.QuickPickItemKind.Separator }];
  if (processes.length > 0) {
    items.push({
      label: `$(server-process) ${processCount(processes.length)}`,
      description: scriptName,
      detail: listed(processes.map(({ name, pid }) => vscode.l10n.t('{0} (PID {1})', name, pid))),
      picked: true,
      choice: { remains: left, processes: true, memory: false },
    });
  }
  if (memory.length > 0) {
    items.push({
      label: `$(database) ${memoryAmount(memory)}`,
      description: scriptName,
      detail: listed(memory.map(({ name }) => name)),
      picked: true,
      choice: { remains: left, processes: false, memory: true },
    });
  }
  for (const file of inUse) items.push({ label: inUseWords(file), kind: vscode.QuickPickItemKind.Separator });
  return items;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).join(', ');
  return names.length > mostNamed ? `${shown}, …` : shown;
}

function inUseWords({ name, mappedBy }: LeftMemory): string {
  const [user] = mappedBy;
  return vscode.l10n.t('{0} stays: process {1} uses it ({2}).', name, user?.pid ?? 0, user?.command ?? '');
}

function processCount(n: number): string {
  return n === 1 ? vscode.l10n.t('1 process') : vscode.l10n.t('{0} processes', n);
}

function memoryAmount(memory: readonly LeftMemory[]): string {
  const sum = memory.reduce((bytes, file) => bytes + file.bytes, 0);
  const size = new Intl.NumberFormat(vscode.env.language, { style: 'unit', unit: 'byte', notation: 'compact', unitDisplay: 'narrow' }).format(sum);
  return memory.length === 1 ? vscode.l10n.t('1 piece of shared memory ({0})', size) : vscode.l10n.t('{0} pieces of shared memory ({1})', memory.length, size);
}

function summaryOf({ ended, removed }: Cleaned): string {
  if (ended.length + removed.length === 0) return vscode.l10n.t('Nothing was cleaned up.');
  if (removed.length === 0) return vscode.l10n.t('Ended: {0}.', processCount(ended.length));
  if (ended.length === 0) return vscode.l10n.t('Removed: {0}.', memoryAmount(removed));
  return vscode.l10n.t('Ended: {0}. Removed: {1}.', processCount(ended.length), memoryAmount(removed));
}
