/**
 * `npm test [-- STAGE...] [--python 3.14] [--file NAME]...`: everything that must be true, in one command that installs what it needs.
 * Stages: check, unit, python, truth, e2e; all of them without an argument. Ends with `N passed, N failed`.
 * With `--python` the stages python and truth run on these versions only, and fail where one of them is not there.
 * With `--file` the stages unit and e2e run only the files whose path has this in it: `npm test -- e2e --file pictures`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../scripts/chromium.mjs';
import { buildExtension, checkNode, ensurePackages } from '../scripts/prepare.mjs';
import { findPythons } from '../scripts/pythons.mjs';
import { ensureCodeServer, root } from '../scripts/vscode.mjs';

const say = (line) => console.log(line);
const results = join(root, 'test-results');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** What a stage answers: how many tests passed, failed and were skipped, and the names of what failed. */
const nothing = () => ({ passed: 0, failed: 0, skipped: 0, failures: [] });

const stages = { check, unit, python, truth, e2e };
const { values: options, positionals: asked } = argumentsOrEnd();
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`There is no stage ${unknown.join(', ')}. Stages: ${Object.keys(stages).join(', ')}.`);
  process.exit(64);
}

checkNode();
const pythons = findPythons().filter(({ minor }) => !options.python || options.python.includes(`3.${minor}`));
const absent = (options.python ?? []).filter((version) => !pythons.some(({ minor }) => version === `3.${minor}`));
if (absent.length > 0) {
  console.error(`There is no CPython ${absent.join(', ')} here.`);
  process.exit(69);
}
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
ensurePackages(say);
buildExtension(say);

const total = nothing();
for (const name of asked.length > 0 ? asked : Object.keys(stages)) {
  const began = Date.now();
  say(`\n== ${name}`);
  const its = await stages[name]();
  say(`== ${name}: ${its.passed} passed, ${its.failed} failed${its.skipped ? `, ${its.skipped} skipped` : ''} in ${Math.round((Date.now() - began) / 1000)} s`);
  total.passed += its.passed;
  total.failed += its.failed;
  total.skipped += its.skipped;
  total.failures.push(...its.failures.map((failure) => `${name}: ${failure}`));
  // A stage that ran nothing proved nothing.
  if (its.passed + its.failed === 0) {
    total.failed += 1;
    total.failures.push(`${name}: ran no test`);
  }
}
for (const failure of total.failures) say(`FAILED ${failure}`);
say(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed === 0 ? 0 : 1);

function argumentsOrEnd() {
  try {
    return parseArgs({ options: { python: { type: 'string', multiple: true }, file: { type: 'string', multiple: true } }, allowPositionals: true });
  } catch (error) {
    console.error(error.message);
    return process.exit(64);
  }
}

/** Runs a program with its output shown as it comes; answers its exit code and the end of its output. */
function shown(command, args, env = {}) {
  return captured(command, args, env, true);
}

function captured(command, args, env = {}, show = false) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = '';
    const keep = (stream) => (chunk) => {
      if (show) stream.write(chunk);
      tail = (tail + chunk).slice(-100_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep(process.stdout));
    child.stderr.setEncoding('utf8').on('data', keep(process.stderr));
    child.once('error', (error) => resolve({ code: -1, tail: error.message }));
    child.once('close', (code) => resolve({ code, tail }));
  });
}

/** Types and style: each counts as one test. */
async function check() {
  const its = nothing();
  for (const script of ['check', 'lint']) {
    const { code } = await shown('npm', ['run', '--silent', script]);
    if (code === 0) its.passed += 1;
    else {
      its.failed += 1;
      its.failures.push(`npm run ${script}`);
    }
  }
  return its;
}

function unit() {
  return vitest('unit', ['--config', 'test/unit/vitest.config.ts']);
}

async function vitest(name, args, env = {}) {
  const file = join(results, `${name}.json`);
  const { code } = await shown(bin('vitest'), ['run', ...args, ...(options.file ?? []), '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], env);
  const its = nothing();
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { ...its, failed: 1, failures: [`vitest ended with ${code} and no report`] };
  }
  its.passed = report.numPassedTests;
  its.failed = report.numFailedTests;
  its.skipped = report.numPendingTests + report.numTodoTests;
  for (const suite of report.testResults) {
    const failed = suite.assertionResults.filter((test) => test.status === 'failed');
    its.failures.push(...failed.map((test) => test.fullName));
    // A file that cannot even be loaded has no failed test of its own.
    if (suite.status === 'failed' && failed.length === 0) {
      its.failed += 1;
      its.failures.push(suite.name.replace(`${root}/`, ''));
    }
  }
  // Unhandled errors outside any test.
  if (code !== 0 && its.failed === 0) {
    its.failed = 1;
    its.failures.push(`vitest ended with ${code}`);
  }
  return its;
}

/** The runtime's own tests, on every Python; two at a time, because they wait more than they work. */
async function python() {
  const its = nothing();
  const waiting = [...pythons];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await pythonTests(next, its);
  };
  await Promise.all([worker(), worker()]);
  return its;
}

async function pythonTests({ version, path }, its) {
  const { code, tail } = await captured(path, ['-m', 'unittest', 'discover', '-s', 'test/python', '-t', 'test/python']);
  say(`-- Python ${version}\n${tail.trimEnd()}`);
  const ran = Number(/^Ran (\d+) tests?/m.exec(tail)?.[1] ?? 0);
  const last = tail.slice(tail.lastIndexOf('\nRan '));
  const count = (word) => Number(new RegExp(`${word}=(\\d+)`).exec(last)?.[1] ?? 0);
  const skipped = count('skipped');
  const failed = count('failures') + count('errors') + count('unexpected successes');
  its.skipped += skipped;
  its.failed += failed;
  its.passed += Math.max(0, ran - skipped - failed);
  its.failures.push(...[...tail.matchAll(/^(?:FAIL|ERROR): (.*)$/gm)].map(([, what]) => `${version}: ${what}`));
  if (ran === 0 || (code !== 0 && failed === 0)) {
    its.failed += 1;
    its.failures.push(`${version}: ended with ${code} after ${ran} tests`);
  }
}

/** Every scenario's example, and a few random programs: the report against what the script itself logged. */
async function truth() {
  const its = nothing();
  if (pythons.length === 0) return { ...its, failed: 1, failures: ['no CPython from 3.8 on was found'] };
  const every = findPythons();
  const runner = (every.find(({ minor }) => minor === 11) ?? every.at(-1)).path;
  const args = pythons.flatMap(({ path }) => ['--python', path]);
  await counted(its, runner, [join('test', 'truth', 'run_truth.py'), '--table', '--jobs', '3', ...args]);
  await counted(its, runner, [join('test', 'soak', 'run_soak.py'), '--short', ...args]);
  return its;
}

/** Adds what a program counted that ends with `N passed, N failed`. */
async function counted(its, program, args) {
  const { code, tail } = await shown(program, args);
  const closing = [...tail.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  const failed = closing ? Number(closing[2]) : 0;
  its.passed += closing ? Number(closing[1]) : 0;
  its.failed += failed;
  its.skipped += closing ? Number(closing[3] ?? 0) : 0;
  its.failures.push(...[...tail.matchAll(/^FAIL(?:ED)?:? (.*)$/gm)].map(([, what]) => what));
  if (!closing || (code !== 0 && failed === 0)) {
    its.failed += 1;
    its.failures.push(`${args[0]} ended with ${code}${closing ? '' : ' and no count'}`);
  }
}

/** The packaged extension in a real VS Code, driven in Chromium. */
async function e2e() {
  const browser = ensureChromium(say);
  if (!browser) return { ...nothing(), failed: 1, failures: ['no Chromium'] };
  try {
    ensureCodeServer(say);
  } catch (error) {
    return { ...nothing(), failed: 1, failures: [error.message] };
  }
  const python = findPythons().find(({ minor }) => minor >= 11) ?? findPythons().at(-1);
  if (!python || spawnSync(python.path, ['-c', '']).status !== 0) return { ...nothing(), failed: 1, failures: ['no CPython from 3.8 on was found'] };
  return vitest('e2e', ['--config', 'test/e2e/vitest.config.ts'], { PROCESSION_CHROMIUM: browser, PROCESSION_PYTHON: python.path });
}
