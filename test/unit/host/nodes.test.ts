import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { flat, inOrder, runNode, type Language, type Node, type Told } from '../../../src/host/view/nodes.js';
import { nowTold, untold } from '../../../src/host/told.js';
import { runsViewId } from '../../../src/protocol/ids.js';
import { fill } from '../../../src/protocol/text.js';
import type { Blocked, Snapshot } from '../../../src/protocol/view.js';
import { findingRow, lockRow, poolRow, processRow, runRow, snapshot, totals } from '../media/rows.js';
import { root } from './used-texts.js';

const english: Language = { t: (template, ...args) => fill({ template, args }), text: fill };
const told: Told = { token: 'r', name: 'a.py', live: true, again: true, open: true };
const where = { file: '/w/a.py', line: 7, function: 'f' };
const blocked = (more: Partial<Blocked>): Blocked => ({ op: 'lock', sinceMs: 0, untilMs: null, channel: null, object: null, process: null, thread: null, where: null, ...more });

const node = (shown: Partial<Snapshot>, more: Partial<Told> = {}): Node => runNode({ ...told, ...more }, snapshot('x', shown), english);
const lines = (nodes: readonly Node[], depth = 0): string[] => nodes.flatMap((one) => [`${'  '.repeat(depth)}${one.label} | ${one.description}`, ...lines(one.children, depth + 1)]);
const find = (tree: Node, label: string): Node => {
  const found = [...flat([tree])].find((one) => one.label === label);
  if (found === undefined) throw new Error(`no ${label}`);
  return found;
};

/** Menus by the first word of the command and of their place, for a row with this context. */
const manifest = v.parse(v.object({ contributes: v.object({ menus: v.record(v.string(), v.array(v.object({ command: v.string(), when: v.optional(v.string()), group: v.optional(v.string()) }))) }) }), JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
function offered({ context }: Node): string[] {
  return (manifest.contributes.menus['view/item/context'] ?? []).flatMap(({ command, when, group }) => {
    const pattern = /^view == (\S+) && viewItem =~ \/(.*)\/$/.exec(when ?? '');
    if (pattern?.[1] !== runsViewId) throw new Error(`not understood: ${when ?? ''}`);
    return group?.startsWith('inline') !== true && new RegExp(pattern[2] ?? '').test(context) ? [command.replace('procession.', '')] : [];
  }).sort();
}

describe('a run in the native view', () => {
  it('has its findings, the worst first, then its processes under their parents, helpers last', () => {
    const tree = node({
      totals: { ...totals, processes: 4, alive: 3 },
      processes: [
        processRow('p1'), processRow('p2', { kind: 'resource-tracker', name: 'tracker' }), processRow('p3', { name: 'worker', state: 'blocked', blocked: [blocked({ object: 'l1', where })] }),
        processRow('p4', { name: 'gone', parent: 'p3', state: 'signaled', signal: 'SIGKILL', exitCode: -9, endedMs: 5, endKnown: 'reaped' }),
      ],
      locks: [lockRow('l1', { name: 'stock', holders: ['p4'] })],
      findings: [findingRow('a', { severity: 'info' }), findingRow('b', { severity: 'warning', certain: false }), findingRow('c', { severity: 'error', where })],
    });
    expect(lines([tree])).toEqual([
      'a.py | running · 3 findings · 3 processes',
      '  c | a.py:7',
      '  Likely: b | ',
      '  a | ',
      '  MainProcess | PID 1001 · running',
      '    worker | PID 1003 · acquire(stock), held by gone, which has ended',
      '      gone | PID 1004 · exited −9 SIGKILL',
      '    tracker | PID 1002 · running',
    ]);
    expect(find(tree, 'worker')).toMatchObject({ id: 'r/process/p3/parent', where, spoken: 'worker, PID 1003, State: acquire(stock), held by gone, which has ended' });
    expect(new Set([...flat([tree])].map(({ id }) => id)).size).toBe(8);
  });

  it('says how it ended, and by its icon too', () => {
    const ended = (more: Parameters<typeof runRow>[1]) => node({ run: runRow('x', { durationMs: 9, ...more }) }, { live: false });
    expect(ended({ exitCode: 0 })).toMatchObject({ description: 'exited 0 · 1 process', icon: 'pass', context: 'run.ended.again' });
    expect(ended({ exitCode: 3 })).toMatchObject({ description: 'exited 3 · 1 process', icon: 'error' });
    expect(ended({ signal: 'SIGTERM' })).toMatchObject({ description: 'ended by SIGTERM · 1 process', icon: 'stop-circle' });
    expect(ended({})).toMatchObject({ description: 'ended · 1 process', icon: 'question' });
  });

  it('stands with the live ones first, the newest of each on top', () => {
    const runs = [{ live: false, name: 'a' }, { live: true, name: 'b' }, { live: false, name: 'c' }, { live: true, name: 'd' }];
    expect(inOrder(runs).map(({ name }) => name)).toEqual(['d', 'b', 'c', 'a']);
  });

  it('calls an idle worker of a pool idle, and a process with an error by the colour of errors', () => {
    const idle = processRow('p2', { kind: 'pool-worker', state: 'blocked', blocked: [blocked({ op: 'get', channel: 'c1' })] });
    const tree = node({ processes: [processRow('p1'), idle], pools: [poolRow('w1', { channel: 'c1', workers: ['p2'] })] });
    expect(find(tree, 'Process-2')).toMatchObject({ description: 'PID 1002 · idle', icon: 'circle-outline' });
    const wrong = node({ processes: [processRow('p1', { state: 'blocked', blocked: [blocked({})] })], findings: [findingRow('x', { severity: 'error', process: 'p1' })] });
    expect(find(wrong, 'MainProcess')).toMatchObject({ color: 'problemsErrorIcon.foreground' });
  });

  it('is not made endless by processes that are each other\'s parents', () => {
    const tree = node({ processes: [processRow('p1'), processRow('p2', { parent: 'p3' }), processRow('p3', { parent: 'p2' })] });
    expect([...flat([tree])].length).toBeLessThanOrEqual(4);
  });
});

describe('what can be done with a row', () => {
  const one = ['interrupt', 'kill', 'terminate'];
  const tree = ['interruptTree', 'killTree', 'terminateTree'];
  const view = node({
    processes: [
      processRow('p1', { name: 'main' }), processRow('p2', { name: 'dead', state: 'exited', exitCode: 0, endedMs: 3 }), processRow('p3', { name: 'left', parent: 'p2', state: 'orphan', created: where }),
      processRow('p4', { name: 'defunct', state: 'zombie' }),
    ],
    findings: [findingRow('f', { where })],
  });

  it('is all of it for a process that lives and has children', () => {
    expect(offered(find(view, 'main'))).toEqual(['copyPid', ...one, ...tree, 'showPanel', 'stacks'].sort());
  });

  it('is no signal to what has ended, but to those that it left', () => {
    expect(offered(find(view, 'dead'))).toEqual(['copyPid', ...tree, 'showPanel'].sort());
    expect(offered(find(view, 'defunct'))).toEqual(['copyPid', 'showPanel']);
    expect(offered(find(view, 'left'))).toEqual(['copyPid', ...one, 'openSource', 'showPanel', 'stacks'].sort());
  });

  it('is to end a run and its orphans while it lives, and to run it again afterwards', () => {
    expect(offered(view)).toEqual(['endOrphans', 'exportRun', 'saveRecording', 'showPanel', 'stop']);
    const over = node({ processes: [processRow('p1')] }, { live: false });
    expect(offered(over)).toEqual(['exportRun', 'runAgain', 'saveRecording', 'showPanel']);
    expect(offered(find(over, 'MainProcess'))).toEqual(['copyPid', 'showPanel']);
    expect(offered(node({}, { live: false, again: false }))).toEqual(['exportRun', 'saveRecording', 'showPanel']);
  });

  it('is to read a finding: its line, its page, its place in the panel', () => {
    expect(offered(find(view, 'f'))).toEqual(['explain', 'openSource', 'showPanel']);
  });
});

describe('what is told by a notification', () => {
  const error = findingRow('deadlock', { severity: 'error' });
  const others = [findingRow('a', { severity: 'error', certain: false }), findingRow('b', { severity: 'warning' }), findingRow('c', { severity: 'info' })];

  it('is each certain error of a run, once', () => {
    expect(untold([], 'r1', [...others, error])).toEqual([error]);
    const now = nowTold([], 'r1', [error]);
    expect(untold(now, 'r1', [...others, error])).toEqual([]);
    expect(untold(now, 'r2', [error])).toEqual([error]);
  });

  it('is remembered for the latest of them only', () => {
    const many = Array.from({ length: 700 }, (_, n) => findingRow(`k${n}`, { severity: 'error' }));
    const now = nowTold(nowTold([], 'r1', many), 'r2', [error]);
    expect(now).toHaveLength(500);
    expect(untold(now, 'r2', [error])).toEqual([]);
    expect(untold(now, 'r1', many.slice(-100))).toEqual([]);
  });
});
