/**
 * `npm run bench [-- runtime reading ui page]`: measures the project's figures in one run and prints them beside what they should be.
 * Ratios are paired: with and without instrumentation, in turn, on the same machine at the same time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ensureChromium } from '../../scripts/chromium.mjs';
import { buildExtension, checkNode, ensurePackages } from '../../scripts/prepare.mjs';
import { findPythons } from '../../scripts/pythons.mjs';
import { ensureCodeServer, root } from '../../scripts/vscode.mjs';

const results = join(root, 'test-results');
const file = join(results, 'figures.jsonl');
const parts = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['runtime', 'reading', 'ui', 'page'];

/** Least throughput with instrumentation over without. */
const LEAST = { queue: 0.74, queue2: 0.74, simplequeue: 0.74, pipe: 0.82, map: 0.87, submit: 0.81, lock: 0.8, fork: 0.83, spawn: 0.9, forkserver: 0.93 };
/** Nanoseconds that an acquire may take more, and milliseconds that a start of Python may. */
const MOST = { acquire: 80, start: 2 };

checkNode();
ensurePackages(console.log);
buildExtension(console.log);
mkdirSync(results, { recursive: true });
rmSync(file, { force: true });
writeFileSync(file, '');
let broken = false;
if (parts.includes('runtime')) runtime();
if (parts.includes('reading')) past();
if (parts.includes('ui')) ui();
for (const part of ['reading', 'page']) {
  if (!parts.includes(part)) continue;
  const env = { ...process.env };
  if (part === 'page') {
    const browser = ensureChromium(console.log);
    if (!browser) process.exit(69);
    env.PROCESSION_CHROMIUM = browser;
  }
  ensureCodeServer(console.log);
  const done = spawnSync(join(root, 'node_modules', '.bin', 'vitest'), ['run', '--config', 'test/bench/vitest.config.ts', `test/bench/${part}`], { cwd: root, stdio: 'inherit', env });
  broken ||= done.status !== 0;
}
show();
process.exit(broken ? 1 : 0);

/** Loops in Python, on 3.11 and 3.13 where they are here, else on the newest. */
function runtime() {
  const all = findPythons();
  const chosen = all.filter(({ minor }) => minor === 11 || minor === 13);
  for (const { version, path } of chosen.length > 0 ? chosen : all.slice(-1)) {
    console.log(`Python ${version}: loops with and without, in turn`);
    const done = spawnSync(path, [join(root, 'test', 'bench', 'runtime_bench.py'), '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    if (done.status !== 0) {
      broken = true;
      continue;
    }
    const { loops, start } = JSON.parse(done.stdout);
    for (const [name, loop] of Object.entries(loops)) {
      const least = LEAST[name];
      const figure = { name: `${name} on ${version}, with / without`, value: loop.ratio, unit: '', how: `median of the pairs (${loop.low} to ${loop.high}); plain ${loop.plain} a second`, ...(least ? { atLeast: least } : {}) };
      tell(figure);
    }
    for (const [loop, name, most] of [['acquire', 'an acquire', { atMost: MOST.acquire }], ['release', 'an acquire and its release', {}]]) {
      const pair = 1e9 / loops[loop].plain;
      tell({ name: `${name} of a free lock on ${version}, more`, value: Math.round(pair / loops[loop].ratio - pair), unit: 'ns', how: `a pair takes ${Math.round(pair)} plain`, ...most });
    }
    tell({ name: `a start of Python ${version}, more`, value: start.more, unit: 'ms', how: `median of ${start.pairs} pairs (${start.low} to ${start.high}); plain ${start.plain}`, atMost: MOST.start });
  }
}

/** The page at a scale where others give up, in Chromium. */
function ui() {
  const browser = ensureChromium(console.log);
  if (!browser) process.exit(69);
  bundled(join('ui', 'main.ts'), [], { PROCESSION_CHROMIUM: browser });
}

/** A moment of a recording that is looked back at. */
function past() {
  bundled('past.ts', ['--expose-gc'], {});
}

/** Runs a file of this folder as the extension is run: bundled, in a process of its own. */
function bundled(source, flags, env) {
  // One folder deep, as the sources are from which it learns where the project is.
  const bundle = join(results, `bench-${source.replace(/\W+/g, '-')}.mjs`);
  buildSync({
    entryPoints: [join(root, 'test', 'bench', source)], outfile: bundle, absWorkingDir: root, logLevel: 'warning',
    bundle: true, platform: 'node', format: 'esm', packages: 'external', alias: { vscode: './test/bench/ui/vscode-stand-in.ts' },
  });
  const done = spawnSync(process.execPath, [...flags, bundle], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  broken ||= done.status !== 0;
}

function tell(figure) {
  appendFileSync(file, `${JSON.stringify(figure)}\n`);
}

function show() {
  const figures = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [];
  const rows = figures.map(({ name, value, unit, atLeast, atMost, how }) => {
    const wanted = atLeast !== undefined ? `at least ${atLeast}` : atMost !== undefined ? `at most ${atMost}` : '';
    const met = atLeast !== undefined ? value >= atLeast : atMost !== undefined ? value <= atMost : null;
    return [name, `${value} ${unit}`.trim(), wanted, met === null ? '' : met ? 'met' : 'NOT MET', how];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column].length), 0));
  console.log('');
  for (const row of rows) console.log([...row.slice(0, 4).map((cell, column) => cell.padEnd(widths[column])), row[4]].join('  '));
}
