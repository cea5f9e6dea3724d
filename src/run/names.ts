/**
 * What people call a channel, a lock, a pool and the like: the variable that its source line assigns it to. The script is not asked; its source is read.
 * Two objects of one line share what that line says.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { statements, type PyStatement, type PyToken } from './pylines.js';

/** Longer sources are generated, and not worth the time. */
const MOST_SOURCE_BYTES = 4 * 1024 * 1024;

const MAKERS = new RegExp(`^(?:${[
  'Queue', 'JoinableQueue', 'SimpleQueue', 'Pipe', 'Listener', 'Client', 'Lock', 'RLock', 'Semaphore', 'BoundedSemaphore', 'Condition', 'Event', 'Barrier',
  'Pool', 'ProcessPoolExecutor', 'Value', 'Array', 'RawValue', 'RawArray', 'SharedMemory', 'ShareableList',
].join('|')})$`);
/** These make an object of a manager's only as its methods: `manager.dict()`. */
const METHODS = /^(?:dict|list|Namespace|accept)$/;
const BLOCK_WORDS = new Set(['if', 'elif', 'else', 'for', 'while', 'with', 'try', 'except', 'finally', 'def', 'class', 'async', 'return', 'yield', 'lambda', 'assert', 'del', 'raise', 'import', 'from']);

/** Source text of a target: `self.q`, `queues[i]`. Words that stand side by side keep a space. */
function joined(tokens: readonly PyToken[]): string {
  let text = '';
  for (const token of tokens) {
    const needsSpace = /[\w]$/.test(text) && /^[\w"]/.test(token.text);
    text += needsSpace ? ` ${token.text}` : token.text === ',' ? ', ' : token.text;
  }
  return text.trim();
}

/** Parts between tokens `separator` at this depth. */
function split(tokens: readonly PyToken[], separator: string, depth: number): PyToken[][] {
  const parts: PyToken[][] = [[]];
  for (const token of tokens) {
    if (token.text === separator && token.depth === depth) parts.push([]);
    else parts[parts.length - 1]?.push(token);
  }
  return parts.filter((part, i) => part.length > 0 || i < parts.length - 1);
}

/** Takes brackets off that stand around all of it: `(a, b)` is `a, b`. */
function withoutBrackets(tokens: readonly PyToken[]): readonly PyToken[] {
  const first = tokens[0];
  const last = tokens[tokens.length - 1];
  const pair = first !== undefined && last !== undefined && tokens.length > 2 ? first.text + last.text : '';
  if (pair !== '()' && pair !== '[]') return tokens;
  const inside = tokens.slice(1, -1);
  return inside.every((token) => token.depth > (first?.depth ?? 0)) ? withoutBrackets(inside) : tokens;
}

/** A target without its annotation: `q: Queue` is `q`. */
function withoutAnnotation(tokens: readonly PyToken[]): readonly PyToken[] {
  const depth = tokens[0]?.depth ?? 0;
  const colon = tokens.findIndex((token) => token.text === ':' && token.depth === depth);
  return colon === -1 ? tokens : tokens.slice(0, colon);
}

function isTarget(tokens: readonly PyToken[]): boolean {
  return tokens.length > 0 && tokens.length < 40 && /^[\p{L}_(["*]/u.test(tokens[0]?.text ?? '') && !tokens.some((token) => token.text === '""' && token.depth === 0);
}

/** Index of the word that makes an object in these tokens, on this line where possible; -1 none. */
function makerAt(tokens: readonly PyToken[], line: number): number {
  const isMaker = (i: number): boolean => {
    const text = tokens[i]?.text ?? '';
    return tokens[i + 1]?.text === '(' && (MAKERS.test(text) || (METHODS.test(text) && tokens[i - 1]?.text === '.'));
  };
  let any = -1;
  for (let i = 0; i < tokens.length; i++) {
    if (!isMaker(i)) continue;
    if (tokens[i]?.line === line) return i;
    if (any === -1) any = i;
  }
  return any;
}

/** What the value is for its target: itself, or one element of a list, a set or a dictionary. */
function withContainer(target: string, value: readonly PyToken[]): string {
  const bare = value[0];
  const last = value[value.length - 1];
  if (bare?.depth !== last?.depth) return target;
  switch (`${bare?.text ?? ''}${last?.text ?? ''}`) {
    case '[]': return `${target}[…]`;
    case '{}': return `${target}{…}`;
    default: return target;
  }
}

/** Of several targets and as many values, the target of the value with the maker. A pair that Pipe() returns keeps both names. */
function chosen(targets: readonly PyToken[], value: readonly PyToken[], line: number): string | null {
  const inner = withoutBrackets(withoutAnnotation(targets));
  const depth = inner[0]?.depth ?? 0;
  const names = split(inner, ',', depth).map(joined).filter((name) => name !== '');
  const only = names[0];
  if (only === undefined) return null;
  const isTuple = names.length > 1 || inner.some((token) => token.text === ',' && token.depth === depth);
  if (!isTuple) return withContainer(only, value);
  const bare = withoutBrackets(value);
  const values = split(bare, ',', bare[0]?.depth ?? 0);
  if (values.length === names.length) {
    const makers = values.map((part) => makerAt(part, line));
    const mine = names.filter((_, i) => makers[i] !== -1);
    return mine.length > 0 ? mine.join(', ') : null;
  }
  const maker = value[makerAt(value, line)];
  return names.length === 2 && (maker === undefined || maker.text === 'Pipe') ? names.join(' ⇄ ') : names.join(', ');
}

/** `Worker(jobs=Queue())` and `(jobs := Queue())` name it where it is made. */
function nearest(tokens: readonly PyToken[], line: number): string | null {
  const at = makerAt(tokens, line);
  const maker = tokens[at];
  if (maker === undefined) return null;
  for (let i = at - 1; i > 0; i--) {
    const token = tokens[i];
    if (token === undefined || (token.depth <= maker.depth && (token.text === ',' || '([{'.includes(token.text)))) return null;
    if ((token.text === '=' && token.depth > 0) || token.text === ':=') return tokens[i - 1]?.text ?? null;
  }
  return null;
}

/** `with Pool(4) as pool:` names it after the `as` that follows the maker's brackets. */
function nameOfWith(all: readonly PyToken[], line: number): string | null {
  const start = all[0]?.text === 'async' ? 1 : 0;
  if (all[start]?.text !== 'with') return null;
  const at = makerAt(all, line);
  const maker = all[at];
  if (maker === undefined) return null;
  const as = all.findIndex((token, i) => i > at && token.depth <= maker.depth && (token.text === 'as' || token.text === ',' || token.text === ':'));
  if (all[as]?.text !== 'as') return null;
  const after = all.slice(as + 1);
  const end = after.findIndex((token) => token.depth < maker.depth || (token.depth === maker.depth && (token.text === ',' || token.text === ':')));
  const target = end === -1 ? after : after.slice(0, end);
  return isTarget(target) ? joined(target) : null;
}

function nameIn(statement: PyStatement, line: number): string | null {
  const all = statement.tokens;
  const managed = nameOfWith(all, line);
  if (managed !== null) return managed;
  // `if ready: q = Queue()` : what stands after the block's colon is the statement.
  let tokens = all;
  if (BLOCK_WORDS.has(all[0]?.text ?? '')) {
    const colon = all.findIndex((token) => token.text === ':' && token.depth === 0);
    if (colon !== -1 && colon < all.length - 1) tokens = all.slice(colon + 1);
  }
  const parameter = nearest(tokens, line);
  if (parameter !== null) return parameter;
  if (BLOCK_WORDS.has(tokens[0]?.text ?? '')) return null;
  const parts = split(tokens, '=', 0);
  const value = parts[parts.length - 1];
  const targets = parts[0];
  if (parts.length < 2 || value === undefined || targets === undefined || !isTarget(withoutAnnotation(targets))) return null;
  return chosen(targets, value, line);
}

/** The name that the statement at this line gives to what it makes; null where it gives none. */
export function nameAt(source: readonly PyStatement[], line: number): string | null {
  const here = source.filter((statement) => statement.firstLine <= line && line <= statement.lastLine);
  const makers = here.filter((statement) => makerAt(statement.tokens, line) !== -1);
  const pick = makers.length > 0 ? makers : here;
  const names = pick.map((statement) => nameIn(statement, line)).filter((name) => name !== null);
  const name = names.length > 0 ? [...new Set(names)].join(', ') : null;
  return name === null || name.length > 80 ? null : name;
}

/** Reads names from files, each file once for as long as it does not change. */
export class SourceNames {
  readonly #files = new Map<string, { readonly mtimeMs: number; readonly source: readonly PyStatement[] }>();

  /** Null where the file is gone, no regular file, too long, or says no name. */
  nameAt(file: string, line: number): string | null {
    if (!path.isAbsolute(file)) return null;
    try {
      const stat = fs.statSync(file);
      if (!stat.isFile() || stat.size > MOST_SOURCE_BYTES) return null;
      let known = this.#files.get(file);
      if (known?.mtimeMs !== stat.mtimeMs) {
        known = { mtimeMs: stat.mtimeMs, source: statements(fs.readFileSync(file, 'utf8')) };
        this.#files.set(file, known);
      }
      return nameAt(known.source, line);
    } catch {
      return null; // a source that cannot be read leaves what it makes without a name
    }
  }
}
