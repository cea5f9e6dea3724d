/** The analysis over looks that are built here: what no test can make real processes do on purpose, and the text of /proc as captured. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEpoll, parseFdSet, parsePollfds } from '../../../src/system/awaited.js';
import { agree, type Look, type SeenProcess, type SeenThread, type TwoLooks } from '../../../src/system/outside-facts.js';
import { Analysis, lastComponents } from '../../../src/system/outside-stuck.js';
import { unknowns } from '../../../src/system/outside-unknown.js';
import { endWords, judge } from '../../../src/system/outside-verdicts.js';
import { guessFromChannel } from '../../../src/system/outside-waits.js';
import { kindOf, nameOf, pidList } from '../../../src/system/outside-words.js';
import { caughtBy, parseSocketLine } from '../../../src/system/outside.js';
import type { Descriptor, Mapping, SystemCall } from '../../../src/system/witness.js';

const call = (name: string, ...args: number[]): SystemCall => ({ number: 0, name, args: Array.from({ length: 6 }, (_, i) => BigInt(args[i] ?? 0)) });
const read = (fd: number): SystemCall => call('read', fd);
const write = (fd: number): SystemCall => call('write', fd);
const wait4 = (pid: number): SystemCall => call('wait4', pid);
const PRIVATE_WAIT = 0x189;
const SHARED_WAIT = 0x109;
const lock = (address = 1, timeout = 0): SystemCall => call('futex', address, PRIVATE_WAIT, 0, timeout);
const sleep = call('clock_nanosleep');

function thread(tid: number, syscall: SystemCall | null, more: Partial<SeenThread> = {}): SeenThread {
  return { tid, comm: 'python3', state: 'S', start: 5, syscall, denied: false, wchan: null, switches: 3, awaiting: null, sleptMs: 5000, ...more };
}

/** `r17` is a read end of pipe 17 and `w17` a write end; descriptors count from 3. */
function ends(...words: string[]): Descriptor[] {
  return words.map((word, i) => {
    const inode = Number(word.slice(1));
    return { fd: i + 3, kind: 'pipe', inode, target: `pipe:[${inode}]`, readable: word.startsWith('r'), writable: word.startsWith('w') };
  });
}

function proc(pid: number, ppid: number, threads: readonly SeenThread[], descriptors: readonly Descriptor[] | null = [], more: Partial<SeenProcess> = {}): SeenProcess {
  return {
    pid, ppid, threads, descriptors, start: 5, pgrp: 1, session: 1, state: 'S', relation: ppid === 0 ? 'asked' : 'descendant', adopted: false, uid: 0, comm: 'python3',
    argv: ['python3', '/home/x/work.py'], exe: '/usr/bin/python3.11', ageMs: 9000, waitStatus: null, catches: [2], mappings: [], ...more,
  };
}

function look(processes: readonly SeenProcess[], more: Partial<Look> = {}): Look {
  return { processes, strangers: [], unread: 0, hidden: false, nested: false, sockets: new Map(), peersKnown: true, ...more };
}

function looks(processes: readonly SeenProcess[], more: Partial<Look> = {}): TwoLooks {
  const one = look(processes, more);
  return agree(one, one, 200);
}

const told = (processes: readonly SeenProcess[], more: Partial<Look> = {}): string[] => judge(looks(processes, more)).verdicts.map(({ rule, certain }) => `${rule} ${certain ? 'certain' : 'likely'}`);

describe('who waits in vain', () => {
  const circle = [proc(10, 0, [thread(10, read(3))], ends('r1', 'w2')), proc(11, 10, [thread(11, read(3))], ends('r2', 'w1'))];

  test('a circle of pipes', () => {
    expect(told(circle)).toEqual(['deadlock-cycle certain']);
  });

  test('somebody beyond the tree could write, or may be one whom we cannot see', () => {
    expect(told(circle, { strangers: [{ pid: 99, comm: 'sh', descriptors: ends('w1'), mappings: [] }] })).toEqual([]);
    expect(told(circle, { unread: 1 })).toEqual(['deadlock-cycle likely']);
    expect(told(circle, { hidden: true })).toEqual(['deadlock-cycle likely']);
  });

  test('one thread that may act frees all', () => {
    const [a, b] = circle;
    expect(told([{ ...a!, threads: [...a!.threads, thread(20, sleep)] }, b!])).toEqual([]);
    expect(told([{ ...a!, threads: [...a!.threads, thread(20, lock(1, 77))] }, b!])).toEqual([]);
    expect(told([{ ...a!, threads: [...a!.threads, thread(20, null, { state: 'R' })] }, b!])).toEqual([]);
    // A thread in a lock of the process's own may act only when another one does.
    expect(told([{ ...a!, threads: [...a!.threads, thread(20, lock())] }, b!])).toEqual(['deadlock-cycle likely']);
  });

  test('a call that is not ours to read is never part of a verdict', () => {
    const [a, b] = circle;
    expect(told([{ ...a!, threads: [thread(10, null, { denied: true, wchan: 'pipe_read' })] }, b!])).toEqual([]);
    expect(told([{ ...a!, descriptors: null }, b!])).toEqual([]);
  });

  test('a handler of a signal may be what a reader waits for', () => {
    const [a, b] = circle;
    expect(told([{ ...a!, catches: [2, 15] }, b!])).toEqual([]);
    expect(told([{ ...a!, catches: null }, b!])).toEqual([]);
    expect(told([{ ...a!, catches: [2, 11, 33] }, b!])).toEqual(['deadlock-cycle certain']);
  });

  test('who ran between the looks is not blocked', () => {
    const second = circle.map((process) => ({ ...process, threads: process.threads.map((one) => ({ ...one, switches: 4 })) }));
    expect(judge(agree(look(circle), look(second), 200)).verdicts).toEqual([]);
    const other = circle.map((process) => ({ ...process, start: 6 }));
    // The same pids, and other processes by now.
    expect(judge(agree(look(other), look(circle), 200)).verdicts).toEqual([]);
  });

  test('a join before what was written is read', () => {
    const child = proc(11, 10, [thread(11, lock()), thread(12, write(4))], ends('r1', 'w1'));
    expect(told([proc(10, 0, [thread(10, wait4(11))], ends('r1', 'w1')), child])).toEqual(['join-before-drain likely']);
    // Another one has the read end and does something else now: a slow consumer.
    expect(told([proc(10, 0, [thread(10, wait4(11))], ends('r1', 'w1')), child, proc(13, 10, [thread(13, sleep)], ends('r1'))])).toEqual([]);
    // And the near miss: the parent joins another child, which is busy.
    expect(told([proc(10, 0, [thread(10, wait4(13))], ends('r1', 'w1')), child, proc(13, 10, [thread(13, sleep)])])).toEqual([]);
  });

  test('both write, and nobody reads', () => {
    expect(told([proc(10, 0, [thread(10, write(4))], ends('r1', 'w2')), proc(11, 10, [thread(11, write(4))], ends('r2', 'w1'))])).toEqual(['deadlock-cycle certain']);
  });

  test('a child that waits for a last message, joined', () => {
    expect(told([proc(10, 0, [thread(10, wait4(-1 >>> 0))], ends('w1')), proc(11, 10, [thread(11, read(3))], ends('r1'))])).toEqual(['getter-never-ends certain']);
  });

  test('a pair of sockets, where the system tells the pair', () => {
    const socket = (inode: number): Descriptor => ({ fd: 3, kind: 'socket', inode, target: `socket:[${inode}]`, readable: true, writable: true });
    const pair = [proc(10, 0, [thread(10, read(3))], [socket(1)]), proc(11, 10, [thread(11, read(3))], [socket(2)])];
    expect(told(pair, { sockets: new Map([[1, { peer: 2, path: null }], [2, { peer: 1, path: null }]]) })).toEqual(['deadlock-cycle likely']);
    expect(told(pair, { peersKnown: false })).toEqual([]);
  });

  test('two locks in opposite order, under a join; and workers at rest', () => {
    const semaphore = (n: number): Mapping => ({ from: BigInt(n * 4096), to: BigInt((n + 1) * 4096), key: `0:${n}`, path: `/dev/shm/sem.${n}`, deleted: true, semaphore: true });
    const mappings = [semaphore(1), semaphore(2)];
    const inLock = (n: number): SystemCall => call('futex', n * 4096 + 16, SHARED_WAIT);
    expect(told([proc(10, 0, [thread(10, wait4(11))], [], { mappings }), proc(11, 10, [thread(11, inLock(1))], [], { mappings }), proc(12, 10, [thread(12, inLock(2))], [], { mappings })])).toEqual(['deadlock-cycle likely']);
    const workers = [proc(11, 10, [thread(11, inLock(1))], ends('r1', 'w2'), { mappings }), proc(12, 10, [thread(12, read(3))], ends('r1', 'w2'), { mappings })];
    expect(told([proc(10, 0, [thread(10, sleep)], ends('w1'), { mappings }), ...workers])).toEqual([]);
    // The main thread waits for a result, or to be told to stop: no verdict, but a word.
    const main = proc(10, 0, [thread(10, lock()), thread(20, read(4))], ends('w1', 'r2'), { mappings });
    expect(judge(looks([main, ...workers]))).toMatchObject({ verdicts: [], notes: [expect.stringContaining('A pool at rest looks like this')] });
  });

  test('any tree is judged without a failure, and what sleeps frees whoever waits for it', () => {
    const anyThread = fc.constantFrom(read(3), write(4), wait4(11), lock(), sleep, null);
    fc.assert(fc.property(fc.array(fc.array(anyThread, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }), (trees) => {
      const processes = trees.map((calls, i) => proc(10 + i, i === 0 ? 0 : 10, calls.map((one, t) => thread(t === 0 ? 10 + i : 100 + 10 * i + t, one)), ends(`r${i % 2}`, `w${(i + 1) % 2}`)));
      const { verdicts } = judge(looks(processes));
      const acting = processes.filter(({ threads }) => threads.some(({ syscall }) => syscall === sleep || syscall === null)).map(({ pid }) => pid);
      for (const { pids, rule } of verdicts) if (rule !== 'zombie' && rule !== 'orphan') expect(pids.filter((pid) => acting.includes(pid) && processes.find((process) => process.pid === pid)!.threads.length === 1)).toEqual([]);
    }));
  });
});

describe('zombies and orphans', () => {
  const dead = (pid: number, sleptMs: number | null, waitStatus: number | null = 9): SeenProcess => proc(pid, 10, [thread(pid, null, { state: 'Z', sleptMs })], null, { state: 'Z', argv: [], waitStatus });

  test('a zombie, several of them, and one that its parent comes to in its turn', () => {
    const parent = proc(10, 0, [thread(10, sleep)]);
    expect(judge(looks([parent, dead(11, 5000)])).verdicts).toMatchObject([{ rule: 'zombie', certain: true, evidence: ['PID 11 was ended by signal 9 5.0 s ago.', expect.stringContaining('sleeps')] }]);
    expect(told([parent, dead(11, null)])).toEqual(['zombie likely']);
    expect(told([parent, dead(11, 400)])).toEqual([]);
    expect(judge(looks([parent, dead(11, 5000), dead(12, 5000)])).verdicts).toMatchObject([{ pids: [11, 12] }]);
    expect(told([proc(10, 0, [thread(10, wait4(12))]), dead(11, 5000), proc(12, 10, [thread(12, sleep)])])).toEqual([]);
    const living = proc(11, 10, [thread(11, sleep)]);
    // It ended after the first look.
    expect(judge(agree(look([parent, living]), look([parent, dead(11, 5000)]), 200)).verdicts).toEqual([]);
  });

  test('the one that was asked for is an orphan only where multiprocessing shows', () => {
    expect(told([proc(10, 0, [thread(10, sleep)], ends('r1'), { adopted: true })])).toEqual(['orphan likely']);
    expect(told([proc(10, 0, [thread(10, sleep)], ends('r1'))])).toEqual([]);
    expect(told([proc(10, 0, [thread(10, sleep)], ends('r1', 'w1'), { adopted: true })])).toEqual([]);
    expect(told([proc(10, 0, [thread(10, sleep)], [], { adopted: true })])).toEqual([]);
    expect(told([proc(10, 0, [thread(10, sleep)], [], { adopted: true, argv: ['python3', '-c', 'from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=6)', '--multiprocessing-fork'] })])).toEqual(['orphan likely']);
  });

  test('what wait(2) tells', () => {
    expect([endWords(null), endWords(0), endWords(3 << 8), endWords(9), endWords(0x80 | 11)]).toEqual(['ended', 'exited 0', 'exited 3', 'was ended by signal 9', 'was ended by signal 11']);
  });
});

test('what cannot be known says why, and how to know it', () => {
  const denied = looks([proc(10, 0, [thread(10, null, { denied: true, wchan: 'pipe_read' })])]);
  const yama = unknowns(10, denied, new Analysis(denied), { uid: 0, ptraceScope: 1 });
  expect(yama[0]).toMatchObject({ why: expect.stringContaining('ptrace_scope is 1') as string, how: expect.stringContaining('sudo procession doctor 10') as string });
  const closed = looks([proc(10, 0, [thread(10, null, { denied: true })], null, { uid: 1000 })]);
  expect(unknowns(10, closed, new Analysis(closed), { uid: 33, ptraceScope: null })[0]?.why).toContain('another user (uid 1000)');
  const whole = looks([proc(10, 0, [thread(10, sleep)])]);
  expect(unknowns(10, whole, new Analysis(whole), { uid: 0, ptraceScope: 0 })).toHaveLength(3);
  const odd = looks([proc(10, 0, [thread(10, { number: 4711, name: null, args: [] })])]);
  expect(unknowns(10, odd, new Analysis(odd), { uid: 0, ptraceScope: 0 })[0]?.what).toContain('call 4711');
});

test('components that no arrow leaves', () => {
  const of = (arrows: Record<string, string[]>): string[][] => lastComponents(new Map(Object.entries(arrows))).map((members) => [...members].sort());
  expect(of({ a: ['b'], b: ['a'], c: ['a'] })).toEqual([['a', 'b']]);
  expect(of({ a: ['b'], b: ['c'], c: ['c'], d: ['d'] })).toEqual([['c'], ['d']]);
  const long = new Map(Array.from({ length: 50_000 }, (_, i) => [i, [(i + 1) % 50_000]]));
  expect(lastComponents(long).map((members) => members.size)).toEqual([50_000]);
});

test('names and kinds', () => {
  const with_ = (...argv: string[]): SeenProcess => proc(1, 0, [], [], { argv });
  expect(nameOf(with_('/usr/bin/python3', '-u', '/home/x/work.py', '/data/in'))).toBe('python3 -u work.py /data/in');
  expect(nameOf(with_('python3', '-c', 'import a/b'))).toBe('python3 -c import a/b');
  const spawned = with_('/v/python3', '-B', '-c', 'from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=6, pipe_handle=13)', '--multiprocessing-fork');
  expect([nameOf(spawned), kindOf(spawned, null)]).toEqual(['python3', 'spawn child']);
  const server = with_('python3', '-c', 'from multiprocessing.forkserver import main; main(5, 7, [])');
  expect([kindOf(server, null), kindOf(server, server)]).toEqual(['forkserver', 'forkserver child']);
  expect(kindOf(with_('python3', '-c', 'from multiprocessing.resource_tracker import main;main(5)'), null)).toBe('resource tracker');
  expect(kindOf(with_('python3', 'w.py'), with_('python3', 'w.py'))).toBe('fork');
  expect(nameOf(proc(1, 0, [], null, { argv: [] }))).toBe('python3');
  expect([pidList([7]), pidList([7, 8]), pidList([1, 2, 3, 4, 5, 6, 7, 8])]).toEqual(['7', '7 and 8', '1, 2, 3, 4, 5 and 3 more']);
});

test('text of the kernel and of ss, as captured', () => {
  expect(parseSocketLine('u_str ESTAB 0      0      * 5624588 * 5624587')).toEqual({ inode: 5_624_588, peer: 5_624_587, path: null });
  expect(parseSocketLine('u_str LISTEN 0      100    /tmp/pymp-a b/listener-k4wiu7b2 5795663 * 0 ')).toEqual({ inode: 5_795_663, peer: null, path: '/tmp/pymp-a b/listener-k4wiu7b2' });
  expect(parseSocketLine('tcp ESTAB 0 0 1.2.3.4:5 6.7.8.9:1')).toBeNull();
  expect(parseEpoll('pos:\t0\nflags:\t02000002\ntfd:        5 events:       19 data:                5  pos:0 ino:1 sdev:8\ntfd:       11 events:     2004 data: b\n')).toEqual([{ fd: 5, read: true, write: false }, { fd: 11, read: false, write: true }]);
  expect(parsePollfds(Buffer.from([3, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255, 1, 0, 0, 0, 9, 0, 0, 0, 5, 0, 0, 0]))).toEqual([{ fd: 3, read: true, write: false }, { fd: 9, read: true, write: true }]);
  expect(parseFdSet(Buffer.from([0b1000_0001, 0b10]), 10)).toEqual([0, 7, 9]);
  expect(parseFdSet(Buffer.from([0b1000_0001, 0b10]), 9)).toEqual([0, 7]);
  expect(caughtBy('SigIgn:\t0000000001001000\nSigCgt:\t0000000180000002\n')).toEqual([2, 32, 33]);
  expect(caughtBy(null)).toBeNull();
  expect(['pipe_read', 'anon_pipe_write', 'futex_wait_queue_me', 'do_wait', 'hrtimer_nanosleep', 'poll_schedule_timeout.constprop.0', 'something'].map(guessFromChannel)).toEqual([
    'reads a pipe', 'writes to a full pipe', 'waits for a lock', 'waits for a child', 'sleeps', 'waits for some descriptors', null,
  ]);
});
