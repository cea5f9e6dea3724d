/** The language of the filter box: words that a row must have, `field:value`, `-` to exclude, quotes around spaces. Pure. */

export const FIELDS = ['name', 'pid', 'state', 'kind', 'method', 'daemon', 'channel', 'object', 'function', 'parent', 'exit', 'signal', 'finding'] as const;
export type Field = (typeof FIELDS)[number];

export interface Term {
  /** null: anywhere in what a row tells. */
  readonly field: Field | null;
  /** In lower case, any of which will do (`state:zombie,orphan`); of a plain word one. */
  readonly values: readonly string[];
  /** The row must not have it. */
  readonly not: boolean;
}

const OTHER_NAMES: Readonly<Record<string, Field>> = { target: 'function', lock: 'object', pool: 'object', queue: 'channel', pipe: 'channel', findings: 'finding' };

function fieldOf(word: string): Field | null {
  const lower = word.toLowerCase();
  return FIELDS.find((field) => field === lower) ?? OTHER_NAMES[lower] ?? null;
}

interface Token {
  readonly text: string;
  /** As it was typed; a quote that is open is closed. */
  readonly typed: string;
  /** Positions before which everything was outside of quotes: there `-`, `:` and `,` have a meaning. */
  readonly bare: ReadonlySet<number>;
}

/** A quote that is never closed reaches to the end: it is being typed. */
function tokens(query: string): readonly Token[] {
  const out: Token[] = [];
  let text = '';
  let typed = '';
  let bare = new Set<number>();
  let quoted = false;
  const end = (): void => {
    if (typed !== '') out.push({ text, typed: quoted ? `${typed}"` : typed, bare });
    text = typed = '';
    bare = new Set();
  };
  for (const c of query) {
    if (!quoted && /\s/.test(c)) {
      end();
      continue;
    }
    typed += c;
    if (c === '"') quoted = !quoted;
    else {
      if (!quoted) bare.add(text.length);
      text += c;
    }
  }
  end();
  return out;
}

function termOf({ text, bare }: Token): Term | null {
  const not = text.startsWith('-') && text.length > 1 && bare.has(0);
  const from = not ? 1 : 0;
  let colon = text.indexOf(':');
  while (colon >= 0 && !bare.has(colon)) colon = text.indexOf(':', colon + 1);
  const field = colon < 0 ? null : fieldOf(text.slice(from, colon));
  if (field === null) {
    // `host:5000` is an address, not a field: a word like any other.
    const value = text.slice(from).toLowerCase();
    return value === '' ? null : { field: null, values: [value], not };
  }
  const values: string[] = [];
  let value = '';
  for (let i = colon + 1; i <= text.length; i++) {
    if (i === text.length || (text[i] === ',' && bare.has(i))) {
      if (value !== '') values.push(value.toLowerCase());
      value = '';
    } else value += text[i] ?? '';
  }
  // `state:` asks for nothing yet.
  return values.length === 0 ? null : { field, values, not };
}

/** @returns what a row must have, all of it; an empty list lets every row through */
export function parseQuery(query: string): readonly Term[] {
  return tokens(query).flatMap((token) => termOf(token) ?? []);
}

/** Whether a term is asked for in just these words, as a chip does: `state:blocked`. */
export function asksFor(query: string, word: string): boolean {
  return tokens(query).some(({ typed }) => typed.toLowerCase() === word);
}

/** The query with a term more, or without it where it had it; the rest stays as it was typed. */
export function toggleTerm(query: string, word: string): string {
  const all = tokens(query).map(({ typed }) => typed);
  const others = all.filter((typed) => typed.toLowerCase() !== word);
  return (others.length < all.length ? others : [...all, word]).join(' ');
}

/** A value as it is written in a query. */
export function quoted(value: string): string {
  return /[\s,:"]|^-/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}

/** Whether any of a term's values lies in the text, which is in lower case. */
export function within(text: string, term: Term): boolean {
  return term.values.some((value) => text.includes(value));
}
