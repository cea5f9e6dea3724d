/** Which names a piece of Python binds, and which it takes from outside. */
import { childrenOf, type PySource, type SyntaxNode } from './source.js';

interface Scope {
  readonly isClass: boolean;
  readonly bound: Set<string>;
  /** Declared `global` or `nonlocal`: bound elsewhere. */
  readonly elsewhere: Set<string>;
  readonly read: Set<string>;
  /** Wanted by functions inside of a class, which do not see the names of the class. */
  readonly passed: Set<string>;
}

export interface Names {
  readonly bound: ReadonlySet<string>;
  /** Read, or bound by `global` and `nonlocal`, and not bound here. */
  readonly free: ReadonlySet<string>;
}

/** Names of statements that stand in one scope. */
export function namesOf(source: PySource, nodes: readonly SyntaxNode[]): Names {
  const scope = newScope(false);
  for (const node of nodes) visit(source, node, scope);
  return { bound: scope.bound, free: freeOf(scope) };
}

function newScope(isClass: boolean): Scope {
  return { isClass, bound: new Set(), elsewhere: new Set(), read: new Set(), passed: new Set() };
}

function freeOf(scope: Scope): Set<string> {
  const free = new Set([...scope.read].filter((name) => !scope.bound.has(name)));
  for (const name of [...scope.elsewhere, ...scope.passed]) free.add(name);
  return free;
}

function close(inner: Scope, outer: Scope): void {
  for (const name of freeOf(inner)) (outer.isClass && !inner.isClass ? outer.passed : outer.read).add(name);
}

function visit(source: PySource, node: SyntaxNode, scope: Scope): void {
  switch (node.name) {
    case 'VariableName':
      scope.read.add(source.of(node));
      return;
    case 'AssignStatement':
      assignment(source, node, scope);
      return;
    case 'UpdateStatement':
      update(source, node, scope);
      return;
    case 'NamedExpression':
    case 'TypeDefinition':
      update(source, node, scope);
      return;
    case 'DeleteStatement':
      for (const part of childrenOf(node)) target(source, part, scope);
      return;
    case 'ForStatement':
      between(source, childrenOf(node), 'for', 'in', scope);
      return;
    case 'ArrayComprehensionExpression':
    case 'SetComprehensionExpression':
    case 'DictionaryComprehensionExpression':
    case 'ComprehensionExpression': {
      const inner = newScope(false);
      between(source, childrenOf(node), 'for', 'in', inner);
      close(inner, scope);
      return;
    }
    case 'WithStatement':
    case 'TryStatement':
    case 'AsPattern':
      afterAs(source, node, scope);
      return;
    case 'CapturePattern':
      for (const part of childrenOf(node)) target(source, part, scope);
      return;
    case 'KeywordPattern':
      for (const part of childrenOf(node).slice(1)) visit(source, part, scope);
      return;
    case 'ImportStatement':
      imports(source, node, scope);
      return;
    case 'ScopeStatement':
      for (const part of childrenOf(node)) if (part.name === 'VariableName') scope.elsewhere.add(source.of(part));
      return;
    case 'FunctionDefinition':
    case 'LambdaExpression':
      callable(source, node, scope);
      return;
    case 'ClassDefinition':
      classDefinition(source, node, scope);
      return;
    case 'ArgList':
      args(source, node, scope);
      return;
    default:
      for (const part of childrenOf(node)) visit(source, part, scope);
  }
}

/** What stands left of an equals sign, after `for`, `as`, ...: names in it are bound; objects whose parts are set are read. */
function target(source: PySource, node: SyntaxNode, scope: Scope): void {
  if (node.name === 'VariableName') {
    const name = source.of(node);
    if (!scope.elsewhere.has(name)) scope.bound.add(name);
  } else if (node.name === 'TupleExpression' || node.name === 'ArrayExpression' || node.name === 'ParenthesizedExpression') {
    for (const part of childrenOf(node)) target(source, part, scope);
  } else visit(source, node, scope);
}

function assignment(source: PySource, node: SyntaxNode, scope: Scope): void {
  const parts = childrenOf(node);
  const last = parts.map((part) => part.name).lastIndexOf('AssignOp');
  parts.forEach((part, i) => (i < last || (last === -1 && i === 0) ? target : visit)(source, part, scope));
}

function update(source: PySource, node: SyntaxNode, scope: Scope): void {
  const [first, ...rest] = childrenOf(node).filter((part) => part.name !== 'type');
  if (first !== undefined) {
    if (node.name === 'UpdateStatement') visit(source, first, scope);
    target(source, first, scope);
  }
  for (const part of rest) visit(source, part, scope);
}

function between(source: PySource, parts: readonly SyntaxNode[], from: string, to: string, scope: Scope): void {
  let binds = false;
  for (const part of parts) {
    if (part.name === from) binds = true;
    else if (part.name === to) binds = false;
    else (binds ? target : visit)(source, part, scope);
  }
}

function afterAs(source: PySource, node: SyntaxNode, scope: Scope): void {
  let binds = false;
  for (const part of childrenOf(node)) {
    (binds ? target : visit)(source, part, scope);
    binds = part.name === 'as';
  }
}

function imports(source: PySource, node: SyntaxNode, scope: Scope): void {
  const parts = childrenOf(node);
  const named = parts.slice(parts.findIndex((part) => part.name === 'import') + 1);
  named.forEach((part, i) => {
    const before = named[i - 1]?.name;
    if (part.name === 'VariableName' && before !== '.' && named[i + 1]?.name !== 'as') target(source, part, scope);
  });
}

function callable(source: PySource, node: SyntaxNode, scope: Scope): void {
  const inner = newScope(false);
  for (const part of childrenOf(node)) {
    if (part.name === 'VariableName' && node.name === 'FunctionDefinition') target(source, part, scope);
    else if (part.name === 'ParamList') parameters(source, part, inner, scope);
    else if (part.name === 'TypeDef') visit(source, part, scope);
    else if (part.name === 'TypeParamList') typeParameters(source, part, inner);
    else visit(source, part, inner);
  }
  close(inner, scope);
}

/** Defaults and annotations belong to the scope around. */
function parameters(source: PySource, list: SyntaxNode, inner: Scope, outer: Scope): void {
  let isDefault = false;
  for (const part of childrenOf(list)) {
    if (part.name === 'VariableName' && !isDefault) target(source, part, inner);
    else visit(source, part, outer);
    isDefault = part.name === 'AssignOp';
  }
}

function typeParameters(source: PySource, list: SyntaxNode, scope: Scope): void {
  for (const part of childrenOf(list)) {
    const [name] = childrenOf(part);
    if (name?.name === 'VariableName') target(source, name, scope);
  }
}

function classDefinition(source: PySource, node: SyntaxNode, scope: Scope): void {
  const inner = newScope(true);
  for (const part of childrenOf(node)) {
    if (part.name === 'VariableName') target(source, part, scope);
    else if (part.name === 'TypeParamList') typeParameters(source, part, inner);
    else visit(source, part, part.name === 'Body' ? inner : scope);
  }
  close(inner, scope);
}

/** The name of a keyword argument is no variable. */
function args(source: PySource, list: SyntaxNode, scope: Scope): void {
  const parts = childrenOf(list);
  parts.forEach((part, i) => {
    if (part.name !== 'VariableName' || parts[i + 1]?.name !== 'AssignOp') visit(source, part, scope);
  });
}
