/** A table of objects of one kind and, beside it, what is known of the chosen one. */
import type { ComponentChildren, VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { choices, chooseObject } from '../state/choices.js';
import { duration, fileName } from '../state/format.js';
import { nowFor } from '../state/clock.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { names, needles, objectMatches, objectName, objectOf, type ObjectRow } from '../state/names.js';
import { relationOfChosen } from '../state/related.js';
import { sortFindings, store, type Rows } from '../state/store.js';
import type { LockWaiter } from '../../src/protocol/view.js';
import { RelationMark } from '../ui/relation-mark.js';
import { SourceLink } from '../ui/source-link.js';
import { Splitter } from '../ui/splitter.js';
import { Table, type TableColumn } from '../ui/table.js';
import { oldest } from './words.js';

interface Props<Row extends ObjectRow> {
  readonly id: string;
  readonly label: string;
  readonly rows: Rows<Row>;
  readonly columns: () => readonly TableColumn[];
  readonly cell: (key: string, column: string) => ComponentChildren;
  /** Which row stands for the rest until one is chosen: the greatest; 0 no more than any other. */
  readonly weight: (row: Row) => number;
  readonly side: (chosen: string | null) => ComponentChildren;
  readonly empty: ComponentChildren;
  /** The switch for what the library made for itself, if there is any of it. */
  readonly foot?: ComponentChildren;
}

export function isInternal(row: ObjectRow): boolean {
  return 'internal' in row && row.internal;
}

/** Keys of the rows that are shown. A filter that names no object leaves all: it may name a process, whose objects shall still be seen. */
function shownKeys<Row extends ObjectRow>(rows: Rows<Row>, keys: readonly string[], filter: string, internal: boolean): readonly string[] {
  const words = needles(filter);
  const all = keys.filter((key) => {
    const row = rows.get(key)?.peek();
    return row !== undefined && (internal || !isInternal(row));
  });
  if (words.length === 0) return all;
  const found = all.filter((key) => {
    const row = rows.get(key)?.peek();
    return row !== undefined && objectMatches(row, words);
  });
  return found.length === 0 ? all : found;
}

export function ObjectPane<Row extends ObjectRow>(props: Props<Row>): VNode {
  const { rows } = props;
  const specs = useMemo(props.columns, []);
  const all = rows.keys.value;
  const keys = useMemo(() => shownKeys(rows, all, choices.filter.value, choices.internal.value), [all, choices.filter.value, choices.internal.value]);
  const chosen = choices.object.value !== null && keys.includes(choices.object.value) ? choices.object.value : standing(props, keys);
  return (
    <div class="duo" style={{ '--share': `${choices.channelShare.value * 100}%` }}>
      <div class="side">
        <Table
          id={props.id}
          label={props.label}
          columns={specs}
          keys={keys}
          selected={chosen}
          onSelect={chooseObject}
          onOpen={(key, event) => {
            const where = rows.get(key)?.peek().created;
            if (where != null) host.open(where, event.ctrlKey || event.metaKey);
          }}
          cell={props.cell}
          empty={props.empty}
        />
        {props.foot}
      </div>
      <Splitter label={t('Width of the table')} share={choices.channelShare} byDefault={0.59} between="columns" />
      <div class="side second">{props.side(chosen)}</div>
    </div>
  );
}

/** Until one is chosen: the one that the worst finding is about, else the weightiest, else the first. */
function standing<Row extends ObjectRow>({ rows, weight }: Props<Row>, keys: readonly string[]): string | null {
  const worst = sortFindings(store.findings.value).find((f) => f.object !== null && keys.includes(f.object))?.object;
  if (worst != null) return worst;
  let best: string | null = null;
  let most = -1;
  for (const key of keys) {
    const row = rows.get(key)?.peek();
    const weighs = row === undefined ? 0 : weight(row);
    if (weighs > most) [best, most] = [key, weighs];
  }
  return best;
}

/** The first cell: the name, and the line that made it. */
export function NameCell({ row }: { readonly row: ObjectRow }): VNode {
  return (
    <>
      <RelationMark relation={relationOfChosen(row)} of="object" />
      <span class="text">{objectName(row)}</span>
      {row.created === null ? null : <SourceLink class="quiet" where={row.created} untabbed><span class="file">{fileName(row.created.file)}</span><span>:{row.created.line}</span></SourceLink>}
    </>
  );
}

/** Who waits longest and since when, and how many more. */
export function WaitersCell({ row, waiters }: { readonly row: ObjectRow; readonly waiters: readonly LockWaiter[] }): VNode {
  const first = oldest(waiters);
  if (first === null) return <span class="dim">–</span>;
  const tone = store.findingOfObject.value.get(row.key)?.severity === 'error' ? 'bad' : 'warn';
  const more = waiters.length > 1 ? ` +${waiters.length - 1}` : '';
  return (
    <span class={`words tone-${tone}`} title={waiters.map((w) => `${names.process(w.process)}: ${duration(nowFor(w.sinceMs) - w.sinceMs)}`).join('\n')}>
      <span class="what">{names.process(first.process)}</span>
      <span class="since">{duration(nowFor(first.sinceMs) - first.sinceMs)}{more}</span>
    </span>
  );
}

/** The row of a cell, subscribed to. */
export function rowOf<Row extends ObjectRow>(rows: Rows<Row>, key: string): Row | undefined {
  return rows.get(key)?.value;
}

/** Shown in a side pane for a key that has a row. */
export function hasRow(key: string | null): key is string {
  return key !== null && objectOf(key) !== undefined;
}
