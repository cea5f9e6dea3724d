/** Each fix, made on a copy of a faulty script, and the script run before and after it under the real runtime. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { applied, faultOf, fixFor } from '../../../src/fixes/index.js';
import type { RuleName } from '../../../src/protocol/rules.js';
import type { Snapshot } from '../../../src/protocol/view.js';
import { Bench, until } from '../run/started.js';

vi.setConfig({ testTimeout: 60_000 });

const bench = Bench.forTests();
const examples = resolve(import.meta.dirname, '../../../examples');

/** An example's source; each line of `changes` must be there and is replaced. */
function example(name: string, changes: Readonly<Record<string, string>> = {}): string {
  copyFileSync(join(examples, '_truth.py'), join(bench.folder, '_truth.py'));
  let source = readFileSync(join(examples, `${name}.py`), 'utf8');
  for (const [before, after] of Object.entries(changes)) {
    expect(source).toContain(before);
    source = source.replace(before, after);
  }
  return source;
}

async function runToEnd(source: string, args: readonly string[]): Promise<{ snapshot: Snapshot; code: number | null; output: string }> {
  const { run, ended, output } = await bench.start(source, { args });
  const { code } = await ended;
  await until(() => !run.live, 20_000);
  return { snapshot: run.model.snapshot(), code, output: output() };
}

/** Runs it, mends what is found, and runs it again. */
async function mendedRun(rule: RuleName, source: string, args: readonly string[] = []): Promise<{ after: string; output: string; code: number | null }> {
  const before = await runToEnd(source, args);
  const found = before.snapshot.findings.find((finding) => finding.rule === rule);
  if (found === undefined) throw new Error(`${rule} was not found: ${JSON.stringify(before.snapshot.findings)} ${before.output}`);
  const fault = faultOf(found, before.snapshot);
  const fix = fault === null ? null : fixFor(source, fault);
  if (fix === null) throw new Error(`no fix for ${JSON.stringify(fault)}`);
  const after = applied(source, fix);
  const again = await runToEnd(after, args);
  expect(again.snapshot.findings.filter(({ severity }) => severity === 'error').map((finding) => finding.rule)).toEqual([]);
  expect(again.snapshot.findings.filter((finding) => finding.rule === rule)).toEqual([]);
  return { after, output: again.output, code: again.code };
}

test('the main guard: the child gets to work', async () => {
  const { after, output, code } = await mendedRun('no-main-guard', example('s25_no_main_guard'), ['--method', 'spawn']);
  expect(after).toContain('\nif __name__ == "__main__":\n    parser = argparse');
  expect(output).toContain('child: at work');
  expect(output).toContain('main: exit code 0');
  expect(code).toBe(0);
});

test('daemon=False: the child of the child runs', async () => {
  const { after, output } = await mendedRun('daemon-with-children', example('s07_daemon_with_children'));
  expect(after).toContain('name="daemon", daemon=False)');
  expect(output).toContain('exit code 0');
});

test('join behind the gets: nobody waits', async () => {
  // The example asks between the join and the gets whether the child lives: that is no mechanical case.
  const asks = '    print("main: " + ("the child cannot end" if child.is_alive() else "the child has ended"))\n';
  const source = example('s15_join_before_drain', { [asks]: '' });
  const { after, output } = await mendedRun('join-before-drain', source);
  expect(after).toContain('results.get())\n    child.join(timeout=seconds)');
  expect(output).toContain('exit code 0');
});

test('the end of the pipe closed in the child: it reads the end of file', async () => {
  const { after, output } = await mendedRun('pipe-end-left-open', example('s18_pipe_left_open'));
  expect(after).toContain('def read(receiver, sender) -> None:  # the mistake: sender is not closed here\n    sender.close()\n');
  expect(output).toContain('reader: end of file');
});

test('the end of the pipe closed in the process that made it: it reads the end of file', async () => {
  const { output, code } = await mendedRun('pipe-end-left-open', `import multiprocessing as mp, os, signal

def write(sender):
    sender.send('a line')

def main():
    receiver, sender = mp.Pipe(duplex=False)
    writer = mp.Process(target=write, args=(sender,))
    writer.start()
    try:
        while True:
            print(receiver.recv(), flush=True)
    except EOFError:
        print('end of file', flush=True)
    writer.join()
    os._exit(0)

if __name__ == '__main__':
    signal.alarm(3)
    main()
`);
  expect(output).toBe('a line\nend of file\n');
  expect(code).toBe(0);
});

test('the pool closed and joined: no task is lost', async () => {
  const { after, output } = await mendedRun('pool-not-closed', `import multiprocessing as mp, time

def write(name):
    time.sleep(0.3)
    print('wrote', name, flush=True)

if __name__ == '__main__':
    pool = mp.Pool(1)
    for name in ('letter', 'book'):
        pool.apply_async(write, (name,))
    time.sleep(0.1)
`);
  expect(after).toContain('    time.sleep(0.1)\n    pool.close()\n    pool.join()\n');
  expect(output).toBe('wrote letter\nwrote book\n');
});

test('close() before the join() that was refused', async () => {
  const { after, output, code } = await mendedRun('pool-not-closed', `import multiprocessing as mp

def write(name):
    print('wrote', name, flush=True)

if __name__ == '__main__':
    pool = mp.Pool(1)
    pool.map(write, ['letter', 'book'])
    pool.join()
`);
  expect(after).toContain('    pool.close()\n    pool.join()\n');
  expect(output).toBe('wrote letter\nwrote book\n');
  expect(code).toBe(0);
});
