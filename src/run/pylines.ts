/**
 * Cuts Python source into its statements, as far as naming needs it: where a statement begins and ends over several lines,
 * with what strings and comments say taken out. It never fails; on what is not Python its answer is merely useless.
 */

/** One token of a statement. Strings come as `""`. */
export interface PyToken {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** How many brackets are open around it. An opening bracket has the depth outside of it, and so has its closing one. */
  readonly depth: number;
}

/** One logical line; statements joined by semicolons are separate ones. */
export interface PyStatement {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly tokens: readonly PyToken[];
}

const OPENING = '([{';
const CLOSING = ')]}';
const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /(?:[rRbBfFuUtT]{0,2})("""|'''|"|')/y;
const OPERATOR = /:=|==|!=|<=|>=|->|\*\*=?|\/\/=?|<<=?|>>=?|[-+*/%&|^@]=|[^\s]/uy;

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Where the string that opens with `quote` just before `from` ends. A one-line string that is never closed ends with its line. */
function stringEnd(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length) {
    if (text.charAt(at) === '\\') at += 2;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (quote.length === 1 && text.charAt(at) === '\n') return at;
    else at += 1;
  }
  return text.length;
}

export function statements(source: string): PyStatement[] {
  const text = source.replace(/\r\n?/g, '\n');
  const found: PyStatement[] = [];
  let tokens: PyToken[] = [];
  let line = 1;
  let depth = 0;
  let at = 0;
  const finish = (): void => {
    const first = tokens[0];
    if (first !== undefined) found.push({ firstLine: first.line, lastLine: tokens[tokens.length - 1]?.line ?? first.line, tokens });
    tokens = [];
  };
  while (at < text.length) {
    const c = text.charAt(at);
    if (c === '\n') {
      if (depth === 0) finish();
      line += 1;
      at += 1;
    } else if (c === '\\' && text.charAt(at + 1) === '\n') {
      line += 1;
      at += 2;
    } else if (c === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (/\s/.test(c)) {
      at += 1;
    } else {
      const opening = matchAt(STRING, text, at);
      if (opening !== null) {
        const quote = /("""|'''|"|')$/.exec(opening)?.[0] ?? '"';
        const end = stringEnd(text, at + opening.length, quote);
        tokens.push({ text: '""', line, depth });
        for (let i = at; i < end; i++) if (text.charAt(i) === '\n') line += 1;
        at = end;
        continue;
      }
      const word = matchAt(WORD, text, at) ?? matchAt(NUMBER, text, at) ?? matchAt(OPERATOR, text, at) ?? c;
      at += word.length;
      if (word === ';' && depth === 0) {
        finish();
      } else {
        if (CLOSING.includes(word)) depth = Math.max(0, depth - 1);
        tokens.push({ text: word, line, depth });
        if (OPENING.includes(word)) depth += 1;
      }
    }
  }
  finish();
  return found;
}
