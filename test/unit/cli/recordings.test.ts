import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { Cli, finished, said, sleep, type Done } from './cli.js';

vi.setConfig({ testTimeout: 45_000 });
const cli = Cli.forTests();

interface Report {
  readonly schema: string;
  readonly run: { readonly exitCode: number | null; readonly signal: string | null; readonly dropped: number; readonly countedOnly: number; readonly records: number; readonly argv: readonly string[] };
  readonly processes: readonly { readonly name: string; readonly exitCode: number | null; readonly signal: string | null; readonly end: string; readonly kind: string; readonly sent: number; readonly received: number }[];
  readonly channels: readonly { readonly name: string | null; readonly kind: string; readonly internal: boolean; readonly sent: number; readonly received: number; readonly puts: number; readonly gets: number; readonly matching: string; readonly created: { readonly file: string; readonly line: number } | null }[];
}

const reportIn = (file: string): Report => JSON.parse(readFileSync(join(cli.folder, file), 'utf8')) as Report;

const PIPELINE = `
import multiprocessing as mp, sys

def work(jobs, done):
    while (n := jobs.get()) is not None:
        done.put('result ' + str(n))

if __name__ == '__main__':
    mp.set_start_method(sys.argv[1])
    jobs = mp.Queue()
    done = mp.Queue()
    p = mp.Process(target=work, args=(jobs, done), name='w 一')
    p.start()
    for n in range(20): jobs.put(n)
    jobs.put(None)
    print(len([done.get() for _ in range(20)]))
    p.join()
`;

describe('the report', () => {
  it.each(['fork', 'spawn', 'forkserver'])('tells what the script did, with %s', async (method) => {
    const file = cli.script(`it's "a" 脚本.py`, PIPELINE);
    const done = await cli.run(['run', '--json', `${method}.json`, file, method]);
    expect([done.status, done.stdout.toString(), done.stderr]).toEqual([0, '20\n', '']);
    const report = reportIn(`${method}.json`);
    expect(report.schema).toBe('procession-report/1');
    expect(report.run).toMatchObject({ exitCode: 0, signal: null, dropped: 0 });
    expect(report.run.argv.slice(1)).toEqual([file, method]);
    expect(report.processes.find((row) => row.name === 'w 一')).toMatchObject({ exitCode: 0, end: 'exited', startMethod: method });
    const channels = report.channels.filter((row) => !row.internal);
    expect(channels).toMatchObject([
      { name: 'jobs', kind: 'Queue', puts: 21, gets: 21, sent: 21, received: 21, matching: 'exact', created: { file, line: 10 } },
      { name: 'done', kind: 'Queue', puts: 20, gets: 20, matching: 'exact', created: { file, line: 11 } },
    ]);
  });

  it('on standard output leaves that to itself: the script writes to standard error', async () => {
    const done = await cli.run(['run', '--json', '-', '-c', 'import sys; print("out"); print("err", file=sys.stderr)']);
    expect((JSON.parse(done.stdout.toString()) as Report).schema).toBe('procession-report/1');
    expect(done.stderr.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('goes into a pipe that a shell gave a name', async () => {
    const done = await finished(cli.startOther('bash', ['-c', '"$0" "$1" run --json >(cat >&2) -c "print(1)"', process.execPath, cli.file]));
    expect(done.stderr).toContain('procession-report/1');
    expect(done.stdout.toString()).toBe('1\n');
  });

  it('from the recording is the same, byte by byte', async () => {
    const file = cli.script('pipeline.py', PIPELINE);
    await cli.run(['run', '--json', 'live.json', '--record', 'a b.procession', file, 'fork']);
    const again = await cli.run(['report', 'a b.procession', '--json', 'again.json']);
    expect(again.status).toBe(0);
    expect(readFileSync(join(cli.folder, 'again.json'), 'utf8')).toBe(readFileSync(join(cli.folder, 'live.json'), 'utf8'));
    const shown = await cli.run(['report', 'a b.procession']);
    expect(shown.stdout.toString()).toBe(readFileSync(join(cli.folder, 'live.json'), 'utf8'));
  });

  it('needs no Python to be made from a recording', async () => {
    await cli.run(['run', '--record', 'nopy.procession', '-c', 'pass']);
    const done = await cli.run(['report', 'nopy.procession'], { env: { PATH: '/nowhere' } });
    expect(done.status).toBe(0);
  });

  it('replaces an older file when it is complete', async () => {
    writeFileSync(join(cli.folder, 'replaced.json'), 'older');
    await cli.run(['run', '--json', 'replaced.json', '-c', 'pass']);
    expect(reportIn('replaced.json').schema).toBe('procession-report/1');
  });

  it('holds no bytes of messages with --no-previews', async () => {
    const file = cli.script('secret.py', 'import multiprocessing as mp\nq = mp.SimpleQueue()\nq.put("xyzzy-secret")\nq.get()\n');
    for (const [option, expected] of [['--live', true], ['--no-previews', false]] as const) {
      await cli.run(['run', option, '--record', 'secret.procession', file]);
      const held = Object.values(unzipSync(readFileSync(join(cli.folder, 'secret.procession')))).some((data) => Buffer.from(data).includes('xyzzy'));
      expect(held).toBe(expected);
    }
  });

  it('ends with 70 when a finding that was named is certain', async () => {
    const file = cli.script('zombie.py', 'import os, time\nif os.fork() == 0: os._exit(0)\ntime.sleep(2.5)\n');
    const status = async (rules: string): Promise<number | null> => (await cli.run(['run', '--fail-on', rules, file])).status;
    expect(await status('zombie,orphan')).toBe(70);
    expect(await status('orphan')).toBe(0);
    expect(await status('warning')).toBe(70);
    expect(await status('error')).toBe(0);
  }, 60_000);

  it('says why it failed, and refuses a rule that there is not', async () => {
    const file = cli.script('zombie.py', 'import os, time\nif os.fork() == 0: os._exit(0)\ntime.sleep(3)\n');
    const done = await cli.run(['run', '--fail-on', 'zombie', file]);
    expect(done.stderr).toMatch(/warning zombie \(certain\) at zombie\.py:2: .* has ended|warning zombie \(certain\) at zombie\.py:2: .* had ended/);
    expect(done.stderr).toContain('do: Call join()');
    expect(done.stderr).toContain('found, and certain: zombie.');
    const wrong = await cli.run(['run', '--fail-on', 'zombies', file]);
    expect(wrong.status).toBe(64);
    expect(wrong.stderr).toContain('There is no rule zombies.');
  }, 60_000);
});

describe('view', () => {
  it('prints the tree, the channels and what went wrong', async () => {
    const file = cli.script('fails.py', `import multiprocessing as mp
def work():
    raise ValueError('broken 测试')
if __name__ == '__main__':
    q = mp.Queue()
    q.put('x'); q.get()
    p = mp.Process(target=work, name='bad\\x1b[2Jname')
    p.start(); p.join()
`);
    await cli.run(['run', '--record', 'fails.procession', file]);
    const done = await cli.run(['view', 'fails.procession']);
    const text = done.stdout.toString();
    expect(done.status).toBe(0);
    expect(text).toMatch(/^fails\.py {2}exited 0 after /);
    expect(text).toMatch(/└─ bad␛\[2Jname \(__main__\.work\) +\d+ +fork +exited 1/);
    expect(text).toMatch(/^q +Queue +1 +1 /m);
    expect(text).toMatch(/ValueError.*broken 测试/);
    expect(text).not.toContain('\u001b');
  });
});

describe('a recording that cannot be read gets one clear line', () => {
  const oneLine = (done: Done, words: RegExp): void => {
    expect(done.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(done.stderr).toMatch(words);
    expect(done.stdout.toString()).toBe('');
  };
  const record = async (name: string): Promise<string> => {
    await cli.run(['run', '--record', name, '-c', 'pass']);
    return join(cli.folder, name);
  };

  it.each(['report', 'view'])('%s: not there', async (command) => {
    const done = await cli.run([command, 'gone.procession']);
    oneLine(done, /There is no recording /);
    expect(done.status).toBe(66);
  });

  it.each([
    ['empty', '', /empty/],
    ['not one at all', 'just some text, and more of it', /not a recording|no recording|is none/i],
  ])('%s', async (_, text, words) => {
    writeFileSync(join(cli.folder, 'bad.procession'), text);
    const done = await cli.run(['view', 'bad.procession']);
    oneLine(done, words);
    expect(done.status).toBe(65);
  });

  it('cut', async () => {
    const file = await record('cut.procession');
    truncateSync(file, Math.floor(readFileSync(file).length * 0.7));
    const done = await cli.run(['report', 'cut.procession', '--json', 'cut.json']);
    oneLine(done, /cut/);
    expect(done.status).toBe(65);
    expect(existsSync(join(cli.folder, 'cut.json'))).toBe(false);
  });

  it('with a journal that is damaged within: the rest is shown, and what is missing is said and counted', async () => {
    const file = await record('within.procession');
    const files = unzipSync(readFileSync(file));
    const [journal] = Object.keys(files).filter((name) => /^\d+-\d+-/.test(name));
    // Its capacity: more records than any segment has.
    new DataView(files[journal!]!.buffer, files[journal!]!.byteOffset).setUint32(52, 0xffff_ffff, true);
    writeFileSync(file, zipSync(files));
    const done = await cli.run(['report', 'within.procession', '--json', 'within.json']);
    oneLine(done, /The journal .* is damaged in its header/);
    expect(done.status).toBe(0);
    expect(reportIn('within.json').run.dropped).toBe(1);
  });

  it('of a version that this one does not know', async () => {
    const file = await record('version.procession');
    const files = unzipSync(readFileSync(file));
    const run = JSON.parse(Buffer.from(files['run.json'] ?? []).toString()) as object;
    writeFileSync(file, zipSync({ ...files, 'run.json': strToU8(JSON.stringify({ ...run, schema: 'procession-run/9' })) }));
    const done = await cli.run(['view', 'version.procession']);
    oneLine(done, /version that this Procession does not know/);
    expect(done.status).toBe(65);
  });
});

describe('what happens in the middle of a run', () => {
  it('SIGKILL in the middle of a put: the script goes on, and what was there is told', async () => {
    const file = cli.script('midput.py', `
import multiprocessing as mp, os, signal, time
def sender(q):
    while True:
        q.put('x' * 300_000)
if __name__ == '__main__':
    q = mp.Queue()
    p = mp.Process(target=sender, args=(q,), name='sender')
    p.start()
    for _ in range(5): q.get()
    os.kill(p.pid, signal.SIGKILL)
    p.join()
    print(p.exitcode)
`);
    const done = await cli.run(['run', '--json', 'midput.json', file]);
    expect([done.status, done.stdout.toString()]).toEqual([0, '-9\n']);
    const report = reportIn('midput.json');
    expect(report.processes.find((row) => row.name === 'sender')).toMatchObject({ exitCode: -9, signal: 'SIGKILL', end: 'signaled' });
    const channel = report.channels.find((row) => row.name === 'q');
    expect(channel?.received).toBe(5);
    expect(channel?.puts).toBeGreaterThanOrEqual(5);
  });

  it('a small budget: counts stay exact though messages are counted and not recorded', async () => {
    const file = cli.script('many.py', `
import multiprocessing as mp
q = mp.SimpleQueue()
for n in range(60_000):
    q.put(n)
    q.get()
print('done')
`);
    const done = await cli.run(['run', '--budget', '1M', '--json', 'many.json', file]);
    expect([done.status, done.stdout.toString()]).toEqual([0, 'done\n']);
    const report = reportIn('many.json');
    expect(report.run.countedOnly).toBeGreaterThan(0);
    expect(report.channels.find((row) => row.name === 'q')).toMatchObject({ sent: 60_000, received: 60_000 });
  });

  // A small shared memory of our own needs root and a mount namespace; where that is refused, this cannot be tested.
  const namespaces = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm'], { encoding: 'utf8' });
  if (namespaces.status !== 0) console.warn(`SKIPPED: a full shared memory and an unwritable folder (${namespaces.error?.message ?? namespaces.stderr.trim()})`);

  /** Runs the command line where /dev/shm is a file system of its own; the command line keeps its own folders there. */
  const inOwnMemory = (mount: string, script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    cli.startOther('unshare', ['-m', 'bash', '-c', `mount -t tmpfs -o ${mount} tmpfs /dev/shm && ${script}`, process.execPath, cli.file, ...args], { env: { PROCESSION_RUNS: '', ...env } });

  it.skipIf(namespaces.status !== 0)('shared memory full: the script goes on to its end, and what was not recorded is said', async () => {
    const file = cli.script('fills.py', `
import multiprocessing as mp, os, sys
def work(q, n):
    for i in range(n): q.put(i)
if __name__ == '__main__':
    folder = os.environ['PROCESSION_RUN']
    assert folder.startswith('/dev/shm/'), folder
    q = mp.Queue()
    for i in range(3000): q.put(i); q.get()
    with open('/dev/shm/ballast', 'wb') as ballast:
        try:
            while True: ballast.write(bytes(65536)); ballast.flush()
        except OSError: pass
    for i in range(20000): q.put(i); q.get()
    p = mp.Process(target=work, args=(q, 1000), name='late')
    p.start()
    total = sum(q.get() for _ in range(1000))
    p.join()
    print(total, p.exitcode)
`);
    const done = await finished(inOwnMemory('size=32m', '"$0" "$@"', ['run', '--json', 'full.json', '--record', 'full.procession', file]));
    expect([done.status, done.stdout.toString()]).toEqual([0, '499500 0\n']);
    const report = reportIn('full.json');
    expect(report.run.dropped + report.run.countedOnly).toBeGreaterThan(0);
    expect(report.run.exitCode).toBe(0);
    const again = await cli.run(['view', 'full.procession']);
    expect(again.stdout.toString()).toMatch(/counted only|dropped/);
  });

  it.skipIf(namespaces.status !== 0)('no folder that can be written: one clear line, and the script is not started', async () => {
    const done = await finished(inOwnMemory('ro', '"$0" "$@"', ['run', '-c', 'print("ran")'], { TMPDIR: '/proc' }));
    expect(done.status).toBe(73);
    expect(done.stdout.toString()).toBe('');
    expect(done.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(done.stderr).toMatch(/nowhere to keep its journal \(\/dev\/shm\/procession-\d+: the file system is read-only; \/proc\/procession-\d+: .*\)/);
  });

  it.skipIf(namespaces.status !== 0)('no room in shared memory from the start: the temporary folder is used', async () => {
    const done = await finished(inOwnMemory('size=1m', '"$0" "$@"', ['run', '-c', 'import os; print(os.environ["PROCESSION_RUN"])'], { TMPDIR: cli.folder }));
    expect(done.stdout.toString().startsWith(cli.folder)).toBe(true);
  });

  it('the recording cannot be written in the end: the script\'s status stays, and it is said', async () => {
    const child = cli.start(['run', '--record', 'gone-folder/x.procession', '-c', 'import sys, time; print("ready", flush=True); sys.stdin.read(); sys.exit(3)'], { cwd: (spawnSync('mkdir', ['-p', join(cli.folder, 'gone-folder')]), cli.folder) });
    const ready = said(child.stdout, /ready/);
    await ready;
    await sleep(50);
    rmSync(join(cli.folder, 'gone-folder'), { recursive: true });
    const done = await finished(child);
    expect(done.status).toBe(3);
    expect(done.stderr).toMatch(/cannot be written/);
  });
});
