import { describe, expect, it } from 'vitest';
import { frame } from '../../../src/cli/live.js';
import { objectLines, urgentLines } from '../../../src/export/text/objects.js';
import { picture } from '../../../src/export/text/picture.js';
import { stateWords } from '../../../src/export/text/words.js';
import type { Blocked, Snapshot } from '../../../src/protocol/view.js';
import { lockRow, poolRow, processRow, segmentRow, sharedRow, snapshot } from '../media/rows.js';

const plain = { colours: false, width: null };
const where = (line: number) => ({ file: '/home/me/a.py', line, function: null });
const lines = (of: Snapshot, section: string): readonly string[] => objectLines(of, plain).find((all) => all[0]?.startsWith(section) === true) ?? [];
const run = (more: Partial<Snapshot>): Snapshot => {
  const made = snapshot('r', { nowMs: 5_000, processes: [processRow('p1'), processRow('p2', { name: 'philosopher-1' }), processRow('p3', { name: 'philosopher-2', state: 'signaled', endedMs: 900 })], ...more });
  return { ...made, run: { ...made.run, cwd: '/home/me' } };
};
const waits = (process: string, sinceMs: number) => ({ process, op: 'lock' as const, sinceMs, untilMs: null, where: null });

describe('locks in the terminal', () => {
  it('are told where somebody had to wait, waits, or holds them; the others are counted', () => {
    const of = run({ locks: [
      lockRow('l1', { name: 'fork', contended: 3, waitMs: 4_200, longestWaitMs: 2_000, holders: ['p2'], waiters: [waits('p1', 2_000), waits('p3', 3_000)], created: where(8) }),
      lockRow('l2', { name: 'quiet' }),
      lockRow('l3', { name: 'inner', internal: true, contended: 9 }),
    ] });
    const [head, row, more, none] = lines(of, 'LOCK');
    expect(head?.split(/ {2,}/)).toEqual(['LOCK', 'KIND', 'STATE', 'CONTENDED', 'WAITED', 'LONGEST', 'WAITING', 'MADE AT']);
    expect(row?.split(/ {2,}/)).toEqual(['fork', 'Lock', 'held by philosopher-1', '3', '4.2 s', '2.0 s', 'MainProcess 3.0 s +1', 'a.py:8']);
    expect(more).toBe('and 1 lock more that nobody had to wait for');
    expect(none).toBeUndefined();
  });

  it('that nobody had to wait for are one line', () => {
    expect(objectLines(run({ locks: [lockRow('l1'), lockRow('l2')] }), plain)).toEqual([['LOCKS: 2 locks that nobody had to wait for']]);
  });

  it('say who ended holding them, and do not say who holds them where that is not known', () => {
    const of = run({ locks: [lockRow('l1', { holders: ['p3'] }), lockRow('l2', { holders: ['p2'], holdersUncertain: true }), lockRow('l3', { kind: 'Event', isSet: null, contended: 1 }), lockRow('l4', { kind: 'Barrier', value: 3, contended: 1, waiters: [waits('p2', 1)] })] });
    expect(lines(of, 'LOCK').slice(1).map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['lock1', 'Lock', 'philosopher-2 ended holding it'], ['lock2', 'Lock', 'not known'], ['lock3', 'Event', 'not known'], ['lock4', 'Barrier(3)', '1 of 3 there'],
    ]);
  });
});

describe('pools, memory and shared objects in the terminal', () => {
  it('are sections of their own, where there are any', () => {
    expect(objectLines(run({}), plain)).toEqual([]);
    const of = run({
      pools: [poolRow('w1', { workersWanted: 4, workersAlive: 3, submitted: 12, ok: 9, running: 2, pending: 1, queueMs: { p50: 3, p99: 20, max: 21 }, runMs: { p50: 100, p99: 200, max: 201 } })],
      segments: [segmentRow('m1', { bytes: 4_096, mappedBy: ['p1', 'p2'] }), segmentRow('m2', { leaked: true })],
      shared: [sharedRow('o1', { name: 'registry', server: 'p2', calls: 12, failed: 1, callMs: { p50: 0.2, p99: 1.5, max: 2 }, methods: [{ method: 'get', calls: 8, ms: 1 }, { method: 'keys', calls: 4, ms: 1 }] })],
    });
    expect(lines(of, 'POOL')[1]?.split(/ {2,}/)).toEqual(['pool1', 'Pool', '3/4', '9/12', '2', '1', 'p50 3.0 ms, p99 20 ms', 'p50 100 ms, p99 200 ms', 'open']);
    expect(lines(of, 'MEMORY').slice(1).map((line) => line.split(/ {2,}/))).toEqual([['psm_m1', 'SharedMemory', 'psm_m1', '4.1 kB', 'MainProcess, philosopher-1'], ['psm_m2', 'SharedMemory', 'psm_m2', '4.1 kB', 'leaked']]);
    expect(lines(of, 'SHARED')[1]?.split(/ {2,}/)).toEqual(['registry', 'dict', 'philosopher-1', '12', '1', 'p50 200 µs, p99 1.5 ms', 'get 8, keys 4']);
    const text = picture(of, plain);
    for (const head of ['POOL', 'MEMORY', 'SHARED OBJECT']) expect(text).toContain(`\n\n${head}`);
  });

  it('let no control character through to the terminal', () => {
    const evil = 'a\u001b[2Jb\nc';
    const of = run({ locks: [lockRow('l1', { name: evil, contended: 1 })], pools: [poolRow('w1', { name: evil, state: 'broken', brokenWhy: evil })], segments: [segmentRow('m1', { systemName: evil, type: evil })], shared: [sharedRow('o1', { typeId: evil, address: evil, methods: [{ method: evil, calls: 1, ms: 1 }] })] });
    const text = objectLines(of, plain).flat().join('');
    expect(text).not.toMatch(/[\u0000-\u001f]/);
    expect(text).toContain('broken: a␛[2Jb⏎c');
  });

  it('fit the width they are given', () => {
    const of = run({ locks: [lockRow('l1', { name: 'x'.repeat(60), contended: 1, holders: ['p2'], created: where(1) })], segments: [segmentRow('m1', { name: 'y'.repeat(60), mappedBy: ['p1', 'p2', 'p3'] })] });
    for (const line of objectLines(of, { colours: false, width: 80 }).flat()) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('at the foot of the terminal', () => {
  const of = run({
    locks: [lockRow('l1', { contended: 9 }), lockRow('l2', { waiters: [waits('p1', 1)] }), lockRow('l3', { holders: ['p3'] }), lockRow('l4', { holders: ['p2'] })],
    pools: [poolRow('w1', { state: 'joined', ok: 3, submitted: 3 }), poolRow('w2', { pending: 3, submitted: 3 })],
    segments: [segmentRow('m1')],
    shared: [sharedRow('o1', { calls: 9 })],
  });

  it('stand only pools at work and locks that somebody waits for or that will never be released', () => {
    expect(urgentLines(of, plain).map((line) => line.split(' ')[0])).toEqual(['POOL', 'pool2', 'LOCK', 'lock2', 'lock3']);
    expect(urgentLines(run({}), plain)).toEqual([]);
  });

  it('they come before the channels', () => {
    const text = frame(of, 40, { colours: false, width: 120 });
    expect(text.findIndex((line) => line.startsWith('POOL'))).toBeGreaterThan(text.findIndex((line) => line.startsWith('PROCESS')));
    expect(frame(of, 4, { colours: false, width: 120 })).toHaveLength(4);
  });
});

describe('a wait for an object, in the state of a process', () => {
  const blocked = (more: Partial<Blocked>): Blocked => ({ op: 'lock', sinceMs: 1_000, untilMs: null, channel: null, object: 'l1', process: null, thread: null, where: null, ...more });
  const words = (b: Blocked, of: Partial<Snapshot>): string => stateWords(processRow('p1', { state: 'blocked', blocked: [b] }), run(of));

  it('says what it waits for, since when, and who holds it', () => {
    expect(words(blocked({}), { locks: [lockRow('l1', { name: 'left_fork', holders: ['p2'] })] })).toBe('blocked: acquire left_fork for 4.0 s, held by philosopher-1');
    expect(words(blocked({}), { locks: [lockRow('l1', { name: 'left_fork', holders: ['p3'] })] })).toBe('blocked: acquire left_fork for 4.0 s, held by philosopher-2, which has ended');
    expect(words(blocked({}), { locks: [lockRow('l1', { name: 'left_fork', holders: ['p1'] })] })).toBe('blocked: acquire left_fork for 4.0 s, held by itself');
    expect(words(blocked({}), { locks: [lockRow('l1', { name: 'left_fork', holders: ['p2'], holdersUncertain: true })] })).toBe('blocked: acquire left_fork for 4.0 s');
  });

  it('says what kind of thing it is where that is all that is known', () => {
    expect(words(blocked({ op: 'result', object: null }), {})).toBe('blocked: result of a task for 4.0 s');
    expect(words(blocked({ op: 'call', object: 'o1' }), { shared: [sharedRow('o1', { name: 'registry' })] })).toBe('blocked: call on registry for 4.0 s');
  });

  it('is being idle for a worker that waits for its next task', () => {
    const b = blocked({ op: 'get', object: null, channel: 'c1' });
    expect(words(b, { pools: [poolRow('w1', { channel: 'c1', workers: ['p1'] })] })).toBe('idle for 4.0 s');
    expect(words(b, { pools: [poolRow('w1', { channel: 'c1', workers: ['p2'] })] })).toContain('blocked: get from');
  });
});
