/** Values that are the same whenever and wherever they are worked out. */
import { childrenOf, type SyntaxNode } from './source.js';

const ATOMS = new Set(['Number', 'String', 'ContinuedString', 'Boolean', 'None', 'Ellipsis']);
const CONTAINERS = new Set(['TupleExpression', 'ArrayExpression', 'DictionaryExpression', 'SetExpression', 'ParenthesizedExpression', 'UnaryExpression', 'BinaryExpression']);
const MARKS = new Set(['(', ')', '[', ']', '{', '}', ',', ':', 'ArithOp', 'BitOp']);

/** Numbers, strings, and containers and sums of them. */
export function isLiteral(node: SyntaxNode): boolean {
  if (ATOMS.has(node.name)) return true;
  return CONTAINERS.has(node.name) && childrenOf(node).every((part) => MARKS.has(part.name) || isLiteral(part));
}
