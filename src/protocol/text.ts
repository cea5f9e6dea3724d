/** Sentences for people, kept as template and arguments for as long as somebody may still translate them. */
import type { Text } from './view.js';

/** Fills an English template with its arguments: `{0}`, `{1}`, ... */
export function fill(text: Text): string {
  return text.template.replace(/\{(\d+)\}/g, (whole, digits: string) => {
    const value = text.args[Number(digits)];
    return value === undefined ? whole : String(value);
  });
}

/** What became of something that a person asked for. */
export interface Said {
  readonly ok: boolean;
  /** One sentence in English: what was done, or why not. */
  readonly message: string;
  /** The same as template and arguments, for translation. */
  readonly text: Text;
}

export function said(ok: boolean, template: string, ...args: (string | number)[]): Said {
  const text = { template, args };
  return { ok, message: fill(text), text };
}
