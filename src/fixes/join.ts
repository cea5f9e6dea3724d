/** A join() moves behind the statements that get what the joined process put, where these stand right below it. */
import type { Fault, Fix } from './fix.js';
import { isLiteral } from './literals.js';
import { namesOf } from './names.js';
import { childrenOf, statementsOf, within, type OwnLines, type PySource, type SyntaxNode } from './source.js';

const TITLE = { template: 'Move join() behind the last get()', args: [] };

/** Asked of a process these answer otherwise before its end than after it; `close` is not allowed before. */
const ASKS_PROCESS = new Set(['is_alive', 'exitcode', 'sentinel', 'terminate', 'kill', 'close', 'join', 'active_children', 'wait']);

interface Join {
  readonly statement: SyntaxNode;
  /** The variable of the process, or the one that runs over the processes. */
  readonly process: string;
}

export function joinFix(source: PySource, { line, name }: Fault): Fix | null {
  const at = line === null ? null : source.statementAt(line);
  if (at === null || name === null || !/^[\w.]+$/.test(name)) return null;
  const first = loopOf(source, at.name === 'ForStatement' ? at.getChild('Body') : at) ?? joinOf(source, at);
  if (first === null) return null;
  const block = statementsOf(first.statement.parent);
  const from = block.findIndex((node) => node.from === first.statement.from);
  // What is joined next to it may wait for the same queue.
  const joins: Join[] = [];
  for (const node of block.slice(from)) {
    const join = joinOf(source, node) ?? (node.name === 'ForStatement' ? loopOf(source, node.getChild('Body')) : null);
    if (join === null) break;
    joins.push(join);
  }
  const gets = getsAfter(source, block.slice(from + joins.length), name, joins);
  const last = gets?.at(-1);
  if (gets === null || last === undefined) return null;
  const moved = joins.map((join) => source.ownLines(join.statement));
  const [top, bottom, end] = [moved[0], moved.at(-1), source.ownLines(last)];
  if (top == null || bottom == null || end === null || moved.includes(null)) return null;
  return move(source, { first: source.withComments(top.first), last: bottom.last }, end.last);
}

/** `process.join(...)` as a statement. */
function joinOf(source: PySource, statement: SyntaxNode): Join | null {
  if (statement.name !== 'ExpressionStatement') return null;
  const call = source.call(statement.firstChild);
  return call?.name === 'join' && call.object !== null && /^[\w.]+$/.test(call.object) ? { statement, process: call.object } : null;
}

/** `for process in processes: process.join()`, of which `inner` is the block or its only statement. */
function loopOf(source: PySource, inner: SyntaxNode | null): Join | null {
  const body = inner?.name === 'Body' ? inner : (inner?.parent ?? null);
  const loop = body?.parent ?? null;
  const [only, more] = statementsOf(body);
  if (loop?.name !== 'ForStatement' || only === undefined || more !== undefined || loop.getChildren('Body').length !== 1) return null;
  const join = joinOf(source, only);
  const variable = childrenOf(loop)[1];
  return join !== null && variable?.name === 'VariableName' && source.of(variable) === join.process ? { statement: loop, process: join.process } : null;
}

/**
 * The statements from the first below the joins to the last that gets from the queue; null where anything says that the order matters.
 */
function getsAfter(source: PySource, below: readonly SyntaxNode[], queue: string, joins: readonly Join[]): readonly SyntaxNode[] | null {
  let count = 0;
  for (const [i, statement] of below.entries()) {
    if (isSimple(source, statement)) continue;
    if (usesOf(source, statement, queue).length === 0) break;
    if (!mayComeFirst(source, statement, queue, joins)) return null;
    count = i + 1;
  }
  // Another get further down would still come too late.
  return below.slice(count).some((statement) => usesOf(source, statement, queue).length > 0) ? null : below.slice(0, count);
}

/** `results = []` and the like. */
function isSimple(source: PySource, statement: SyntaxNode): boolean {
  const assigned = source.assignment(statement);
  return assigned !== null && isLiteral(assigned.value);
}

function usesOf(source: PySource, node: SyntaxNode, queue: string): SyntaxNode[] {
  return within(node, (one) => (one.name === 'VariableName' || one.name === 'MemberExpression') && source.of(one) === queue);
}

function mayComeFirst(source: PySource, statement: SyntaxNode, queue: string, joins: readonly Join[]): boolean {
  // Of the queue nothing but get() that waits: empty() and get_nowait() rely on all being there.
  if (!usesOf(source, statement, queue).every((use) => isWaitingGet(source, use))) return false;
  if (within(statement, (node) => node.name === 'PropertyName' && ASKS_PROCESS.has(source.of(node)) && !isString(node)).length > 0) return false;
  const { bound, free } = namesOf(source, [statement]);
  const roots = joins.map(({ process }) => process.split('.', 1)[0] ?? process);
  if (joins.some(({ process }) => (process.includes('.') ? usesOf(source, statement, process).length > 0 : free.has(process)))) return false;
  if (roots.some((root) => bound.has(root))) return false;
  return !leaves(statement);
}

/** `', '.join(names)` is another join. */
function isString(property: SyntaxNode): boolean {
  return property.parent?.firstChild?.name === 'String';
}

/** `queue.get()`, or `iter(queue.get, ...)`. */
function isWaitingGet(source: PySource, use: SyntaxNode): boolean {
  const member = use.parent;
  if (member?.name !== 'MemberExpression' || member.firstChild?.from !== use.from || member.lastChild === null || source.of(member.lastChild) !== 'get') return false;
  const outer = member.parent;
  if (outer?.name === 'CallExpression' && outer.firstChild?.from === member.from && outer.firstChild.to === member.to) return childrenOf(outer.getChild('ArgList')).length === 2;
  return outer?.name === 'ArgList' && source.call(outer.parent)?.name === 'iter' && outer.parent?.firstChild?.name === 'VariableName';
}

/** Whether control may go elsewhere than to the next statement. */
function leaves(statement: SyntaxNode): boolean {
  return within(statement, ({ name }) => /^(Return|Raise|Break|Continue|Yield)/.test(name) || name === 'AwaitExpression').some((node) => {
    if (node.name !== 'BreakStatement' && node.name !== 'ContinueStatement') return true;
    let loop: SyntaxNode | null = node;
    while (loop !== null && loop.name !== 'ForStatement' && loop.name !== 'WhileStatement') loop = loop.parent;
    // A loop around the statement: what leaves it would leave the join() out.
    return loop === null || loop.from < statement.from;
  });
}

function move(source: PySource, lines: OwnLines, behind: number): Fix {
  const joins = source.whole(lines.first, lines.last);
  const rest = source.whole(lines.last + 1, behind);
  const text = rest + joins;
  const from = source.start(lines.first);
  const to = source.start(behind + 1);
  // A file that ends without the end of a line goes on doing so.
  const ended = /[\r\n]$/.test(source.text.slice(from, to));
  return { title: TITLE, from, to, text: ended ? text : text.slice(0, -source.eol.length) };
}
