import fc from 'fast-check';
import { expect, test } from 'vitest';
import { processIdentity } from '../../../src/system/index.js';
import { isolatingOption, parseStat, readStat, whatProgram, whyNoJournal } from '../../../src/system/proc.js';

const line = (comm: string): string => `4242 (${comm}) S 17 4240 4239 34816 4242 4194304 95 0 0 0 7 3 0 0 20 0 1 0 987654321 10000000 500 18446744073709551615 1 1 0 0 0 0 0 4096 8194 0 0 0 17 1 0 0 0 0 0\n`;
const fields = { pid: 4242, state: 'S', ppid: 17, pgrp: 4240, session: 4239, start: 987_654_321, ticks: 10, threads: 1, pages: 500, caught: 8194 };

test.each(['python3', 'a) (b', ') R 1 1 1', 'a b c', '', '((', '))', 'x\ny', 'Z) Z 0'])('a stat line is read whatever the command is called: %j', (comm) => {
  expect(parseStat(line(comm))).toEqual(fields);
});

test('any command name leaves the fields as they are', () => {
  fc.assert(fc.property(fc.string({ maxLength: 15 }), (comm) => {
    expect(parseStat(line(comm))).toEqual(fields);
  }));
});

test('what is no stat line is null', () => {
  expect(parseStat('')).toBeNull();
  expect(parseStat('1 (x')).toBeNull();
  expect(parseStat('1 (x) S 1')).toBeNull();
  expect(parseStat('x (x) S 1 1 1')).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => {
    expect(() => parseStat(text)).not.toThrow();
  }));
});

test('this process reads itself', () => {
  expect(readStat(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid });
  expect(processIdentity(process.pid)?.start).toBe(readStat(process.pid)?.start);
  expect(processIdentity(2 ** 30)).toBeNull();
});

test.each([
  ['/usr/bin/python3.11', true, [3, 11]],
  ['/usr/bin/python3', true, null],
  ['python', true, null],
  ['/x/python2.7', true, [2, 7]],
  ['/x/python3.13t', true, [3, 13]],
  ['/opt/pypy3.10', true, null],
  ['C:\\x\\python.exe', true, null],
  ['/usr/bin/python3-config', false, null],
  ['/usr/bin/pythonista', false, null],
  ['/bin/sh', false, null],
] as const)('%s: is it a Python, and which', (exe, python, version) => {
  expect(whatProgram(exe, [])).toEqual({ python, version });
});

test.each([
  [['python', '-E', 'x.py'], '-E'],
  [['python', '-Bs', '-IB', 'x.py'], '-I'],
  [['python', '-X', '-S', 'x.py'], null],
  [['python', '-Xdev', '-W', 'error', '-S', 'x.py'], '-S'],
  [['python', 'x.py', '-E'], null],
  [['python', '-c', 'print()', '-E'], null],
  [['python', '-m', 'x', '-I'], null],
  [['python', '-cE', '-I'], null],
  [['python', '-'], null],
  [['python', '--check-hash-based-pycs', 'always', '-E'], '-E'],
  [['python'], null],
  [[], null],
] as const)('%j keeps sitecustomize out by %j', (argv, option) => {
  expect(isolatingOption(argv)).toBe(option);
});

test('the reason that a process keeps no journal is the one that explains it', () => {
  expect(whyNoJournal('/bin/sleep', ['sleep', '1'], true)).toEqual({ python: false, reason: 'not-python' });
  expect(whyNoJournal('/usr/bin/python3.6', ['python', 'x.py'], true)).toEqual({ python: true, reason: 'too-old' });
  expect(whyNoJournal('/usr/bin/python2.7', ['python', '-E'], false)).toEqual({ python: true, reason: 'too-old' });
  expect(whyNoJournal('/usr/bin/python3.11', ['python', '-E'], false)).toEqual({ python: true, reason: '-E' });
  expect(whyNoJournal('/usr/bin/python3.11', ['python', 'x'], false)).toEqual({ python: true, reason: 'no-env' });
  expect(whyNoJournal('/usr/bin/python3.11', ['python', 'x'], null)).toEqual({ python: true, reason: 'unknown' });
  expect(whyNoJournal(null, [], null)).toEqual({ python: false, reason: 'unknown' });
});
