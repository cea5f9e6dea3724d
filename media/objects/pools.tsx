/** Pools and executors: workers, how far their tasks have come, and the tasks themselves. */
import type { VNode } from 'preact';
import type { PoolRow } from '../../src/protocol/view.js';
import { count, latencies, latency, rate } from '../state/format.js';
import { integer, t } from '../state/l10n.js';
import { store } from '../state/store.js';
import type { TableColumn } from '../ui/table.js';
import { NameCell, ObjectPane, rowOf, WaitersCell } from './pane.js';
import { Tasks } from './tasks.js';
import { poolKind, poolWords } from './words.js';

function columns(): readonly TableColumn[] {
  return [
    { id: 'object', title: t('Pool'), min: 130, ideal: 180, grow: 2, rank: 0 },
    { id: 'kind', title: t('Kind'), min: 80, ideal: 158, grow: 0, rank: 9 },
    { id: 'workers', title: t('Workers'), hint: t('Alive, of those asked for'), min: 68, ideal: 70, grow: 0, rank: 2, align: 'end' },
    { id: 'progress', title: t('Done'), hint: t('Tasks that ended, of those submitted'), min: 106, ideal: 150, grow: 1, rank: 0 },
    { id: 'running', title: t('Running'), min: 68, ideal: 70, grow: 0, rank: 4, align: 'end' },
    { id: 'pending', title: t('Pending'), hint: t('Submitted and not yet begun'), min: 68, ideal: 70, grow: 0, rank: 3, align: 'end' },
    { id: 'failed', title: t('Failed'), hint: t('Raised, or lost with their worker'), min: 58, ideal: 60, grow: 0, rank: 1, align: 'end' },
    { id: 'rate', title: t('Done / s'), min: 66, ideal: 68, grow: 0, rank: 7, align: 'end' },
    { id: 'queue', title: t('Queue time'), hint: t('From submit to begin: p50 · p99'), min: 108, ideal: 112, grow: 0, rank: 8, align: 'end' },
    { id: 'run', title: t('Run time'), hint: t('From begin to end: p50 · p99'), min: 108, ideal: 112, grow: 0, rank: 6, align: 'end' },
    { id: 'waiting', title: t('Waiting'), hint: t('Who waits for a result: longest, since when, and how many more'), min: 110, ideal: 140, grow: 1, rank: 10 },
    { id: 'state', title: t('State'), min: 76, ideal: 84, grow: 0, rank: 5 },
  ];
}

export function Pools(): VNode {
  return (
    <ObjectPane
      id="pool"
      label={t('Pools')}
      rows={store.pools}
      columns={columns}
      cell={(key, column) => <Cell pool={key} column={column} />}
      weight={(row) => (row.state === 'broken' ? 3 : row.failed + row.lost > 0 ? 2 : row.pending + row.running > 0 ? 1 : 0)}
      side={(chosen) => <Tasks pool={chosen} />}
      empty={<p class="dim">{t('No pool yet.')}</p>}
    />
  );
}

function Cell({ pool, column }: { readonly pool: string; readonly column: string }): VNode | null {
  const row = rowOf(store.pools, pool);
  if (row === undefined) return null;
  switch (column) {
    case 'object': return <NameCell row={row} />;
    case 'kind': return <span class="text">{poolKind(row)}</span>;
    case 'workers': return <span class={row.workersAlive < row.workersWanted && row.state === 'open' && row.kind === 'Pool' ? 'tone-warn' : ''}>{integer(row.workersAlive)} / {integer(row.workersWanted)}</span>;
    case 'progress': return <Progress row={row} />;
    case 'running': return <span>{row.running === 0 ? '–' : count(row.running)}</span>;
    case 'pending': return <span>{row.pending === 0 ? '–' : count(row.pending)}</span>;
    case 'failed': {
      const bad = row.failed + row.lost;
      return <span class={bad > 0 ? 'tone-bad' : 'dim'} title={t('{0} raised, {1} lost with their worker, {2} cancelled', integer(row.failed), integer(row.lost), integer(row.cancelled))}>{bad === 0 ? '–' : count(bad)}</span>;
    }
    case 'rate': return <span>{rate(row.rate)}</span>;
    case 'queue': return <SpreadText spread={row.queueMs} />;
    case 'run': return <SpreadText spread={row.runMs} />;
    case 'waiting': return <WaitersCell row={row} waiters={row.waiters} />;
    case 'state': {
      const words = poolWords(row);
      return <span class={`tone-${words.tone}`} title={words.more}>{words.text}</span>;
    }
    default: return null;
  }
}

export function SpreadText({ spread }: { readonly spread: { readonly p50: number; readonly p99: number; readonly max: number } | null }): VNode {
  return <span title={spread === null ? undefined : t('longest {0}', latency(spread.max))}>{spread === null ? '–' : latencies(spread.p50, spread.p99)}</span>;
}

/** How much of what was submitted is done, failed, running: a bar, and the numbers beside it. */
export function Progress({ row }: { readonly row: PoolRow }): VNode {
  const bad = row.failed + row.lost;
  const ended = row.ok + bad + row.cancelled;
  const of = Math.max(1, row.submitted);
  return (
    <>
      <svg class="gauge" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="ground" x="0" y="0" width="100" height="8" />
        <rect class="ok" x="0" y="0" width={((row.ok + row.cancelled) / of) * 100} height="8" />
        <rect class="bad" x={((row.ok + row.cancelled) / of) * 100} y="0" width={(bad / of) * 100} height="8" />
        <rect class="running" x={(ended / of) * 100} y="2" width={(row.running / of) * 100} height="4" />
      </svg>
      <span class="figure">{count(ended)} / {count(row.submitted)}</span>
    </>
  );
}
