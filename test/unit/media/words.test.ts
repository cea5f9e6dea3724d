import { describe, expect, it } from 'vitest';
import { alive, ending, operation, stateWords, tags, telling, waitSentence, type ObjectName } from '../../../src/model/words.js';
import type { Blocked } from '../../../src/protocol/view.js';
import { namesOf, processRow } from './rows.js';

const names = namesOf({ process: (key) => `name of ${key}`, channel: (key) => (key === 'c1' ? 'jobs' : 'results') });
const wait = (op: Blocked['op'], more: Partial<Blocked> = {}): Blocked => ({ op, sinceMs: 5, untilMs: null, channel: null, object: null, process: null, thread: null, where: null, ...more });

describe('what a process does, in words', () => {
  it('names the operation and what it works on, as the script writes it', () => {
    expect(operation(wait('get', { channel: 'c1' }), names)).toBe('get(jobs)');
    expect(operation(wait('join', { process: 'p3' }), names)).toBe('join(name of p3)');
    expect(operation(wait('queue-join', { channel: 'c1' }), names)).toBe('jobs.join()');
    expect(operation(wait('feeder-send', { channel: 'c2' }), names)).toBe('feeder: write results');
  });

  it('tells what the feeder does when the main thread only waits for it', () => {
    const feeder = wait('feeder-send', { channel: 'c2' });
    expect(telling([wait('join-thread', { channel: 'c2' }), feeder])).toBe(feeder);
    expect(telling([wait('get', { channel: 'c1' }), feeder])?.op).toBe('get');
    expect(telling([])).toBeNull();
  });

  it('counts a wait from when it began, and reddens it only where a finding says so', () => {
    const row = processRow('p2', { state: 'blocked', blocked: [wait('get', { channel: 'c1' })] });
    expect(stateWords(row, names, null)).toMatchObject({ text: 'get(jobs)', sinceMs: 5, tone: 'dim' });
    expect(stateWords(row, names, 'error').tone).toBe('bad');
  });

  it('says of an orphan what it waits for', () => {
    const row = processRow('p2', { state: 'orphan', stateSinceMs: 7, blocked: [wait('get', { channel: 'c1' })] });
    expect(stateWords(row, names, null)).toMatchObject({ text: 'orphan in get(jobs)', sinceMs: 7, shape: 'orphan' });
  });
});

describe('a wait for an object', () => {
  const holding = (...holders: ObjectName['holders'][number][]) => namesOf({ process: (key) => `name of ${key}`, object: () => ({ kind: 'Lock', name: 'left_fork', holders }) });
  const lock = wait('lock', { object: 'l1' });

  it('says who holds the lock, in the row and in a sentence', () => {
    const held = holding({ process: 'p3', ended: false });
    expect(stateWords(processRow('p2', { state: 'blocked', blocked: [lock] }), held, null)).toMatchObject({ text: 'acquire(left_fork), held by name of p3', sinceMs: 5, tone: 'dim' });
    expect(waitSentence(lock, 'p2', held)).toBe('waits for Lock left_fork, held by name of p3');
  });

  it('warns where the holder has ended, for it will not release it', () => {
    const held = holding({ process: 'p3', ended: true });
    expect(stateWords(processRow('p2', { state: 'blocked', blocked: [lock] }), held, null)).toMatchObject({ text: 'acquire(left_fork), held by name of p3, which has ended', tone: 'warn' });
  });

  it('says so where a process waits for what it holds itself', () => {
    expect(stateWords(processRow('p2', { state: 'blocked', blocked: [lock] }), holding({ process: 'p2', ended: false }), null).text).toBe('acquire(left_fork), held by itself');
  });

  it('names nobody where the holder is not known', () => {
    expect(stateWords(processRow('p2', { state: 'blocked', blocked: [lock] }), holding(), null).text).toBe('acquire(left_fork)');
  });

  it('counts several holders of a semaphore', () => {
    expect(stateWords(processRow('p2', { state: 'blocked', blocked: [lock] }), holding({ process: 'p3', ended: false }, { process: 'p4', ended: false }), null).text).toBe('acquire(left_fork), held by 2 processes');
  });

  it.each([
    ['condition', 'x.wait()'], ['event', 'x.wait()'], ['barrier', 'x.wait()'], ['result', 'result of x'], ['pool-join', 'x.join()'], ['call', 'call on x'],
  ] as const)('of the kind %s reads %s', (op, text) => {
    expect(operation(wait(op, { object: 'x1' }), namesOf({ object: () => ({ kind: null, name: 'x', holders: [] }) }))).toBe(text);
  });

  it.each([['lock', 'acquire()'], ['event', 'Event.wait()'], ['result', 'result of a task'], ['pool-join', 'join()'], ['call', 'call on a manager'], ['accept', 'accept()'], ['connect', 'connect()']] as const)('of the kind %s reads %s where the object is not known', (op, text) => {
    expect(operation(wait(op), names)).toBe(text);
  });

  it('is no wait where a worker waits for its next task', () => {
    const serving = namesOf({ servesPool: (process, channel) => process === 'p2' && channel === 'c1' });
    const row = processRow('p2', { kind: 'pool-worker', state: 'blocked', blocked: [wait('get', { channel: 'c1' })] });
    expect(stateWords(row, serving, null)).toMatchObject({ text: 'idle', shape: 'sleep', sinceMs: 5 });
    expect(stateWords(row, serving, 'error')).toMatchObject({ text: 'get(c1)', tone: 'bad' });
  });
});

describe('how a process ended, in words', () => {
  const ended = (more: Parameters<typeof processRow>[1]) => ending(processRow('p2', { endedMs: 9, state: 'exited', ...more }));

  it('gives the code, and the signal by name', () => {
    expect(ended({ exitCode: 0 })).toBe('exited 0');
    expect(ended({ exitCode: -9, signal: 'SIGKILL' })).toBe('exited \u22129 SIGKILL');
    expect(ended({ exitCode: 1, exception: { type: 'ValueError', message: '', traceback: '' } })).toBe('exited 1 ValueError');
  });

  it('does not make a crash of a daemon that its parent ends on leaving', () => {
    const row = processRow('p2', { endedMs: 9, state: 'signaled', exitCode: -15, signal: 'SIGTERM', endedBy: { process: 'p1', how: 'parent-exit' } });
    expect(ending(row)).toBe('ended by its parent');
    expect(stateWords(row, names, null)).toMatchObject({ tone: 'dim', shape: 'done' });
  });

  it('makes no alarm of a worker that its pool terminates, and one of a worker that somebody else does', () => {
    const worker = processRow('p2', { kind: 'pool-worker', endedMs: 9, state: 'signaled', exitCode: -15, signal: 'SIGTERM', endedBy: { process: 'p1', how: 'signal' } });
    expect(stateWords(worker, names, null).tone).toBe('dim');
    expect(stateWords({ ...worker, endedBy: { process: 'p3', how: 'signal' } }, names, null).tone).toBe('warn');
    expect(stateWords({ ...worker, kind: 'process' }, names, null).tone).toBe('warn');
  });

  it('admits what is not known', () => {
    expect(ended({ endKnown: 'vanished' })).toBe('gone, exit code unknown');
    expect(ending(processRow('p2'))).toBeNull();
  });

  it('counts a zombie among those that cannot be signalled', () => {
    expect(alive(processRow('p2', { state: 'zombie' }))).toBe(false);
    expect(alive(processRow('p2', { state: 'orphan' }))).toBe(true);
  });
});

describe('tags', () => {
  it('say how it was started and what is unusual', () => {
    expect(tags(processRow('p2', { startMethod: 'spawn', daemon: true }))).toEqual(['daemon', 'spawn']);
    expect(tags(processRow('p2', { startMethod: null, kind: 'fork' }))).toEqual(['os.fork']);
  });
});
