/** Where VS Code comes in; everything else is in the rooms. */
import type { ExtensionContext } from 'vscode';
import { activateHost, type ActiveHost } from './host/index.js';

let host: ActiveHost | null = null;

export function activate(context: ExtensionContext): void {
  host = activateHost(context);
}

export async function deactivate(): Promise<void> {
  await host?.close();
  host = null;
}
