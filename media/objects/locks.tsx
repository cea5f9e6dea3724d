/** Locks, semaphores, conditions, events and barriers: who holds, who waits, how often one had to wait. */
import type { VNode } from 'preact';
import type { LockRow } from '../../src/protocol/view.js';
import { choices } from '../state/choices.js';
import { count, latency } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';
import { store } from '../state/store.js';
import type { TableColumn } from '../ui/table.js';
import { ObjectSide } from './details.js';
import { NameCell, ObjectPane, rowOf, WaitersCell } from './pane.js';
import { heldByEnded, lockWords, oldest } from './words.js';

function columns(): readonly TableColumn[] {
  return [
    { id: 'object', title: t('Lock'), min: 130, ideal: 190, grow: 2, rank: 0 },
    { id: 'kind', title: t('Kind'), min: 96, ideal: 150, grow: 0, rank: 5 },
    { id: 'holder', title: t('State'), min: 116, ideal: 200, grow: 2, rank: 0 },
    { id: 'waiting', title: t('Waiting'), hint: t('Who waits longest, since when, and how many more'), min: 104, ideal: 160, grow: 2, rank: 1 },
    { id: 'contended', title: t('Contended'), hint: t('How often one had to wait for it'), min: 84, ideal: 88, grow: 0, rank: 3, align: 'end' },
    { id: 'waited', title: t('Waited'), hint: t('All of these waits together'), min: 66, ideal: 72, grow: 0, rank: 4, align: 'end' },
  ];
}

export function Locks(): VNode {
  return (
    <ObjectPane
      id="lock"
      label={t('Locks')}
      rows={store.locks}
      columns={columns}
      cell={(key, column) => <Cell lock={key} column={column} />}
      weight={weight}
      side={(chosen) => <ObjectSide object={chosen} />}
      empty={<p class="dim">{t('No lock yet.')}</p>}
      foot={<Internals />}
    />
  );
}

/** One that will never be released, then the longest wait that goes on, then the most waited for. */
function weight(row: LockRow): number {
  if (heldByEnded(row)) return 3e15;
  const first = oldest(row.waiters);
  return first === null ? row.waitMs : 2e15 - first.sinceMs;
}

function Internals(): VNode | null {
  const hidden = store.locks.keys.value.filter((key) => store.locks.get(key)?.peek().internal === true).length;
  if (hidden === 0) return null;
  return (
    <button type="button" class="link fold" aria-pressed={choices.internal.value} onClick={() => (choices.internal.value = !choices.internal.value)}>
      {choices.internal.value ? t('Hide the locks that multiprocessing made for itself') : plural(hidden, 'Show {0} lock that multiprocessing made for itself', 'Show {0} locks that multiprocessing made for itself')}
    </button>
  );
}

function Cell({ lock, column }: { readonly lock: string; readonly column: string }): VNode | null {
  const row = rowOf(store.locks, lock);
  if (row === undefined) return null;
  switch (column) {
    case 'object': return <NameCell row={row} />;
    case 'kind': return <span class="text" title={row.internal ? t('made by multiprocessing for itself') : undefined}>{lockKind(row)}</span>;
    case 'holder': {
      const words = lockWords(row);
      return <span class={`text tone-${words.tone}`} title={words.more}>{words.text}</span>;
    }
    case 'waiting': return <WaitersCell row={row} waiters={row.waiters} />;
    case 'contended': return <span title={contendedMore(row)}>{row.contended === 0 ? '–' : count(row.contended)}</span>;
    case 'waited': return <span title={row.contended === 0 ? undefined : t('longest {0}', latency(row.longestWaitMs))}>{row.contended === 0 ? '–' : latency(row.waitMs)}</span>;
    default: return null;
  }
}

/** `Semaphore(3)`, `Barrier(4)`: as the script would write it. */
export function lockKind(row: LockRow): string {
  return row.value !== null && row.kind !== 'Event' ? `${row.kind}(${row.value})` : row.kind;
}

function contendedMore(row: LockRow): string | undefined {
  const lines = [];
  if (row.contended > 0) lines.push(plural(row.contended, '{0} wait', '{0} waits'));
  if (row.gaveUp > 0) lines.push(t('{0} gave up at their timeout', integer(row.gaveUp)));
  if (row.told > 0) lines.push(plural(row.told, 'told {0} time', 'told {0} times'));
  return lines.length === 0 ? undefined : lines.join('\n');
}
