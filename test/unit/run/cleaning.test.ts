/** Real processes and real files in /dev/shm: all are found by what runs recorded, and nothing else is touched. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cleanUp, remains, Run, type Remains } from '../../../src/run/index.js';
import { leftovers } from '../../../src/run/leftovers.js';
import { belongings } from '../../../src/run/remains.js';
import { processIdentity, ProcessTable } from '../../../src/system/index.js';
import { Bench, sleep, until } from './started.js';

vi.setConfig({ testTimeout: 60_000 });

const bench = Bench.forTests();

/** Leaves two segments that no tracker knows, and, as it is told, a child of its own session that maps the first and has a child itself. */
const LEAVES = `
import json, os, signal, subprocess, sys, time
from multiprocessing import Process, shared_memory, resource_tracker

def stay(name, how):
    os.setsid()
    mapped = shared_memory.SharedMemory(name)
    resource_tracker.unregister(mapped._name, 'shared_memory')
    if how == 'stubborn':
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    below = subprocess.Popen(['sleep', '300'])
    print(json.dumps({'stays': os.getpid(), 'below': below.pid}), flush=True)
    time.sleep(300)

if __name__ == '__main__':
    how = sys.argv[1]
    a = shared_memory.SharedMemory(create=True, size=100000)
    b = shared_memory.ShareableList(['x', 1])
    for one in (a, b.shm):
        resource_tracker.unregister(one._name, 'shared_memory')
    print(json.dumps({'a': a.name, 'b': b.shm.name}), flush=True)
    if how != 'alone':
        Process(target=stay, args=(a.name, how), name='stays').start()
        time.sleep(1)
    os._exit(0)
`;

interface Left {
  readonly a: string;
  readonly b: string;
  readonly stays: number;
  readonly below: number;
}

const shm = (name: string): string => join('/dev/shm', name);

function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function end(pid: number): void {
  if (pid > 1 && lives(pid)) process.kill(pid, 'SIGKILL');
}

/** As if its launcher had been killed: nobody observes it. */
function disown(folder: string): void {
  const file = join(folder, 'run.json');
  const described = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...described, launcher: { pid: 999_999_999, start: 1 } }));
}

function later(left: Left): void {
  bench.later(() => {
    for (const name of [left.a, left.b]) rmSync(shm(name), { force: true });
    for (const pid of [left.below, left.stays]) end(pid);
  });
}

const parsed = (output: string): Left => Object.assign({ a: '', b: '', stays: 0, below: 0 }, ...output.trim().split('\n').filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as object)) as Left;

/** Runs it to its end with nobody observing. */
async function leave(how: 'alone' | 'polite' | 'stubborn'): Promise<{ folder: string; base: string; left: Left }> {
  const plan = await bench.prepare(LEAVES, { args: [how] });
  const { child, output } = bench.launch(plan);
  disown(plan.folder);
  await new Promise((done) => child.once('exit', done));
  await until(() => output().includes('"a"') && (how === 'alone' || output().includes('"below"')));
  const left = parsed(output());
  later(left);
  // The resource tracker ends a little after its last client.
  if (how === 'alone') await until(() => belongings(plan.folder, [], ProcessTable.read()).length === 0);
  return { folder: plan.folder, base: dirname(plan.folder), left };
}

async function of(base: string, folder: string): Promise<Remains | undefined> {
  return (await remains(null, [base])).find((one) => one.folder === folder);
}

const everything = (one: Remains) => [{ remains: one, processes: true, memory: true }];

/** A process of nobody's that maps a file of /dev/shm. */
async function mapIt(name: string): Promise<ChildProcess> {
  const code = `import mmap, time\nwith open(${JSON.stringify(shm(name))}, 'r+b') as file:\n    held = mmap.mmap(file.fileno(), 0)\nprint('mapped', flush=True)\ntime.sleep(300)`;
  const child = spawn('python3', ['-c', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  bench.later(() => void child.kill('SIGKILL'));
  await new Promise((done) => child.stdout.once('data', done));
  return child;
}

describe('a run whose launcher is gone', () => {
  it('has its orphans ended, children before parents, and its memory removed, though they mapped it', async () => {
    const { folder, base, left } = await leave('polite');
    const found = await of(base, folder);
    expect(found).toMatchObject({ scriptName: 'script.py', observed: false, inUse: [] });
    const pids = found?.processes.map(({ pid }) => pid) ?? [];
    expect(pids.slice(0, 2)).toEqual([left.below, left.stays]);
    expect(found?.processes[1]).toMatchObject({ name: 'stays', helper: false });
    expect(found?.memory.map(({ kind, name }) => ({ kind, name }))).toEqual([{ kind: 'SharedMemory', name: left.a }, { kind: 'ShareableList', name: left.b }]);
    expect(found?.memory[0]).toMatchObject({ bytes: 100_000, where: { line: 18 } });
    expect(found?.memory[0]?.mappedBy.map(({ pid }) => pid)).toEqual([left.stays]);
    const cleaned = await cleanUp(everything(found!));
    expect(cleaned).toMatchObject({ refused: [], kept: [] });
    expect(cleaned.ended.map(({ pid }) => pid)).toEqual(expect.arrayContaining([left.below, left.stays]));
    expect(cleaned.removed.map(({ name }) => name)).toEqual([left.a, left.b]);
    expect([lives(left.stays), lives(left.below), existsSync(shm(left.a)), existsSync(shm(left.b))]).toEqual([false, false, false, false]);
    expect(await of(base, folder)).toBeUndefined();
  });

  it('has one that ignores SIGINT and SIGTERM killed', async () => {
    const { folder, base, left } = await leave('stubborn');
    const found = await of(base, folder);
    const cleaned = await cleanUp([{ remains: found!, processes: true, memory: false }]);
    expect([lives(left.stays), lives(left.below), cleaned.refused]).toEqual([false, false, []]);
    // What was not chosen is there still.
    expect(existsSync(shm(left.a))).toBe(true);
    expect((await of(base, folder))?.memory.map(({ name }) => name)).toEqual([left.a, left.b]);
  });

  it('is not looked at while somebody observes it and it is not over', async () => {
    const plan = await bench.prepare(LEAVES, { args: ['polite'] });
    const { output } = bench.launch(plan);
    await until(() => output().includes('"below"'));
    later(parsed(output()));
    expect(await of(dirname(plan.folder), plan.folder)).toBeUndefined();
  });

  it('leaves no traces of others: a name that was given again is not its own', async () => {
    const { folder, base, left } = await leave('alone');
    rmSync(shm(left.a));
    await sleep(1200); // a file that was made within a second of the recorded making is taken for that one
    writeFileSync(shm(left.a), Buffer.alloc(100_000), { mode: 0o600 });
    expect((await of(base, folder))?.memory.map(({ name }) => name)).toEqual([left.b]);
    // What was read is kept: from here on the inode decides.
    rmSync(shm(left.b));
    writeFileSync(shm(left.b), 'another');
    expect(await of(base, folder)).toBeUndefined();
    expect([existsSync(shm(left.a)), existsSync(shm(left.b))]).toEqual([true, true]);
  });

  it('does not lose what others map', async () => {
    const { folder, base, left } = await leave('alone');
    const one = await mapIt(left.a);
    const found = await of(base, folder);
    expect(found?.memory.map(({ name }) => name)).toEqual([left.b]);
    expect(found?.inUse).toMatchObject([{ name: left.a, mappedBy: [{ pid: one.pid }] }]);
    // Somebody comes between the list and the cleaning.
    const two = await mapIt(left.b);
    const cleaned = await cleanUp(everything(found!));
    expect(cleaned.removed).toEqual([]);
    expect(cleaned.kept).toMatchObject([{ memory: { name: left.b }, why: { ok: false, text: { args: [left.b, two.pid, expect.stringContaining('python3 -c')] } } }]);
    expect([existsSync(shm(left.a)), existsSync(shm(left.b))]).toEqual([true, true]);
  });

  it('follows no link that was put in the place of its memory', async () => {
    const { folder, base, left } = await leave('alone');
    const found = await of(base, folder);
    const victim = join(bench.folder, 'victim');
    writeFileSync(victim, 'dear');
    renameSync(shm(left.a), shm(`${left.a}-moved`));
    bench.later(() => rmSync(shm(`${left.a}-moved`), { force: true }));
    symlinkSync(victim, shm(left.a));
    await cleanUp(everything(found!));
    expect(readFileSync(victim, 'utf8')).toBe('dear');
    expect(lstatSync(shm(left.a)).isSymbolicLink()).toBe(true);
    expect([existsSync(shm(`${left.a}-moved`)), existsSync(shm(left.b))]).toEqual([true, false]);
  });

  it('has semaphores that no tracker is left to remove', async () => {
    const plan = await bench.prepare(`
import multiprocessing as mp, os, signal
from multiprocessing import resource_tracker
if __name__ == '__main__':
    lock = mp.get_context('spawn').Lock()
    print(lock._semlock.name, flush=True)
    os.kill(resource_tracker._resource_tracker._pid, signal.SIGKILL)
    os._exit(0)
`);
    const { ended, output } = bench.launch(plan);
    disown(plan.folder);
    await ended;
    const name = `sem.${output().trim().slice(1)}`;
    bench.later(() => rmSync(shm(name), { force: true }));
    expect(existsSync(shm(name))).toBe(true);
    const found = await of(dirname(plan.folder), plan.folder);
    expect(found?.memory).toMatchObject([{ kind: 'semaphore', name, mappedBy: [] }]);
    expect((await cleanUp(everything(found!))).removed).toHaveLength(1);
    expect(existsSync(shm(name))).toBe(false);
  });
});

describe('the note of a folder that goes', () => {
  it('is written when a run is let go of with its orphan alive, and goes with what it tells of', async () => {
    const { run, plan, ended, output } = await bench.start(LEAVES, { args: ['polite'] });
    await until(() => output().includes('"below"'));
    const left = parsed(output());
    later(left);
    // The pipe of the script's output is its orphan's too.
    await Promise.race([ended, until(() => run.model.snapshot().processes.some(({ name, state }) => name === 'stays' && state === 'orphan'))]);
    await run.finish();
    await run.close({ keep: false });
    const base = dirname(plan.folder);
    expect(existsSync(plan.folder)).toBe(false);
    expect(existsSync(`${plan.folder}.left.json`)).toBe(true);
    const found = await of(base, plan.folder);
    expect(found?.processes.map(({ pid }) => pid)).toEqual(expect.arrayContaining([left.below, left.stays]));
    expect(found?.memory.map(({ name }) => name)).toEqual([left.a, left.b]);
    await cleanUp(everything(found!));
    expect([lives(left.stays), lives(left.below), existsSync(shm(left.a)), existsSync(shm(left.b))]).toEqual([false, false, false, false]);
    expect(await of(base, plan.folder)).toBeUndefined();
    expect(existsSync(`${plan.folder}.left.json`)).toBe(false);
  });

  it('is not written when nothing is left', async () => {
    const { run, plan } = await bench.start('print(1)');
    await run.whenEnded;
    await run.close({ keep: false });
    expect(readdirSync(dirname(plan.folder)).filter((name) => name.startsWith(plan.info.id))).toEqual([]);
  });

  it('is written before a folder goes for its age', async () => {
    const { folder, base, left } = await leave('alone');
    // Others' runs on this bench must not go by tomorrow's clock.
    const own = join(bench.folder, 'aged');
    const moved = join(own, 'procession', folder.slice(base.length + 1));
    mkdirSync(dirname(moved), { recursive: true, mode: 0o700 });
    renameSync(folder, moved);
    expect(await leftovers([dirname(moved)], Date.now() + 25 * 3600 * 1000)).toEqual([]);
    expect(existsSync(moved)).toBe(false);
    expect((await of(dirname(moved), moved))?.memory.map(({ name }) => name)).toEqual([left.a, left.b]);
  });

  it('means nothing when it is damaged, of another boot, or names a pid that is another\'s now', async () => {
    const { folder, base, left } = await leave('alone');
    await of(base, folder);
    const file = `${folder}.left.json`;
    const note = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    rmSync(folder, { recursive: true });
    expect((await of(base, folder))?.memory).toHaveLength(2);
    const stranger = spawn('sleep', ['300'], { stdio: 'ignore' });
    bench.later(() => void stranger.kill('SIGKILL'));
    const start = processIdentity(stranger.pid!)!.start;
    const wrong: readonly unknown[] = [
      '{',
      JSON.stringify({ ...note, boot: 'another' }),
      JSON.stringify({ ...note, memory: [{ ...(note['memory'] as object[])[0], name: `../../${folder}` }] }),
      JSON.stringify({ ...note, memory: [], processes: [{ pid: stranger.pid, start: start - 1, name: 'x', helper: false }] }),
      JSON.stringify({ ...note, memory: [], processes: [{ pid: 1, start: 1, name: 'x', helper: false }] }),
    ];
    for (const text of wrong) {
      writeFileSync(file, String(text));
      expect(await of(base, folder), String(text)).toBeUndefined();
      expect(existsSync(file)).toBe(false);
    }
    expect([lives(stranger.pid!), existsSync(shm(left.a))]).toEqual([true, true]);
  });
});

describe('who belongs to a run', () => {
  const folder = '/nowhere/run';

  it('is told by the environment and by descent', async () => {
    const child = spawn('sh', ['-c', 'env -i sleep 300 & wait'], { env: { ...process.env, PROCESSION_RUN: folder }, stdio: 'ignore', detached: true });
    bench.later(() => void process.kill(-child.pid!, 'SIGKILL'));
    await until(() => belongings(folder, [], ProcessTable.read()).some(({ name }) => name === 'sleep'));
    const found = belongings(folder, [], ProcessTable.read());
    expect(found.map(({ name }) => name)).toEqual(['sleep', 'sh']);
    expect(found[1]?.pid).toBe(child.pid);
  });

  it('is never who asks, nor what else descends from that one', () => {
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    bench.later(() => void child.kill('SIGKILL'));
    const self = processIdentity(process.pid)!;
    const parent = processIdentity(process.ppid)!;
    const claim = (identity: { pid: number; start: number }) => ({ ...identity, name: 'x', helper: false });
    expect(belongings(folder, [claim(self), claim(parent)], ProcessTable.read())).toEqual([]);
    // By its own identity a child is known all the same.
    expect(belongings(folder, [claim(self), claim(processIdentity(child.pid!)!)], ProcessTable.read()).map(({ pid }) => pid)).toEqual([child.pid]);
  });
});

describe('a run that a window has and that is over', () => {
  it('is listed with its memory, as observed', async () => {
    const { run, plan, output } = await bench.start(LEAVES, { args: ['alone'] });
    await run.whenEnded;
    const left = parsed(output());
    later(left);
    const found = await of(dirname(plan.folder), plan.folder);
    expect(found).toMatchObject({ observed: true, processes: [] });
    expect(found?.memory.map(({ name }) => name)).toEqual([left.a, left.b]);
    // Its journal was read for that, and shows the same run as before.
    const again = await Run.open(plan.folder);
    bench.later(() => again.close({ keep: true }));
    expect(again.model.snapshot().segments.filter(({ leaked }) => leaked)).toHaveLength(2);
  });
});
