/** Texts are written once, in English, where they are used; the host sends translations by that English text. */
import { speak } from '../../src/model/words.js';
import type { Text } from '../../src/protocol/view.js';

let texts: Readonly<Record<string, string>> = {};
let numbers = new Intl.NumberFormat('en');

/** Must be called before the first drawing: texts are not signals. */
export function useTexts(translated: Readonly<Record<string, string>>, locale: string): void {
  texts = translated;
  try {
    numbers = new Intl.NumberFormat(locale);
  } catch {
    numbers = new Intl.NumberFormat('en');
  }
}

export type Arg = string | number;

/** @returns the translation of an English template, with `{0}`, `{1}`, ... replaced by the arguments. */
export function t(template: string, ...args: readonly Arg[]): string {
  return fill(texts[template] ?? template, args);
}

speak(t);

/** One of two texts by number: `one` where it is 1, else `many`; both get the number as `{0}`. */
export function plural(count: number, one: string, many: string): string {
  return count === 1 ? t(one, integer(count)) : t(many, integer(count));
}

export function fill(template: string, args: readonly Arg[]): string {
  return template.replace(/\{(\d+)\}/g, (whole, n: string) => {
    const arg = args[Number(n)];
    return arg === undefined ? whole : String(arg);
  });
}

export type Part = { readonly text: string; readonly arg: number | null };

/** The same as a list of parts, so that an argument can be drawn as a link. */
export function parts(text: Text): readonly Part[] {
  const template = texts[text.template] ?? text.template;
  const out: Part[] = [];
  let at = 0;
  for (const match of template.matchAll(/\{(\d+)\}/g)) {
    const n = Number(match[1]);
    const arg = text.args[n];
    if (arg === undefined) continue;
    if (match.index > at) out.push({ text: template.slice(at, match.index), arg: null });
    out.push({ text: String(arg), arg: n });
    at = match.index + match[0].length;
  }
  if (at < template.length) out.push({ text: template.slice(at), arg: null });
  return out;
}

/** An integer with the reader's grouping: 41,207. */
export function integer(n: number): string {
  return numbers.format(n);
}
