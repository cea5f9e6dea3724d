/** Python source as a tree with lines: what every fix looks at. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';

export type { SyntaxNode } from '@lezer/common';

/** Lines that one statement has to itself, counted from 1. */
export interface OwnLines {
  readonly first: number;
  readonly last: number;
}

export interface Call {
  readonly node: SyntaxNode;
  /** Text before the last dot of what is called; null for a plain name. */
  readonly object: string | null;
  readonly name: string;
}

export interface Arguments {
  readonly positional: readonly SyntaxNode[];
  readonly keywords: ReadonlyMap<string, SyntaxNode>;
  /** `*args` or `**kwargs` hide what is given. */
  readonly open: boolean;
}

export class PySource {
  readonly #starts: readonly number[];

  private constructor(
    readonly text: string,
    readonly root: SyntaxNode,
  ) {
    // As Python and VS Code count them: a lone carriage return ends a line, too.
    this.#starts = [0, ...[...text.matchAll(/\r\n?|\n/g)].map((match) => match.index + match[0].length)];
  }

  /** Null where any of it is not understood: a fix of half a tree would be a guess. */
  static read(text: string): PySource | null {
    const { topNode } = parser.parse(text);
    return within(topNode, ({ type }) => type.isError).length > 0 ? null : new PySource(text, topNode);
  }

  /** How the file ends its lines. */
  get eol(): string {
    return /\r\n?|\n/.exec(this.text)?.[0] ?? '\n';
  }

  get lines(): number {
    return this.#starts.length;
  }

  of(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }

  /** Line of an offset, from 1. */
  line(at: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** Offset at which a line begins; the end of the text for the line after the last. */
  start(line: number): number {
    return this.#starts[line - 1] ?? this.text.length;
  }

  /** A line without its end. */
  lineText(line: number): string {
    return this.text.slice(this.start(line), this.start(line + 1)).replace(/[\r\n]+$/, '');
  }

  indentOf(line: number): string {
    return /^[ \t]*/.exec(this.lineText(line))?.[0] ?? '';
  }

  /** Whole lines with their ends; the last one of the file gets one. */
  whole(first: number, last: number): string {
    const text = this.text.slice(this.start(first), this.start(last + 1));
    return /[\r\n]$/.test(text) || text === '' ? text : text + this.eol;
  }

  /** The lines of a statement that shares none with another; null where it does. A comment may follow it. */
  ownLines(statement: SyntaxNode): OwnLines | null {
    const first = this.line(statement.from);
    const end = endOf(statement);
    const last = this.line(end);
    const before = this.text.slice(this.start(first), statement.from);
    const after = this.text.slice(end, this.start(last + 1));
    return /^[ \t]*$/.test(before) && /^\s*(#.*)?\s*$/.test(after) ? { first, last } : null;
  }

  /** The first of the lines of comments, indented alike, that stand right above a line; the line itself where there are none. */
  withComments(line: number): number {
    const indent = this.indentOf(line);
    let first = line;
    while (first > 1 && this.lineText(first - 1).startsWith(`${indent}#`) && !this.isInString(this.start(first - 1))) first -= 1;
    return first;
  }

  /** Whether a string goes on over this offset: what stands there is its content, blanks included. */
  isInString(at: number): boolean {
    for (let node: SyntaxNode | null = this.root.resolveInner(at, 1); node !== null; node = node.parent) {
      if ((node.name === 'String' || node.name === 'FormatString') && node.from < at && at < node.to) return true;
    }
    return false;
  }

  /** The innermost statement at a line; null where the line holds none, or several. */
  statementAt(line: number): SyntaxNode | null {
    if (line < 1 || line > this.lines) return null;
    const blank = this.indentOf(line).length;
    if (blank === this.lineText(line).length) return null;
    for (let node: SyntaxNode | null = this.root.resolveInner(this.start(line) + blank, 1); node !== null; node = node.parent) {
      if (node.name === 'Comment' || node.name === 'StatementGroup') return null;
      if (isStatement(node)) return node;
    }
    return null;
  }

  /** The calls in a node, those in functions defined there included. */
  calls(node: SyntaxNode): Call[] {
    return within(node, (one) => one.name === 'CallExpression').flatMap((one) => this.call(one) ?? []);
  }

  /** What a call calls; null where that has no name. */
  call(node: SyntaxNode | null): Call | null {
    const callee = node?.name === 'CallExpression' ? node.firstChild : null;
    if (node == null || callee === null) return null;
    if (callee.name === 'VariableName') return { node, object: null, name: this.of(callee) };
    const property = callee.lastChild;
    const object = callee.firstChild;
    if (callee.name !== 'MemberExpression' || property?.name !== 'PropertyName' || object === null) return null;
    return { node, object: this.of(object), name: this.of(property) };
  }

  arguments(call: SyntaxNode): Arguments {
    const positional: SyntaxNode[] = [];
    const keywords = new Map<string, SyntaxNode>();
    let open = false;
    const parts = childrenOf(call.getChild('ArgList'));
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      const value = parts[i + 2];
      if (part === undefined || '(),'.includes(part.name)) continue;
      if (part.name === '*' || part.name === '**') {
        open = true;
        i += 1;
      } else if (parts[i + 1]?.name === 'AssignOp' && value !== undefined) {
        keywords.set(this.of(part), value);
        i += 2;
      } else positional.push(part);
    }
    return { positional, keywords, open };
  }

  /** `name = value` with one plain name, annotated or not; null for all else. */
  assignment(statement: SyntaxNode | null): { readonly name: string; readonly value: SyntaxNode } | null {
    if (statement?.name !== 'AssignStatement') return null;
    const [target, op, value, ...more] = childrenOf(statement).filter((part) => part.name !== 'TypeDef');
    if (target?.name !== 'VariableName' || op?.name !== 'AssignOp' || value === undefined || more.length > 0) return null;
    return { name: this.of(target), value };
  }
}

/** Children without comments, which may stand anywhere. */
export function childrenOf(node: SyntaxNode | null): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling) if (child.name !== 'Comment') found.push(child);
  return found;
}

/** Where the last token of a statement ends: the end of a block lies after its last line. */
export function endOf(node: SyntaxNode): number {
  const last = childrenOf(node).at(-1);
  if (last === undefined) return node.to;
  if (isBlock(node)) return endOf(last);
  return isBlock(last) || last.name.endsWith('Definition') || node.name === 'StatementGroup' ? endOf(last) : node.to;
}

function isBlock({ name }: SyntaxNode): boolean {
  return name === 'Body' || name === 'MatchBody' || name === 'MatchClause';
}

/** All nodes below one, and itself, that fit, in the order of the text. */
export function within(node: SyntaxNode, fits: (node: SyntaxNode) => boolean): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const visit = (one: SyntaxNode): void => {
    if (fits(one)) found.push(one);
    for (const child of childrenOf(one)) visit(child);
  };
  visit(node);
  return found;
}

const BLOCKS = new Set(['Script', 'Body', 'StatementGroup']);

export function isStatement(node: SyntaxNode): boolean {
  return node.parent !== null && BLOCKS.has(node.parent.name) && node.name !== ':' && node.name !== ';' && node.name !== 'Comment';
}

/** The statements of a block, a Script or a Body. Those that share a line count as one, of the name `StatementGroup`. */
export function statementsOf(block: SyntaxNode | null): SyntaxNode[] {
  return childrenOf(block).filter(isStatement);
}

/** The function, lambda or class around a node; the script for what stands at its top. */
export function scopeOf(node: SyntaxNode): SyntaxNode {
  let at = node.parent ?? node;
  while (at.parent !== null && !SCOPES.has(at.name)) at = at.parent;
  return at;
}

const SCOPES = new Set(['Script', 'FunctionDefinition', 'LambdaExpression', 'ClassDefinition']);
