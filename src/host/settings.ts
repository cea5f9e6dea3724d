/** The settings, checked: settings.json holds whatever was typed, so what has the wrong type counts as not set. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import { settings, settingsSection, type SettingId } from '../protocol/ids.js';

const words = v.fallback(v.array(v.string()), []);
const text = v.fallback(v.string(), '');

export interface Settings {
  /** Empty: not set. */
  readonly python: string;
  readonly pythonOptions: readonly string[];
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Empty: not set. */
  readonly workingDirectory: string;
  /** 0: no previews. */
  readonly previewBytes: number;
  readonly budgetBytes: number;
  readonly keepRuns: number;
  /** Empty: not set, it is looked for. */
  readonly pySpy: string;
  /** Tell certain errors of running scripts by a notification. */
  readonly notifications: boolean;
}

const megabyte = 1024 * 1024;

function whole(fallback: number, least: number, most: number) {
  return v.fallback(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)), fallback);
}

/** @param resource the script, for settings that differ by folder */
export function readSettings(resource: vscode.Uri | undefined): Settings {
  const section = vscode.workspace.getConfiguration(settingsSection, resource ?? null);
  const get = (id: SettingId): unknown => section.get<unknown>(id);
  return {
    python: v.parse(text, get(settings.python)).trim(),
    pythonOptions: v.parse(words, get(settings.pythonOptions)),
    arguments: v.parse(words, get(settings.arguments)),
    environment: v.parse(v.fallback(v.record(v.string(), v.string()), {}), get(settings.environment)),
    workingDirectory: v.parse(text, get(settings.workingDirectory)).trim(),
    previewBytes: v.parse(v.fallback(v.boolean(), true), get(settings.previewsEnabled))
      ? v.parse(whole(200, 16, 4096), get(settings.previewsBytes))
      : 0,
    budgetBytes: v.parse(whole(256, 4, 16384), get(settings.budget)) * megabyte,
    keepRuns: v.parse(whole(3, 0, 50), get(settings.keepRuns)),
    pySpy: v.parse(text, get(settings.pySpy)).trim(),
    notifications: v.parse(v.fallback(v.boolean(), true), get(settings.notifications)),
  };
}

/** Opens the settings page at one setting. */
export async function openSetting(id: SettingId): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `${settingsSection}.${id}`);
}
