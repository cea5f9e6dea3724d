/** Finds every English text that a person may get to read translated, by reading the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

export const root = join(import.meta.dirname, '..', '..', '..');

/** Which arguments of which functions are texts. */
const textArguments: ReadonlyMap<string, readonly number[]> = new Map([
  ['t', [0]],
  ['plural', [1, 2]],
  ['runError', [1]],
  ['failed', [1]],
  ['said', [1]],
]);

/** Functions that say why, in words that stand inside another text or by themselves. */
const sayWhy = /^(why|reasonOf$|systemReason$)/;

/** Expressions that hold texts which other rooms made, and that are found there. */
const passedOn = new Set(['text.template', 'row.matchingWhy', 'mark.kind']);

/** What `mark.kind` may be: see `Lane` in src/protocol/view.ts. */
const markKinds = ['exit', 'signal', 'exception', 'start'];

/** Rooms whose texts reach a person through VS Code; the command line speaks English. */
const rooms = ['src/host', 'src/run', 'src/journal', 'src/system', 'src/findings', 'src/fixes', 'src/model', 'media'];

export interface UsedText {
  readonly text: string;
  readonly where: string;
}

export interface Found {
  readonly texts: readonly UsedText[];
  /** Calls of `l10n.t` and `t` whose text cannot be read off the source. */
  readonly opaque: readonly string[];
}

export function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts') && !name.startsWith(`dev${sep}`))
    .map((name) => join(root, folder, name));
}

export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

export function findTexts(): Found {
  const texts: UsedText[] = [];
  const opaque: string[] = [];
  for (const file of rooms.flatMap(sourceFiles)) {
    const source = parse(file);
    const place = (node: ts.Node) => `${relative(root, file)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        const name = calledName(node.expression);
        for (const index of textArguments.get(name) ?? []) {
          const argument = node.arguments[index];
          if (argument === undefined) continue;
          const literals = literalsOf(argument);
          if (literals !== null) for (const text of literals) texts.push({ text, where: place(node) });
          else if (name === 't' && !passedOn.has(argument.getText())) opaque.push(place(node));
        }
      } else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'template') {
        for (const text of literalsOf(node.initializer) ?? []) texts.push({ text, where: place(node) });
      }
      if (ts.isFunctionDeclaration(node) && sayWhy.test(node.name?.text ?? '')) {
        for (const text of returned(node)) texts.push({ text, where: place(node) });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  texts.push(...markKinds.map((text) => ({ text, where: 'src/protocol/view.ts' })));
  return { texts, opaque };
}

/** Whole phrases that a function returns; codes of one word are for programs. */
function returned(declaration: ts.FunctionDeclaration): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression) {
      const add = (child: ts.Node): void => {
        if (ts.isStringLiteralLike(child) && child.text.includes(' ')) found.push(child.text);
        ts.forEachChild(child, add);
      };
      add(node.expression);
    }
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

function calledName(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
}

/** One text, or the texts of a choice between some; null: not to be read off the source. */
function literalsOf(node: ts.Expression): readonly string[] | null {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return literalsOf(node.expression);
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [literalsOf(node.whenTrue), literalsOf(node.whenFalse)];
    return yes === null || no === null ? null : [...yes, ...no];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [literalsOf(node.left), literalsOf(node.right)];
    return left?.length === 1 && right?.length === 1 ? [`${left[0] ?? ''}${right[0] ?? ''}`] : null;
  }
  return null;
}
