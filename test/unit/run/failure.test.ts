import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Model } from '../../../src/model/index.js';
import { Bench } from './started.js';

vi.setConfig({ testTimeout: 30_000 });
const bench = Bench.forTests();

describe('a mistake of our own', () => {
  it('in the model costs what it could not take in, is kept for the log, and the run is read to its end', async () => {
    // The first record that the model hears of is too much for it.
    const spy = vi.spyOn(Model.prototype, 'record').mockImplementationOnce(() => {
      throw new Error('made for this test');
    });
    const { run, ended } = await bench.start('import multiprocessing as mp\nq = mp.SimpleQueue()\nq.put(1)\nq.get()\n');
    expect(await ended).toEqual({ code: 0, signal: null });
    await run.finish();
    spy.mockRestore();
    expect(run.failure).toContain('made for this test');
    expect(run.live).toBe(false);
    expect(run.model.report().run.exitCode).toBe(0);
    expect(run.model.report().processes[0]?.end).toBe('exited');
  });

  it('in the log costs nothing that is seen live', async () => {
    const plan = await bench.prepare('pass');
    // A folder where the log should be: nothing can be appended to it.
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(plan.folder, 'observer.jsonl'));
    writeFileSync(join(plan.folder, 'observer.jsonl', 'x'), '');
    const { Run } = await import('../../../src/run/index.js');
    const run = await Run.watch(plan.folder);
    bench.later(() => run.close({ keep: false }));
    const { child, ended } = bench.launch(plan);
    run.noteRoot(child.pid ?? 0);
    const { code, signal } = await ended;
    run.noteExit(code, signal);
    await run.finish();
    expect(run.model.report().run).toMatchObject({ exitCode: 0, signal: null });
  });
});
