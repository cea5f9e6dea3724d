import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_COLUMNS, chosenColumns, COLUMNS, comparing, nextSort } from '../../../media/processes/columns.js';
import { summarise } from '../../../media/processes/summary.js';
import { NO_TREE_CHOICES, readTreeChoices } from '../../../media/state/tree-choices.js';
import { fitColumns } from '../../../media/ui/columns.js';
import { findingRow, namesOf, processRow } from './rows.js';

describe('fitting columns', () => {
  it('shows all where there is room', () => {
    expect(fitColumns(COLUMNS, 720).ids).toEqual(['name', 'pid', 'state', 'cpu', 'memory', 'io']);
  });

  it('drops what matters least first, and never name or state', () => {
    expect(fitColumns(COLUMNS, 500).ids).toEqual(['name', 'pid', 'state', 'cpu']);
    expect(fitColumns(COLUMNS, 394).ids).toEqual(['name', 'state']);
    expect(fitColumns(COLUMNS, 100).ids).toEqual(['name', 'state']);
  });

  it('uses the whole width in whole pixels, with no column under its least', () => {
    fc.assert(
      fc.property(fc.integer({ min: 345, max: 4000 }), (width) => {
        const { ids, widths } = fitColumns(COLUMNS, width);
        expect(widths.reduce((a, b) => a + b, 0)).toBe(width);
        ids.forEach((id, i) => expect(widths[i]).toBeGreaterThanOrEqual(COLUMNS.find((c) => c.id === id)?.min ?? Infinity));
      }),
    );
  });
});

describe('choosing columns of the tree', () => {
  const ids = (chosen: readonly string[] | null, widths = {}): readonly string[] => chosenColumns(chosen, widths).map((column) => column.id);

  it('has the usual ones until others are chosen, and the name always', () => {
    expect(ids(null)).toEqual(COLUMNS.map((column) => column.id));
    expect(ids(['tasks', 'pid'])).toEqual(['name', 'pid', 'tasks']);
    expect(ids(['no-such'])).toEqual(['name']);
  });

  it('gives a sized column its width where there is room, and less where there is none', () => {
    const fit = (room: number) => fitColumns(chosenColumns(['pid', 'state'], { pid: 120 }, room), room);
    expect(fit(800).widths[1]).toBe(120);
    expect(fit(470).widths[1]).toBe(120);
    expect(fit(410).widths[1]).toBeLessThan(120);
    expect(fit(410).ids).toEqual(['name', 'pid', 'state']);
  });

  it('sorts numbers from the most and texts from A, then the other way, then not at all', () => {
    const first = nextSort(null, 'cpu');
    const second = nextSort(first, 'cpu');
    expect([first, second, nextSort(second, 'cpu')]).toEqual([{ column: 'cpu', down: true }, { column: 'cpu', down: false }, null]);
    expect(nextSort(first, 'name')).toEqual({ column: 'name', down: false });
  });

  it('puts what has no value last in either order, and numbers in names by their size', () => {
    const rows = [processRow('p1', { name: 'w-10', cpu: 5 }), processRow('p2', { name: 'w-9', cpu: null }), processRow('p3', { name: 'w-1', cpu: 7 })];
    const by = (column: string, down: boolean): readonly string[] => rows.map((row) => [row]).sort(comparing({ column, down }, 100)).map(([row]) => row?.key ?? '');
    expect(by('cpu', true)).toEqual(['p3', 'p1', 'p2']);
    expect(by('cpu', false)).toEqual(['p1', 'p3', 'p2']);
    expect(by('name', false)).toEqual(['p3', 'p2', 'p1']);
  });

  it('can be sorted by every column there is', () => {
    const [a, b] = [processRow('p1', { exitCode: 0, target: 'a', daemon: true }), processRow('p2', { cpu: 9, rssKiB: 9e5, received: 4, sent: 4, bytesReceived: 9, bytesSent: 9, tasks: 3, blockedMs: { queue: 1, pipe: 0, join: 0, lock: 0, result: 0, other: 0 }, startMethod: 'spawn', daemon: false, state: 'sleeping', target: 'b', exitCode: 1 })];
    for (const { id } of ALL_COLUMNS) expect([id, comparing({ column: id, down: false }, 1000)([a], [b])]).not.toEqual([id, 0]);
  });
});

describe('what is remembered of the tree', () => {
  it('comes back as it was, and leaves out what another version wrote', () => {
    const chosen = { folds: { p1: false }, folding: { helpers: 'never', ended: 'always', workers: 'many' }, columns: ['pid'], widths: { pid: 90 }, sort: { column: 'cpu', down: true }, compare: 'p2' };
    expect(readTreeChoices(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen);
    expect(readTreeChoices({ folds: { a: 1 }, folding: { ended: 'perhaps' }, columns: 'all', widths: { pid: 1e9, cpu: 'wide' }, sort: { column: 'cpu' }, compare: 4 })).toEqual(NO_TREE_CHOICES);
    expect(readTreeChoices(null)).toEqual(NO_TREE_CHOICES);
  });
});

describe('what a folded row says of its processes', () => {
  it('sums the living, counts how the others ended, and names the worst finding', () => {
    const rows = [
      processRow('p1', { cpu: 10, rssKiB: 5, sent: 1, tasks: 2 }), processRow('p2', { cpu: null, rssKiB: null, state: 'blocked', blocked: [] }),
      processRow('p3', { state: 'exited', endedMs: 3, exitCode: 0, cpu: 99 }), processRow('p4', { state: 'exited', endedMs: 3, exitCode: 2 }),
      processRow('p5', { state: 'signaled', endedMs: 3, exitCode: -9, signal: 'SIGKILL', received: 7 }), processRow('p6', { state: 'lost', endedMs: 3 }), processRow('p7', { state: 'zombie', endedMs: 3 }),
    ];
    const worst = findingRow('b', { severity: 'error' });
    expect(summarise(rows, namesOf(), (key) => (key === 'p5' ? worst : key === 'p7' ? findingRow('a') : undefined))).toEqual({
      count: 7, living: 2, busy: 1, blocked: 1, idle: 0, zombies: 1, orphans: 0, well: 1, failed: 1, killed: 1, lost: 1, cpu: 10, rssKiB: 5, sent: 1, received: 7, bytesSent: 0, bytesReceived: 0,
      tasks: 2, blockedMs: 0, worst, troubled: 2,
    });
  });
});
