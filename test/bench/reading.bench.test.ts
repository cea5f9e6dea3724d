/** What watching costs, and that a burst is all seen: the command line over real processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../../scripts/vscode.mjs';
import { pythonPath } from '../e2e/workbench.js';
import { corePercent, note, pause } from './figures.js';

interface Report {
  readonly run: { readonly records: number; readonly dropped: number; readonly durationMs: number };
  readonly processes: readonly { readonly key: string; readonly pid: number; readonly parent: string | null; readonly name: string; readonly exitCode: number | null; readonly end: string }[];
}

const scripts = join(root, 'test', 'bench', 'scripts');
let folder: string;
let child: ChildProcess | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'procession-bench-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the command line over a script; `done` gives its standard output and the report. */
function start(script: string, ...args: string[]): { pid: number; done: Promise<{ out: string; report: Report }> } {
  const json = join(folder, 'report.json');
  const command = [join(root, 'dist', 'cli.cjs'), 'run', '--python', pythonPath(), '--json', json, join(scripts, script), ...args];
  const started = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  let out = '';
  started.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const done = new Promise<{ out: string; report: Report }>((resolve, reject) => {
    started.once('error', reject);
    started.once('close', (code) => {
      child = null;
      if (code !== 0) reject(new Error(`procession run ${script} ended with ${code}`));
      else resolve({ out, report: JSON.parse(readFileSync(json, 'utf8')) as Report });
    });
  });
  if (started.pid === undefined) throw new Error('the command line could not be started');
  return { pid: started.pid, done };
}

test('idle with 64 processes', async () => {
  const { pid, done } = start('idle.py', '64', '14');
  await pause(4);
  const percent = await corePercent(pid, 8);
  const { report } = await done;
  expect(report.processes.length).toBe(65);
  note({ name: 'idle, 64 processes (command line)', value: percent, unit: '% of a core', atMost: 3, how: 'processor time of `procession run` over 8 s' });
});

test('tailing 100,000 records a second', async () => {
  const { pid, done } = start('steady.py', '50000', '2', '14');
  await pause(3);
  const percent = await corePercent(pid, 8);
  const { out, report } = await done;
  const perSecond = Math.round((Number(out.trim()) * 2) / 14);
  expect(report.run.dropped).toBe(0);
  note({ name: 'records a second while tailing', value: perSecond, unit: 'a second', atLeast: 95_000, how: 'messages sent by the script, two records each, over 14 s' });
  note({ name: 'tailing 100,000 records a second', value: percent, unit: '% of a core', atMost: 20, how: 'processor time of `procession run` (tail, decode, fold) over 8 s' });
});

test('500 processes started in a burst are all in the tree, right', async () => {
  const { out, report } = await start('burst.py', '500').done;
  const truth = out.trim().split('\n').map((line) => line.split(' '));
  const main = report.processes.find(({ parent }) => parent === null);
  const wrong = truth.filter(([pid, name, code]) => {
    const row = report.processes.find((process) => process.pid === Number(pid) && process.name === name);
    return !row || row.parent !== main?.key || row.exitCode !== Number(code) || row.end !== 'exited';
  });
  expect(truth.length).toBe(500);
  note({ name: 'burst of 500: rows that are right', value: 500 - wrong.length, unit: 'of 500', atLeast: 500, how: 'pid, name, parent and exit code against what the script printed' });
  expect(report.processes.length).toBe(501);
});
