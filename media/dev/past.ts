/** The made-up run as it was: enough of it for the page to be looked at. The real one is worked out by the model. */
import type { Past, TimeMark } from '../../src/protocol/moment.js';
import type { ProcessRow, Snapshot } from '../../src/protocol/view.js';

export function pastOf(now: Snapshot, atMs: number): Past {
  const there = now.processes.filter((row) => row.startedMs <= atMs);
  const channels = atMs > 150 ? now.channels : [];
  const all = [...now.processes, ...now.channels].map(({ key }) => key);
  const kept = new Set([...there, ...channels].map(({ key }) => key));
  return {
    atMs, exact: true, totals: { ...now.totals, processes: there.length },
    processes: there.map((row) => then(row, atMs)),
    channels: channels.map((row) => ({ ...row, depth: Math.round((row.depth * atMs) / now.nowMs), waiters: row.waiters.filter(({ sinceMs }) => sinceMs <= atMs) })),
    locks: null, pools: null, segments: null, shared: null,
    gone: all.filter((key) => !kept.has(key)),
    findings: now.findings.filter(({ sinceMs }) => sinceMs !== null && sinceMs <= atMs),
  };
}

function then(row: ProcessRow, atMs: number): ProcessRow {
  const share = Math.min(1, (atMs - row.startedMs) / Math.max(1, (row.endedMs ?? 12_400) - row.startedMs));
  const counted = { ...row, sent: Math.round(row.sent * share), received: Math.round(row.received * share) };
  if (row.endedMs !== null && row.endedMs <= atMs) return counted;
  const blocked = row.blocked.filter(({ sinceMs }) => sinceMs <= atMs);
  return { ...counted, endedMs: null, exitCode: null, signal: null, endKnown: null, endedBy: null, exception: null, blocked, state: blocked.length > 0 ? 'blocked' : 'running', stateSinceMs: blocked[0]?.sinceMs ?? null };
}

export function marksOf(now: Snapshot): readonly TimeMark[] {
  const marks: TimeMark[] = now.findings.flatMap(({ sinceMs, severity, message }) => (sinceMs === null ? [] : [{ atMs: sinceMs, kind: severity, what: message }]));
  for (const row of now.processes) {
    if (row.endedMs !== null && row.signal !== null) marks.push({ atMs: row.endedMs, kind: 'killed', what: { template: '{0} (PID {1}) was ended by {2}', args: [row.name, row.pid, row.signal] } });
    if (row.exception !== null && row.endedMs !== null) marks.push({ atMs: row.endedMs, kind: 'exception', what: { template: '{0} (PID {1}) raised {2}', args: [row.name, row.pid, row.exception.type] } });
  }
  return marks.sort((a, b) => a.atMs - b.atMs);
}
