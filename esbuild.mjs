/**
 * Builds the three bundles: the extension and the command line for Node, the page for the webview.
 *
 *   node esbuild.mjs             with source maps, not minified
 *   node esbuild.mjs --watch     the same, again on each change
 *   node esbuild.mjs --package   minified, without source maps, then dist/procession.vsix; fails past the size limits
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const packaging = process.argv.includes('--package');
const watching = process.argv.includes('--watch');

/** What may be shipped at most, in bytes. */
const limits = { 'dist/extension.cjs': 1_000_000, 'dist/procession.vsix': 2_000_000 };

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: packaging,
  sourcemap: packaging ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': packaging ? '"production"' : '"development"' },
};

// ps-list is an ES module that asks for import.meta.url as it loads, which is empty in a CommonJS bundle and would crash
// there. Its helpers for Windows are looked for in `vendor` beside the bundle.
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: { ...common.define, 'import.meta.url': 'processionBundleUrl' },
};
const bundleUrl = 'const processionBundleUrl = require("node:url").pathToFileURL(__filename).href;';

const bundles = [
  {
    ...node,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.cjs',
    external: ['vscode'],
    // When loading began, for the log: it is a part of what activation costs.
    banner: { js: `const processionLoadBegan = performance.now();\n${bundleUrl}` },
  },
  {
    ...node,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.cjs',
    banner: { js: `#!/usr/bin/env node\n${bundleUrl}` },
  },
  {
    ...common,
    entryPoints: ['media/main.tsx'],
    outfile: 'dist/media/main.js',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  },
];

function copyVendor() {
  const vendor = join(dirname(require.resolve('ps-list')), 'vendor');
  cpSync(vendor, join(root, 'dist/vendor'), { recursive: true });
}

function checkSizes(names) {
  const over = [];
  for (const name of names) {
    const size = statSync(join(root, name)).size;
    console.log(`${name}: ${(size / 1000).toFixed(0)} kB of ${limits[name] / 1000} kB`);
    if (size > limits[name]) over.push(name);
  }
  if (over.length > 0) throw new Error(`larger than allowed: ${over.join(', ')}`);
}

/**
 * vsce looks at every file below its folder before it asks the allow-list, and `.cache/` may hold a whole Debian: it gets a folder
 * with nothing but what the list names.
 */
function pack() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const allowed = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n').filter((line) => line.startsWith('!'));
  const names = new Set(['.vscodeignore', ...allowed.map((line) => line.slice(1).split('/')[0])]);
  const stage = mkdtempSync(join(tmpdir(), 'procession-package-'));
  try {
    for (const name of names) cpSync(join(root, name), join(stage, name), { recursive: true });
    execFileSync(
      process.execPath,
      [require.resolve('@vscode/vsce/vsce'), 'package', manifest.version, '--no-dependencies', '--no-update-package-json', '--no-git-tag-version', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', join(root, 'dist/procession.vsix')],
      { cwd: stage, stdio: 'inherit' },
    );
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

if (watching) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  copyVendor();
  for (const bundle of bundles) await (await esbuild.context(bundle)).watch();
  console.log('Watching.');
} else {
  await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
  copyVendor();
  if (packaging) {
    checkSizes(['dist/extension.cjs']);
    pack();
    checkSizes(['dist/procession.vsix']);
  }
}
