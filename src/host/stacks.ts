/** Where the threads of a process stand, as the host asks for it: with the setting, and with the process that a person chooses. */
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { StacksAnswer } from '../run/index.js';
import { resourceOf } from './request.js';
import type { RunEntry } from './runs.js';
import { readSettings } from './settings.js';
import { replaceVariables } from './variables.js';

export async function stacksFor({ run, request }: RunEntry, process: string): Promise<StacksAnswer> {
  const { stacksOf } = await import('../run/index.js');
  const { pySpy } = readSettings(request === null ? undefined : resourceOf(request));
  const file = request?.target.kind === 'script' ? request.target.path : null;
  return stacksOf(run, process, replaceVariables(pySpy, { workspaceFolder: request?.folder ?? null, file, userHome: homedir(), env: globalThis.process.env, dirname }));
}

/** The key of a living process of the run: the only one, or the one that is chosen; null: none. */
export async function pickProcess({ run }: RunEntry): Promise<string | null> {
  const living = run.model.snapshot().processes.filter(({ endedMs, state }) => endedMs === null && state !== 'zombie');
  if (living.length < 2) return living[0]?.key ?? null;
  const items = living.map(({ key, name, pid, target }) => ({ label: name, description: `PID ${pid}`, ...(target === null ? {} : { detail: target }), key }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Stacks of which process?'), matchOnDescription: true, matchOnDetail: true }))?.key ?? null;
}
