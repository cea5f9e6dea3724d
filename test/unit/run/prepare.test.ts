import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readRunFile } from '../../../src/journal/index.js';
import { makeRunFolder } from '../../../src/run/folder.js';
import { readOptions } from '../../../src/run/options.js';
import { joinPythonPath, prepareRun, scriptNameOf, type RunOptions } from '../../../src/run/prepare.js';
import { findPython } from '../../../src/run/python.js';

vi.setConfig({ testTimeout: 30_000 });

const scratch = mkdtempSync(join(tmpdir(), 'prepare '));
const odd = join(scratch, `it's "quoted" 测试`);
const script = join(odd, 'a script.py');
const runtimeFolder = join(scratch, 'runtime');
process.env['XDG_CACHE_HOME'] = join(scratch, 'cache');
process.env['PROCESSION_RUNS'] = scratch;

beforeAll(() => {
  mkdirSync(odd);
  mkdirSync(join(runtimeFolder, 'boot'), { recursive: true });
  writeFileSync(join(runtimeFolder, 'boot', 'sitecustomize.py'), 'x = 1\n');
  writeFileSync(script, 'print("hello")\n');
});
afterAll(() => rmSync(scratch, { recursive: true }));

function options(over: Partial<RunOptions> = {}): RunOptions {
  return { target: { kind: 'script', path: script }, args: ['a b', ''], cwd: odd, python: null, pythonOptions: [], env: {}, previewBytes: 200, budgetBytes: null, runtimeFolder, ...over };
}

/** An executable that answers as a Python of this version would. */
function fakePython(name: string, version: string): string {
  const file = join(scratch, name);
  const [major, minor] = version.split('.');
  writeFileSync(file, `#!/bin/sh\necho '{"executable": "", "version": "${version}", "major": ${major}, "minor": ${minor}, "implementation": "cpython", "platform": "linux", "cacheTag": null}'\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('the search path', () => {
  it.each([
    [undefined, 'BOOT'],
    ['', 'BOOT'],
    ['/a', 'BOOT:/a'],
    ['/a:', 'BOOT:/a:'],
    [':/a', 'BOOT::/a'],
    [':', 'BOOT::'],
    ['BOOT:/a', 'BOOT:/a'],
    ['BOOT', 'BOOT'],
  ])('of %j becomes %j', (users, expected) => {
    expect(joinPythonPath('BOOT', users, ':')).toBe(expected);
  });

  it.each([undefined, '', '/a', '/a:', ':/a', ':', '/a::/b'])('holds for Python what %j held, and nothing else', (users) => {
    const path = (value: string | undefined): unknown => {
      const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'PYTHONPATH'));
      const env = value === undefined ? others : { ...others, PYTHONPATH: value };
      const asked = spawnSync('python3', ['-c', 'import sys, json; print(json.dumps(sys.path))'], { env, cwd: scratch, encoding: 'utf8' });
      return JSON.parse(asked.stdout);
    };
    const joined = path(joinPythonPath('/boot', users, ':'));
    expect(joined).toContain('/boot');
    expect((joined as string[]).filter((entry) => entry !== '/boot')).toEqual(path(users));
  });
});

describe('options for the interpreter', () => {
  it.each([
    [[], false], [['-B'], false], [['-X', 'dev'], false], [['-Xdev'], false], [['-W', 'error::E'], false], [['-WEIS'], false], [['-X', 'I'], false],
    [['-I'], true], [['-E'], true], [['-S'], true], [['-BI'], true], [['-bbS', '-X', 'dev'], true], [['--check-hash-based-pycs', 'never'], false],
  ])('%j need the launcher: %j', (words, expected) => {
    expect(readOptions(words)).toEqual({ ok: true, needsLauncher: expected });
  });

  it.each([[['script.py']], [['']], [['-c']], [['-Bm']]])('%j are refused', (words) => {
    const read = readOptions(words);
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.error.message).toMatch(/--python-option/);
  });
});

describe('finding a Python', () => {
  it('takes the first of the usual names that is new enough', async () => {
    const found = await findPython(null, scratch, {});
    expect(found.ok && found.python.major).toBe(3);
  });

  it.each(['3.6.15', '3.7.16', '2.7.18'])('names a %s and the setting to change', async (version) => {
    const command = join(homedir(), '.pyenv', 'versions', version, 'bin', 'python');
    const old = existsSync(command) ? command : fakePython(`python-${version}`, version);
    const found = await findPython(old, scratch, {});
    expect(found.ok).toBe(false);
    if (found.ok) return;
    expect(found.error.code).toBe('old-python');
    expect(found.error.message).toBe(`${old} is Python ${version}, and Procession needs 3.8 or newer; name another with --python PATH (in VS Code: the setting procession.python).`);
  });

  it('says which old ones it met on the PATH', async () => {
    const bin = join(scratch, 'old-bin');
    mkdirSync(bin);
    symlinkSync(fakePython('python-3.7.1', '3.7.1'), join(bin, 'python3'));
    const found = await findPython(null, scratch, { PATH: `${bin}${delimiter}/bin-that-is-not` });
    expect(!found.ok && found.error.message).toContain(`${join(bin, 'python3')} is 3.7.1`);
  });

  it('says so when there is none', async () => {
    const found = await findPython(null, scratch, { PATH: join(scratch, 'nowhere') });
    expect(!found.ok && found.error.code).toBe('no-python');
    expect(!found.ok && found.error.message).toMatch(/neither python3 nor python nor py.*procession\.python/);
  });

  it.each(['no-such-python', '/no/such/python', '/bin/cat', '/etc/passwd', '/'])('refuses %s in one line', async (named) => {
    const found = await findPython(named, scratch, {});
    expect(!found.ok && found.error.code).toBe('no-python');
    expect(!found.ok && found.error.message.split('\n')).toHaveLength(1);
    expect(!found.ok && found.error.message).toContain(named);
  });

  it('runs nothing of the current folder while it asks', async () => {
    writeFileSync(join(odd, 'json.py'), 'open("ran", "w")\n');
    writeFileSync(join(odd, 'sitecustomize.py'), 'open("ran", "w")\n');
    const found = await findPython('python3', odd, { PYTHONPATH: odd });
    rmSync(join(odd, 'json.py'));
    rmSync(join(odd, 'sitecustomize.py'));
    expect(found.ok).toBe(true);
    expect(existsSync(join(odd, 'ran'))).toBe(false);
  });

  it('keeps the link of a virtual environment as the command', async () => {
    const real = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
    const link = join(scratch, 'venv-python');
    symlinkSync(real, link);
    const found = await findPython(link, scratch, {});
    expect(found.ok && found.python.command).toBe(link);
    const again = await findPython(link, scratch, {});
    expect(again).toEqual(found);
  });
});

describe('the folder of a run', () => {
  it('is ours alone', () => {
    const base = join(scratch, 'base');
    const made = makeRunFolder(1000, [base]);
    expect(made.ok).toBe(true);
    if (!made.ok) return;
    expect(statSync(base).mode & 0o777).toBe(0o700);
    expect(statSync(made.folder).mode & 0o777).toBe(0o700);
    expect(made.budgetBytes).toBe(1000);
  });

  it('is another one for each run', () => {
    const base = join(scratch, 'base');
    const names = Array.from({ length: 20 }, () => makeRunFolder(1000, [base])).map((made) => made.ok && made.folder);
    expect(new Set(names).size).toBe(20);
  });

  it('shuts a base that others could enter', () => {
    const base = join(scratch, 'open-base');
    mkdirSync(base);
    chmodSync(base, 0o777);
    expect(makeRunFolder(1000, [base]).ok).toBe(true);
    expect(statSync(base).mode & 0o777).toBe(0o700);
  });

  it('does not follow a link that somebody put in the way, and goes to the next place', () => {
    const trap = join(scratch, 'trap');
    const target = join(scratch, 'target');
    mkdirSync(target);
    symlinkSync(target, trap);
    const made = makeRunFolder(1000, [trap, join(scratch, 'second')]);
    expect(made.ok && made.folder.startsWith(join(scratch, 'second'))).toBe(true);
    expect(readdirSync(target)).toEqual([]);
  });

  it('says what was tried when there is no place', () => {
    writeFileSync(join(scratch, 'file'), '');
    const made = makeRunFolder(1000, [join(scratch, 'file'), '/proc/procession']);
    expect(made.ok).toBe(false);
    if (made.ok) return;
    expect(made.error.message).toContain(`${join(scratch, 'file')}: it is not a folder`);
    expect(made.error.message).toContain('/proc/procession: ');
    expect(made.error.message).toContain('PROCESSION_RUNS');
  });

  it('takes at most a quarter of what is free', () => {
    const made = makeRunFolder(Number.MAX_SAFE_INTEGER, [join(scratch, 'base')]);
    expect(made.ok && made.budgetBytes).toBeLessThan(Number.MAX_SAFE_INTEGER / 4);
    expect(made.ok && made.budgetBytes).toBeGreaterThan(0);
  });
});

describe('preparing a run', () => {
  it('says what to start, and keeps what the user said of the environment', async () => {
    const prepared = await prepareRun(options({ env: { PYTHONPATH: '/mine:', COLOUR: 'blue' }, pythonOptions: ['-B'] }));
    expect(prepared.ok).toBe(true);
    if (!prepared.ok) return;
    const { run } = prepared;
    expect(run.args).toEqual(['-B', script, 'a b', '']);
    expect(run.env).toMatchObject({ COLOUR: 'blue', PYTHONPATH: `${join(runtimeFolder, 'boot')}${delimiter}/mine:`, PROCESSION_RUN: run.folder });
    expect(run.env['PROCESSION_OPTIONS']).toMatch(/^preview=200,budget=\d+$/);
    const read = readRunFile(run.folder);
    expect(read.ok && read.value.info).toEqual(run.info);
    expect(read.ok && read.value.launcher.pid).toBe(process.pid);
    expect(run.info.scriptName).toBe('a script.py');
    rmSync(run.folder, { recursive: true });
  });

  it('says in one line that there is no script', async () => {
    const prepared = await prepareRun(options({ target: { kind: 'script', path: 'gone.py' } }));
    expect(!prepared.ok && prepared.error.code).toBe('no-script');
    expect(!prepared.ok && prepared.error.message).toBe(`There is no script gone.py; check the name and the current folder (${odd}).`);
  });

  it.each([
    [{ kind: 'module', name: 'pkg.mod' }, ['-m', 'pkg.mod']],
    [{ kind: 'code', code: 'print(1)' }, ['-c', 'print(1)']],
    [{ kind: 'script', path: '-' }, ['-']],
  ] as const)('%j is started as Python starts it', async (target, expected) => {
    const prepared = await prepareRun(options({ target, args: ['--json', 'x'] }));
    expect(prepared.ok && prepared.run.args).toEqual([...expected, '--json', 'x']);
    if (prepared.ok) rmSync(prepared.run.folder, { recursive: true });
  });

  it('a script whose name begins with a dash is no option', async () => {
    writeFileSync(join(odd, '-V'), '');
    const prepared = await prepareRun(options({ target: { kind: 'script', path: '-V' }, args: [] }));
    expect(prepared.ok && prepared.run.args).toEqual(['./-V']);
    if (prepared.ok) rmSync(prepared.run.folder, { recursive: true });
  });

  it('brings the runtime in by its launcher where the interpreter would not look', async () => {
    const prepared = await prepareRun(options({ pythonOptions: ['-I'], args: ['x'] }));
    expect(prepared.ok && prepared.run.args).toEqual(['-I', join(runtimeFolder, 'procession_runtime', 'launch.py'), script, 'x']);
    expect(prepared.ok && prepared.run.info.argv.slice(1)).toEqual(['-I', script, 'x']);
    if (prepared.ok) rmSync(prepared.run.folder, { recursive: true });
  });

  it('reaches a runtime whose path holds the separator of PYTHONPATH', async () => {
    const awkward = join(scratch, 'a:b');
    mkdirSync(join(awkward, 'boot'), { recursive: true });
    writeFileSync(join(awkward, 'boot', 'sitecustomize.py'), '');
    const prepared = await prepareRun(options({ runtimeFolder: awkward }));
    expect(prepared.ok).toBe(true);
    if (!prepared.ok) return;
    expect(prepared.run.env['PYTHONPATH']).toBe(join(prepared.run.folder, 'runtime', 'boot'));
    expect(existsSync(join(prepared.run.folder, 'runtime', 'boot', 'sitecustomize.py'))).toBe(true);
    rmSync(prepared.run.folder, { recursive: true });
    expect(lstatSync(awkward).isDirectory()).toBe(true);
  });

  it('compiles the runtime beside its sources, once for each interpreter', async () => {
    const prepared = await prepareRun(options());
    expect(prepared.ok).toBe(true);
    if (prepared.ok) rmSync(prepared.run.folder, { recursive: true });
    expect(readdirSync(join(runtimeFolder, 'boot', '__pycache__')).some((name) => /^sitecustomize\..*\.pyc$/.test(name))).toBe(true);
  });

  it('names the target as people would', () => {
    expect(scriptNameOf({ kind: 'script', path: 'dir/' })).toBe('dir');
    expect(scriptNameOf({ kind: 'code', code: 'x' })).toBe('<string>');
    expect(scriptNameOf({ kind: 'module', name: 'a.b' })).toBe('a.b');
  });
});
