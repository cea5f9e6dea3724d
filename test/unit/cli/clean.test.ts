import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cli, finished } from './cli.js';

vi.setConfig({ testTimeout: 60_000 });
const cli = Cli.forTests();
const PTY = join(dirname(fileURLToPath(import.meta.url)), 'play_terminal.py');

/** Leaves a child that maps a segment, and two segments that no tracker knows. What it holds open is no pipe of the test's. */
const LEAVES = `
import json, os, time
from multiprocessing import Process, shared_memory, resource_tracker

def stay(name):
    os.setsid()
    mapped = shared_memory.SharedMemory(name)
    resource_tracker.unregister(mapped._name, 'shared_memory')
    with open('left.part', 'w') as file:
        json.dump({'pid': os.getpid(), 'names': names}, file)
    os.rename('left.part', 'left.json')
    time.sleep(300)

if __name__ == '__main__':
    both = [shared_memory.SharedMemory(create=True, size=5000) for _ in range(2)]
    for one in both:
        resource_tracker.unregister(one._name, 'shared_memory')
    names = [one.name for one in both]
    Process(target=stay, args=(names[0],), name='stays\\x1b[31m').start()
    while not os.path.exists('left.json'):
        time.sleep(.02)
    os._exit(0)
`;

interface Left {
  readonly pid: number;
  readonly names: readonly string[];
}

let left: Left | null = null;

function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

afterEach(() => {
  if (left !== null && lives(left.pid)) process.kill(left.pid, 'SIGKILL');
  for (const name of left?.names ?? []) rmSync(join('/dev/shm', name), { force: true });
  left = null;
  rmSync(join(cli.folder, 'left.json'), { force: true });
});

async function leave(): Promise<Left> {
  cli.script('leaves.py', LEAVES);
  const done = await finished(cli.startOther('bash', ['-c', '"$0" "$1" run leaves.py >said.txt 2>&1 </dev/null', process.execPath, cli.file]));
  expect(done.status).toBe(0);
  left = JSON.parse(readFileSync(join(cli.folder, 'left.json'), 'utf8')) as Left;
  return left;
}

const there = ({ pid, names }: Left): boolean[] => [lives(pid), ...names.map((name) => existsSync(join('/dev/shm', name)))];

async function play(answer: string): Promise<{ readonly output: string; readonly status: number }> {
  const command = [process.execPath, cli.file, 'clean'];
  const done = await finished(cli.startOther('python3', [PTY, '40', '120', JSON.stringify([['[y/N] ', answer]]), ...command], { env: { TERM: 'xterm', NO_COLOR: '1' } }));
  expect(done.stderr).toBe('');
  const { output, status, steps } = JSON.parse(done.stdout.toString()) as { output: string; status: number; steps: number };
  expect([steps, status & 127]).toEqual([1, 0]);
  return { output: Buffer.from(output, 'latin1').toString('utf8'), status: status >> 8 };
}

describe('procession clean', () => {
  it('lists what a run left whose folder is gone, and does nothing to it without a word', async () => {
    const what = await leave();
    for (const args of [['clean', '--dry-run'], ['clean', '--dry-run', '--yes'], ['clean']]) {
      const done = await cli.run(args);
      expect(done.status).toBe(70);
      const text = done.stdout.toString();
      expect(text).toMatch(/^leaves\.py run \d{8}-\d{6}-\d+-\w+, begun /);
      expect(text).toMatch(new RegExp(`process +stays␛\\[31m +${what.pid} `));
      expect(text).toMatch(new RegExp(`memory +${what.names[0]} +5\\.0 kB +leaves\\.py:\\d+; mapped by PID ${what.pid} `));
      expect(text).toMatch(new RegExp(`memory +${what.names[1]} +5\\.0 kB +leaves\\.py:\\d+`));
      expect(done.stderr).toMatch(args.length > 1 ? /^$/ : /^procession: nobody is here to be asked whether to end \d processes and remove 2 pieces of shared memory; --yes does it\.\n$/);
    }
    expect(there(what)).toEqual([true, true, true]);
  });

  it('with --yes ends the processes and removes the memory, of one run or of all', async () => {
    const what = await leave();
    const other = await cli.run(['clean', '--yes', '--run', '20200101-000000-1-aaaaaa']);
    expect([other.status, other.stdout.toString(), other.stderr]).toEqual([0, '', 'procession: the run 20200101-000000-1-aaaaaa left nothing that could be cleaned.\n']);
    expect(there(what)).toEqual([true, true, true]);
    const listed = JSON.parse((await cli.run(['clean', '--json', '-'])).stdout.toString()) as { schema: string; runs: { id: string }[]; cleaned: unknown };
    expect(listed).toMatchObject({ schema: 'procession-clean/1', cleaned: null });
    const done = await cli.run(['clean', '--yes', '--run', listed.runs[0]?.id ?? '']);
    expect([done.status, there(what)]).toEqual([0, [false, false, false]]);
    expect(done.stderr).toMatch(/procession: \d processes ended\.\nprocession: 2 pieces of shared memory removed, 10 kB\.\n/);
    const again = await cli.run(['clean', '--yes']);
    expect([again.status, again.stdout.toString(), again.stderr]).toEqual([0, '', 'procession: earlier runs left nothing that could be cleaned.\n']);
  });

  it('writes as JSON what became of it', async () => {
    const what = await leave();
    const done = await cli.run(['clean', '-y', '--json', 'cleaned.json']);
    expect(done.status).toBe(0);
    const { cleaned } = JSON.parse(readFileSync(join(cli.folder, 'cleaned.json'), 'utf8')) as { cleaned: { ended: { pid: number }[]; removed: { name: string }[] } };
    expect(cleaned).toMatchObject({ refused: [], kept: [] });
    expect(cleaned.ended.map(({ pid }) => pid)).toContain(what.pid);
    expect(cleaned.removed.map(({ name }) => name).sort()).toEqual([...what.names].sort());
  });

  it('asks at a terminal: nothing but yes is yes', async () => {
    const what = await leave();
    for (const answer of ['n\n', '\n', '\u0004']) expect([(await play(answer)).status, there(what)]).toEqual([70, [true, true, true]]);
    const { output, status } = await play('y\n');
    expect([status, there(what)]).toEqual([0, [false, false, false]]);
    expect(output).toMatch(/End \d processes and remove 2 pieces of shared memory\? \[y\/N\] /);
  });

  it('is told by --help, and knows no other words', async () => {
    expect((await cli.run(['--help'])).stdout.toString()).toMatch(/clean \[options\] +List what earlier runs left/);
    const help = await cli.run(['clean', '--help']);
    expect([help.status, help.stdout.toString()]).toEqual([0, expect.stringContaining('--dry-run')]);
    expect((await cli.run(['clean', '--everything'])).status).toBe(64);
    expect((await cli.run(['clean', 'x'])).status).toBe(64);
  });
});
