/** A pool is closed and joined at the end of the block that makes it, or closed before a join() that would refuse. */
import type { Fault, Fix } from './fix.js';
import { scopeOf, statementsOf, within, type PySource, type SyntaxNode } from './source.js';

const CLOSE = { template: 'Call {0}.close() before {0}.join()', args: [] };
const CLOSE_AND_JOIN = { template: 'Close the pool and join it at the end of the block', args: [] };

/** After these the end of the block is not where the way goes, or the interpreter is gone. */
const LEAVES = /^(Return|Raise|Break|Continue|Yield)|^AwaitExpression$/;
const ENDS = new Set(['exit', '_exit', 'quit', 'abort', 'execv', 'exec', 'eval', 'globals', 'locals', 'vars']);

export function poolFix(source: PySource, { line }: Fault): Fix | null {
  const at = line === null ? null : source.statementAt(line);
  // Where join() was refused the finding stands there, and else where the pool is made.
  const made = at?.name === 'ExpressionStatement' ? makingOf(source, at) : at;
  const assigned = source.assignment(made);
  if (made === null || assigned === null || source.call(assigned.value)?.name !== 'Pool') return null;
  const { name } = assigned;
  const uses = within(source.root, (node) => node.name === 'VariableName' && source.of(node) === name && node.from !== made.firstChild?.from);
  const scope = scopeOf(made);
  // Any other use of the name might hand the pool to somebody who closes it, or be another pool.
  const methods = uses.map((use) => methodOf(source, use));
  if (scope.name === 'ClassDefinition' || methods.includes(null) || uses.some((use) => scopeOf(use).from !== scope.from || use.from < made.from)) return null;
  if (methods.includes('close') || methods.includes('terminate')) return null;
  return methods.includes('join') ? closeBefore(source, uses.filter((_, i) => methods[i] === 'join'), name) : closeAtEnd(source, made, uses, name);
}

/** The one statement that makes the pool on which `name.join()` is called; null: several do, or none. */
function makingOf(source: PySource, join: SyntaxNode): SyntaxNode | null {
  const call = source.call(join.firstChild);
  if (call?.name !== 'join' || call.object === null) return null;
  const [made, more] = within(source.root, (node) => source.assignment(node)?.name === call.object);
  return made === undefined || more !== undefined ? null : made;
}

/** `name.method(...)`: the method; null for any other use. */
function methodOf(source: PySource, use: SyntaxNode): string | null {
  const member = use.parent;
  const call = source.call(member?.parent ?? null);
  return member?.name === 'MemberExpression' && member.firstChild?.from === use.from && call?.node.firstChild?.to === member.to ? call.name : null;
}

function closeBefore(source: PySource, joins: readonly SyntaxNode[], name: string): Fix | null {
  const [join, more] = joins;
  const statement = join?.parent?.parent?.parent;
  const lines = statement?.name === 'ExpressionStatement' ? source.ownLines(statement) : null;
  if (lines === null || more !== undefined) return null;
  const at = source.start(lines.first);
  return { title: { ...CLOSE, args: [name] }, from: at, to: at, text: `${source.indentOf(lines.first)}${name}.close()${source.eol}` };
}

function closeAtEnd(source: PySource, made: SyntaxNode, uses: readonly SyntaxNode[], name: string): Fix | null {
  const block = statementsOf(made.parent);
  const rest = block.slice(block.findIndex((node) => node.from === made.from));
  const last = rest.at(-1);
  const lines = last === undefined ? null : source.ownLines(last);
  const own = source.ownLines(made);
  if (last === undefined || lines === null || own === null || uses.some((use) => use.from > last.to)) return null;
  if (rest.some((node) => within(node, (one) => LEAVES.test(one.name)).length > 0 || source.calls(node).some((call) => ENDS.has(call.name)))) return null;
  const indent = source.indentOf(own.first);
  const text = `${indent}${name}.close()${source.eol}${indent}${name}.join()`;
  const at = source.start(lines.last + 1);
  const ended = /[\r\n]/.test(source.text.charAt(at - 1));
  return { title: CLOSE_AND_JOIN, from: at, to: at, text: ended ? text + source.eol : source.eol + text };
}
