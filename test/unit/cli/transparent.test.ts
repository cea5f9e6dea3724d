import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Cli, finished, oldPython, said, sleep, until, type Done } from './cli.js';

vi.setConfig({ testTimeout: 30_000 });
const cli = Cli.forTests();

/** A script alone and under `procession run`: the same in everything a shell sees. */
async function same(name: string, text: string, args: readonly string[] = [], input: string | Buffer = '', options: readonly string[] = []): Promise<void> {
  const file = cli.script(name, text);
  const alone = await cli.plain([file, ...args], { input });
  const watched = await cli.run(['run', ...options, file, ...args], { input });
  // The bytes are compared as a hash, so that a difference in a megabyte stays readable.
  const shown = (done: Done): unknown => ({ ...done, stdout: done.stdout.length > 2000 ? createHash('sha256').update(done.stdout).digest('hex') : done.stdout.toString('latin1') });
  expect(shown(watched)).toEqual(shown(alone));
}

describe('a script under procession run', () => {
  it('has its arguments, its input and its status as alone', async () => {
    await same('echo.py', 'import sys\nprint(sys.argv[1:], __name__, __file__)\nsys.stdout.write(sys.stdin.read().upper())\nsys.exit(7)\n', ['--json', '-', '-m', 'x y', '', '--help'], 'some input\n');
  });

  it('keeps its path with spaces, quotes and Chinese characters', async () => {
    await same(`a "folder"/it's 一个 script.py`, 'import sys\nprint(sys.argv, __file__, sys.path[0])\n');
  });

  it('prints binary byte by byte', async () => {
    await same('binary.py', 'import sys\ndata = bytes(range(256)) * 4096\nsys.stdout.buffer.write(data)\nsys.stderr.buffer.write(b"\\n")\n');
  });

  it('reads binary byte by byte', async () => {
    await same('cat.py', 'import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n', [], Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256)));
  });

  it('shows its traceback as Python does, a syntax error too', async () => {
    await same('raises.py', 'def f():\n    raise ValueError("测试")\nf()\n');
    await same('syntax.py', 'def f(:\n    pass\n');
  });

  it('has the exit status of its signal', async () => {
    const file = cli.script('killed.py', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n');
    expect((await cli.run(['run', file])).status).toBe(137);
    const term = cli.script('terminated.py', 'import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n');
    expect((await cli.run(['run', term])).status).toBe(143);
  });

  it('runs as a module and as code', async () => {
    cli.script('pkg/__main__.py', 'import sys\nprint("main of", __package__, sys.argv[1:])\n');
    const asModule = await cli.run(['run', '-m', 'pkg', '--live', 'x']);
    expect(asModule.stdout.toString()).toBe("main of pkg ['--live', 'x']\n");
    const asCode = await cli.run(['run', '-c', 'import sys; print(sys.argv)', '-c', 'y']);
    expect(asCode.stdout.toString()).toBe("['-c', '-c', 'y']\n");
    expect(asCode.status).toBe(0);
  });

  it('comes from standard input when its name is a dash', async () => {
    const done = await cli.run(['run', '-', 'a'], { input: 'import sys\nprint(sys.argv)\n' });
    expect(done.stdout.toString()).toBe("['-', 'a']\n");
  });

  it('has its own interpreter options', async () => {
    const file = cli.script('flags.py', 'import sys\nprint(sys.flags.bytes_warning, sys._xoptions)\n');
    const done = await cli.run(['run', '--python-option', '-bb', '--python-option=-Xa=b', file]);
    expect(done.stdout.toString()).toBe("2 {'a': 'b'}\n");
  });

  it('writes to a pipe that stays blocking', async () => {
    await same('big.py', 'import os, sys\nprint(os.get_blocking(0), os.get_blocking(1), os.get_blocking(2))\nprint("x" * 5_000_000)\n');
  });

  it('meets no descriptor that is not its own', async () => {
    await same('fds.py', 'import os\nprint(sorted(os.listdir("/proc/self/fd"))[:-1])\n');
  });

  it('has the descriptors that its shell gave it', async () => {
    const file = cli.script('fd3.py', 'import os, sys\nprint(os.read(3, 100), open(sys.argv[1]).read())\n');
    const done = await finished(cli.startOther('bash', ['-c', 'exec "$0" "$1" run "$2" <(echo substituted) 3<<<here', process.execPath, cli.file, file]));
    expect(done.stdout.toString()).toBe("b'here\\n' substituted\n\n");
  });

  it('leaves no folder behind', async () => {
    const done = await cli.run(['run', '-c', 'import os; print(os.environ["PROCESSION_RUN"])']);
    const folder = done.stdout.toString().trim();
    expect(folder).toMatch(/procession/);
    expect(existsSync(folder)).toBe(false);
  });

  it('does not wait for a grandchild that outlives it', async () => {
    const code = 'import subprocess, sys; print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"], stdin=-3, stdout=-3, stderr=-3).pid)';
    const begun = Date.now();
    const done = await cli.run(['run', '-c', code]);
    process.kill(Number(done.stdout.toString()), 'SIGKILL');
    expect(done.status).toBe(0);
    expect(Date.now() - begun).toBeLessThan(8000);
  });
});

describe('two runs at once', () => {
  it('do not meet', async () => {
    const file = cli.script('two.py', 'import os, sys, time\nprint(os.environ["PROCESSION_RUN"])\ntime.sleep(0.5)\nsys.exit(int(sys.argv[1]))\n');
    const [one, two] = await Promise.all([cli.run(['run', '--json', 'one.json', file, '3']), cli.run(['run', '--json', 'two.json', file, '4'])]);
    expect([one.status, two.status]).toEqual([3, 4]);
    expect(one.stdout.toString()).not.toBe(two.stdout.toString());
    const exitCode = (name: string): unknown => (JSON.parse(readFileSync(join(cli.folder, name), 'utf8')) as { run: { exitCode: unknown } }).run.exitCode;
    expect([exitCode('one.json'), exitCode('two.json')]).toEqual([3, 4]);
  });
});

describe('signals to the command line', () => {
  it.each(['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGINT'] as const)('%s reaches the script, and its report is still written', async (signal) => {
    const file = cli.script('handler.py', `import signal, sys, time
def on(n, f):
    print("got", signal.Signals(n).name, flush=True)
    sys.exit(5)
signal.signal(signal.${signal}, on)
print("ready", flush=True)
time.sleep(20)
`);
    const child = cli.start(['run', '--json', `${signal}.json`, file]);
    const done = finished(child);
    await said(child.stdout, /ready/);
    await sleep(100);
    child.kill(signal);
    const { status, stdout } = await done;
    expect(status).toBe(5);
    expect(stdout.toString()).toBe(`ready\ngot ${signal}\n`);
    expect(existsSync(join(cli.folder, `${signal}.json`))).toBe(true);
  });

  it('a signal that ends the script ends with 128 + n', async () => {
    const child = cli.start(['run', '-c', 'import time; print("ready", flush=True); time.sleep(20)']);
    const done = finished(child);
    await said(child.stdout, /ready/);
    await sleep(50);
    child.kill('SIGTERM');
    expect((await done).status).toBe(143);
  });

  it('SIGKILL leaves the script to go on to its end', async () => {
    const mark = join(cli.folder, 'went on');
    const file = cli.script('survives.py', 'import os, sys, time\nprint(os.environ["PROCESSION_RUN"], os.getpid(), sep="|", flush=True)\ntime.sleep(1.5)\nopen(sys.argv[1], "w").write("x")\ntime.sleep(0.5)\n');
    const child = cli.start(['run', file, mark]);
    const done = finished(child);
    const [, folder = '', pid = ''] = await said(child.stdout, /(.+)\|(\d+)\n/);
    child.kill('SIGKILL');
    await sleep(100);
    expect(() => process.kill(Number(pid), 0)).not.toThrow();
    const seen = await cli.run(['view', folder]);
    expect(seen.status).toBe(0);
    expect(seen.stdout.toString()).toContain('survives.py');
    await until(() => existsSync(mark));
    expect((await done).signal).toBe('SIGKILL');
    expect(existsSync(join(folder, 'run.json'))).toBe(true);
  });
});

describe('what cannot be run gets one clear line', () => {
  const line = (stderr: string): string => {
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    return stderr.trimEnd();
  };

  it('no such script', async () => {
    const done = await cli.run(['run', '--json', 'never.json', 'gone.py']);
    expect(done.status).toBe(66);
    expect(line(done.stderr)).toBe(`procession: There is no script gone.py; check the name and the current folder (${cli.folder}).`);
    expect(existsSync(join(cli.folder, 'never.json'))).toBe(false);
  });

  it('no Python', async () => {
    const done = await cli.run(['run', '--python', '/no/python', '-c', '1']);
    expect(done.status).toBe(69);
    expect(line(done.stderr)).toMatch(/\/no\/python cannot be used \(.*\); name another with --python PATH .*procession\.python/);
  });

  const old = oldPython();
  it.skipIf(old === null)('a Python that is too old', async () => {
    const done = await cli.run(['run', '--python', old ?? '', '-c', '1']);
    expect(done.status).toBe(69);
    expect(line(done.stderr)).toMatch(/is Python 3\.[67]\.\d+, and Procession needs 3\.8 or newer; name another with --python PATH/);
  });

  it.each([
    [['run'], /no script to run/],
    [['run', '-m'], /-m needs/],
    [['run', '--no-such', 'x.py'], /unknown option '--no-such'/],
    [['run', '--budget', 'lots', 'x.py'], /not a size/],
    [['run', '--json', 'x', '--record', 'x', 'x.py'], /same file/],
    [['run', '--python-option', 'x.py', '-c', '1'], /not an option of Python/],
    [['fly'], /unknown command/],
    [['report'], /missing required argument/],
  ])('%j is wrong usage', async (args, words) => {
    const done = await cli.run(args);
    expect(done.status).toBe(64);
    expect(done.stderr).toMatch(words);
    expect(done.stdout.toString()).toBe('');
  });

  it.each(['--json', '--record'])('a path for %s that cannot be written, before the script starts', async (option) => {
    mkdirSync(join(cli.folder, 'is-a-folder'), { recursive: true });
    for (const [file, why] of [['no/such/folder/x', 'no such file or folder'], ['is-a-folder', 'it is a folder']] as const) {
      const done = await cli.run(['run', option, file, '-c', 'print("ran")']);
      expect(done.status).toBe(73);
      expect(line(done.stderr)).toBe(`procession: ${file} cannot be written: ${why}.`);
      expect(done.stdout.toString()).toBe('');
    }
  });

  it('an older file stays as it was when the run cannot start', async () => {
    writeFileSync(join(cli.folder, 'older.json'), 'older');
    await cli.run(['run', '--json', 'older.json', 'gone.py']);
    expect(readFileSync(join(cli.folder, 'older.json'), 'utf8')).toBe('older');
    expect(readdirSync(cli.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('help and version', () => {
  it.each([[['--help'], /Usage: procession/], [['run', '--help'], /SCRIPT \| -m MODULE \| -c CODE/], [['help', 'view'], /Usage: procession view/], [['--version'], /^\d+\.\d+\.\d+\n$/]])('%j', async (args, words) => {
    const done = await cli.run(args);
    expect(done.status).toBe(0);
    expect(done.stdout.toString()).toMatch(words);
    expect(done.stderr).toBe('');
  });

  it('nothing asked for is wrong usage, with help', async () => {
    const done = await cli.run([]);
    expect(done.status).toBe(64);
    expect(done.stderr).toMatch(/Usage: procession/);
  });
});
