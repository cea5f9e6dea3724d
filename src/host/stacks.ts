/** Where the threads of a process stand, as the host asks for it: with the setting. */
import { homedir } from 'node:os';
import { dirname } from 'node:path';
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
