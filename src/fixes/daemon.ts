/** A daemonic process that starts children is made a plain one, where its source says in so many words that it is daemonic. */
import type { Fault, Fix } from './fix.js';
import { isStatement, scopeOf, within, type PySource, type SyntaxNode } from './source.js';

const TITLE = { template: 'Make the process non-daemonic (daemon=False)', args: [] };

export function daemonFix(source: PySource, { made }: Fault): Fix | null {
  if (made === null) return null;
  const statement = source.statementAt(made);
  if (statement === null) return null;
  const calls = source.calls(statement).filter(({ name, node }) => name.endsWith('Process') && source.line(node.from) <= made && made <= source.line(node.to));
  const [call, another] = calls;
  if (call === undefined || another !== undefined) return null;
  const given = source.arguments(call.node);
  const daemon = given.keywords.get('daemon');
  if (daemon !== undefined) return isTrue(source, daemon) ? toFalse(daemon) : null;
  if (given.open) return null;
  const assigned = source.assignment(statement);
  if (assigned === null || assigned.value.from !== call.node.from) return null;
  const values = setsOf(source, statement, assigned.name);
  const [value, more] = values;
  return value !== undefined && more === undefined && isTrue(source, value) ? toFalse(value) : null;
}

/** What `name.daemon` is set to in the scope of the statement that makes the process; empty where the name may mean another process by then. */
function setsOf(source: PySource, statement: SyntaxNode, name: string): SyntaxNode[] {
  const scope = scopeOf(statement);
  const mine = within(scope, (node) => node.name === 'AssignStatement' && scopeOf(node).from === scope.from && isStatement(node));
  const made = mine.filter((node) => source.assignment(node)?.name === name);
  if (made.length !== 1) return [];
  return mine.flatMap((node) => {
    const [target, value] = [node.firstChild, node.lastChild];
    if (node.from < statement.from || target === null || value === null || source.of(target).replace(/\s/g, '') !== `${name}.daemon`) return [];
    return [value];
  });
}

function isTrue(source: PySource, node: SyntaxNode): boolean {
  return node.name === 'Boolean' && source.of(node) === 'True';
}

function toFalse({ from, to }: SyntaxNode): Fix {
  return { title: TITLE, from, to, text: 'False' };
}
