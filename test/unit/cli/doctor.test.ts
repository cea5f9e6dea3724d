/** `procession doctor` as a person runs it, over real processes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sendSignal } from '../../../src/system/index.js';
import { listPids, readStat } from '../../../src/system/proc.js';
import { Cli, type Done } from './cli.js';

const cli = Cli.forTests();

/** Runs `use` beside a script of its own session, and ends all of that session, whatever happens. */
async function beside(text: string, use: (pid: number) => Promise<void>): Promise<void> {
  const child = cli.startOther('python3', [cli.script('job.py', text)], { detached: true });
  const pid = child.pid!;
  try {
    await use(pid);
  } finally {
    for (const each of listPids()) {
      const stat = readStat(each);
      if (stat?.session === pid) sendSignal(stat, 'SIGKILL');
    }
    child.kill('SIGKILL');
  }
}

/** Asks until the answer holds. */
async function until(args: readonly string[], holds: (done: Done) => boolean): Promise<Done> {
  for (const end = performance.now() + 20_000; ;) {
    const done = await cli.run(args);
    if (holds(done)) return done;
    if (performance.now() > end) throw new Error(`it did not come true: ${done.stdout.toString()}${done.stderr}`);
  }
}

const JOIN_FIRST = ['import multiprocessing as mp', 'q = mp.get_context("fork").Queue()', 'p = mp.get_context("fork").Process(target=lambda: q.put("x" * 1_000_000))', 'p.start()', 'p.join()'].join('\n');

test('a join before the drain: the tree, the pipe, the verdict, what cannot be known, and the JSON', async () => {
  await beside(JOIN_FIRST, async (pid) => {
    const file = join(cli.folder, 'doctor.json');
    const done = await until(['doctor', String(pid), '--json', file], ({ stdout }) => stdout.includes('VERDICTS'));
    const text = done.stdout.toString();
    expect(done.status).toBe(0);
    expect(done.stderr).toBe('');
    expect(text).toMatch(/^python3 job\.py {2}2 processes · 3 threads · 1 verdict\n/);
    expect(text).toMatch(new RegExp(`python3 job\\.py +${pid} .*waits for child \\d+ to end`));
    expect(text).toMatch(/└─ python3 job\.py +\d+ +fork .*waits for a thread lock\n.*thread +\d+ .*writes to pipe \d+ \(fd \d+\), which is full/);
    expect(text).toMatch(/error join-before-drain \(likely\): .*\n(?: {4}.*\n)+ {4}do: Get everything/);
    expect(text).toContain('WHAT CANNOT BE KNOWN FROM OUTSIDE');
    // Not at a terminal: no colours.
    expect(text).not.toContain('\u001b');
    const report = JSON.parse(readFileSync(file, 'utf8')) as { schema: string; verdicts: { rule: string; pids: number[] }[]; processes: { pid: number; threads: { wait: { kind: string; object?: string }; call: { name: string } | null }[] }[]; pipes: { key: string; waiting: { pid: number; kind: string }[] }[] };
    expect(report).toMatchObject({ schema: 'procession-doctor/1', pid, verdicts: [{ rule: 'join-before-drain', severity: 'error', certain: false }] });
    const child = report.processes[1]!;
    const writer = child.threads.find(({ wait }) => wait.kind === 'write')!;
    expect(writer.call?.name).toBe('write');
    expect(report.pipes.find(({ key }) => key === writer.wait.object)?.waiting).toMatchObject([{ pid: child.pid, kind: 'write' }]);
    const failed = await cli.run(['doctor', String(pid), '--fail-on', 'error', '--json', '-']);
    expect(failed.status).toBe(70);
    expect(JSON.parse(failed.stdout.toString())).toMatchObject({ schema: 'procession-doctor/1' });
    const coloured = await cli.run(['doctor', String(pid)], { env: { FORCE_COLOR: '1' } });
    expect(coloured.stdout.toString()).toContain('\u001b[31m');
  });
});

test('a zombie and an orphan: in the tree and as verdicts; warnings only where they are asked for', async () => {
  const text = ['import os, time', 'if os.fork() == 0: os._exit(3)', 'm = os.fork()', 'if m == 0:', '    if os.fork() == 0:', '        time.sleep(120)', '    os._exit(0)', 'os.waitpid(m, 0)', 'time.sleep(120)'].join('\n');
  await beside(text, async (pid) => {
    const done = await until(['doctor', String(pid), '--fail-on', 'error'], ({ stdout }) => stdout.includes('warning zombie') && stdout.includes('warning orphan'));
    expect(done.status).toBe(0);
    expect(done.stdout.toString()).toMatch(new RegExp(`zombie: exited 3, PID ${pid} has to join it`));
    expect(done.stdout.toString()).toMatch(/\d+ .* orphan; sleeps\n/);
    expect((await cli.run(['doctor', String(pid), '--fail-on', 'warning'])).status).toBe(70);
  });
});

test('a process at rest: nothing wrong, and nothing is said to be', async () => {
  await beside('import time\ntime.sleep(120)', async (pid) => {
    const done = await until(['doctor', String(pid), '--fail-on', 'warning'], ({ stdout }) => stdout.includes('sleeps'));
    expect(done.status).toBe(0);
    expect(done.stdout.toString()).toContain('nothing wrong that shows from outside');
    expect(done.stdout.toString()).not.toContain('VERDICTS');
  });
});

test('a name that would move the cursor does not', async () => {
  const child = cli.startOther('python3', ['-c', 'import time; time.sleep(120)', 'a\u001b[2Jb\nc'], { detached: true });
  try {
    const done = await until(['doctor', String(child.pid)], ({ stdout }) => stdout.includes('sleeps'));
    expect(done.stdout.toString()).not.toContain('\u001b');
    expect(done.stdout.toString()).toContain('a␛[2Jb⏎c');
  } finally {
    child.kill('SIGKILL');
  }
});

test('what cannot be done is one clear line and a status of its own', async () => {
  const gone = await cli.run(['doctor', '4194999']);
  expect(gone).toMatchObject({ status: 66, stderr: 'procession: there is no process 4194999, or /proc does not show it to this user.\n' });
  expect(gone.stdout.length).toBe(0);
  for (const word of ['0', '-1', 'x', '1.5', '99999999999']) expect((await cli.run(['doctor', word])).status).toBe(64);
  expect((await cli.run(['doctor'])).status).toBe(64);
  expect((await cli.run(['doctor', '1', '--fail-on', 'orphan'])).status).toBe(64);
  const folder = join(cli.folder, 'a folder');
  mkdirSync(folder, { recursive: true });
  expect(await cli.run(['doctor', String(process.pid), '--json', folder])).toMatchObject({ status: 73, stderr: expect.stringContaining('it is a folder') as string });
  // An older file stays as it was where the look fails.
  const older = join(cli.folder, 'older.json');
  writeFileSync(older, 'older');
  expect((await cli.run(['doctor', '4194999', '--json', older])).status).toBe(66);
  expect(readFileSync(older, 'utf8')).toBe('older');
});
