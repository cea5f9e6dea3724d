/** Real scripts, started as the fronts start them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach } from 'vitest';
import { prepareRun, Run, type PreparedRun, type RunOptions } from '../../../src/run/index.js';

export const runtimeFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../runtime');
export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export async function until(what: () => boolean, ms = 8000): Promise<void> {
  for (const deadline = Date.now() + ms; !what(); ) {
    if (Date.now() > deadline) throw new Error(`did not come true within ${ms} ms: ${what.toString()}`);
    await sleep(20);
  }
}

export interface StartedRun {
  readonly plan: PreparedRun;
  readonly child: ChildProcess;
  readonly run: Run;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** What the script printed so far. */
  readonly output: () => string;
}

export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'run '));
  readonly #undo: (() => Promise<void> | void)[] = [];

  static forTests(): Bench {
    const bench = new Bench();
    // Others' runs on this machine, and what a failed test leaves, stay apart.
    process.env['PROCESSION_RUNS'] = bench.folder;
    afterAll(() => rmSync(bench.folder, { recursive: true, force: true }));
    afterEach(async () => {
      for (const undo of bench.#undo.splice(0).reverse()) await undo();
    });
    return bench;
  }

  /** Undone after the test, the last first. */
  later(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  async prepare(code: string, over: Partial<RunOptions> = {}): Promise<PreparedRun> {
    const file = join(this.folder, 'script.py');
    writeFileSync(file, code);
    const prepared = await prepareRun({ target: { kind: 'script', path: file }, args: [], cwd: this.folder, python: null, pythonOptions: [], env: {}, previewBytes: 200, budgetBytes: null, runtimeFolder, ...over });
    if (!prepared.ok) throw new Error(prepared.error.message);
    // A process of the run that is ending may write yet.
    this.later(() => rmSync(prepared.run.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    return prepared.run;
  }

  launch(plan: PreparedRun): { child: ChildProcess; ended: StartedRun['ended']; output: () => string } {
    const child = spawn(plan.command, [...plan.args], { cwd: plan.cwd, env: { ...process.env, ...plan.env }, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    this.later(() => void child.kill('SIGKILL'));
    const ended = new Promise<{ code: number | null; signal: string | null }>((done) => child.once('close', (code, signal) => done({ code, signal })));
    return { child, ended, output: () => text };
  }

  async start(code: string, over: Partial<RunOptions> = {}): Promise<StartedRun> {
    const plan = await this.prepare(code, over);
    const run = await Run.watch(plan.folder);
    this.later(() => run.close({ keep: false }));
    const { child, ended, output } = this.launch(plan);
    run.noteRoot(child.pid ?? 0);
    void ended.then(({ code: status, signal }) => run.noteExit(status, signal));
    return { plan, child, run, ended, output };
  }
}
