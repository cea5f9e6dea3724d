/**
 * The end of a pipe that a process has and never uses is closed in it: in the process that made the pipe once the child that the end is for
 * has started, or at the top of the function that a child runs.
 */
import type { Fault, Fix } from './fix.js';
import { namesOf } from './names.js';
import { childrenOf, scopeOf, statementsOf, within, type Call, type PySource, type SyntaxNode } from './source.js';

const TITLE = { template: 'Close the unused end of the pipe here: {0}.close()' };

/** `one, other = Pipe()`, as a statement. */
interface Pipe {
  readonly statement: SyntaxNode;
  readonly ends: readonly [string, string];
}

export function pipeFix(source: PySource, { line, made, madeByItself }: Fault): Fix | null {
  const pipe = made === null ? null : pipeOf(source, source.statementAt(made));
  const waits = line === null ? null : source.statementAt(line);
  if (pipe === null || waits === null || line === null) return null;
  const receivers = new Set(source.calls(waits).flatMap(({ name, object, node }) => (name.startsWith('recv') && object !== null && source.line(node.from) <= line && line <= source.line(node.to) ? [object] : [])));
  const [receiver] = receivers;
  if (receiver === undefined || receivers.size !== 1) return null;
  return madeByItself ? inMaker(source, pipe, waits, receiver) : inChild(source, pipe, waits, receiver);
}

function pipeOf(source: PySource, statement: SyntaxNode | null): Pipe | null {
  if (statement?.name !== 'AssignStatement') return null;
  const call = source.call(statement.lastChild);
  const names = childrenOf(statement).slice(0, -2).filter(({ name }) => name !== ',');
  const [one, other, more] = names;
  if (call?.name !== 'Pipe' || one?.name !== 'VariableName' || other?.name !== 'VariableName' || more !== undefined) return null;
  return { statement, ends: [source.of(one), source.of(other)] };
}

function otherEnd({ ends: [one, other] }: Pipe, end: string): string | null {
  if (one === other) return null;
  if (end === one) return other;
  return end === other ? one : null;
}

/** The maker itself reads: it lets go of the other end as soon as the child has it. */
function inMaker(source: PySource, pipe: Pipe, waits: SyntaxNode, receiver: string): Fix | null {
  const scope = scopeOf(pipe.statement);
  const end = otherEnd(pipe, receiver);
  if (end === null || scopeOf(waits).from !== scope.from || !boundOnce(source, scope, pipe, end)) return null;
  const block = statementsOf(pipe.statement.parent);
  const uses = usesOf(source, scope, end).filter((use) => use.from > pipe.statement.to);
  const processes = uses.map((use) => processAround(source, use, end));
  const last = uses.at(-1);
  if (last === undefined || uses.some((use) => scopeOf(use).from !== scope.from) || processes.includes(null)) return null;
  let after = -1;
  for (const process of processes) {
    const started = process === null ? -1 : startOf(source, block, process);
    if (started === -1) return null;
    after = Math.max(after, started);
  }
  const statement = block[after];
  const lines = statement === undefined ? null : source.ownLines(statement);
  // A use that is still to come, or a read that comes first, is another story.
  if (statement === undefined || lines === null || last.from > statement.to || waits.from < statement.to) return null;
  return insertBehind(source, lines.last, source.indentOf(lines.first), end);
}

/** The end is what the pipe gave it, all through the scope. */
function boundOnce(source: PySource, scope: SyntaxNode, pipe: Pipe, end: string): boolean {
  const others = within(scope, (node) => node.name === 'VariableName' && source.of(node) === end && isBinding(node));
  return others.every((node) => pipe.statement.from <= node.from && node.to <= pipe.statement.to);
}

/** Not all that binds a name, but what may here: equals signs, for, as, parameters, global. */
function isBinding(node: SyntaxNode): boolean {
  const parent = node.parent;
  switch (parent?.name) {
    case 'AssignStatement':
    case 'UpdateStatement':
      return parent.getChildren('AssignOp').some((op) => op.from >= node.to) || parent.name === 'UpdateStatement';
    case 'ForStatement':
      return (parent.getChild('in')?.from ?? 0) > node.from;
    case 'ParamList':
      return node.prevSibling?.name !== 'AssignOp';
    case 'TupleExpression':
      return parent.parent?.name === 'AssignStatement' && parent.nextSibling?.name === 'AssignOp';
    case 'ArgList':
      return false;
    default:
      return parent?.name === 'ScopeStatement' || parent?.name === 'DeleteStatement' || node.prevSibling?.name === 'as';
  }
}

function usesOf(source: PySource, node: SyntaxNode, name: string): SyntaxNode[] {
  return within(node, (one) => one.name === 'VariableName' && source.of(one) === name && !isKeyword(one));
}

function isKeyword(node: SyntaxNode): boolean {
  return node.parent?.name === 'ArgList' && node.nextSibling?.name === 'AssignOp';
}

/** The `Process(...)` that an end is given to, in `args`. */
function processAround(source: PySource, use: SyntaxNode, end: string): Call | null {
  const given = use.parent;
  if (given?.name !== 'TupleExpression' && given?.name !== 'ArrayExpression') return null;
  const call = source.call(given.parent?.parent ?? null);
  if (call?.name !== 'Process') return null;
  const args = source.arguments(call.node).keywords.get('args');
  return args?.from === given.from && usesOf(source, given, end).length === 1 ? call : null;
}

/** Index of the statement of the block in, or with, which the process starts; -1 not known. */
function startOf(source: PySource, block: readonly SyntaxNode[], process: Call): number {
  const at = block.findIndex((node) => node.from <= process.node.from && process.node.to <= node.to);
  const holder = block[at];
  if (holder === undefined) return -1;
  const member = process.node.parent;
  if (member?.name === 'MemberExpression') return source.call(member.parent)?.name === 'start' ? at : -1;
  const statement = process.node.parent;
  const assigned = source.assignment(statement);
  if (assigned === null) return -1;
  const starts = (node: SyntaxNode): boolean => source.calls(node).some(({ name, object }) => name === 'start' && object === assigned.name);
  const index = block.findIndex((node, i) => i >= at && starts(node));
  // Made in a loop, it has to start in that loop: afterwards the name means the last one only.
  if (statement?.from !== holder.from) return index === at ? at : -1;
  const started = block[index];
  return started?.name === 'ExpressionStatement' && block.every((node, i) => i <= at || i >= index || !namesOf(source, [node]).bound.has(assigned.name)) ? index : -1;
}

/** A child reads: it has got the other end as an argument, and has no use for it. */
function inChild(source: PySource, pipe: Pipe, waits: SyntaxNode, receiver: string): Fix | null {
  const worker = scopeOf(waits);
  const name = worker.name === 'FunctionDefinition' ? worker.getChild('VariableName') : null;
  const body = worker.getChild('Body');
  if (name === null || body === null || worker.parent?.name !== 'Script' || worker.getChild('async') !== null) return null;
  const parameters = parametersOf(source, worker);
  // All that is made of the function is one process, or several that get the same ends at the same places.
  const uses = usesOf(source, source.root, source.of(name)).filter((use) => use.from !== name.from);
  const makers = uses.map((use) => (use.prevSibling?.name === 'AssignOp' && use.parent !== null ? source.call(use.parent.parent) : null));
  if (parameters === null || makers.length === 0) return null;
  const unused = new Set<string>();
  for (const maker of makers) {
    if (maker?.name !== 'Process' || scopeOf(maker.node).from !== scopeOf(pipe.statement).from) return null;
    const { keywords, open } = source.arguments(maker.node);
    const target = keywords.get('target');
    const args = elements(keywords.get('args'));
    if (open || keywords.has('kwargs') || target === undefined || source.of(target) !== source.of(name) || args === null) return null;
    const mine = args[parameters.indexOf(receiver)];
    const end = mine === undefined ? null : otherEnd(pipe, source.of(mine));
    const at = args.findIndex((arg) => source.of(arg) === end);
    const parameter = parameters[at];
    if (parameter === undefined) return null;
    unused.add(parameter);
  }
  const [end, another] = unused;
  if (end === undefined || another !== undefined || usesOf(source, body, end).length > 0) return null;
  return atTop(source, body, end);
}

/** Plain positional parameters; null where there are others. */
function parametersOf(source: PySource, worker: SyntaxNode): readonly string[] | null {
  const parts = childrenOf(worker.getChild('ParamList'));
  if (!parts.every(({ name }) => ['(', ')', ',', 'VariableName', 'TypeDef'].includes(name))) return null;
  return parts.filter(({ name }) => name === 'VariableName').map((part) => source.of(part));
}

function elements(node: SyntaxNode | undefined): readonly SyntaxNode[] | null {
  if (node?.name !== 'TupleExpression' && node?.name !== 'ArrayExpression') return null;
  const found = childrenOf(node).filter(({ name }) => !'()[],'.includes(name));
  return found.some(({ name }) => name === '*') ? null : found;
}

function atTop(source: PySource, body: SyntaxNode, end: string): Fix | null {
  const [first, second] = statementsOf(body);
  const isDoc = first?.name === 'ExpressionStatement' && (first.firstChild?.name ?? '').endsWith("String");
  const before = isDoc ? second : first;
  const lines = before === undefined ? null : source.ownLines(before);
  if (lines === null) return null;
  const at = source.start(source.withComments(lines.first));
  return { title: { ...TITLE, args: [end] }, from: at, to: at, text: `${source.indentOf(lines.first)}${end}.close()${source.eol}` };
}

function insertBehind(source: PySource, line: number, indent: string, end: string): Fix {
  const at = source.start(line + 1);
  const text = `${indent}${end}.close()`;
  const ended = at > 0 && /[\r\n]/.test(source.text.charAt(at - 1));
  return { title: { ...TITLE, args: [end] }, from: at, to: at, text: ended ? text + source.eol : source.eol + text };
}
