/** Objects in managers' processes, used through proxies. */
import type { VNode } from 'preact';
import type { SharedRow } from '../../src/protocol/view.js';
import { count } from '../state/format.js';
import { integer, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import type { TableColumn } from '../ui/table.js';
import { ObjectSide } from './details.js';
import { NameCell, ObjectPane, rowOf, WaitersCell } from './pane.js';
import { SpreadText } from './pools.js';

function columns(): readonly TableColumn[] {
  return [
    { id: 'object', title: t('Shared object'), min: 140, ideal: 190, grow: 2, rank: 0 },
    { id: 'type', title: t('Type'), min: 76, ideal: 96, grow: 0, rank: 2 },
    { id: 'server', title: t('Server'), hint: t('The process that holds it'), min: 110, ideal: 140, grow: 1, rank: 4 },
    { id: 'calls', title: t('Calls'), min: 60, ideal: 66, grow: 0, rank: 0, align: 'end' },
    { id: 'time', title: t('Time a call'), hint: t('From call to answer: p50 · p99'), min: 112, ideal: 116, grow: 0, rank: 1, align: 'end' },
    { id: 'waiting', title: t('Waiting'), hint: t('Who waits longest, since when, and how many more'), min: 110, ideal: 150, grow: 1, rank: 3 },
    { id: 'methods', title: t('Methods'), hint: t('The most called first'), min: 110, ideal: 160, grow: 2, rank: 5 },
  ];
}

export function SharedObjects(): VNode {
  return (
    <ObjectPane
      id="shared"
      label={t('Shared objects')}
      rows={store.shared}
      columns={columns}
      cell={(key, column) => <Cell shared={key} column={column} />}
      weight={(row) => row.waiters.length * 1e12 + row.calls}
      side={(chosen) => <ObjectSide object={chosen} />}
      empty={<p class="dim">{t('No shared object yet.')}</p>}
    />
  );
}

function Cell({ shared, column }: { readonly shared: string; readonly column: string }): VNode | null {
  const row = rowOf(store.shared, shared);
  if (row === undefined) return null;
  switch (column) {
    case 'object': return <NameCell row={row} />;
    case 'type': return <span class="text">{row.typeId}</span>;
    case 'server': return <span class={`text${row.server === null ? ' dim' : ''}`} title={row.address ?? undefined}>{row.server === null ? t('not recorded') : names.process(row.server)}</span>;
    case 'calls': return <span class={row.failed > 0 ? 'tone-warn' : ''} title={row.failed > 0 ? t('{0} of them raised', integer(row.failed)) : undefined}>{count(row.calls)}</span>;
    case 'time': return <SpreadText spread={row.callMs} />;
    case 'waiting': return <WaitersCell row={row} waiters={row.waiters} />;
    case 'methods': return <span class="text dim">{methodsText(row)}</span>;
    default: return null;
  }
}

function methodsText(row: SharedRow): string {
  return row.methods.slice(0, 4).map((m) => `${m.method} ${count(m.calls)}`).join(' · ');
}
