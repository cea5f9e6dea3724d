/** Stacks of real Pythons by the real py-spy, which scripts/pyspy.mjs installs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensurePySpy } from '../../../scripts/pyspy.mjs';
import { findPythons } from '../../../scripts/pythons.mjs';
import { fill } from '../../../src/protocol/text.js';
import { isAlive, processIdentity, type ProcessIdentity } from '../../../src/system/index.js';
import { readStat } from '../../../src/system/proc.js';
import { dumpStacks, findPySpy, readDump, type Spied } from '../../../src/system/py-spy.js';
import { explainPySpy } from '../../../src/system/py-spy-trouble.js';

const folder = mkdtempSync(join(tmpdir(), 'py spy '));
const started: ChildProcess[] = [];
let pySpy = '';

beforeAll(() => {
  pySpy = ensurePySpy(console.log);
}, 240_000);
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script until it says that it is where it will stay. */
async function start(python: string, code: string, ...args: string[]): Promise<ProcessIdentity> {
  const file = join(folder, 'script.py');
  writeFileSync(file, code);
  const child = spawn(python, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await new Promise<void>((ready, failed) => {
    child.stdout.once('data', () => ready());
    child.once('exit', (status) => failed(new Error(`ended with ${status ?? '?'}`)));
  });
  const identity = processIdentity(child.pid ?? 0);
  if (identity === null) throw new Error('it has ended');
  return identity;
}

function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

function whyOf(spied: Spied): string {
  if (spied.ok) throw new Error('it answered');
  return fill(spied.why);
}

const THREADS = `import threading
def inner(ready):
    ready.set()
    threading.Event().wait()
def outer():
    print('ready', flush=True)
    threading.Event().wait()  # line 7
ready = threading.Event()
threading.Thread(target=inner, args=(ready,), name='helper', daemon=True).start()
ready.wait()
outer()
`;

const pythons = findPythons({ ofDebian: false }).filter(({ minor }: { minor: number }) => minor <= 13);

describe('py-spy', () => {
  it('has Pythons to look into', () => {
    expect(pythons.length).toBeGreaterThan(0);
  });

  it.each(pythons)('tells each thread of a Python $version with its frames, the innermost first', async ({ path }: { path: string }) => {
    const target = await start(path, THREADS);
    const spied = await dumpStacks(pySpy, target);
    if (!spied.ok) throw new Error(fill(spied.why));
    const main = spied.threads.find(({ name }) => name === 'MainThread');
    const helper = spied.threads.find(({ name }) => name === 'helper');
    expect(main?.osId).toBe(target.pid);
    expect(main?.active).toBe(false);
    expect(main?.frames.slice(-2).map((frame) => ({ ...frame, file: frame.file.endsWith('script.py') }))).toEqual([
      { file: true, line: 7, function: 'outer' },
      { file: true, line: 11, function: '<module>' },
    ]);
    expect(helper?.frames.find((frame) => frame.function === 'inner')?.line).toBe(4);
    await expect.poll(() => readStat(target.pid)?.state).toBe('S');
  });

  it('reads one that a signal has stopped, and leaves it stopped', async () => {
    const target = await start('python3', THREADS);
    process.kill(target.pid, 'SIGSTOP');
    await expect.poll(() => readStat(target.pid)?.state).toBe('T');
    const spied = await dumpStacks(pySpy, target);
    expect(spied.ok && spied.threads.map(({ name }) => name).sort()).toEqual(['MainThread', 'helper']);
    expect(spied).toMatchObject({ paused: false });
    expect(readStat(target.pid)?.state).toBe('T');
  });

  it('is not even started for a process that has ended, or whose number is another’s by now', async () => {
    const mark = join(folder, 'was-run');
    const spy = program('marks', `#!/bin/sh\ntouch "${mark}"\n`);
    const target = await start('python3', THREADS);
    expect(whyOf(await dumpStacks(spy, { pid: target.pid, start: target.start + 1 }))).toBe(`Process ${target.pid} has ended.`);
    expect(await dumpStacks(spy, { pid: 1, start: 0 })).toMatchObject({ ok: false, ended: true });
    expect(existsSync(mark)).toBe(false);
    await dumpStacks(spy, target);
    expect(existsSync(mark)).toBe(true);
  });

  it('says when the process ends meanwhile', async () => {
    const target = await start('python3', THREADS);
    const spy = program('ends', `#!/bin/sh\nkill -9 ${target.pid}\nwhile kill -0 ${target.pid} 2>/dev/null; do sleep 0.05; done\nexit 1\n`);
    expect(await dumpStacks(spy, target)).toMatchObject({ ok: false, ended: true });
  });

  it('says of another program that it is no Python', async () => {
    const child = spawn('sleep', ['60']);
    started.push(child);
    const target = processIdentity(child.pid ?? 0);
    if (target === null) throw new Error('it has ended');
    await expect.poll(() => readStat(target.pid)?.state).toBe('S');
    expect(whyOf(await dumpStacks(pySpy, target))).toMatch(/^py-spy finds no Python that it knows in process \d+: it is another program/);
  });

  it.runIf(process.platform === 'linux')('says who traces the process already', async () => {
    const target = await start('python3', THREADS);
    const SEIZE = 0x4206; // PTRACE_SEIZE: as a debugger, but without stopping it
    const tracer = await start('python3', `import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
if libc.ptrace(${SEIZE}, int(sys.argv[1]), None, None) != 0:
    sys.exit('ptrace: errno %d' % ctypes.get_errno())
print('ready', flush=True)
time.sleep(60)
`, String(target.pid));
    expect(whyOf(await dumpStacks(pySpy, target))).toBe(`Process ${target.pid} is traced by another program already (PID ${tracer.pid}: a debugger, strace), and only one can.`);
  });

  it('is ended when it does not answer, or says too much', async () => {
    const target = await start('python3', THREADS);
    const silent = program('silent', '#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 60\n');
    expect(whyOf(await dumpStacks(silent, target, { timeoutMs: 500, maxBytes: 1000 }))).toBe(`py-spy did not answer within 0.5 s and was ended; process ${target.pid} goes on.`);
    expect(isAlive({ pid: Number(readFileSync(`${silent}.pid`, 'utf8')), start: 0 })).toBe(false);
    const endless = program('endless', '#!/bin/sh\nexec yes\n');
    expect(whyOf(await dumpStacks(endless, target, { timeoutMs: 20_000, maxBytes: 3 * 1024 * 1024 }))).toMatch(/printed more than 3 MB/);
    await expect.poll(() => readStat(target.pid)?.state).toBe('S');
  });

  it('that an old version would leave stopped when it is ended, is let go on', async () => {
    const target = await start('python3', THREADS);
    const stops = program('stops', `#!/bin/sh\nkill -STOP ${target.pid}\nexec sleep 60\n`);
    expect(whyOf(await dumpStacks(stops, target, { timeoutMs: 1000, maxBytes: 1000 }))).toMatch(/goes on/);
    await expect.poll(() => readStat(target.pid)?.state).toBe('S');
  });

  it('that is another program, or cannot be started, is said to be', async () => {
    const target = await start('python3', THREADS);
    expect(whyOf(await dumpStacks(program('other', '#!/bin/sh\necho hello\n'), target))).toMatch(/did not answer as py-spy does/);
    expect(whyOf(await dumpStacks(program('bad', 'no program'), target))).toMatch(/could not be started|could not read/);
  });
});

describe('what py-spy prints', () => {
  it('is taken only in its own form', () => {
    for (const text of ['', '{}', '[{}]', '[{"active": 1}]', 'Thread 1 (idle)']) expect(readDump(text)).toBe(null);
    const frame = { name: 'f', filename: 's.py', module: null, short_filename: 's.py', line: -1, locals: null, is_entry: true };
    expect(readDump(JSON.stringify([{ pid: 1, thread_id: 5, thread_name: null, os_thread_id: null, active: true, owns_gil: true, frames: [frame], process_info: null }]))).toEqual([
      { name: null, osId: null, active: true, holdsGil: true, frames: [{ file: 's.py', line: 0, function: 'f' }] },
    ]);
  });

  const limits = { timeoutMs: 1, maxBytes: 1 };
  const failed = Object.assign(new Error('Command failed'), { code: 1, killed: false });
  const words = (stderr: string): string => fill(explainPySpy('/bin/py-spy', process.pid, failed, stderr, limits));

  it('is told to people by what they can do', () => {
    expect(words('Error: Unsupported version of Python: 3.13.0\n')).toMatch(/^This py-spy \(\/bin\/py-spy\) is older than the Python of process \d+; .*pip install --upgrade py-spy$/);
    expect(words('Error: Failed to find a python interpreter in the .data section\n')).toMatch(/^py-spy finds no Python that it knows/);
    expect(words('Permission Denied: Try running again with elevated permissions by going \'sudo env "PATH=$PATH" !!\'\n')).toMatch(/sudo|ptrace_scope|SYS_PTRACE/);
    expect(words('Error: Failed to get stack traces\n\nCaused by:\n    0: Failed to read\n    1: Failed to read\n    2: Bad address (os error 14)\n\nStack backtrace:\n   0: main\n')).toBe(
      `py-spy could not read process ${process.pid}: Failed to get stack traces: Failed to read: Bad address (os error 14).`,
    );
    expect(words('')).toBe(`py-spy could not read process ${process.pid}: 1.`);
  });
});

describe('py-spy is found', () => {
  const nowhere = { PATH: '' };

  it('where the setting says, and nowhere else then', () => {
    expect(findPySpy(pySpy, [], nowhere)).toEqual({ ok: true, program: pySpy });
    const wrong = findPySpy(join(folder, 'absent'), [join(dirname(pySpy), 'python')], { PATH: dirname(pySpy) });
    expect(wrong.ok ? '' : fill(wrong.why)).toBe(`There is no program ${join(folder, 'absent')}: correct the setting procession.pySpy.`);
    expect(findPySpy(folder, [], nowhere).ok).toBe(false);
  });

  it('beside the interpreter, before PATH', () => {
    const other = join(folder, 'bin');
    mkdirSync(other);
    writeFileSync(join(other, 'py-spy'), '', { mode: 0o755 });
    expect(findPySpy('', ['python3', join(folder, 'python'), join(dirname(pySpy), 'python')], { PATH: other })).toEqual({ ok: true, program: pySpy });
    expect(findPySpy('', [join(folder, 'python')], { PATH: ['', '.', other].join(delimiter) })).toEqual({ ok: true, program: join(other, 'py-spy') });
  });

  it('not in the current folder by an empty or relative entry of PATH', () => {
    const before = process.cwd();
    try {
      process.chdir(dirname(pySpy));
      expect(findPySpy('', [], { PATH: ['', '.'].join(delimiter) }).ok).toBe(false);
    } finally {
      process.chdir(before);
    }
  });

  it('or not, and then it is said how to install it for this Python', () => {
    const none = findPySpy('', [join(folder, 'venv', 'python')], nowhere);
    expect(none.ok ? '' : fill(none.why)).toMatch(/^py-spy is not installed; .*: ".*venv.python" -m pip install py-spy$/);
  });
});
