/** What somebody sees first: the walkthrough, and a script to try it with. */
import * as vscode from 'vscode';
import { commands, walkthroughId, type CommandId } from '../protocol/ids.js';

const sampleName = 'first_look.py';

type FirstStep = Extract<CommandId, typeof commands.getStarted | typeof commands.openSample>;

export function firstStepHandlers(context: vscode.ExtensionContext): Readonly<Record<FirstStep, () => Promise<void>>> {
  return {
    [commands.getStarted]: async () => {
      // The id of a walkthrough is that of its extension with its own.
      await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#${walkthroughId}`, false);
    },
    [commands.openSample]: async () => {
      const document = await vscode.workspace.openTextDocument(await ownSample(context));
      // Beside the walkthrough, not over it: what the next step runs is the file in sight.
      const viewColumn = vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
      await vscode.window.showTextDocument(document, { preview: false, viewColumn });
    },
  };
}

/** A copy that may be changed: the extension's own file goes with the next version, and what was tried in it too. */
async function ownSample({ extensionUri, globalStorageUri }: vscode.ExtensionContext): Promise<vscode.Uri> {
  const folder = vscode.Uri.joinPath(globalStorageUri, 'sample');
  const copy = vscode.Uri.joinPath(folder, sampleName);
  await vscode.workspace.fs.createDirectory(folder);
  try {
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, 'walkthrough', sampleName), copy, { overwrite: false });
  } catch (error) {
    // It is there from before, perhaps with the mistake mended: that stays as it was left.
    if (!(error instanceof vscode.FileSystemError && error.code === 'FileExists')) throw error;
  }
  return copy;
}
