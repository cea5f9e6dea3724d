/** Open files of real processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { countFiles, FilesSampler, parseLimit } from '../../../src/system/files.js';
import { processIdentity } from '../../../src/system/index.js';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A Python that opens and closes as it is told: `+N`, `-N`, `=N` sets its limit; it answers each line. */
async function opener(): Promise<{ pid: number; start: number; tell: (line: string) => Promise<string> }> {
  const code = [
    'import os, resource, sys', 'kept = []', 'print(len(os.listdir("/proc/self/fd")) - 1, flush=True)', 'for line in sys.stdin:', ' n = int(line[1:])',
    ' if line[0] == "+": kept += [os.open("/dev/null", 0) for _ in range(n)]', ' elif line[0] == "-": [os.close(kept.pop()) for _ in range(n)]',
    ' else: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))', ' print("ok", flush=True)',
  ].join('\n');
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const lines: Interface = createInterface({ input: child.stdout });
  const next = (): Promise<string> => new Promise((resolve) => lines.once('line', resolve));
  await next();
  const { start } = processIdentity(child.pid!)!;
  return {
    pid: child.pid!,
    start,
    tell: async (line) => {
      const answer = next();
      child.stdin.write(`${line}\n`);
      return answer;
    },
  };
}

test('a process with few open files is not told of, and one that opens many is, with what it had before', async () => {
  const { pid, start, tell } = await opener();
  const sampler = new FilesSampler();
  const few = countFiles(pid)!;
  expect(sampler.sample([{ pid, start }], 0)).toEqual([]);
  await tell('=300');
  await tell('+100');
  // Between two looks nothing is asked.
  expect(sampler.sample([{ pid, start }], 100)).toEqual([]);
  expect(sampler.sample([{ pid, start }], 2000)).toEqual([
    { k: 'files', t: 0, p: [[pid, start, few, 300]] },
    { k: 'files', t: 2000, p: [[pid, start, few + 100, 300]] },
  ]);
  await tell('+3');
  expect(sampler.sample([{ pid, start }], 4000)).toEqual([]);
  await tell('+1');
  expect(sampler.sample([{ pid, start }], 6000)).toEqual([{ k: 'files', t: 6000, p: [[pid, start, few + 104, 300]] }]);
  await tell('-100');
  expect(sampler.sample([{ pid, start }], 8000)).toEqual([{ k: 'files', t: 8000, p: [[pid, start, few + 4, 300]] }]);
});

test('another process under the same pid is another, and one that is gone has none', async () => {
  const { pid, start, tell } = await opener();
  await tell('+100');
  const sampler = new FilesSampler();
  const first = sampler.sample([{ pid, start }], 0);
  expect(first).toHaveLength(1);
  const [again] = sampler.sample([{ pid, start: start + 1 }], 2000);
  expect(again).toMatchObject({ k: 'files', t: 2000 });
  expect(sampler.sample([{ pid: 2 ** 22 + 5, start: 1 }], 4000)).toEqual([]);
});

test('the count is that of the list', () => {
  const fd = openSync('/dev/null', 'r');
  const counted = countFiles(process.pid)!;
  // The list has its own descriptor in it.
  expect(Math.abs(readdirSync('/proc/self/fd').length - counted)).toBeLessThanOrEqual(1);
  closeSync(fd);
  expect(countFiles(process.pid)).toBe(counted - 1);
});

test('the limit is read from its line', () => {
  const text = 'Limit                     Soft Limit           Hard Limit           Units     \nMax processes             10                   10                   processes \nMax open files            1024                 524288               files     \n';
  expect(parseLimit(text)).toBe(1024);
  expect(parseLimit(text.replace('1024  ', 'unlimited'))).toBeNull();
  expect(parseLimit('')).toBeNull();
});
