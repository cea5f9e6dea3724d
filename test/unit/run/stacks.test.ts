/** Stacks of the processes of a real run: by py-spy, and from the slots. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePySpy } from '../../../scripts/pyspy.mjs';
import { fill } from '../../../src/protocol/text.js';
import type { Stacks, ThreadStack } from '../../../src/protocol/stacks.js';
import { isOwnFile, stacksOf } from '../../../src/run/stacks.js';
import { Run } from '../../../src/run/index.js';
import { Bench, until, type StartedRun } from './started.js';

const bench = Bench.forTests();
let pySpy = '';
beforeAll(() => {
  pySpy = ensurePySpy(console.log);
}, 240_000);

const nowhere = '/nowhere/py-spy';

/** A child that waits for a message, with a thread of its own that waits for nothing of multiprocessing; ends when it gets one. */
const WAITS = `import os, threading, time
from multiprocessing import Process, Queue

def consume(jobs):
    threading.Thread(target=time.sleep, args=(1000,), name='sleeper', daemon=True).start()
    print('got', jobs.get(), flush=True)

if __name__ == '__main__':
    jobs = Queue()
    consumer = Process(target=consume, args=(jobs,), name='consumer')
    consumer.start()
    while not os.path.exists('go'):
        time.sleep(0.05)
    jobs.put('all')
    consumer.join()
    print('joined', consumer.exitcode, flush=True)
`;

function rowOf(run: Run, name: string) {
  return run.model.snapshot().processes.find((row) => row.name === name);
}

async function waiting(): Promise<StartedRun & { readonly consumer: string }> {
  const started = await bench.start(WAITS);
  await until(() => rowOf(started.run, 'consumer')?.blocked[0]?.op === 'get');
  return { ...started, consumer: rowOf(started.run, 'consumer')?.key ?? '' };
}

async function stacks(run: Run, key: string, spy: string): Promise<Stacks> {
  const answer = await stacksOf(run, key, spy);
  if (!answer.ok) throw new Error(answer.said.message);
  return answer.stacks;
}

function own(thread: ThreadStack | undefined): (readonly [string | null, number])[] {
  return thread?.frames.filter((frame) => frame.own).map(({ where }) => [where.function, where.line] as const) ?? [];
}

describe('the stacks of a process', () => {
  it('are by py-spy where it can be had: all threads, and which frames are of the script', async () => {
    const { run, consumer } = await waiting();
    const told = await stacks(run, consumer, pySpy);
    expect(told).toMatchObject({ process: consumer, by: 'py-spy', paused: true, why: null, unknownThreads: 0 });
    expect(told.atMs).toBeGreaterThan(0);
    expect(told.threads.map(({ name, main, blocked }) => [name, main, blocked])).toEqual([['MainThread', true, null], ['sleeper', false, null]]);
    const [main, sleeper] = told.threads;
    // In a forked child the line that started it is on its stack too.
    expect(own(main)).toEqual([['consume', 6], ['<module>', 11]]);
    expect(main?.frames.some(({ own: its, where }) => !its && /multiprocessing.queues\.py$/.test(where.file))).toBe(true);
    expect(main?.frames.some(({ own: its, where }) => !its && /procession_runtime.queues\.py$/.test(where.file))).toBe(true);
    expect(own(sleeper)).toEqual([]);
  });

  it('are from the slots else: where it waits, of how many threads nothing is known, and why', async () => {
    const { run, consumer } = await waiting();
    const told = await stacks(run, consumer, nowhere);
    expect(told).toMatchObject({ process: consumer, by: 'slots', unknownThreads: 1 });
    expect(told.why === null ? null : fill(told.why)).toBe('There is no program /nowhere/py-spy: correct the setting procession.pySpy.');
    expect(told.threads).toHaveLength(1);
    expect(told.threads[0]).toMatchObject({ name: 'MainThread', main: true, active: null, holdsGil: null, blocked: { op: 'get' } });
    expect(own(told.threads[0])).toEqual([['consume', 6]]);
    // The main process sleeps, which no record tells.
    const main = await stacks(run, rowOf(run, 'MainProcess')?.key ?? '', nowhere);
    expect(main.threads[0]).toEqual({ name: 'MainThread', main: true, active: null, holdsGil: null, frames: [], blocked: null });
  });

  it('change nothing in the script, however often they are read', async () => {
    const { run, consumer, ended, output } = await waiting();
    const main = rowOf(run, 'MainProcess')?.key ?? '';
    for (let time = 0; time < 10; time++) await Promise.all([stacks(run, consumer, pySpy), stacks(run, main, pySpy)]);
    const go = join(bench.folder, 'go');
    writeFileSync(go, '');
    bench.later(() => rmSync(go));
    const reading = stacksOf(run, main, pySpy);
    expect(await ended).toEqual({ code: 0, signal: null });
    await reading;
    expect(output()).toBe('got all\njoined 0\n');
    await until(() => !run.live);
    expect(await stacksOf(run, consumer, pySpy)).toMatchObject({ ok: false, said: { message: 'This run has ended: its processes have no stacks any more.' } });
  });

  it('are not of processes that have ended or never were', async () => {
    const { run } = await bench.start(`import multiprocessing, time
if __name__ == '__main__':
    child = multiprocessing.Process(target=int, name='short')
    child.start()
    time.sleep(1000)
`);
    await until(() => rowOf(run, 'short')?.state === 'zombie');
    const short = rowOf(run, 'short');
    expect(await stacksOf(run, short?.key ?? '', pySpy)).toMatchObject({ ok: false, said: { message: `short (PID ${short?.pid ?? 0}) has ended: it has no stacks any more.` } });
    expect(await stacksOf(run, 'p99', pySpy)).toMatchObject({ ok: false, said: { message: 'There is no such process.' } });
  });
});

describe('a file is of the script', () => {
  it.each(['/w/s.py', 's.py', '<string>', '<stdin>', '/home/u/python3/app/s.py', '/w/lib/python/s.py', 'C:\\work\\s.py'])('%s', (file) => {
    expect(isOwnFile(file)).toBe(true);
  });

  it.each([
    '/usr/lib/python3.11/threading.py', '/opt/py/lib/python3.8/multiprocessing/queues.py', '/w/venv/lib/python3.12/site-packages/numpy/core.py', '/usr/lib/python3/dist-packages/yaml/__init__.py',
    '/usr/lib64/python3.9/queue.py', '/x/runtime/procession_runtime/queues.py', '<frozen importlib._bootstrap>', 'C:\\Users\\u\\Python311\\Lib\\threading.py', '/opt/pypy/lib/pypy3.9/threading.py',
  ])('but not %s', (file) => {
    expect(isOwnFile(file)).toBe(false);
  });
});
