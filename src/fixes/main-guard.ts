/**
 * What runs at the top of a script goes under the main guard: from the statement that starts processes (with what leads to it) to the end.
 * What children need of the module stays where each child finds it when it imports the script.
 */
import type { Fault, Fix } from './fix.js';
import { isLiteral } from './literals.js';
import { namesOf } from './names.js';
import { childrenOf, scopeOf, statementsOf, within, type OwnLines, type PySource, type SyntaxNode } from './source.js';

const TITLE = { template: 'Put what the script runs under the main guard', args: [] };

/** Calls that start processes. */
const STARTERS = new Set(['start', 'Pool', 'Manager', 'ProcessPoolExecutor', 'submit', 'map', 'SharedMemoryManager']);
/** Make classes: what is made of them is unpickled by their name in the module. */
const CLASS_MAKERS = new Set(['namedtuple', 'NamedTuple', 'TypedDict', 'Enum', 'IntEnum', 'Flag', 'IntFlag', 'StrEnum', 'type', 'make_dataclass', 'new_class', 'NewType', 'TypeVar', 'ParamSpec']);
/** What is set up before anything runs is meant for children, too. */
const SETUP = /^(sys\.path\b|os\.environ\b|logging\.basicConfig\b|warnings\.|locale\.|faulthandler\.)/;
/** Where these are used, names are not all that counts. */
const SEES_ALL = new Set(['globals', 'vars', 'eval', 'exec', '__import__', 'import_module']);

type Kind = 'definition' | 'constant' | 'setup' | 'guard' | 'run';

export function guardFix(source: PySource, { line }: Fault): Fix | null {
  const statements = statementsOf(source.root);
  const kinds = statements.map((node) => kindOf(source, node));
  const starts = line === null ? -1 : startingAt(source, statements, kinds, line);
  if (starts === -1 || kinds[starts] !== 'run') return null;
  const first = beginning(kinds, starts);
  const merged = kinds.at(-1) === 'guard' ? statements.at(-1) : undefined;
  const end = merged === undefined ? statements.length : statements.length - 1;
  const wrapped = statements.slice(first, end);
  if (kinds.filter((kind) => kind === 'guard').length !== (merged === undefined ? 0 : 1)) return null;
  if (wrapped.some((node, i) => kinds[first + i] === 'definition' && node.name !== 'ImportStatement')) return null;
  const stays = staying(source, statements.slice(0, first), wrapped);
  return stays === null ? null : rewrite(source, wrapped, stays, merged);
}

function kindOf(source: PySource, node: SyntaxNode): Kind {
  if (['ImportStatement', 'FunctionDefinition', 'ClassDefinition', 'DecoratedStatement', 'TypeDefinition', 'PassStatement'].includes(node.name)) return 'definition';
  if (node.name === 'ExpressionStatement' && /^(Continued)?String$/.test(node.firstChild?.name ?? '')) return 'definition';
  if (node.name === 'IfStatement' && isGuard(source, node)) return 'guard';
  if (SETUP.test(source.of(node))) return 'setup';
  const assigned = source.assignment(node);
  if (assigned !== null) {
    const maker = source.call(assigned.value);
    if (assigned.value.name === 'LambdaExpression' || (maker !== null && CLASS_MAKERS.has(maker.name))) return 'definition';
    if (isPure(assigned.value)) return 'constant';
  }
  return (node.name === 'IfStatement' || node.name === 'TryStatement') && isChoice(source, node) ? 'definition' : 'run';
}

/** `try: import fast as impl` / `except ImportError: import slow as impl`, `if TYPE_CHECKING:`, and the like. */
function isChoice(source: PySource, node: SyntaxNode): boolean {
  return childrenOf(node).every((part) =>
    part.name === 'Body' ? statementsOf(part).every((inner) => ['definition', 'constant'].includes(kindOf(source, inner))) : isPure(part),
  );
}

/** Nothing is called in it and nothing bound. */
function isPure(node: SyntaxNode): boolean {
  return within(node, ({ name }) => ['CallExpression', 'AwaitExpression', 'YieldExpression', 'NamedExpression'].includes(name) || name.includes('Comprehension')).length === 0;
}

function isGuard(source: PySource, node: SyntaxNode): boolean {
  const condition = childrenOf(node)[1];
  return condition !== undefined && /^\(?\s*(__name__\s*==\s*(['"])__main__\2|(['"])__main__\3\s*==\s*__name__)\s*\)?$/.test(source.of(condition));
}

/** Index of the statement at the top that comes to the start of a process at this line; -1 none. */
function startingAt(source: PySource, statements: readonly SyntaxNode[], kinds: readonly Kind[], line: number): number {
  const call = source.calls(source.root).find(({ name, node }) => STARTERS.has(name) && source.line(node.from) <= line && line <= source.line(node.to));
  if (call === undefined) return -1;
  const index = statements.findIndex((node) => node.from <= call.node.from && call.node.to <= node.to);
  if (kinds[index] !== 'definition') return index;
  const names = new Set(namesOf(source, statements.slice(index, index + 1)).bound);
  const mentions = (node: SyntaxNode): boolean => within(node, (one) => one.name === 'VariableName' && names.has(source.of(one))).length > 0;
  for (let before = 0; before !== names.size; ) {
    before = names.size;
    statements.forEach((node, i) => {
      if (kinds[i] !== 'definition' || !mentions(node)) return;
      for (const name of namesOf(source, [node]).bound) names.add(name);
    });
  }
  return statements.findIndex((node, i) => kinds[i] !== 'definition' && mentions(node));
}

/** The first statement that goes under the guard: what leads to the start, from the last definition on, without what is set up first. */
function beginning(kinds: readonly Kind[], starts: number): number {
  let first = starts;
  while (first > 0 && kinds[first - 1] !== 'definition' && kinds[first - 1] !== 'guard') first -= 1;
  while (kinds[first] === 'constant' || kinds[first] === 'setup') first += 1;
  return first;
}

/** The statements of those to be wrapped that functions need where they are; null where one of these is more than a constant. */
function staying(source: PySource, before: readonly SyntaxNode[], wrapped: readonly SyntaxNode[]): readonly SyntaxNode[] | null {
  const definitions = before.flatMap((node) => within(node, ({ name }) => ['FunctionDefinition', 'ClassDefinition', 'LambdaExpression'].includes(name)));
  const outermost = definitions.filter((node) => scopeOf(node).name === 'Script');
  const needed = namesOf(source, outermost).free;
  if (definitions.some((node) => source.calls(node).some(({ name, object }) => SEES_ALL.has(name) && (object === null || object === 'importlib')))) return null;
  const stays: SyntaxNode[] = [];
  const bound = wrapped.map((node) => namesOf(source, [node]).bound);
  for (const [i, node] of wrapped.entries()) {
    const wanted = [...(bound[i] ?? [])].filter((name) => needed.has(name));
    if (wanted.length === 0) continue;
    const assigned = source.assignment(node);
    const again = bound.some((names, k) => k !== i && wanted.some((name) => names.has(name)));
    if (assigned === null || !isLiteral(assigned.value) || again) return null;
    stays.push(node);
  }
  return stays;
}

function rewrite(source: PySource, wrapped: readonly SyntaxNode[], stays: readonly SyntaxNode[], guard: SyntaxNode | undefined): Fix | null {
  const lines = wrapped.map((node) => source.ownLines(node));
  const [top, bottom] = [lines[0], lines.at(-1)];
  if (top == null || bottom == null || lines.includes(null)) return null;
  const unit = unitOf(source);
  const old = guard === undefined ? null : guardLine(source, guard, unit);
  if (unit === null || (guard !== undefined && old === null)) return null;
  const kept = stays.map((node) => lines[wrapped.indexOf(node)]).filter((own): own is OwnLines => own != null);
  const isKept = (line: number): boolean => kept.some((own) => own.first <= line && line <= own.last);
  const first = source.withComments(top.first);
  const outside = kept.map((own) => source.whole(own.first, own.last)).join('');
  const inside: string[] = [];
  for (let line = first; line <= bottom.last; line++) {
    if (!isKept(line)) inside.push(indented(source, line, unit));
  }
  const quote = quoteOf(source);
  const head = guard === undefined || old === null ? `if __name__ == ${quote}__main__${quote}:${source.eol}` : source.whole(old, old);
  // Between what was run and the guard that goes up: blank lines and comments.
  let last = bottom.last;
  if (old !== null) {
    for (let line = bottom.last + 1; line < old; line++) inside.push(indented(source, line, unit));
    last = old;
  }
  const text = outside + (outside === '' ? '' : source.eol + source.eol) + head + inside.join('');
  const to = source.start(last + 1);
  const from = source.start(first);
  const ended = /[\r\n]$/.test(source.text.slice(from, to));
  return { title: TITLE, from, to, text: ended ? text : text.replace(/\r\n$|[\r\n]$/, '') };
}

/** A line one step further in; one that begins inside a string is its content and stays. */
function indented(source: PySource, line: number, unit: string): string {
  const text = source.whole(line, line);
  return source.lineText(line).trim() === '' || source.isInString(source.start(line)) ? text : unit + text;
}

/** Line of a guard that may go up: nothing else on it, no other branch, and what is under it indented by one step. */
function guardLine(source: PySource, guard: SyntaxNode, unit: string | null): number | null {
  const line = source.line(guard.from);
  const bodies = guard.getChildren('Body');
  const [first] = statementsOf(bodies[0] ?? null);
  if (bodies.length !== 1 || first === undefined || guard.getChild('else') !== null) return null;
  const at = source.line(first.from);
  return at > line && source.indentOf(at) === unit && /:\s*(#.*)?$/.test(source.lineText(line)) ? line : null;
}

/** What the file indents by; null where it does so by tabs and by blanks. */
function unitOf(source: PySource): string | null {
  let unit: string | null = null;
  for (const body of within(source.root, ({ name }) => name === 'Body')) {
    for (const statement of statementsOf(body)) {
      const line = source.line(statement.from);
      const indent = source.indentOf(line);
      if (source.start(line) + indent.length !== statement.from) continue;
      const outer = source.indentOf(source.line(body.parent?.from ?? 0));
      unit ??= indent.startsWith(outer) && indent.length > outer.length ? indent.slice(outer.length) : null;
      if (unit !== null && (/^\t+$/.test(unit) ? indent.includes(' ') : indent.includes('\t'))) return null;
    }
  }
  return unit ?? '    ';
}

/** The quotes that most of the file's short strings are in. */
function quoteOf(source: PySource): string {
  const quotes = within(source.root, ({ name }) => name === 'String').map((node) => /^[a-zA-Z]*(['"])(?!\1\1)/.exec(source.of(node))?.[1]);
  const single = quotes.filter((quote) => quote === "'").length;
  const double = quotes.filter((quote) => quote === '"').length;
  return single >= double ? "'" : '"';
}
