import { describe, expect, it } from 'vitest';
import { hit, messagesNear, siteNear, spanAt, spanWords, taskAt, taskWords } from '../../../media/lanes/hit.js';
import type { Lane, LaneTask } from '../../../src/protocol/view.js';
import { namesOf } from './rows.js';

const lane: Lane = {
  process: 'p2',
  spans: [{ kind: 'life', fromMs: 0, toMs: 1_000, about: null }, { kind: 'blocked-queue', fromMs: 200, toMs: 300, about: 'c1' }],
  tasks: [],
  sends: [4, 2, 9, 5],
  receives: [],
  sendSites: [4, 1],
  receiveSites: [],
  marks: [{ atMs: 1_000, kind: 'exit', text: 'exited 0' }],
};
const names = namesOf({ channel: () => 'jobs', object: (key) => ({ kind: 'Pool', name: key === 'w1' ? 'pool' : 'write_lock', holders: [] }) });

describe('what is under the pointer', () => {
  it('is the span that lies on top', () => {
    expect(spanAt(lane, 250, 0)?.kind).toBe('blocked-queue');
    expect(spanAt(lane, 500, 0)?.kind).toBe('life');
    expect(spanAt(lane, 1_500, 0)).toBeNull();
  });

  it('counts the messages of the columns near it', () => {
    expect(messagesNear(lane.sends, 4, 1)).toBe(2);
    expect(messagesNear(lane.sends, 6, 3)).toBe(7);
  });

  it('says the wait, its length and its place', () => {
    expect(hit(lane, 'consumer', { ms: 250, slackMs: 1, column: 100, columnSlack: 1 }, names, [])).toEqual({ title: 'consumer · 0.25 s', lines: ['waits at queue jobs · 100 ms', '0.20 s to 0.30 s'] });
  });

  it('says the line of a wait, of several that of the longest', () => {
    const sites = [{ file: '/w/script.py', line: 52, function: 'consume' }, { file: '/w/tool.py', line: 7, function: null }];
    const lines = (more: Partial<Lane['spans'][number]>): readonly string[] => hit({ ...lane, spans: [{ kind: 'blocked-queue', fromMs: 200, toMs: 300, about: 'c1', ...more }] }, 'consumer', { ms: 250, slackMs: 1, column: 100, columnSlack: 1 }, names, sites).lines;
    expect(lines({ site: 0 })).toEqual(['waits at queue jobs · 100 ms', '0.20 s to 0.30 s · script.py:52']);
    expect(lines({ site: 1, several: true })).toEqual(['waits at queue jobs, several times · 100 ms', '0.20 s to 0.30 s · longest at tool.py:7']);
    expect(lines({ site: 9 })[1]).toBe('0.20 s to 0.30 s');
  });

  it('says the line of messages: of one its own, of more that of one of them', () => {
    const sites = [{ file: '/w/script.py', line: 33, function: null }, { file: '/w/script.py', line: 34, function: null }];
    const busy: Lane = { ...lane, spans: [], sends: [4, 2, 9, 1, 14, 1], sendSites: [4, 0, 9, 1, 14, -1] };
    const line = (column: number): string | undefined => hit(busy, 'producer', { ms: 5_000, slackMs: 1, column, columnSlack: 1 }, names, sites).lines[0];
    expect(line(4)).toBe('2 messages sent here · one at script.py:33');
    expect(line(9)).toBe('1 message sent here · script.py:34');
    expect(line(14)).toBe('1 message sent here');
    expect(siteNear(busy.sends, busy.sendSites, 7, 3)).toBe(1);
    expect(siteNear(busy.sends, busy.sendSites, 6, 3)).toBe(0);
  });

  it('says a mark that is near', () => {
    expect(hit(lane, 'consumer', { ms: 995, slackMs: 10, column: 100, columnSlack: 1 }, names, []).lines[0]).toBe('exited 0 · 1.00 s');
  });

  it('names what a wait for a lock, a result or a manager is about', () => {
    const span = { fromMs: 0, toMs: 1, about: 'l1' };
    expect(spanWords({ ...span, kind: 'blocked-lock' }, names)).toBe('waits for lock write_lock');
    expect(spanWords({ ...span, kind: 'blocked-lock', about: null }, names)).toBe('waits for locks');
    expect(spanWords({ ...span, kind: 'blocked-result', about: 'w1' }, names)).toBe('waits for a result of pool');
    expect(spanWords({ ...span, kind: 'blocked-other' }, names)).toBe('waits for write_lock');
  });

  it('calls a worker idle that waits for its next task, and nobody else', () => {
    const serving = namesOf({ servesPool: (process, channel) => process === 'p2' && channel === 'c1' });
    const wait = { kind: 'blocked-queue', fromMs: 0, toMs: 1, about: 'c1' } as const;
    expect(spanWords(wait, serving, 'p2')).toBe('idle: waits for a task');
    expect(spanWords(wait, serving, 'p3')).toBe('waits at queue c1');
  });
});

describe('a task under the pointer', () => {
  const task = (fromMs: number, toMs: number, more: Partial<LaneTask> = {}): LaneTask => ({ fromMs, toMs, pool: 'w1', function: 'resize', count: 1, failed: false, ...more });
  const busy: Lane = { ...lane, tasks: [task(100, 200), task(201, 400, { failed: true })] };

  it('is the one under its middle before one that it merely touches', () => {
    expect(taskAt(busy, 201.5, 5)?.fromMs).toBe(201);
    expect(taskAt(busy, 97, 5)?.fromMs).toBe(100);
    expect(taskAt(busy, 90, 5)).toBeNull();
  });

  it('says its function, its pool, its length, and that it failed', () => {
    expect(hit(busy, 'worker', { ms: 150, slackMs: 1, column: 50, columnSlack: 1 }, names, []).lines).toEqual(['task resize of pool · 100 ms', '0.10 s to 0.20 s']);
    expect(hit(busy, 'worker', { ms: 350, slackMs: 1, column: 50, columnSlack: 1 }, names, []).lines[0]).toBe('task resize of pool, failed · 199 ms');
  });

  it('counts those that are merged, and names only what they have in common', () => {
    expect(taskWords(task(0, 1, { count: 40 }), names)).toBe('40 × resize of pool');
    expect(taskWords(task(0, 1, { count: 40, function: null, pool: null, failed: true }), names)).toBe('40 tasks, not all well');
  });

  it('tells the wait inside of a task beside the task', () => {
    const waiting: Lane = { ...busy, spans: [...lane.spans, { kind: 'blocked-lock', fromMs: 120, toMs: 160, about: 'l1' }] };
    expect(hit(waiting, 'worker', { ms: 140, slackMs: 1, column: 50, columnSlack: 1 }, names, []).lines).toContain('waits for lock write_lock · 40 ms');
  });
});
