/** Questions that commands ask, and what they say in the end. */
import * as vscode from 'vscode';
import type { Outcome } from './outcome.js';
import type { RunEntry } from './runs.js';
import { t, translate } from './texts.js';
import { flat, runNode, type ProcessNode } from './view/nodes.js';

/** The only one, or the one that is chosen; null: none. */
export async function pickRun(entries: readonly RunEntry[], title: string): Promise<RunEntry | null> {
  if (entries.length < 2) return entries[0] ?? null;
  const items = entries.map((entry) => ({
    label: entry.name,
    description: entry.run.live ? vscode.l10n.t('running') : vscode.l10n.t('ended'),
    detail: new Date(entry.run.info.startedAt).toLocaleString(vscode.env.language),
    entry,
  }));
  return (await vscode.window.showQuickPick(items.reverse(), { title }))?.entry ?? null;
}

/**
 * A process of a run, from a list in the tree's order.
 * @param tree also those that have ended and left somebody; else only what lives
 */
export async function pickProcess(entry: RunEntry, tree: boolean, title: string): Promise<ProcessNode | null> {
  const told = { token: entry.token, name: entry.name, live: entry.run.live, again: false, open: true };
  const root = runNode(told, entry.run.model.snapshot(), { t, text: translate });
  const wanted = tree ? /alive|family/ : /alive/;
  const items = [...flat(root.children)].flatMap((node) =>
    node.kind === 'process' && wanted.test(node.context) ? [{ label: `$(${node.icon}) ${node.label}`, description: node.description, node }] : [],
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No process of {0} runs.', entry.name));
    return null;
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.node ?? null;
}

export function tell(outcome: Outcome): void {
  if (outcome.message === null) return;
  if (outcome.ok) void vscode.window.showInformationMessage(outcome.message);
  else void vscode.window.showWarningMessage(outcome.message);
}
