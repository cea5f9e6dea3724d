/** The watcher over real processes. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import type { Observation, ProcessSample } from '../../../src/model/facts.js';
import { isAlive, processIdentity, sendSignal, SystemWatcher, type ProcessIdentity } from '../../../src/system/index.js';

const watchers: SystemWatcher[] = [];
const started: ChildProcess[] = [];
const extra: ProcessIdentity[] = [];
afterEach(() => {
  for (const watcher of watchers.splice(0)) watcher.close();
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const identity of extra.splice(0)) sendSignal(identity, 'SIGKILL');
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts Python code and answers its first line of numbers. */
async function python(code: string, env: NodeJS.ProcessEnv = process.env): Promise<{ child: ChildProcess; root: ProcessIdentity; pids: number[] }> {
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'], env });
  started.push(child);
  const first = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const root = processIdentity(child.pid!)!;
  const pids = first.split(' ').filter(Boolean).map(Number);
  for (const pid of pids) {
    const identity = processIdentity(pid);
    if (identity !== null) extra.push(identity);
  }
  return { child, root, pids };
}

function watch(root: ProcessIdentity, known: () => readonly ProcessIdentity[] = () => []): { sample: () => Promise<Observation[]>; state: Map<number, ProcessSample>; all: Observation[] } {
  const watcher = new SystemWatcher({ root: () => root, knownPids: known, nowMs: () => performance.now() });
  watchers.push(watcher);
  const state = new Map<number, ProcessSample>();
  const all: Observation[] = [];
  const sample = async (): Promise<Observation[]> => {
    const news = await watcher.sample();
    all.push(...news);
    for (const one of news) if (one.k === 'sample') for (const row of one.p) state.set(row[0], row);
    return news;
  };
  return { sample, state, all };
}

async function until(watching: { sample: () => Promise<Observation[]> }, holds: () => boolean, ms = 8000): Promise<void> {
  for (const end = performance.now() + ms; !holds() && performance.now() < end;) {
    await watching.sample();
    await pause(50);
  }
  expect(holds()).toBe(true);
}

test('a zombie is seen as one, and is gone when its parent reaps it', async () => {
  const { child, root, pids: [zombie] } = await python('import os,sys\np = os.fork()\nif p == 0: os._exit(3)\nprint(p, flush=True)\nsys.stdin.readline()\nos.wait()\nprint("reaped", flush=True)\nsys.stdin.readline()');
  const watching = watch(root);
  await until(watching, () => watching.state.get(zombie!)?.[2] === 'Z');
  expect(watching.state.get(zombie!)?.[3]).toBe(root.pid);
  expect(sendSignal({ pid: zombie!, start: watching.state.get(zombie!)![1] }, 'SIGTERM')).toMatchObject({ ok: false, message: expect.stringContaining('zombie') as string });
  child.stdin!.write('\n');
  await until(watching, () => watching.all.some((o) => o.k === 'gone' && o.pid === zombie));
});

test('an orphan is followed after its parent ended, and its new parent is told', async () => {
  const { root, pids: [middle, orphan] } = await python([
    'import os,sys,time', 'r,w = os.pipe()', 'p = os.fork()', 'if p == 0:', ' q = os.fork()', ' if q == 0:', '  time.sleep(60); os._exit(0)',
    ' os.write(w, b"%d" % q); time.sleep(60)', 'print(p, int(os.read(r, 20)), flush=True)', 'sys.stdin.readline()',
  ].join('\n'));
  const watching = watch(root);
  await until(watching, () => watching.state.get(orphan!)?.[3] === middle);
  sendSignal(processIdentity(middle!)!, 'SIGKILL');
  await until(watching, () => watching.state.has(orphan!) && watching.state.get(orphan!)![3] !== middle);
  expect(watching.all.some((o) => o.k === 'gone' && o.pid === orphan)).toBe(false);
});

test('descriptors are let go of when processes end, and by close', async () => {
  const here = (): number => readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^\/proc\/\d+\/stat$/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
  const { root } = await python('import sys\nprint(1, flush=True)\nsys.stdin.readline()');
  const watcher = new SystemWatcher({ root: () => root, knownPids: () => [], nowMs: () => 1 });
  const before = here();
  await watcher.sample();
  expect(here()).toBeGreaterThan(before);
  const held = here();
  sendSignal(root, 'SIGKILL');
  for (const end = performance.now() + 5000; isAlive(root) && performance.now() < end;) await pause(20);
  await watcher.sample();
  expect(here()).toBe(held - 1);
  watcher.close();
  expect(await watcher.sample()).toEqual([]);
});

test('only what changed is told again', async () => {
  const { root } = await python('import sys\nprint(1, flush=True)\nsys.stdin.readline()');
  const watching = watch(root);
  await until(watching, () => watching.state.get(root.pid)?.[2] === 'S' && watching.state.get(root.pid)![5] > 0);
  await pause(1100);
  await watching.sample();
  await pause(100);
  expect(await watching.sample()).toEqual([]);
});

test('a busy process shows its CPU and memory', async () => {
  const { root } = await python('print(1, flush=True)\nx = bytearray(30_000_000)\nwhile True: pass');
  const watching = watch(root);
  await until(watching, () => (watching.state.get(root.pid)?.[4] ?? 0) > 15 && watching.state.get(root.pid)![5] > 30_000);
});

test('descendants without a journal are told with the reason, those with one are not', async () => {
  const { root, pids: [shell, isolated, bare, known] } = await python([
    'import os,subprocess,sys', 'py = [sys.executable]', 'rest = ["-c", "import time; time.sleep(60)"]',
    'made = [subprocess.Popen(["sleep", "60"]), subprocess.Popen(py + ["-I"] + rest), subprocess.Popen(py + rest, env={}), subprocess.Popen(py + rest)]',
    'print(*[p.pid for p in made], flush=True)', 'sys.stdin.readline()', 'for p in made: p.kill()',
  ].join('\n'), { ...process.env, PROCESSION_RUN: '/x' });
  const watching = watch(root, () => [root, processIdentity(known!)!]);
  await until(watching, () => watching.all.filter(({ k }) => k === 'found').length >= 3);
  await pause(300);
  await watching.sample();
  const found = watching.all.flatMap((o) => (o.k === 'found' ? [{ pid: o.pid, python: o.python, reason: o.reason, ppid: o.ppid }] : []));
  expect(found.sort((a, b) => a.pid - b.pid)).toEqual([
    { pid: shell, python: false, reason: 'not-python', ppid: root.pid },
    { pid: isolated, python: true, reason: '-I', ppid: root.pid },
    { pid: bare, python: true, reason: 'no-env', ppid: root.pid },
  ].sort((a, b) => a.pid! - b.pid!));
});

test('a forked child that had nothing to write is not called uninstrumented', async () => {
  const { root, pids: [child] } = await python('import os,sys,time\np = os.fork()\nif p == 0: time.sleep(60)\nprint(p, flush=True)\nsys.stdin.readline()', { ...process.env, PROCESSION_RUN: '/x' });
  const watching = watch(root, () => [root]);
  await until(watching, () => watching.state.has(child!));
  for (const end = performance.now() + 2500; performance.now() < end;) {
    await watching.sample();
    await pause(200);
  }
  expect(watching.all.filter(({ k }) => k === 'found')).toEqual([]);
});

test('a known process that ended before it was ever looked at is told as gone, once, even where its pid has another owner', async () => {
  const { root } = await python('import sys\nprint(1, flush=True)\nsys.stdin.readline()');
  const ended = { pid: 2 ** 22 - 3, start: 5 };
  const reused = { pid: root.pid, start: root.start - 1 };
  const watching = watch(root, () => [ended, reused]);
  await watching.sample();
  await watching.sample();
  expect(watching.all.filter(({ k }) => k === 'gone').map((o) => (o.k === 'gone' ? o.pid : 0))).toEqual([ended.pid, root.pid]);
  expect(watching.state.has(root.pid)).toBe(true);
});

const hasPs = spawnSync('ps', ['-p', '1']).status === 0;

test.skipIf(!hasPs)('without /proc, processes are found and lost by listing them', async () => {
  const { root, pids: [sleeper] } = await python('import subprocess,sys\np = subprocess.Popen(["sleep", "60"])\nprint(p.pid, flush=True)\nsys.stdin.readline()\np.kill(); p.wait()\nprint(flush=True)\nsys.stdin.readline()');
  let now = 0;
  const watcher = new SystemWatcher({ root: () => root, knownPids: () => [root], nowMs: () => now, useProc: false });
  const seen = async (): Promise<Observation[]> => {
    now += 3000;
    return watcher.sample();
  };
  const first = await seen();
  const rows = first.flatMap((o) => (o.k === 'sample' ? o.p : []));
  expect(rows.map(([pid, , , ppid]) => [pid, ppid])).toContainEqual([sleeper, root.pid]);
  expect(rows.find(([pid]) => pid === root.pid)?.[5]).toBeGreaterThan(1000);
  expect(await seen()).toContainEqual({ k: 'found', t: now, pid: sleeper, start: 0, ppid: root.pid, argv: ['sleep', '60'], python: false, reason: 'not-python' });
  expect(await watcher.sample()).toEqual([]); // not more often than every two seconds
  started.at(-1)!.stdin!.write('\n');
  for (const end = performance.now() + 5000; isAlive({ pid: sleeper!, start: 0 }) && performance.now() < end;) await pause(20);
  expect(await seen()).toContainEqual({ k: 'gone', t: now, pid: sleeper, start: 0 });
});

test('a signal reaches the process that is meant and no other', async () => {
  const { child, root } = await python('import sys\nprint(1, flush=True)\nsys.stdin.readline()');
  expect(sendSignal({ pid: root.pid, start: root.start + 1 }, 'SIGKILL')).toMatchObject({ ok: false, message: expect.stringContaining('belongs to another process') as string });
  await pause(50);
  expect(isAlive(root)).toBe(true);
  expect(isAlive({ pid: root.pid, start: root.start + 1 })).toBe(false);
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => {
    resolve(signal);
  }));
  expect(sendSignal(root, 'SIGTERM')).toMatchObject({ ok: true, message: `SIGTERM was sent to process ${root.pid}.` });
  expect(await ended).toBe('SIGTERM');
  expect(sendSignal(root, 'SIGTERM')).toMatchObject({ ok: false, message: expect.stringContaining('has ended') as string });
});

test.each([0, -1, 1, Number.NaN, 1.5])('no signal goes to %d, which is no process of a script', (pid) => {
  expect(sendSignal({ pid, start: 0 }, 'SIGTERM').ok).toBe(false);
});
