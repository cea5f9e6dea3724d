/** Two processes' numbers side by side, with what differs. Pure. */
import { reasonOf } from '../../src/model/wait-kinds.js';
import { alive } from '../../src/model/words.js';
import type { BlockedMs, ProcessRow } from '../../src/protocol/view.js';

const FIGURES = ['cpu', 'memory', 'received', 'sent', 'bytesReceived', 'bytesSent', 'tasks', 'started', 'lived', 'queue', 'pipe', 'join', 'lock', 'result', 'other', 'zombie', 'orphan'] as const;
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

/** Waits that are over, and those that go on, up to now. */
export function waitedMs(row: ProcessRow, nowMs: number): BlockedMs {
  const out: Record<keyof BlockedMs, number> = { ...row.blockedMs };
  for (const blocked of row.blocked) out[reasonOf(blocked.op)] += Math.max(0, nowMs - blocked.sinceMs);
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
