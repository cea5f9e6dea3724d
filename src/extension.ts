/** Where VS Code comes in; everything else is in the rooms. */
import type { ExtensionContext } from 'vscode';
import { activateHost, type ActiveHost } from './host/index.js';

/** From the bundle's first line. */
declare const processionLoadBegan: number;

let host: ActiveHost | null = null;

export function activate(context: ExtensionContext): void {
  host = activateHost(context, processionLoadBegan);
}

export async function deactivate(): Promise<void> {
  await host?.close();
  host = null;
}
