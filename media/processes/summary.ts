/** What the processes of a folded row are together. Pure. */
import { alive, isIdle, type Names } from '../../src/model/words.js';
import type { FindingRow, ProcessRow } from '../../src/protocol/view.js';
import { blockedSum } from './columns.js';

export interface Summary {
  readonly count: number;
  readonly living: number;
  /** Living and neither blocked nor idle. */
  readonly busy: number;
  readonly blocked: number;
  /** Workers that wait for a task. */
  readonly idle: number;
  readonly zombies: number;
  readonly orphans: number;
  /** Of those that ended: with 0, with another code, by a signal, nobody knows how. */
  readonly well: number;
  readonly failed: number;
  readonly killed: number;
  readonly lost: number;
  /** Of the living; null where none was sampled. */
  readonly cpu: number | null;
  readonly rssKiB: number | null;
  readonly sent: number;
  readonly received: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly tasks: number;
  readonly blockedMs: number;
  /** The worst finding about any of them, and about how many of them there is one. */
  readonly worst: FindingRow | null;
  readonly troubled: number;
}

const WEIGHT: Readonly<Record<FindingRow['severity'], number>> = { error: 2, warning: 1, info: 0 };

export function summarise(rows: readonly ProcessRow[], names: Names, findingOf: (process: string) => FindingRow | undefined): Summary {
  const living = rows.filter(alive);
  const ended = rows.filter((row) => row.state === 'exited' || row.state === 'signaled' || row.state === 'lost');
  const idle = living.filter((row) => isIdle(row, names)).length;
  const blocked = living.filter((row) => row.state === 'blocked').length - idle;
  const findings = rows.flatMap((row) => findingOf(row.key) ?? []);
  const sum = (of: (row: ProcessRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const sampled = (of: (row: ProcessRow) => number | null): number | null =>
    living.reduce<number | null>((total, row) => { const value = of(row); return value === null ? total : (total ?? 0) + value; }, null);
  return {
    count: rows.length, living: living.length, busy: living.length - blocked - idle, blocked, idle,
    zombies: rows.filter((row) => row.state === 'zombie').length,
    orphans: rows.filter((row) => row.state === 'orphan').length,
    well: ended.filter((row) => row.exitCode === 0 && row.signal === null).length,
    failed: ended.filter((row) => row.exitCode !== null && row.exitCode !== 0 && row.signal === null).length,
    killed: ended.filter((row) => row.signal !== null).length,
    lost: ended.filter((row) => row.exitCode === null && row.signal === null).length,
    cpu: sampled((row) => row.cpu), rssKiB: sampled((row) => row.rssKiB),
    sent: sum((row) => row.sent), received: sum((row) => row.received), bytesSent: sum((row) => row.bytesSent), bytesReceived: sum((row) => row.bytesReceived),
    tasks: sum((row) => row.tasks), blockedMs: sum(blockedSum),
    worst: findings.reduce<FindingRow | null>((worst, f) => (worst === null || WEIGHT[f.severity] > WEIGHT[worst.severity] ? f : worst), null),
    troubled: findings.length,
  };
}
