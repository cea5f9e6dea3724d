/** What shall be run, and how: gathered from a file, a task and the settings. */
import { homedir } from 'node:os';
import { dirname, isAbsolute, resolve } from 'node:path';
import * as vscode from 'vscode';
import { readSettings } from './settings.js';
import { replaceVariables } from './variables.js';

export type Target = { readonly kind: 'script'; readonly path: string } | { readonly kind: 'module'; readonly name: string };

/** Enough to run the same again, also after a reload: plain data. What is null comes from the settings at that time. */
export interface RunRequest {
  readonly target: Target;
  /** Path of the workspace folder that it belongs to. */
  readonly folder: string | null;
  readonly args: readonly string[] | null;
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly python: string | null;
}

/** A request together with the settings of the moment. */
export interface ResolvedRequest {
  readonly target: Target;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** null: not set by anyone; the Python extensions are asked. */
  readonly python: string | null;
  readonly pythonOptions: readonly string[];
  readonly previewBytes: number;
  readonly budgetBytes: number;
}

export function requestForFile(uri: vscode.Uri): RunRequest {
  return {
    target: { kind: 'script', path: uri.fsPath },
    folder: vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null,
    args: null,
    cwd: null,
    env: {},
    python: null,
  };
}

/** Where settings for this request are looked up. */
export function resourceOf(request: RunRequest): vscode.Uri | undefined {
  if (request.target.kind === 'script') return vscode.Uri.file(request.target.path);
  return request.folder === null ? undefined : vscode.Uri.file(request.folder);
}

/** What the run is called: the script's file name, or the module. */
export function nameOf(target: Target): string {
  return target.kind === 'script' ? target.path.replace(/^.*[\\/]/, '') : target.name;
}

/** A script's path as a task writes it: variables replaced, relative to the workspace folder. */
export function scriptPath(written: string, folder: string | null): string {
  return absolute(replaceVariables(written, { workspaceFolder: folder, file: null, userHome: homedir(), env: process.env, dirname }), folder);
}

export function resolveRequest(request: RunRequest): ResolvedRequest {
  const { target, folder } = request;
  const settings = readSettings(resourceOf(request));
  const file = target.kind === 'script' ? target.path : null;
  const values = { workspaceFolder: folder, file, userHome: homedir(), env: process.env, dirname };
  const replace = (text: string) => replaceVariables(text, values);
  const cwd = replace(request.cwd ?? settings.workingDirectory);
  const python = replace(request.python ?? settings.python);
  return {
    target,
    args: (request.args ?? settings.arguments).map(replace),
    cwd: cwd === '' ? (folder ?? (file === null ? homedir() : dirname(file))) : absolute(cwd, folder),
    env: mapValues({ ...settings.environment, ...request.env }, replace),
    python: python === '' ? null : python,
    pythonOptions: settings.pythonOptions,
    previewBytes: settings.previewBytes,
    budgetBytes: settings.budgetBytes,
  };
}

function absolute(path: string, folder: string | null): string {
  return isAbsolute(path) || folder === null ? path : resolve(folder, path);
}

function mapValues(record: Readonly<Record<string, string>>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
