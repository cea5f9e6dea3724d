import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { leftovers } from '../../../src/run/leftovers.js';
import { CannotOpen, Run } from '../../../src/run/index.js';
import { Bench, until } from './started.js';

vi.setConfig({ testTimeout: 30_000 });

const bench = Bench.forTests();

const PIPELINE = `
import multiprocessing as mp

def work(jobs, done):
    while (n := jobs.get()) is not None:
        done.put(n * n)

if __name__ == '__main__':
    jobs = mp.Queue(3)
    done = mp.Queue()
    left, right = mp.Pipe()
    workers = [mp.Process(target=work, args=(jobs, done), name=f'worker {i}') for i in range(2)]
    for p in workers: p.start()
    for n in range(10): jobs.put(n)
    for p in workers: jobs.put(None)
    print(sorted(done.get() for _ in range(10)))
    left.send('x'); right.recv()
    for p in workers: p.join()
`;

const WAITS = `
import multiprocessing as mp, signal, sys, time

def stubborn(ready):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.put(1)
    time.sleep(60)

def polite(ready):
    ready.put(1)
    time.sleep(60)

if __name__ == '__main__':
    ready = mp.SimpleQueue()
    kinds = {'stubborn': stubborn, 'polite': polite}
    children = [mp.Process(target=kinds[word], args=(ready,), name=word) for word in sys.argv[1:]]
    for c in children: c.start()
    for c in children: ready.get()
    print('ready', flush=True)
    for c in children: c.join()
`;

const rows = (run: Run) => run.model.snapshot().processes;
const named = (run: Run, name: string) => rows(run).find((row) => row.name === name);

describe('a run', () => {
  it('is seen from its start to its end, and ends by itself', async () => {
    const { run, ended } = await bench.start(PIPELINE);
    let changes = 0;
    run.onChange(() => {
      changes += 1;
    });
    expect(run.live).toBe(true);
    expect(await ended).toEqual({ code: 0, signal: null });
    await run.whenEnded;
    expect(run.live).toBe(false);
    expect(changes).toBeGreaterThan(1);
    const report = run.model.report();
    expect(report.run).toMatchObject({ exitCode: 0, signal: null, dropped: 0 });
    expect(report.processes.map(({ name, end }) => [name, end])).toEqual([['MainProcess', 'exited'], ['worker 0', 'exited'], ['worker 1', 'exited']]);
    expect(existsSync(join(run.folder, 'done'))).toBe(true);
  });

  it('gives channels the names of their variables', async () => {
    const { run, ended } = await bench.start(PIPELINE);
    await ended;
    await run.finish();
    const names = run.model.snapshot().channels.filter((row) => !row.internal).map((row) => row.name);
    expect(names).toEqual(['jobs', 'done', 'left ⇄ right']);
  });

  it('saved and opened again says what it said live', async () => {
    const { run, ended } = await bench.start(PIPELINE);
    await ended;
    await run.finish();
    const file = join(bench.folder, '一个 "recording".procession');
    expect(await run.save(file)).toMatchObject({ ok: true, message: `${file} was written.` });
    const opened = await Run.open(file);
    expect(opened.live).toBe(false);
    expect(opened.model.report()).toEqual(run.model.report());
    expect(opened.info).toEqual(run.info);
    await opened.close({ keep: true });
    expect(existsSync(file)).toBe(true);
    const fromFolder = await Run.open(run.folder);
    expect(fromFolder.model.report()).toEqual(run.model.report());
    await fromFolder.close({ keep: true });
  });

  it('takes its folder with it when it is no longer wanted', async () => {
    const { run, ended } = await bench.start('pass');
    await ended;
    await run.finish();
    await run.close({ keep: true });
    expect(existsSync(run.folder)).toBe(true);
    await run.close({ keep: false });
    expect(existsSync(run.folder)).toBe(false);
  });

  it('says that an orphan goes on, and does not wait for it when told to finish', async () => {
    const { run, ended, output } = await bench.start(`
import os, time
if os.fork() == 0:
    os.close(1)
    os.close(2)
    print
    time.sleep(30)
    os._exit(0)
print('done', flush=True)
`);
    await ended;
    expect(output()).toBe('done\n');
    const begun = performance.now();
    await run.finish();
    expect(performance.now() - begun).toBeLessThan(3000);
    const child = run.model.report().processes.find((row) => row.kind === 'fork');
    expect(child?.end).toBe('running');
    if (child !== undefined) process.kill(child.pid, 'SIGKILL');
  });
});

describe('signals from a person', () => {
  it('reach the process that is meant, and no other', async () => {
    const { run, output, ended } = await bench.start(WAITS, { args: ['polite', 'stubborn'] });
    await until(() => output().includes('ready'));
    await until(() => named(run, 'polite')?.state !== undefined && named(run, 'stubborn') !== undefined);
    const polite = named(run, 'polite');
    expect(await run.signal(polite?.key ?? '', false, 'SIGTERM')).toMatchObject({ ok: true, message: `SIGTERM was sent to process ${polite?.pid}.` });
    await until(() => named(run, 'polite')?.signal === 'SIGTERM');
    expect(named(run, 'stubborn')?.endedMs).toBeNull();
    await until(() => named(run, 'polite')?.endKnown !== null);
    expect(await run.signal(polite?.key ?? '', false, 'SIGTERM')).toMatchObject({ ok: false });
    expect(await run.signal('p99', false, 'SIGKILL')).toMatchObject({ ok: false, message: 'SIGKILL was not sent: there is no such process.' });
    expect(await run.signal(null, true, 'SIGKILL')).toMatchObject({ ok: true });
    await ended;
    await run.finish();
    // Nobody was left to learn how the last one ended, so its report may say no more than that it did.
    expect(run.model.report().processes.map((row) => row.end)).not.toContain('running');
    expect(await run.signal(null, true, 'SIGKILL')).toMatchObject({ ok: false });
  });

  it('are kept in the recording as the user\'s', async () => {
    const { run, output, ended } = await bench.start(WAITS, { args: ['polite'] });
    await until(() => output().includes('ready') && named(run, 'polite') !== undefined);
    await run.signal(named(run, 'polite')?.key ?? '', false, 'SIGKILL');
    await ended;
    await run.finish();
    expect(readFileSync(join(run.folder, 'observer.jsonl'), 'utf8')).toMatch(/"k":"signal".*"SIGKILL"/);
  });

  it('stop ends a polite tree by an interrupt', async () => {
    const { run, output, ended } = await bench.start(WAITS, { args: ['polite'] });
    await until(() => output().includes('ready') && named(run, 'polite') !== undefined);
    expect(await run.stop()).toMatchObject({ ok: true, message: 'All processes have ended (SIGINT).' });
    await ended;
    await run.whenEnded;
    expect(await run.stop()).toMatchObject({ ok: false });
  }, 15_000);

  it('stop kills what will not hear', async () => {
    const { run, output, ended } = await bench.start(WAITS, { args: ['stubborn'] });
    await until(() => output().includes('ready') && named(run, 'stubborn') !== undefined);
    expect(await run.stop()).toMatchObject({ ok: true, message: 'All processes have ended (SIGKILL).' });
    await ended;
    await run.finish();
    expect(named(run, 'stubborn')?.endedMs).not.toBeNull();
    expect(readFileSync(join(run.folder, 'observer.jsonl'), 'utf8')).toMatch(/SIGINT[^]*SIGTERM[^]*SIGKILL/);
  }, 20_000);
});

/** Makes a run look as if another process had launched it, one that is gone. */
function disown(folder: string): void {
  const file = join(folder, 'run.json');
  const run = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...run, launcher: { pid: 4_190_000, start: 1 } }));
}

describe('a run whose launcher is gone', () => {
  it('is found, observed from there on, and seen to its end', async () => {
    const plan = await bench.prepare(PIPELINE.replace('print(sorted', "print('up', flush=True); __import__('time').sleep(2); print(sorted"));
    const { ended, output } = bench.launch(plan);
    const base = dirname(plan.folder);
    await until(() => output().includes('up'));
    expect((await leftovers([base])).map(({ folder }) => folder)).not.toContain(plan.folder);
    disown(plan.folder);
    const found = (await leftovers([base])).find(({ folder }) => folder === plan.folder);
    expect(found).toMatchObject({ scriptName: 'script.py', running: true });
    expect(found?.pids.length).toBeGreaterThan(0);
    const run = await Run.watch(plan.folder);
    bench.later(() => run.close({ keep: false }));
    expect(run.live).toBe(true);
    // Now that somebody observes it again, it is nobody's left-over.
    expect((await leftovers([base])).map(({ folder }) => folder)).not.toContain(plan.folder);
    await ended;
    await run.whenEnded;
    expect(rows(run).map((row) => row.name)).toEqual(['MainProcess', 'worker 0', 'worker 1']);
    expect(rows(run).every((row) => row.endedMs !== null)).toBe(true);
    expect(run.model.snapshot().channels.find((row) => row.name === 'jobs')).toMatchObject({ puts: 12, gets: 12 });
  }, 15_000);

  it('is offered for a day after its end, shown as it was, and removed then', async () => {
    const plan = await bench.prepare(PIPELINE);
    await bench.launch(plan).ended;
    disown(plan.folder);
    const base = dirname(plan.folder);
    expect((await leftovers([base])).find(({ folder }) => folder === plan.folder)).toMatchObject({ running: false, pids: [] });
    const run = await Run.watch(plan.folder);
    expect(run.live).toBe(false);
    expect(rows(run)).toHaveLength(3);
    await run.close({ keep: true });
    const tomorrow = Math.max(Date.now(), statSync(plan.folder).mtimeMs) + 25 * 3600 * 1000;
    // Only this run's own base is looked through with tomorrow's clock: others' runs must not go.
    const own = join(bench.folder, 'base');
    mkdirSync(own, { mode: 0o700 });
    const moved = join(own, 'run');
    mkdirSync(moved);
    for (const name of ['run.json']) writeFileSync(join(moved, name), readFileSync(join(plan.folder, name)));
    expect((await leftovers([own])).map(({ folder }) => folder)).toEqual([moved]);
    expect(await leftovers([own], tomorrow)).toEqual([]);
    expect(existsSync(moved)).toBe(false);
  }, 15_000);

  it('is left alone where its folder is not understood, until it is old', async () => {
    const own = join(bench.folder, 'strange');
    mkdirSync(join(own, 'x'), { recursive: true, mode: 0o700 });
    writeFileSync(join(own, 'x', 'run.json'), '{');
    expect(await leftovers([own, join(own, 'none')])).toEqual([]);
    expect(existsSync(join(own, 'x'))).toBe(true);
    await leftovers([own], Date.now() + 25 * 3600 * 1000);
    expect(existsSync(join(own, 'x'))).toBe(false);
    rmSync(own, { recursive: true });
  });

  it('that others could have written is not looked at', async () => {
    const open = join(bench.folder, 'link');
    mkdirSync(join(bench.folder, 'elsewhere', 'x'), { recursive: true });
    utimesSync(join(bench.folder, 'elsewhere', 'x'), 1, 1);
    const { symlinkSync } = await import('node:fs');
    symlinkSync(join(bench.folder, 'elsewhere'), open);
    expect(await leftovers([open])).toEqual([]);
    expect(existsSync(join(bench.folder, 'elsewhere', 'x'))).toBe(true);
  });
});

describe('two observers of one run', () => {
  it('only one writes; the other follows, to the same picture', async () => {
    const { run, plan, ended } = await bench.start(PIPELINE.replace("print(sorted", "__import__('time').sleep(1); print(sorted"));
    const file = join(plan.folder, 'run.json');
    const described = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    // The other one believes that a living process which is not itself launched the run: the test runner's parent.
    const { processIdentity } = await import('../../../src/system/index.js');
    writeFileSync(file, JSON.stringify({ ...described, launcher: processIdentity(process.ppid) }));
    const follower = await Run.watch(plan.folder);
    bench.later(() => follower.close({ keep: true }));
    await ended;
    await run.whenEnded;
    await follower.whenEnded;
    expect(follower.model.report()).toEqual(run.model.report());
    expect(readFileSync(join(plan.folder, 'observer.jsonl'), 'utf8').match(/"k":"end"/g)).toHaveLength(1);
  }, 15_000);
});

describe('what cannot be opened says why', () => {
  const open = async (file: string): Promise<CannotOpen> => {
    try {
      await (await Run.open(file)).close({ keep: true });
    } catch (error) {
      if (error instanceof CannotOpen) return error;
      throw error;
    }
    throw new Error('it could be opened');
  };

  it('a folder that is no run', async () => {
    expect((await open(bench.folder)).code).toBe('no-run');
    await expect(Run.watch(bench.folder)).rejects.toThrow(/holds no run/);
  });

  it('a recording that is not there', async () => {
    expect((await open(join(bench.folder, 'gone.procession'))).message).toMatch(/^There is no recording /);
  });
});
