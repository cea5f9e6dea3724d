/** Who puts and who gets in the made-up run, and another run in which philosophers wait for each other. Nothing of it is shipped. */
import type { ChannelFlow, ChannelRow, LockRow, ProcessRow, Snapshot, SourceRef } from '../../src/protocol/view.js';
import type { Cast } from './objects.js';

/** Counts that grow with the run's time, as the channels' rates say. */
export function withFlows(rows: readonly ChannelRow[], nowMs: number, { main, workers }: Cast, many: readonly string[]): readonly ChannelRow[] {
  const more = Math.max(0, nowMs - 12_400);
  const put = Math.round(more * 0.205);
  const flows: Readonly<Record<string, readonly ChannelFlow[]>> = {
    c1: [['p2', 9_072, 0], ['p3', 11_040 + 2 * put, 0], ['p4', 0, 20_012 + Math.round(more * 0.402)], ...many.map((key, i): ChannelFlow => [key, i % 9 === 0 ? 20 : 0, 20])],
    c2: [[main, 0, 9_812], ['p3', 1_240, 0], ['p4', 9_800, 0]],
    c3: [[main, 128 + Math.round(more * 0.011), 0], ...workers.map((key): ChannelFlow => [key, 0, 32 + Math.round(more * 0.003)])],
    c6: [[main, 0, 96 + Math.round(more * 0.002)], ...workers.map((key): ChannelFlow => [key, 24, 0])],
    c4: [[main, 6, 6], ['p11', 6, 6]],
    c5: [[main, 640, 0], ['p18', 0, 320], ['p19', 0, 320]],
  };
  return rows.map((row) => ({ ...row, flows: flows[row.key] ?? [] }));
}

const FILE = '/ada/philosophers.py';
const at = (line: number): SourceRef => ({ file: FILE, line, function: 'dine' });

/** Each has taken the fork to the left and waits for the one to the right: a circle of ten. */
export function philosophers(whole: Snapshot, count = 5): Snapshot {
  const since = whole.nowMs - 8_300;
  const [root] = whole.processes;
  if (root === undefined) return whole;
  const next = (i: number): number => (i + 1) % count;
  const process = (i: number): ProcessRow => ({
    ...root, key: `p${i + 2}`, parent: 'p1', name: `philosopher-${i + 1}`, kind: 'process', pid: 48_300 + i, target: 'philosophers.dine', created: at(31), startedMs: 300 + i, state: 'blocked', stateSinceMs: since + i * 4,
    sent: 40 + i, received: 0, argv: null, cpu: 0,
    blocked: [{ op: 'lock', sinceMs: since + i * 4, untilMs: null, channel: null, object: `l${next(i) + 1}`, process: null, thread: null, where: at(17) }],
  });
  const all = Array.from({ length: count }, (_, i) => i);
  const lock = (i: number): LockRow => ({
    key: `l${i + 1}`, name: `forks[${i}]`, kind: 'Lock', created: at(27), createdBy: 'p1', internal: false, value: null, partOf: null, contended: 3, waitMs: 900, longestWaitMs: 800, gaveUp: 0, told: 0, isSet: null,
    holders: [`p${i + 2}`], holdersUncertain: false, waiters: [{ process: `p${((i + count - 1) % count) + 2}`, op: 'lock', sinceMs: since + i * 4, untilMs: null, where: at(17) }], users: [`p${i + 2}`, `p${((i + count - 1) % count) + 2}`],
  });
  const keys = all.map((i) => `p${i + 2}`);
  const blank = whole.channels[0];
  return {
    ...whole, pools: [], segments: [], shared: [], locks: all.map(lock),
    channels: blank === undefined ? [] : [{ ...blank, key: 'c1', name: 'log', maxsize: null, putRate: 0, getRate: 0, depth: 0, waiters: [], flows: [['p1', 0, 210], ...keys.map((key, i): ChannelFlow => [key, 40 + i, 0])] }],
    processes: [{ ...root, blocked: [{ op: 'join', sinceMs: since - 400, untilMs: null, channel: null, object: null, process: 'p2', thread: null, where: at(34) }] }, ...all.map(process)],
    findings: [{
      key: 'deadlock', rule: 'deadlock-cycle', severity: 'error', certain: true, process: keys[count - 1] ?? null, others: keys.slice(0, -1), object: 'l1', where: at(17), sinceMs: since,
      message: { template: 'Deadlock: {0} processes wait for each other and can never go on: {1}.', args: [count, 'philosopher-1, philosopher-2, …'] },
      fix: { template: 'Take the locks in one and the same order everywhere, or give acquire() a timeout and release what is held when it fails.', args: [] }, evidence: [],
    }],
  };
}
