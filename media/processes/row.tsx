/** One line of the process tree. Subscribes to its own process only. */
import type { VNode } from 'preact';
import type { PoolRow, ProcessRow } from '../../src/protocol/view.js';
import { choices } from '../state/choices.js';
import { nowFor } from '../state/clock.js';
import { count, duration, kibibytes, percent } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { relationToChosen } from '../state/related.js';
import { Icon, Mark } from '../ui/icons.js';
import { RelationMark } from '../ui/relation-mark.js';
import type { Fitted } from '../ui/columns.js';
import { host } from '../state/host.js';
import type { TreeRow } from './flatten.js';
import { activeRow, hoveredRow } from './tree-state.js';
import { alive, kindWords, reasonWords, stateWords, tags, telling, waitSentence } from '../../src/model/words.js';

export interface RowProps {
  readonly row: TreeRow;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly fitted: Fitted;
  readonly onMenu: (row: TreeRow, at: HTMLElement) => void;
  readonly onFold: (row: TreeRow) => void;
}

export function rowId(row: TreeRow): string {
  return `row-${row.id.replace(/\W/g, '_')}`;
}

export function TreeRowView(props: RowProps): VNode {
  const { row, index, top, height, fitted } = props;
  const process = row.process === null ? undefined : store.processes.get(row.process)?.value;
  const active = activeRow.value === row.id;
  const selected = row.process !== null && choices.process.value === row.process;
  const kind = `${active || selected ? ' selected' : ''}${hoveredRow.value === row.id ? ' hovered' : ''}${row.group === null ? '' : ' group'}`;
  return (
    <div
      id={rowId(row)}
      class={`row${kind}`}
      role="row"
      data-row={row.id}
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.setSize}
      aria-rowindex={index + 2}
      aria-expanded={row.expandable ? row.expanded : undefined}
      aria-selected={active || selected}
      style={{ top: `${top}px`, height: `${height}px` }}
    >
      {fitted.ids.map((id, i) => {
        const style = { width: `${fitted.widths[i] ?? 0}px` };
        if (id === 'name') return <NameCell key={id} {...props} process={process} width={fitted.widths[i] ?? 0} />;
        if (id === 'state')
          return (
            <div key={id} class="cell state" role="gridcell" style={style}>
              {process === undefined ? <GroupState row={row} /> : <StateCell row={process} />}
            </div>
          );
        return (
          <div key={id} class={`cell number ${id}`} role="gridcell" style={style}>
            {process === undefined ? <GroupNumber row={row} column={id} /> : numberOf(process, id)}
          </div>
        );
      })}
    </div>
  );
}

function NameCell(props: RowProps & { readonly process: ProcessRow | undefined; readonly width: number }): VNode {
  const { row, process, width } = props;
  const indent = Math.min(8 + row.depth * 16, width * 0.4);
  const words = row.member ? [] : process === undefined ? groupTags(row) : tags(process);
  return (
    <div class="cell name" role="rowheader" style={{ width: `${width}px`, paddingLeft: `${indent}px` }}>
      {process === undefined ? null : <RelationMark relation={relationToChosen(process.key)} of="process" />}
      <span class="twistie" data-fold={row.expandable ? '' : undefined}>
        {row.expandable ? <Icon name={row.expanded ? 'down' : 'right'} /> : null}
      </span>
      <span class={`text${process !== undefined && !alive(process) ? ' over' : ''}`} title={process === undefined ? undefined : titleOf(process)}>
        {process === undefined ? groupName(row) : process.name}
      </span>
      {words.length === 0 ? null : (
        <span class="tags">
          {words.map((word) => (
            <span key={word} class={`tag${word === t('not recorded') ? ' warn' : ''}`}>
              {word}
            </span>
          ))}
        </span>
      )}
      {process === undefined ? null : (
        <span class="row-buttons">
          {process.created === null ? null : (
            <button type="button" class="mini" tabIndex={-1} title={t('Open where it was created')} aria-label={t('Open where it was created')}
              onClick={(event) => { event.stopPropagation(); if (process.created !== null) host.open(process.created, event.ctrlKey || event.metaKey); }}>
              <Icon name="source" />
            </button>
          )}
          <button type="button" class="mini" tabIndex={-1} title={t('Actions (Shift+F10)')} aria-label={t('Actions of {0}', process.name)}
            onClick={(event) => { event.stopPropagation(); props.onMenu(row, event.currentTarget); }}>
            <Icon name="more" />
          </button>
        </span>
      )}
    </div>
  );
}

function titleOf(row: ProcessRow): string {
  const lines = [`${row.name} · PID ${row.pid} · ${kindWords(row)}`];
  if (row.target !== null) lines.push(t('runs {0}', row.target));
  if (row.reason !== null) lines.push(reasonWords(row.reason));
  return lines.join('\n');
}

function StateCell({ row }: { readonly row: ProcessRow }): VNode {
  const finding = store.findingOf.value.get(row.key);
  const words = stateWords(row, names, finding?.severity ?? null);
  const blocked = telling(row.blocked);
  const where = words.sinceMs === null ? null : duration(nowFor(words.sinceMs) - words.sinceMs);
  const full = [blocked === null || row.state !== 'blocked' ? words.text : waitSentence(blocked, row.key, names), where === null ? '' : t('for {0}', where), blocked?.untilMs == null ? '' : t('gives up at {0}', duration(blocked.untilMs))];
  return (
    <span class={`words tone-${words.tone}`} title={full.filter((s) => s !== '').join(' ')}>
      <Mark shape={words.shape} />
      <span class="what">{words.text}</span>
      {where === null ? null : <span class="since">{where}</span>}
    </span>
  );
}

function numberOf(row: ProcessRow, column: string): string {
  switch (column) {
    case 'pid': return String(row.pid);
    case 'cpu': return row.cpu === null || !alive(row) ? '' : percent(row.cpu);
    case 'memory': return row.rssKiB === null || !alive(row) ? '' : kibibytes(row.rssKiB);
    case 'io': return row.received === 0 && row.sent === 0 ? '–' : `${count(row.received)} / ${count(row.sent)}`;
    default: return '';
  }
}

function membersOf(row: TreeRow): readonly ProcessRow[] {
  const out: ProcessRow[] = [];
  for (const key of row.group?.members ?? []) {
    const member = store.processes.get(key)?.value;
    if (member !== undefined) out.push(member);
  }
  return out;
}

function groupName(row: TreeRow): string {
  const n = row.group?.members.length ?? 0;
  if (row.group?.pool != null) return names.object(row.group.pool).name;
  switch (row.group?.kind) {
    case 'workers': return plural(n, '{0} pool worker', '{0} pool workers');
    case 'executors': return plural(n, '{0} executor worker', '{0} executor workers');
    default: return plural(n, '{0} helper', '{0} helpers');
  }
}

/** What the members have in common stands once, at their group. */
function groupTags(row: TreeRow): readonly string[] {
  const first = membersOf(row)[0];
  return first === undefined || row.group?.kind === 'helpers' ? [] : tags(first);
}

function GroupState({ row }: { readonly row: TreeRow }): VNode {
  const members = membersOf(row);
  if (row.group?.kind === 'helpers') return <span class="words tone-dim">{[...new Set(members.map(kindWords))].join(', ')}</span>;
  const living = members.filter(alive).length;
  const busy = members.filter((m) => alive(m) && m.state !== 'blocked').length;
  const pool = row.group?.pool == null ? undefined : store.pools.get(row.group.pool)?.value;
  if (pool !== undefined) return <PoolState pool={pool} living={living} />;
  const text = living === 0 ? t('all ended') : t('{0} alive · {1} busy', integer(living), integer(busy));
  return <span class="words tone-dim">{text}</span>;
}

/** How far a pool's work has come, on the line that stands for its workers. */
function PoolState({ pool, living }: { readonly pool: PoolRow; readonly living: number }): VNode {
  const failed = pool.failed + pool.lost;
  const done = t('{0} of {1} done', integer(pool.ok + failed + pool.cancelled), integer(pool.submitted));
  const workers = living === 0 ? t('all ended') : plural(living, '{0} worker', '{0} workers');
  return (
    <span class="words tone-dim" title={`${workers} · ${done}${failed > 0 ? ` · ${t('{0} failed', integer(failed))}` : ''}`}>
      <span class="what">
        {pool.state === 'broken' ? <span class="tone-bad">{t('broken')} · </span> : null}
        {done}
        {failed > 0 ? <span class="tone-warn"> · {t('{0} failed', integer(failed))}</span> : null}
        {' · '}{workers}
      </span>
    </span>
  );
}

function GroupNumber({ row, column }: { readonly row: TreeRow; readonly column: string }): VNode {
  const members = membersOf(row);
  const sum = (of: (m: ProcessRow) => number): number => members.reduce((total, m) => total + of(m), 0);
  const living = members.some(alive);
  let text = '';
  if (column === 'cpu' && living) text = percent(sum((m) => (alive(m) ? (m.cpu ?? 0) : 0)));
  else if (column === 'memory' && living) text = kibibytes(sum((m) => (alive(m) ? (m.rssKiB ?? 0) : 0)));
  else if (column === 'io' && row.group?.kind !== 'helpers') text = `${count(sum((m) => m.received))} / ${count(sum((m) => m.sent))}`;
  return <span>{text}</span>;
}
