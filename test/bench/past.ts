/**
 * What it costs until a recording is open, and until a moment of a run that is over is known: findings, holders and chains. A recording of a million messages, and one of
 * an ordinary script; part of `npm run bench -- reading`. In a process of its own, bundled as the extension is: another's transforms
 * would be measured too.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPythons } from '../../scripts/pythons.mjs';
import { root } from '../../scripts/vscode.mjs';
import { readRunFile } from '../../src/journal/index.js';
import { Run, type Past } from '../../src/run/index.js';
import { readPast } from '../../src/run/past.js';
import { note } from './figures.js';

const SHARES = [0.1, 0.5, 0.95];
const TIMES = 5;
const never = new AbortController().signal;

const folder = mkdtempSync(join(tmpdir(), 'procession-bench-'));

function pythonPath(): string {
  const found = findPythons();
  const python = found.find(({ minor }: { minor: number }) => minor === 11) ?? found.at(-1);
  if (!python) throw new Error('no CPython from 3.8 on was found');
  return python.path;
}

function record(script: string, ...args: string[]): string {
  const file = join(folder, 'past.procession');
  const done = spawnSync(process.execPath, [join(root, 'dist', 'cli.cjs'), 'run', '--python', pythonPath(), '--record', file, join(root, script), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) throw new Error(`procession run ${script} ended with ${done.status}`);
  return file;
}

interface Cost {
  /** Processor time of this process, its collector of garbage included; by the clock; the longest time for which nobody else had a turn. Milliseconds. */
  readonly cpuMs: number;
  readonly clockMs: number;
  readonly blockedMs: number;
  readonly past: Past;
}

async function costOf(look: () => Promise<Past>): Promise<Cost> {
  let blockedMs = 0;
  let turnMs = performance.now();
  let going = true;
  const turn = (): void => {
    const now = performance.now();
    blockedMs = Math.max(blockedMs, now - turnMs);
    turnMs = now;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const past = await look();
  const { user, system } = process.cpuUsage(cpu);
  going = false;
  turn();
  return { cpuMs: (user + system) / 1000, clockMs: performance.now() - begun, blockedMs, past };
}

function heldMb(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('to be started with --expose-gc');
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

async function measure(of: string, file: string, messages: number, atMost: { readonly open: number; readonly first: number; readonly next: number }): Promise<void> {
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  const run = await Run.open(file);
  try {
    const { nowMs, totals } = run.model.snapshot();
    const clockMs = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    note({ name: `${of}: opening the recording`, value: Math.round(clockMs), unit: 'ms', atMost: atMost.open, how: `by the clock, from the file to all rows and findings; ${Math.round((user + system) / 1000)} ms of processor time` });
    if (totals.messages < messages) throw new Error(`only ${totals.messages} messages were recorded`);
    const read = readRunFile(run.folder);
    if (!read.ok) throw new Error('the recording cannot be read');
    const again = (share: number): Promise<Past> => readPast({ folder: run.folder, run: read.value, ended: true, remembered: null }, run.model, nowMs * share, never);
    const told = ({ clockMs, blockedMs }: Omit<Cost, 'cpuMs'>): string => `processor time; ${Math.round(clockMs)} ms by the clock, others waited ${Math.round(blockedMs)} at most`;
    const first = await costOf(() => run.past(nowMs * 0.5, never));
    note({ name: `${of}: the first moment looked back at`, value: Math.round(first.cpuMs), unit: 'ms', atMost: atMost.first, how: `${told(first)}; in the middle` });
    for (const share of SHARES) {
      const costs: Cost[] = [];
      for (let i = 0; i < TIMES; i++) costs.push(await costOf(() => run.past(nowMs * share, never)));
      const middle = costs.sort((a, b) => a.cpuMs - b.cpuMs)[Math.floor(TIMES / 2)]!;
      note({ name: `${of}: looking back to ${share * 100} %`, value: Math.round(middle.cpuMs), unit: 'ms', atMost: atMost.next, how: `${told(middle)}; median of ${TIMES}` });
      const whole = await costOf(() => again(share));
      note({ name: `${of}: the same, all of it read again`, value: Math.round(whole.cpuMs), unit: 'ms', how: `${told(whole)}; as for a run that goes on` });
      // Else it would be another figure.
      deepStrictEqual(middle.past.snapshot, whole.past.snapshot);
    }
    const before = heldMb();
    const { past } = await costOf(() => run.past(nowMs * 0.95, never));
    const held = heldMb() - before;
    note({ name: `${of}: memory of a moment looked back at`, value: Math.round(held * 10) / 10, unit: 'MB', atMost: 20, how: `heap and buffers more while it is looked at, at 95 %, with ${past.snapshot.totals.messages} messages` });
  } finally {
    await run.close({ keep: true });
  }
}

try {
  await measure('a million messages', record('test/bench/scripts/million.py', '1000000', '0'), 1_000_000, { open: 2000, first: 500, next: 200 });
  await measure('examples/pipeline.py', record('examples/pipeline.py'), 100, { open: 1000, first: 200, next: 60 });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
