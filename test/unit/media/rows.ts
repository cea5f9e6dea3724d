/** Rows for tests: what is not said has no meaning there. */
import type { Names } from '../../../src/model/words.js';
import type { ChannelRow, FindingRow, LockRow, PoolRow, ProcessRow, RunRow, SegmentRow, SharedRow, Snapshot, Totals } from '../../../src/protocol/view.js';

export function processRow(key: string, more: Partial<ProcessRow> = {}): ProcessRow {
  return {
    key, parent: key === 'p1' ? null : 'p1', pid: 1000 + Number(key.slice(1)), osParent: null, name: key === 'p1' ? 'MainProcess' : `Process-${key.slice(1)}`,
    kind: key === 'p1' ? 'main' : 'process', startMethod: 'fork', daemon: false, target: null, created: null, startedMs: Number(key.slice(1)), endedMs: null, state: 'running',
    stateSinceMs: null, blocked: [], exitCode: null, signal: null, endKnown: null, endedBy: null, exception: null, cpu: 0, rssKiB: 1024, sent: 0, received: 0, bytesSent: 0,
    bytesReceived: 0, reason: null, argv: null, python: null, zombieMs: 0, orphanMs: 0, asleep: null, blockedMs: { queue: 0, pipe: 0, join: 0, lock: 0, result: 0, other: 0 }, tasks: 0, ...more,
  };
}

export function channelRow(key: string, more: Partial<ChannelRow> = {}): ChannelRow {
  return {
    key, name: `queue${key.slice(1)}`, kind: 'Queue', address: null, internal: false, duplex: null, maxsize: null, created: null, createdBy: 'p1', puts: 0, gets: 0, sent: 0, received: 0, bytes: 0,
    depth: 0, maxDepth: 0, depthHistory: [], depthFromMs: 0, depthStepMs: 100, putRate: 0, getRate: 0, latencyMs: null, matching: 'exact', matchingWhy: null, unfinished: null,
    undelivered: 0, partial: 0, countedOnly: 0, waiters: [], readers: [], writers: [], flows: [], ...more,
  };
}

export function lockRow(key: string, more: Partial<LockRow> = {}): LockRow {
  return {
    key, name: `lock${key.slice(1)}`, kind: 'Lock', created: null, createdBy: 'p1', internal: false, value: null, partOf: null, contended: 0, waitMs: 0, longestWaitMs: 0, gaveUp: 0,
    told: 0, isSet: null, holders: [], holdersUncertain: false, waiters: [], users: [], ...more,
  };
}

export function poolRow(key: string, more: Partial<PoolRow> = {}): PoolRow {
  return {
    key, name: `pool${key.slice(1)}`, kind: 'Pool', created: null, createdBy: 'p1', channel: null, results: null, workersWanted: 2, workers: [], workersAlive: 0, maxTasksPerWorker: null,
    initializer: null, state: 'open', brokenWhy: null, jobs: 0, submitted: 0, pending: 0, running: 0, ok: 0, failed: 0, lost: 0, cancelled: 0, items: 0, queueMs: null, runMs: null, rate: 0,
    waiters: [], ...more,
  };
}

export function segmentRow(key: string, more: Partial<SegmentRow> = {}): SegmentRow {
  return { key, name: null, kind: 'SharedMemory', created: null, createdBy: 'p1', systemName: `psm_${key}`, type: null, bytes: 4096, lock: null, mappedBy: [], unlinked: false, leaked: false, ...more };
}

export function sharedRow(key: string, more: Partial<SharedRow> = {}): SharedRow {
  return { key, name: null, created: null, createdBy: 'p1', typeId: 'dict', address: null, server: null, calls: 0, failed: 0, callMs: null, methods: [], users: [], waiters: [], ...more };
}

/** Names as keys, but for what a test says otherwise. */
export function namesOf(more: Partial<Names> = {}): Names {
  return { process: (key) => key, channel: (key) => key, object: (key) => ({ kind: null, name: key, holders: [] }), servesPool: () => false, ...more };
}

export function findingRow(key: string, more: Partial<FindingRow> = {}): FindingRow {
  return {
    key, rule: 'zombie', severity: 'warning', certain: true, process: null, object: null, where: null, sinceMs: null,
    message: { template: key, args: [] }, fix: { template: 'fix', args: [] }, evidence: [], ...more,
  };
}

export const totals: Totals = {
  processes: 1, alive: 1, zombies: 0, orphans: 0, messages: 0, messagesPerSecond: 0, records: 0, dropped: 0, countedOnly: 0, uninstrumented: 0, journalBytes: 0, budgetBytes: null,
};

export function runRow(id: string, more: Partial<RunRow> = {}): RunRow {
  return {
    id, scriptName: 'a.py', argv: ['a.py'], cwd: '/', python: '3.11', implementation: 'cpython', platform: 'linux', startedAt: '2026-01-01T00:00:00Z', durationMs: null,
    exitCode: null, signal: null, phase: 'live', defaultMethod: 'fork', ...more,
  };
}

export function snapshot(id: string, more: Partial<Snapshot> = {}): Snapshot {
  return { run: runRow(id), nowMs: 0, totals, processes: [], channels: [], locks: [], pools: [], segments: [], shared: [], findings: [], ...more };
}
