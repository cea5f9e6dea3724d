import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** What each room may import of the others. `protocol <- model <- findings <- {journal, system} <- run <- {cli, host} <- extension.ts`, `protocol <- fixes <- host`, `model <- export <- {cli, host, media}`. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  model: ['protocol'],
  findings: ['protocol', 'model'],
  fixes: ['protocol'],
  export: ['protocol', 'model'],
  journal: ['protocol', 'model', 'findings'],
  system: ['protocol', 'model', 'findings'],
  run: ['protocol', 'model', 'findings', 'journal', 'system'],
  cli: ['protocol', 'model', 'findings', 'journal', 'system', 'run', 'export'],
  host: ['protocol', 'model', 'findings', 'fixes', 'journal', 'system', 'run', 'export'],
  'extension.ts': ['protocol', 'model', 'findings', 'fixes', 'journal', 'system', 'run', 'host'],
  media: ['protocol', 'model', 'export'],
};

/** Pure rooms: the same in Node, in a browser and in a test. */
const pure = ['protocol', 'model', 'findings', 'fixes', 'export'];
const domNames = ['document', 'window', 'localStorage', 'requestAnimationFrame', 'process', 'Buffer', 'setTimeout', 'setInterval', 'require'];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

function roomOf(file: string): string {
  const parts = relative(root, join(root, file)).split(sep);
  return parts[0] === 'media' ? 'media' : (parts[1] ?? '');
}

const sources = [...files('src'), ...files('media')];

function importsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push(node.moduleSpecifier.text);
    }
    if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'))) {
      const [argument] = node.arguments;
      found.push(argument && ts.isStringLiteral(argument) ? argument.text : '(not a literal)');
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) found.push(node.argument.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const imports: readonly Import[] = sources.flatMap((file) => importsOf(file).map((specifier) => ({ file, room: roomOf(file), specifier })));
/** The version that the command line prints: data, of no room. */
const manifest = 'package.json';
const local = imports.filter((one) => one.specifier.startsWith('.') && targetOf(one) !== manifest);
const foreign = imports.filter(({ specifier }) => !specifier.startsWith('.'));

/** The file that a relative specifier means, from the root. */
function targetOf({ file, specifier }: Import): string {
  return normalize(join(dirname(file), specifier));
}

describe('imports between rooms', () => {
  it('are read from every room', () => {
    expect([...new Set(sources.map(roomOf))].sort()).toEqual(Object.keys(mayImport).sort());
    expect(local.length).toBeGreaterThan(50);
  });

  it('follow the arrows that are drawn', () => {
    const wrong = local.filter((one) => {
      const target = targetOf(one);
      const room = roomOf(target);
      return room !== one.room && mayImport[one.room]?.includes(room) !== true;
    });
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('lead to files that exist, inside src and media', () => {
    const wrong = local.filter((one) => {
      const target = targetOf(one);
      const inside = target.startsWith(`src${sep}`) || target.startsWith(`media${sep}`);
      const candidates = [target, target.replace(/\.js$/, '.ts'), target.replace(/\.js$/, '.tsx')];
      return !inside || !candidates.some((candidate) => existsSync(join(root, candidate)));
    });
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });
});

describe('imports from outside', () => {
  it('let only the host see vscode', () => {
    // extension.ts names the type of the context that it hands on.
    const wrong = foreign.filter(({ room, specifier }) => specifier === 'vscode' && room !== 'host' && room !== 'extension.ts');
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it('let no pure room and no page see Node', () => {
    const node = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
    const wrong = foreign.filter(({ room, specifier }) => [...pure, 'media'].includes(room) && node.has(specifier));
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('keep the toolkit of controls in one file', () => {
    const users = foreign.filter(({ specifier }) => specifier.startsWith('@vscode/webview-ui-toolkit')).map(({ file }) => file);
    expect(users).toEqual([join('media', 'ui', 'controls.ts')]);
  });
});

describe('pure rooms', () => {
  it('use no names of the browser or of Node', () => {
    const wrong: string[] = [];
    for (const file of sources.filter((name) => pure.includes(roomOf(name)))) {
      const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        const callsOrReads = (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) && ts.isIdentifier(node.expression);
        // A local name may be called the same: `process.key` of a parameter is no reading of Node's.
        if (callsOrReads && ts.isIdentifier(node.expression) && domNames.includes(node.expression.text) && !declares(source, node.expression.text)) {
          wrong.push(`${file}: ${node.expression.text}`);
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
    expect(wrong).toEqual([]);
  });
});

function declares(source: ts.SourceFile, name: string): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) && ts.isIdentifier(node.name) && node.name.text === name) found = true;
    if (!found) ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
