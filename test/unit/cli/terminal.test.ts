import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { Cli, finished } from './cli.js';
import { FakeTerminal } from './terminal.js';

vi.setConfig({ testTimeout: 45_000 });
const cli = Cli.forTests();
const PTY = join(dirname(fileURLToPath(import.meta.url)), 'play_terminal.py');

type Action = string | { readonly wait: number } | { readonly resize: readonly [number, number] } | { readonly kill: number };

interface Played {
  readonly output: string;
  /** As a shell would have it. */
  readonly status: number;
  readonly steps: number;
}

/** Runs it in a terminal of its own; each step waits for words and then types. */
async function play(size: readonly [number, number], steps: readonly (readonly [string, Action])[], command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Played> {
  const done = await finished(cli.startOther('python3', [PTY, String(size[0]), String(size[1]), JSON.stringify(steps), ...command], { env: { TERM: 'xterm', ...env } }));
  expect(done.stderr).toBe('');
  const { output, status, steps: count } = JSON.parse(done.stdout.toString()) as Played;
  return { output: Buffer.from(output, 'latin1').toString('utf8'), status: (status & 127) !== 0 ? 128 + (status & 127) : status >> 8, steps: count };
}

const run = (...args: string[]): string[] => [process.execPath, cli.file, 'run', ...args];

describe('at a terminal', () => {
  it('says at the end what went wrong, in colour, with the line; of a hang that Ctrl-C ended, too', async () => {
    const file = cli.script('hang.py', `import multiprocessing as mp, sys
def one(a, b, met):
    with a:
        met.wait()
        with b:
            pass
if __name__ == '__main__':
    a, b, met = mp.Lock(), mp.Lock(), mp.Barrier(2)
    both = [mp.Process(target=one, args=(*locks, met)) for locks in ((a, b), (b, a))]
    for process in both: process.start()
    print('hangs', flush=True)
    try:
        both[0].join()
    except KeyboardInterrupt:
        sys.exit(1)
`);
    const found = await play([40, 120], [['hangs', { wait: 3500 }], ['', '\u0003']], run(file));
    expect(found.status).toBe(1);
    expect(found.output).toMatch(/\u001b\[31merror\u001b\[39m .*deadlock-cycle.* \(certain\) at hang\.py:5: Deadlock: Process-[12] \(PID \d+\) and Process-[12] \(PID \d+\) waited for each other/);
    const quiet = await play([40, 120], [], run(cli.script('fine.py', 'print("fine")\n')));
    expect(quiet.output.trim()).toBe('fine');
  });

  it('Ctrl-C reaches the script once, and the clean-up runs through', async () => {
    const file = cli.script('interrupted.py', `import time
try:
    print("ready", flush=True)
    time.sleep(20)
except KeyboardInterrupt:
    print("cleaning", flush=True)
    time.sleep(1)
    print("clean", flush=True)
    raise SystemExit(9)
`);
    const { output, status } = await play([24, 80], [['ready', '\u0003']], run(file));
    expect(output.replaceAll('\r', '')).toBe('ready\n^Ccleaning\nclean\n');
    expect(status).toBe(9);
  });

  it('Ctrl-C that nobody catches ends with the status that a shell knows', async () => {
    const file = cli.script('uncaught.py', 'import time\nprint("ready", flush=True)\ntime.sleep(20)\n');
    const { output, status } = await play([24, 80], [['ready', '\u0003']], run(file));
    expect(output.match(/KeyboardInterrupt/g)).toHaveLength(1);
    expect(status).toBe(130);
  });

  it('the script has the terminal, and asks and gets answers', async () => {
    const file = cli.script('asks.py', 'import sys\nprint(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty())\nprint("hello", input("name? "))\n');
    const { output, status } = await play([24, 80], [['name? ', 'Ada\n']], run(file));
    expect(output.replaceAll('\r', '')).toBe('True True True\nname? Ada\nhello Ada\n');
    expect(status).toBe(0);
  });

  it('Ctrl-Z stops both, and fg goes on with both', async () => {
    const file = cli.script('stopped.py', 'import time\nprint("ready", flush=True)\ntime.sleep(1.5)\nprint("went on", flush=True)\n');
    const shell = `set -m; "$0" "$1" run "$2"; echo "stopped $?"; fg >/dev/null; echo "ended $?"`;
    const { output, status } = await play([24, 80], [['ready', '\u001a']], ['bash', '-c', shell, process.execPath, cli.file, file]);
    expect(output).toMatch(/stopped 148/);
    expect(output).toMatch(/went on[^]*ended 0/);
    expect(status).toBe(0);
  });

  it('an earlier run whose observer was killed is told once it is there to be told to somebody', async () => {
    const file = cli.script('left behind.py', 'import os, time\nprint(os.environ["PROCESSION_RUN"], os.getpid(), sep="|", flush=True)\ntime.sleep(30)\n');
    const child = cli.start(['run', file]);
    const [folder = '', pid = ''] = await new Promise<string[]>((done) => child.stdout?.once('data', (data: Buffer) => done(data.toString().trim().split('|'))));
    child.kill('SIGKILL');
    const quiet = await cli.run(['run', '-c', 'print("next")']);
    expect(quiet.stderr).toBe('');
    const { output } = await play([24, 200], [], run('-c', 'print("next")'));
    process.kill(Number(pid), 'SIGKILL');
    expect(output).toContain(`procession: an earlier run of left behind.py goes on without its observer (process ${pid}); see it with: procession view ${folder}`);
    rmSync(folder, { recursive: true });
  });
});

const BUSY = `
import multiprocessing as mp, time
def work(jobs):
    time.sleep(1.5)
    while jobs.get() is not None:
        time.sleep(0.03)
if __name__ == '__main__':
    jobs = mp.Queue(3)
    p = mp.Process(target=work, args=(jobs,), name='the worker')
    p.start()
    for n in range(30):
        jobs.put(n)
        print(f'line {n}', flush=True)
    jobs.put(None)
    p.join()
    print('no end of line', end='', flush=True)
`;

describe('--live', () => {
  const LINES = [...Array.from({ length: 30 }, (_, i) => `line ${i}`), 'no end of line'];

  it('draws the tree below the script\'s lines, takes none of them, and leaves its last state', async () => {
    const file = cli.script('busy.py', BUSY);
    const { output, status } = await play([24, 100], [], run('--live', file), { NO_COLOR: '1' });
    expect(status).toBe(0);
    const terminal = new FakeTerminal(24, 100);
    const during: string[][] = [];
    for (const part of output.split(/(?=\u001b8)/)) {
      terminal.write(part);
      during.push(terminal.lines);
    }
    expect(terminal.region).toEqual([0, 23]);
    const { history } = terminal;
    const start = history.indexOf('line 0');
    expect(history.slice(start, start + LINES.length)).toEqual(LINES);
    // While it ran the foot had both processes, and what one of them waited for.
    expect(during.some((lines) => lines.some((line) => line.includes('└─ the worker')) && lines.some((line) => /MainProcess .*blocked: put to jobs/.test(line)))).toBe(true);
    const end = history.slice(start + LINES.length).join('\n');
    expect(end).toMatch(/busy\.py {2}exited 0 after/);
    expect(end).toMatch(/└─ the worker .* exited 0/);
    expect(end).toMatch(/jobs +Queue +31 +31/);
  });

  it('draws where only standard error is the terminal, and leaves standard output alone', async () => {
    const file = cli.script('busy.py', BUSY);
    const { output } = await play([24, 100], [], ['bash', '-c', '"$0" "$1" run --live "$2" > "$3"', process.execPath, cli.file, file, join(cli.folder, 'out.txt')]);
    expect(readFileSync(join(cli.folder, 'out.txt'), 'utf8')).toBe(LINES.join('\n'));
    expect(output).toContain('the worker');
  });

  it('follows the window\'s size', async () => {
    const file = cli.script('busy.py', BUSY);
    const { output, steps } = await play([24, 100], [['line 5', { resize: [14, 60] }]], run('--live', file), { NO_COLOR: '1' });
    expect(steps).toBe(1);
    const regions = [...output.matchAll(/\u001b\[1;(\d+)r/g)].map((match) => Number(match[1]));
    expect(Math.max(...regions)).toBeLessThan(24);
    expect(regions.at(-1)).toBeLessThan(14);
  });

  it('gives the terminal back when the script is stopped by Ctrl-Z', async () => {
    const file = cli.script('busy.py', BUSY);
    const shell = `set -m; "$0" "$1" run --live "$2"; echo "stopped $?"; fg >/dev/null; echo "ended $?"`;
    const { output } = await play([24, 100], [['the worker', '\u001a']], ['bash', '-c', shell, process.execPath, cli.file, file], { NO_COLOR: '1' });
    const stopped = output.indexOf('stopped 14');
    expect(stopped).toBeGreaterThan(0);
    const before = output.slice(0, stopped);
    expect(before.lastIndexOf('\u001b[r')).toBeGreaterThan(before.lastIndexOf(';1H\u001b[2K'));
    expect(output.slice(stopped)).toMatch(/ended 0/);
    expect(output.slice(stopped)).toContain('the worker');
  });

  it('says in one line that it needs a terminal, and the script runs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-tty '));
    const done = await finished(cli.startOther('setsid', ['-w', process.execPath, cli.file, 'run', '--live', '-c', 'print("ran")'], { cwd: folder }));
    rmSync(folder, { recursive: true });
    expect(done.stdout.toString()).toBe('ran\n');
    expect(done.stderr).toBe('procession: --live needs a terminal, and there is none; the script runs on without it.\n');
    expect(done.status).toBe(0);
  });
});

describe('view at a terminal', () => {
  it('has colours there, and none elsewhere or with NO_COLOR', async () => {
    await cli.run(['run', '--record', 'view.procession', '-c', 'pass']);
    const view = [process.execPath, cli.file, 'view', join(cli.folder, 'view.procession')];
    expect((await play([24, 100], [], view)).output).toContain('\u001b[');
    expect((await play([24, 100], [], view, { NO_COLOR: '1' })).output).not.toContain('\u001b[');
    expect((await cli.run(['view', 'view.procession'])).stdout.toString()).not.toContain('\u001b[');
    expect((await cli.run(['view', 'view.procession'], { env: { FORCE_COLOR: '1' } })).stdout.toString()).toContain('\u001b[');
  });
});
