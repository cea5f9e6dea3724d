import { describe, expect, it } from 'vitest';
import { judgeExit } from '../../../src/host/exit.js';
import type { ProcessRow, Snapshot } from '../../../src/protocol/view.js';

const main: ProcessRow = {
  key: 'p1', parent: null, pid: 10, osParent: 1, name: 'MainProcess', kind: 'main', startMethod: null, daemon: false, target: null, created: null,
  startedMs: 0, endedMs: 5, state: 'exited', stateSinceMs: null, blocked: [], exitCode: null, signal: null, endKnown: 'self', endedBy: null, exception: null,
  cpu: null, rssKiB: null, sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, reason: null, argv: null, python: null, zombieMs: 0, orphanMs: 0, asleep: null, blockedMs: { queue: 0, pipe: 0, join: 0, lock: 0, result: 0, other: 0 }, tasks: 0,
};

function snapshot(rows: readonly ProcessRow[], dropped = 0): Snapshot {
  return {
    run: {
      id: 'r', scriptName: 's.py', argv: [], cwd: '/', python: null, implementation: null, platform: null, startedAt: '2025-01-01T00:00:00Z',
      durationMs: null, exitCode: null, signal: null, phase: 'live', defaultMethod: null,
    },
    nowMs: 5,
    totals: {
      processes: rows.length, alive: 0, zombies: 0, orphans: 0, messages: 0, messagesPerSecond: 0, records: 0, dropped, countedOnly: 0,
      uninstrumented: 0, journalBytes: 0, budgetBytes: null,
    },
    processes: rows,
    channels: [], locks: [], pools: [], segments: [], shared: [],
    findings: [],
  };
}

describe('how a run ended', () => {
  it('is what VS Code says where that is not 0', () => {
    expect(judgeExit(3, snapshot([main]))).toEqual({ code: 3, signal: null, settled: true });
  });

  it('is 0 where the process said itself that it came to its end', () => {
    expect(judgeExit(0, snapshot([main]))).toEqual({ code: 0, signal: null, settled: true });
  });

  it('is not 0 where VS Code says so of a process that never came to its end', () => {
    expect(judgeExit(0, snapshot([{ ...main, endKnown: 'vanished' }]))).toEqual({ code: null, signal: null, settled: false });
    expect(judgeExit(0, snapshot([{ ...main, endKnown: null }]))).toEqual({ code: null, signal: null, settled: false });
  });

  it('is SIGINT after a KeyboardInterrupt that nobody caught', () => {
    const interrupted = { ...main, exception: { type: 'KeyboardInterrupt', message: '', traceback: '' } };
    expect(judgeExit(0, snapshot([interrupted]))).toEqual({ code: null, signal: 'SIGINT', settled: true });
  });

  it('is 0 where the end may have been among what was dropped', () => {
    expect(judgeExit(0, snapshot([{ ...main, endKnown: null }], 5))).toMatchObject({ code: 0, settled: true });
  });

  it('is 0 where nothing was recorded, once nothing more can come', () => {
    expect(judgeExit(0, snapshot([]))).toEqual({ code: 0, signal: null, settled: false });
  });

  it('is unknown where VS Code does not know', () => {
    expect(judgeExit(undefined, snapshot([main]))).toEqual({ code: null, signal: null, settled: true });
  });
});
