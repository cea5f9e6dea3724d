import { effect } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { sortFindings, Store } from '../../../media/state/store.js';
import type { Delta } from '../../../src/protocol/view.js';
import { channelRow, findingRow, lockRow, poolRow, processRow, segmentRow, sharedRow, snapshot, totals } from './rows.js';

const delta = (more: Partial<Delta>): Delta => ({ run: null, nowMs: 1, totals, processes: [], channels: [], locks: [], pools: [], segments: [], shared: [], findings: null, ...more });

function pastOf(store: Store, past: Parameters<Store['pastObjects']>[0]): void {
  store.pastProcesses(past);
  store.pastObjects(past);
}

describe('the store', () => {
  it('wakes only those who read a row that changed', () => {
    const store = new Store();
    store.snapshot(snapshot('r', { processes: [processRow('p1'), processRow('p2')] }));
    const woken: string[] = [];
    for (const key of ['p1', 'p2']) effect(() => void woken.push(`${key} ${store.processes.get(key)?.value.cpu}`));
    const shape = store.shape.value;
    store.delta(delta({ processes: [processRow('p2', { cpu: 50 })] }));
    expect(woken).toEqual(['p1 0', 'p2 0', 'p2 50']);
    expect(store.shape.value).toBe(shape);
  });

  it('knows when the tree changes its shape', () => {
    const store = new Store();
    store.snapshot(snapshot('r', { processes: [processRow('p1')] }));
    const before = store.shape.value;
    store.delta(delta({ processes: [processRow('p2')] }));
    const after = store.shape.value;
    expect(after).toBeGreaterThan(before);
    store.delta(delta({ processes: [processRow('p2', { name: 'renamed' })] }));
    expect(store.shape.value).toBeGreaterThan(after);
  });

  it('shows a moment with the rows there were, each with the signal that it had, and all of them again at the present', () => {
    const store = new Store();
    const present = snapshot('r', { processes: [processRow('p1'), processRow('p2')], channels: [channelRow('c1'), channelRow('c2')], locks: [lockRow('l1')] });
    store.snapshot(present);
    const [p2, c1, c2] = [store.processes.get('p2'), store.channels.get('c1'), store.channels.get('c2')];
    const past = { atMs: 5, exact: false, totals, processes: [processRow('p1', { cpu: 7 })], channels: [channelRow('c1', { depth: 3 })], locks: null, pools: null, segments: null, shared: null, gone: ['p2', 'c2'], findings: [] };
    pastOf(store, past);
    expect([[...store.processes.keys()], store.channels.keys.value, store.locks.keys.value]).toEqual([['p1'], ['c1'], ['l1']]);
    expect([store.channels.get('c1') === c1, c1?.value.depth]).toEqual([true, 3]);
    pastOf(store, { ...past, exact: true, channels: [channelRow('c2')], processes: [processRow('p2')], locks: [], gone: ['p1', 'c1', 'l1'] });
    expect([[...store.processes.keys()], store.channels.keys.value, store.locks.keys.value]).toEqual([['p2'], ['c2'], []]);
    expect([store.processes.get('p2') === p2, store.channels.get('c2') === c2]).toEqual([true, true]);
    store.snapshot(present);
    expect([[...store.processes.keys()].sort(), store.channels.keys.value, store.locks.keys.value]).toEqual([['p1', 'p2'], ['c1', 'c2'], ['l1']]);
    expect([store.channels.get('c1') === c1, c1?.value.depth]).toEqual([true, channelRow('c1').depth]);
  });

  it('forgets at the present what there was at a moment only, and gives rows in their order again', () => {
    const store = new Store();
    const present = snapshot('r', { processes: [processRow('p1'), processRow('p2')], channels: [channelRow('c1'), channelRow('c2')] });
    store.snapshot(present);
    pastOf(store, { atMs: 5, exact: true, totals, processes: [processRow('p1000001')], channels: [channelRow('c1000001')], locks: [], pools: [], segments: [], shared: [], gone: ['p2', 'c1'], findings: [] });
    const { value: shape } = store.shape;
    store.snapshot(present);
    expect([...store.processes.keys()]).toEqual(['p1', 'p2']);
    expect([store.channels.keys.value, [...store.channels.peekAll()].map((row) => row.key)]).toEqual([['c1', 'c2'], ['c1', 'c2']]);
    expect(store.shape.value).toBeGreaterThan(shape);
  });

  it('puts what differs over the row that it has', () => {
    const store = new Store();
    store.snapshot(snapshot('r', { processes: [processRow('p1', { cpu: 1, name: 'one' })], channels: [channelRow('c1', { readers: ['p1'] })] }));
    store.delta({ ...delta({}), processes: [{ key: 'p1', cpu: 50 }], channels: [{ key: 'c1', depth: 9 }] });
    expect(store.processes.get('p1')?.value).toEqual(processRow('p1', { cpu: 50, name: 'one' }));
    expect(store.channels.get('c1')?.value).toEqual(channelRow('c1', { readers: ['p1'], depth: 9 }));
  });

  it('keeps findings unless a delta brings the whole list', () => {
    const store = new Store();
    store.snapshot(snapshot('r', { findings: [findingRow('a')] }));
    store.delta(delta({}));
    expect(store.findings.value).toHaveLength(1);
    store.delta(delta({ findings: [] }));
    expect(store.findings.value).toHaveLength(0);
  });

  it('orders channels by number, not by letters', () => {
    const store = new Store();
    store.snapshot(snapshot('r', { channels: [channelRow('c10'), channelRow('c2')] }));
    expect(store.channels.keys.value).toEqual(['c2', 'c10']);
  });

  it('keeps one map of whose worker is whose while only figures change', () => {
    const store = new Store();
    store.snapshot(snapshot('r', { pools: [poolRow('w1', { workers: ['p2'] })] }));
    const before = store.poolOfWorker.value;
    expect([...before]).toEqual([['p2', 'w1']]);
    store.delta(delta({ pools: [poolRow('w1', { workers: ['p2'], ok: 9 })] }));
    expect(store.poolOfWorker.value).toBe(before);
    store.delta(delta({ pools: [poolRow('w1', { workers: ['p2', 'p3'] })] }));
    expect(store.poolOfWorker.value.get('p3')).toBe('w1');
  });

  it('forgets the rows of another run', () => {
    const store = new Store();
    store.snapshot(snapshot('r1', { processes: [processRow('p1'), processRow('p2')], channels: [channelRow('c1')], locks: [lockRow('l1')], pools: [poolRow('w1')], segments: [segmentRow('m1')], shared: [sharedRow('o1')] }));
    store.snapshot(snapshot('r2', { processes: [processRow('p1')] }));
    expect([...store.processes.keys()]).toEqual(['p1']);
    for (const rows of [store.channels, store.locks, store.pools, store.segments, store.shared]) expect(rows.keys.value).toEqual([]);
  });
});

describe('findings', () => {
  it('stand in order of weight: errors, then what is certain, then what is older', () => {
    const rows = [
      findingRow('likely', { certain: false, sinceMs: 1 }),
      findingRow('late', { severity: 'error', sinceMs: 9 }),
      findingRow('note', { severity: 'info' }),
      findingRow('early', { severity: 'error', sinceMs: 2 }),
      findingRow('sure', { sinceMs: 5 }),
    ];
    expect(sortFindings(rows).map((f) => f.key)).toEqual(['early', 'late', 'sure', 'likely', 'note']);
  });
});
