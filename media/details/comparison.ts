/** Two processes' numbers side by side, with what differs. Pure. */
import { alive } from '../../src/model/words.js';
import type { Blocked, BlockedMs, ProcessRow } from '../../src/protocol/view.js';

export const FIGURES = ['cpu', 'memory', 'received', 'sent', 'bytesReceived', 'bytesSent', 'tasks', 'started', 'lived', 'queue', 'pipe', 'join', 'lock', 'result', 'other', 'zombie', 'orphan'] as const;
export type FigureName = (typeof FIGURES)[number];

export interface Compared {
  readonly name: FigureName;
  /** null: not known of it, or it has none. */
  readonly a: number | null;
  readonly b: number | null;
  /** Share of the larger one, for a bar: 0 to 1. */
  readonly shares: readonly [number, number];
  /** b less a; null where one is not known. */
  readonly by: number | null;
  /** How many times the smaller the larger is, from 1.05 on; null where that says nothing. */
  readonly times: number | null;
}

/** Which reason a wait that still goes on will be counted under. */
function reasonOf({ op, channel, object }: Blocked): keyof BlockedMs {
  switch (op) {
    case 'join': return 'join';
    case 'lock': return 'lock';
    case 'result': case 'pool-join': return 'result';
    case 'put': case 'get': case 'queue-join': case 'join-thread': case 'feeder-send': return 'queue';
    case 'send': case 'recv': case 'poll': return 'pipe';
    case 'wait': return channel !== null && object === null ? 'pipe' : 'other';
    default: return 'other';
  }
}

/** Waits that are over, and those that go on, up to now. */
export function waitedMs(row: ProcessRow, nowMs: number): BlockedMs {
  const out: Record<keyof BlockedMs, number> = { ...row.blockedMs };
  for (const blocked of row.blocked) out[reasonOf(blocked)] += Math.max(0, nowMs - blocked.sinceMs);
  return out;
}

/** Rows in which both have nothing are left out. */
export function compare(a: ProcessRow, b: ProcessRow, nowMs: number): readonly Compared[] {
  const x = figures(a, nowMs);
  const y = figures(b, nowMs);
  return FIGURES.flatMap((name) => {
    const [of, with_] = [x[name], y[name]];
    return (of ?? 0) === 0 && (with_ ?? 0) === 0 ? [] : [compared(name, of, with_)];
  });
}

function compared(name: FigureName, a: number | null, b: number | null): Compared {
  const most = Math.max(a ?? 0, b ?? 0);
  const least = Math.min(a ?? 0, b ?? 0);
  const share = (n: number | null): number => (most === 0 || n === null ? 0 : n / most);
  const known = a !== null && b !== null;
  // When it was started is a place in time, no amount.
  const times = known && least > 0 && name !== 'started' && most / least >= 1.05 ? most / least : null;
  return { name, a, b, shares: [share(a), share(b)], by: known ? b - a : null, times };
}

function figures(row: ProcessRow, nowMs: number): Readonly<Record<FigureName, number | null>> {
  const living = alive(row);
  return {
    cpu: living ? row.cpu : null, memory: living ? row.rssKiB : null,
    received: row.received, sent: row.sent, bytesReceived: row.bytesReceived, bytesSent: row.bytesSent, tasks: row.tasks,
    started: row.startedMs, lived: (row.endedMs ?? nowMs) - row.startedMs, ...waitedMs(row, nowMs), zombie: row.zombieMs, orphan: row.orphanMs,
  };
}
