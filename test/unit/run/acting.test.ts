import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Run } from '../../../src/run/index.js';
import { isRunning, processIdentity } from '../../../src/system/index.js';
import { Bench, until, type StartedRun } from './started.js';

vi.setConfig({ testTimeout: 40_000 });

const bench = Bench.forTests();

/** `sibling`, and `outer` with `inner` with `innermost`; outer ends by SIGKILL when the file `fall` is there. */
const FAMILY = `
import multiprocessing as mp, os, signal, sys, time

def nap(ready):
    ready.put(1)
    time.sleep(120)

def deaf(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    nap(ready)

def inner(ready):
    child = mp.Process(target=deaf if 'deaf' in sys.argv else nap, args=(ready,), name='innermost')
    child.start()
    nap(ready)

def outer(ready):
    child = mp.Process(target=inner, args=(ready,), name='inner')
    child.start()
    ready.put(1)
    while not os.path.exists(sys.argv[1]):
        time.sleep(.02)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == '__main__':
    ready = mp.SimpleQueue()
    children = [mp.Process(target=nap, args=(ready,), name='sibling'), mp.Process(target=outer, args=(ready,), name='outer')]
    for c in children: c.start()
    for _ in range(4): ready.get()
    print('ready', flush=True)
    for c in children: c.join()
`;

/** A pool that replaces its workers as they die, beside helpers of multiprocessing. */
const POOL = `
import multiprocessing as mp, time
from multiprocessing import shared_memory

def nap(_):
    time.sleep(120)

if __name__ == '__main__':
    mp.set_start_method('forkserver')
    board = shared_memory.SharedMemory(create=True, size=64)
    with mp.Pool(4) as pool:
        waiting = pool.map_async(nap, range(8), chunksize=1)
        print('ready', flush=True)
        waiting.get()
`;

/** A parent that says so as soon as one of its many children has ended, and leaves. */
const WAITS = `
import multiprocessing as mp, os, time
from multiprocessing.connection import wait

def nap():
    time.sleep(120)

def outer():
    children = [mp.Process(target=nap) for _ in range(60)]
    for child in children: child.start()
    print('ready', flush=True)
    wait([child.sentinel for child in children])
    os.write(1, b'SAW IT')
    os._exit(0)

if __name__ == '__main__':
    mp.set_start_method('fork')
    parent = mp.Process(target=outer, name='outer')
    parent.start()
    parent.join()
    print('exit code', parent.exitcode, flush=True)
`;

const rowOf = (run: Run, name: string) => run.model.snapshot().processes.find((row) => row.name === name);

/** It has ended, whoever has joined it or not. */
function over(run: Run, name: string): boolean {
  const row = rowOf(run, name);
  return row !== undefined && (row.state === 'zombie' || row.endedMs !== null);
}

/** Processes of a run that are there, by the environment that all of them have. */
function present(folder: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const identity = processIdentity(pid);
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder) && identity !== null && isRunning(identity);
    } catch {
      return false;
    }
  });
}

async function start(code: string, args: string[] = []): Promise<StartedRun & { readonly fall: string }> {
  const fall = join(bench.folder, `fall-${Math.random()}`);
  const started = await bench.start(code, { args: [fall, ...args] });
  bench.later(() => {
    for (const pid of present(started.plan.folder)) process.kill(pid, 'SIGKILL');
  });
  await until(() => started.output().includes('ready'));
  return { ...started, fall };
}

async function family(...args: string[]): Promise<Awaited<ReturnType<typeof start>>> {
  const started = await start(FAMILY, args);
  await until(() => ['sibling', 'outer', 'inner', 'innermost'].every((name) => rowOf(started.run, name) !== undefined));
  return started;
}

const signalled = (folder: string): { pid: number; signal: string }[] =>
  readFileSync(join(folder, 'observer.jsonl'), 'utf8').split('\n').filter((line) => line.includes('"k":"signal"')).map((line) => JSON.parse(line) as { pid: number; signal: string });

describe('a tree that is killed', () => {
  it('ends children before parents, and nobody else', async () => {
    const { run, plan } = await family();
    const pids = ['innermost', 'inner', 'outer'].map((name) => rowOf(run, name)?.pid ?? 0);
    expect(await run.signal(rowOf(run, 'outer')?.key ?? '', true, 'SIGKILL')).toMatchObject({ ok: true, message: 'SIGKILL was sent to 3 processes.' });
    expect(signalled(plan.folder).map(({ pid }) => pid)).toEqual(pids);
    await until(() => ['innermost', 'inner', 'outer'].every((name) => over(run, name)));
    const sibling = rowOf(run, 'sibling');
    expect(present(plan.folder)).toContain(sibling?.pid);
  });

  it('gives none of it the time to do anything about the end of the others', async () => {
    const { run, output } = await start(WAITS);
    await until(() => run.model.snapshot().processes.length === 62);
    expect(await run.signal(rowOf(run, 'outer')?.key ?? '', true, 'SIGKILL')).toMatchObject({ ok: true, message: 'SIGKILL was sent to 61 processes.' });
    await until(() => output().includes('exit code'));
    expect(output()).toContain('exit code -9');
    expect(output()).not.toContain('SAW IT');
  });

  it('is ended also where its root is dead', async () => {
    const { run, plan, fall } = await family();
    const outer = rowOf(run, 'outer');
    writeFileSync(fall, '');
    await until(() => over(run, 'outer'));
    expect(await run.signal(outer?.key ?? '', false, 'SIGKILL')).toMatchObject({ ok: false, message: `SIGKILL was not sent: process ${outer?.pid} is a zombie; it has ended and waits for its parent to join it.` });
    expect(await run.signal(outer?.key ?? '', true, 'SIGKILL')).toMatchObject({ ok: true, message: 'SIGKILL was sent to 2 processes.' });
    await until(() => over(run, 'inner') && over(run, 'innermost'));
    expect(present(plan.folder)).toHaveLength(2);
    expect(await run.signal(outer?.key ?? '', true, 'SIGKILL')).toMatchObject({ ok: false, message: 'SIGKILL was not sent: all of these processes have ended.' });
  });

  it('leaves nothing of a pool that replaces its workers, nor the shared memory that a helper unlinks', async () => {
    const { run, plan } = await start(POOL);
    await until(() => run.model.snapshot().processes.filter((row) => row.kind === 'pool-worker').length >= 4);
    const [segment] = run.model.snapshot().segments;
    expect(readdirSync('/dev/shm')).toContain(segment?.systemName);
    const root = run.model.snapshot().processes.find((row) => row.kind === 'main');
    expect(await run.signal(root?.key ?? '', true, 'SIGKILL')).toMatchObject({ ok: true });
    await until(() => present(plan.folder).length === 0);
    expect(readdirSync('/dev/shm')).not.toContain(segment?.systemName);
    // Helpers were left to end by themselves.
    const helpers = run.model.snapshot().processes.filter((row) => row.kind === 'resource-tracker').map((row) => row.pid);
    expect(signalled(plan.folder).filter(({ pid }) => helpers.includes(pid))).toEqual([]);
  });
});

describe('the orphans of a run', () => {
  it('end with what descends from them, the rest goes on', async () => {
    const { run, plan, fall } = await family();
    expect(await run.endOrphans()).toMatchObject({ ok: true, message: 'There are no orphans: every living process has its parent.' });
    writeFileSync(fall, '');
    await until(() => over(run, 'outer'));
    const left = [rowOf(run, 'innermost')?.pid, rowOf(run, 'inner')?.pid];
    expect(await run.endOrphans()).toMatchObject({ ok: true, message: '2 orphans have ended.' });
    expect(signalled(plan.folder).map(({ pid, signal }) => [pid, signal])).toEqual(left.map((pid) => [pid, 'SIGTERM']));
    expect(present(plan.folder)).toHaveLength(2);
    expect(await run.endOrphans()).toMatchObject({ message: 'There are no orphans: every living process has its parent.' });
  });

  it('are killed where they do not hear, after the whole script was killed too', async () => {
    const { run, plan, fall } = await family('deaf');
    writeFileSync(fall, '');
    await until(() => over(run, 'outer'));
    await run.signal(run.model.snapshot().processes.find((row) => row.kind === 'main')?.key ?? '', false, 'SIGKILL');
    await until(() => over(run, 'MainProcess'));
    const innermost = rowOf(run, 'innermost')?.pid;
    expect(await run.endOrphans()).toMatchObject({ ok: true, message: '3 orphans have ended.' });
    expect(present(plan.folder)).toEqual([]);
    expect(signalled(plan.folder).filter(({ pid }) => pid === innermost).map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
  });
});

describe('a run whose window was closed', () => {
  it('is stopped by the window that found it again, orphans too', async () => {
    const plan = await bench.prepare(FAMILY, { args: [join(bench.folder, 'fall-later'), 'deaf'] });
    const { child, output } = bench.launch(plan);
    bench.later(() => {
      for (const pid of present(plan.folder)) process.kill(pid, 'SIGKILL');
    });
    const first = await Run.watch(plan.folder);
    first.noteRoot(child.pid ?? 0);
    await until(() => output().includes('ready') && rowOf(first, 'innermost') !== undefined);
    await first.close({ keep: true });
    const file = join(plan.folder, 'run.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), launcher: { pid: 4_190_000, start: 1 } }));
    writeFileSync(join(bench.folder, 'fall-later'), '');
    const run = await Run.watch(plan.folder);
    bench.later(() => run.close({ keep: false }));
    await until(() => present(plan.folder).length === 4);
    expect(await run.stop()).toMatchObject({ ok: true });
    expect(present(plan.folder)).toEqual([]);
    await run.whenEnded;
    expect(run.live).toBe(false);
  });
});
