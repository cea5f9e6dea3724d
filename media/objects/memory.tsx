/** Shared memory: named segments, and the nameless ones of Value and Array. */
import type { VNode } from 'preact';
import { bytes } from '../state/format.js';
import { integer, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import type { TableColumn } from '../ui/table.js';
import { ObjectSide } from './details.js';
import { NameCell, ObjectPane, rowOf } from './pane.js';
import { mappedWords, segmentWords } from './words.js';

function columns(): readonly TableColumn[] {
  return [
    { id: 'object', title: t('Memory'), min: 140, ideal: 200, grow: 2, rank: 0 },
    { id: 'kind', title: t('Kind'), min: 96, ideal: 112, grow: 0, rank: 2 },
    { id: 'type', title: t('Type'), min: 80, ideal: 130, grow: 1, rank: 4 },
    { id: 'bytes', title: t('Bytes'), min: 62, ideal: 70, grow: 0, rank: 0, align: 'end' },
    { id: 'mapped', title: t('Mapped by'), min: 100, ideal: 130, grow: 1, rank: 3 },
    { id: 'state', title: t('State'), min: 90, ideal: 130, grow: 1, rank: 1 },
  ];
}

export function Memory(): VNode {
  return (
    <ObjectPane
      id="segment"
      label={t('Memory')}
      rows={store.segments}
      columns={columns}
      cell={(key, column) => <Cell segment={key} column={column} />}
      weight={(row) => (row.leaked ? 1 : 0)}
      side={(chosen) => <ObjectSide object={chosen} />}
      empty={<p class="dim">{t('No shared memory yet.')}</p>}
    />
  );
}

function Cell({ segment, column }: { readonly segment: string; readonly column: string }): VNode | null {
  const row = rowOf(store.segments, segment);
  if (row === undefined) return null;
  switch (column) {
    case 'object': return <NameCell row={row} />;
    case 'kind': return <span>{row.kind}</span>;
    case 'type': return <span class="text mono">{row.type ?? '–'}</span>;
    case 'bytes': return <span title={t('{0} bytes', integer(row.bytes))}>{bytes(row.bytes)}</span>;
    case 'mapped': return <span class={`text${row.mappedBy.length === 0 ? ' dim' : ''}`} title={row.mappedBy.map((key) => names.process(key)).join('\n') || undefined}>{mappedWords(row)}</span>;
    case 'state': {
      const words = segmentWords(row);
      return <span class={`text tone-${words.tone}`} title={words.more}>{words.text}</span>;
    }
    default: return null;
  }
}
