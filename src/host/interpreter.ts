/** Which Python to use, asked of whoever may know; none of them is needed. */
import { PythonExtension, PVSC_EXTENSION_ID } from '@vscode/python-extension';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { settings } from '../protocol/ids.js';
import { wordsOf } from './outcome.js';
import { openSetting } from './settings.js';

const environmentsExtensionId = 'ms-python.vscode-python-envs';

/** The part of the Python Environments extension's API that is used; it has no package of types. */
const EnvironmentsApi = v.object({ getEnvironment: v.function() });
const Environment = v.object({ execInfo: v.object({ run: v.object({ executable: v.string() }) }) });

/**
 * The interpreter that is chosen in the Python extensions for this resource, or null: then the first on the path is taken.
 * Never throws: an extension that fails is passed over, and the log says so.
 */
export async function chosenInterpreter(resource: vscode.Uri | undefined, log: vscode.LogOutputChannel): Promise<string | null> {
  for (const [who, ask] of [
    [environmentsExtensionId, askEnvironments],
    [PVSC_EXTENSION_ID, askPython],
  ] as const) {
    if (vscode.extensions.getExtension(who) === undefined) continue;
    try {
      const found = await ask(resource);
      if (found !== null) {
        log.info(`Interpreter by ${who}: ${found}`);
        return found;
      }
    } catch (error) {
      log.warn(`${who} could not say which interpreter is chosen: ${wordsOf(error)}`);
    }
  }
  return null;
}

async function askEnvironments(resource: vscode.Uri | undefined): Promise<string | null> {
  const api = v.safeParse(EnvironmentsApi, await vscode.extensions.getExtension<unknown>(environmentsExtensionId)?.activate());
  if (!api.success) return null;
  const environment = v.safeParse(Environment, await api.output.getEnvironment(resource));
  return environment.success ? environment.output.execInfo.run.executable : null;
}

async function askPython(resource: vscode.Uri | undefined): Promise<string | null> {
  const api = await PythonExtension.api();
  const environment = await api.environments.resolveEnvironment(api.environments.getActiveEnvironmentPath(resource));
  return environment?.executable.uri?.fsPath ?? null;
}

/** Lets the person choose: in the Python extension where it is installed, else in our setting. */
export async function chooseInterpreter(): Promise<void> {
  if (vscode.extensions.getExtension(PVSC_EXTENSION_ID) !== undefined) await vscode.commands.executeCommand('python.setInterpreter');
  else await openSetting(settings.python);
}
