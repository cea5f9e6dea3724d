/** Runs whose window or command line is gone: a crash, a reload, a machine that slept. The scripts went on. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Leftover } from '../run/index.js';
import type { Host } from './host.js';
import { wordsOf } from './outcome.js';
import { translatedWordsOf } from './texts.js';

const offeredKey = 'offeredLeftovers';
const mostOffered = 100;
const mostSingly = 2;

/**
 * @param asked by a person, who is then told also when there are none; else what runs is offered each time, what has ended once
 */
export async function offerLeftovers(host: Host, asked: boolean): Promise<void> {
  const { leftovers } = await import('../run/index.js');
  const known = new Set(host.runs.all.map((entry) => entry.folder));
  const found = (await leftovers()).filter((leftover) => !known.has(leftover.folder));
  if (asked) await choose(host, found);
  else await offerAll(host, await notOffered(host, found));
}

/** Each by its name, but many of them in one message. */
async function offerAll(host: Host, fresh: readonly Leftover[]): Promise<void> {
  if (fresh.length <= mostSingly) {
    for (const leftover of fresh) void offer(host, leftover);
    return;
  }
  const list = vscode.l10n.t('Show List');
  const message = vscode.l10n.t('{0} runs were left over by windows that are gone; {1} of them still run.', fresh.length, fresh.filter((leftover) => leftover.running).length);
  if ((await vscode.window.showInformationMessage(message, list)) === list) await choose(host, fresh);
}

async function notOffered(host: Host, found: readonly Leftover[]): Promise<readonly Leftover[]> {
  const offered = v.parse(v.fallback(v.array(v.string()), []), host.globalState.get(offeredKey));
  const fresh = found.filter((leftover) => leftover.running || !offered.includes(leftover.folder));
  const ended = fresh.filter((leftover) => !leftover.running).map((leftover) => leftover.folder);
  if (ended.length > 0) await host.globalState.update(offeredKey, [...offered, ...ended].slice(-mostOffered));
  return fresh;
}

async function offer(host: Host, leftover: Leftover): Promise<void> {
  const message = leftover.running
    ? vscode.l10n.t('{0} still runs; the window that started it is gone.', leftover.scriptName)
    : vscode.l10n.t('{0} ended after the window that started it was gone. What it did is recorded.', leftover.scriptName);
  const show = leftover.running ? vscode.l10n.t('Attach') : vscode.l10n.t('Show');
  if ((await vscode.window.showInformationMessage(message, show)) === show) await adopt(host, leftover);
}

async function choose(host: Host, found: readonly Leftover[]): Promise<void> {
  if (found.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No run was left over.'));
    return;
  }
  const items = found.map((leftover) => ({
    label: leftover.scriptName,
    description: leftover.running ? vscode.l10n.t('running') : vscode.l10n.t('ended'),
    detail: `${new Date(leftover.startedAt).toLocaleString(vscode.env.language)} · ${leftover.folder}`,
    leftover,
  }));
  const choice = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Left-over Runs') });
  if (choice !== undefined) await adopt(host, choice.leftover);
}

async function adopt(host: Host, leftover: Leftover): Promise<void> {
  try {
    await host.adopt(leftover);
  } catch (error) {
    host.log.error(`${leftover.folder}: ${wordsOf(error)}`);
    void vscode.window.showErrorMessage(vscode.l10n.t('The run of {0} cannot be shown: {1}', leftover.scriptName, translatedWordsOf(error)));
  }
}
