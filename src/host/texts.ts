/** Translation of texts that other rooms made: an English template with its arguments. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Translate } from '../model/words.js';
import type { Text } from '../protocol/view.js';
import type { Said } from '../protocol/text.js';
import { wordsOf, type Outcome } from './outcome.js';

const withText = v.object({ text: v.object({ template: v.string(), args: v.array(v.union([v.string(), v.number()])) }) });

/** A text of the host's or of the model's own. */
export const t: Translate = (template, ...args) => vscode.l10n.t(template, ...args);

/** Arguments are names and numbers, or a reason in words that has a translation of its own. */
export function translate(text: Text): string {
  return vscode.l10n.t(text.template, ...text.args.map((arg) => (typeof arg === 'string' ? pageTexts()[arg] ?? arg : arg)));
}

/** The words of whatever was thrown, translated where it brings its text along. */
export function translatedWordsOf(error: unknown): string {
  const read = v.safeParse(withText, error);
  return read.success ? translate(read.output.text) : wordsOf(error);
}

/** The translations for the page, by English text; empty in English. */
export function pageTexts(): Readonly<Record<string, string>> {
  return vscode.l10n.bundle ?? {};
}

export function translatedOutcome(outcome: Said): Outcome {
  return { ok: outcome.ok, message: translate(outcome.text) };
}
