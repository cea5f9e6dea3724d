/** What /proc says of one process: its text as it was captured, and real processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { architectureOf, callName } from '../../../src/system/calls.js';
import { descriptorsOf, intOf, mappingsOf, threadsOf } from '../../../src/system/index.js';
import { parseLink, parseMapping, parseSyscall } from '../../../src/system/witness.js';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Starts Python code and answers its first line. */
async function python(code: string): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const line = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  return { child, pid: child.pid!, line };
}

async function until<T>(look: () => T | null | undefined | false, ms = 8000): Promise<T> {
  for (const end = performance.now() + ms; performance.now() < end;) {
    const seen = look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come true');
}

test('a line of /proc/PID/syscall, as kernels write it', () => {
  // Captured: a read of descriptor 5, a futex without a timeout, a poll with -1.
  expect(parseSyscall('0 0x5 0x7f8a79ffc290 0x4 0x5562e62a9350 0x0 0x0 0x7f8a78ec1a30 0x7f8a7a7162ec\n')).toMatchObject({ number: 0, args: [5n, 0x7f8a79ffc290n, 4n, 0x5562e62a9350n, 0n, 0n] });
  expect(parseSyscall('202 0x7f8a7ae7d000 0x109 0x0 0x0 0x0 0xffffffff 0x7ffe7af25e80 0x7f8a7a6a3e96\n')).toMatchObject({ number: 202 });
  expect(parseSyscall('running\n')).toBe('running');
  expect(parseSyscall('-1 0x7ffe7af25e80 0x7f8a7a6a3e96\n')).toBe('outside');
  for (const text of ['', 'running away', '7', '0 5 5 5 5 5 5 5 5', '0 0x5 0x1']) expect(parseSyscall(text)).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => {
    expect(() => parseSyscall(text)).not.toThrow();
  }));
});

test('a register as a C int', () => {
  expect(intOf(0xffff_ffffn)).toBe(-1);
  expect(intOf(0xffff_ffff_ffff_ffffn)).toBe(-1);
  expect(intOf(0x7fff_0000_0005n)).toBe(5);
  expect(intOf(undefined)).toBe(0);
});

test('numbers of calls by architecture, and none for one that is not known', () => {
  expect([0, 61, 202, 230].map((n) => callName(n, 'x86_64'))).toEqual(['read', 'wait4', 'futex', 'clock_nanosleep']);
  expect([63, 260, 98, 115].map((n) => callName(n, 'aarch64'))).toEqual(['read', 'wait4', 'futex', 'clock_nanosleep']);
  expect(callName(0, null)).toBeNull();
  expect(callName(9999, 'x86_64')).toBeNull();
  expect([architectureOf(62, 64), architectureOf(62, 32), architectureOf(183, 64), architectureOf(40, 32)]).toEqual(['x86_64', null, 'aarch64', null]);
});

test('links and mappings', () => {
  expect(parseLink('pipe:[5502960]')).toEqual({ kind: 'pipe', inode: 5502960 });
  expect(parseLink('socket:[5502968]')).toEqual({ kind: 'socket', inode: 5502968 });
  expect(parseLink('anon_inode:[eventpoll]')).toEqual({ kind: 'anon', inode: null });
  expect(parseLink('/tmp/pipe:[1]')).toEqual({ kind: 'file', inode: null });
  expect(parseMapping('7f8a7a202000-7f8a7a203000 rw-s 00000000 00:1b 707676                     /dev/shm/sem.wWpaea (deleted)')).toEqual({
    from: 0x7f8a7a202000n, to: 0x7f8a7a203000n, key: '00:1b:707676', path: '/dev/shm/sem.wWpaea', deleted: true, semaphore: true,
  });
  expect(parseMapping('7f8a7a202000-7f8a7a203000 rw-s 00000000 00:1b 9                     /dev/shm/psm_1a b')).toMatchObject({ path: '/dev/shm/psm_1a b', deleted: false, semaphore: false });
  expect(parseMapping('7f8a7a202000-7f8a7a203000 rw-p 00000000 00:1b 9                     /dev/shm/psm_1a')).toBeNull();
  expect(parseMapping('7f8a7a202000-7f8a7a203000 r-xp 00000000 fe:00 1234                  /usr/lib/libc.so.6')).toBeNull();
});

test('a thread in a read of a pipe, and one in a lock: call, descriptor, both ends', async () => {
  const { pid, line } = await python([
    'import os, sys, threading', 'r, w = os.pipe()', 'lock = threading.Lock()', 'lock.acquire()',
    'threading.Thread(target=lock.acquire, daemon=True).start()', 'print(r, w, flush=True)', 'os.read(r, 1)',
  ].join('\n'));
  const [r, w] = line.split(' ').map(Number);
  const threads = await until(() => {
    const now = threadsOf(pid);
    return now?.[0]?.syscall?.name === 'read' && now[0].wchan !== null && now[1]?.syscall?.name === 'futex' && now;
  });
  expect(threads.map(({ tid }) => tid)).toEqual([pid, threads[1]?.tid]);
  expect(threads[0]).toMatchObject({ state: 'S', denied: false, wchan: expect.stringContaining('pipe_read') as string });
  expect(intOf(threads[0]?.syscall?.args[0])).toBe(r);
  const again = threadsOf(pid)!;
  expect(again[0]?.switches).toBe(threads[0]?.switches);
  expect(again[0]?.switches).toBeGreaterThan(0);
  const open = descriptorsOf(pid)!;
  const [reading, writing] = [open.find(({ fd }) => fd === r)!, open.find(({ fd }) => fd === w)!];
  expect(reading).toMatchObject({ kind: 'pipe', readable: true, writable: false });
  expect(writing).toMatchObject({ kind: 'pipe', readable: false, writable: true, inode: reading.inode });
});

test('a lock of multiprocessing is a futex within a semaphore that is mapped', async () => {
  const { pid } = await python('import multiprocessing\nlock = multiprocessing.Lock()\nlock.acquire()\nprint(flush=True)\nlock.acquire()');
  const call = await until(() => {
    const now = threadsOf(pid)?.[0]?.syscall;
    return now?.name === 'futex' && now;
  });
  const address = call.args[0]!;
  expect(mappingsOf(pid)!.filter(({ from, to }) => from <= address && address < to)).toMatchObject([{ semaphore: true, deleted: true }]);
});

test('what is not there', () => {
  expect(threadsOf(2 ** 30)).toBeNull();
  expect(descriptorsOf(2 ** 30)).toBeNull();
  expect(mappingsOf(2 ** 30)).toBeNull();
});
