/** One line of the process tree. Subscribes to its own process only. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ProcessRow } from '../../src/protocol/view.js';
import { choices } from '../state/choices.js';
import { nowFor } from '../state/clock.js';
import { bytes, count, duration, kibibytes, latency, moment, percent } from '../state/format.js';
import { t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { relationToChosen } from '../state/related.js';
import { Icon, Mark } from '../ui/icons.js';
import { RelationMark } from '../ui/relation-mark.js';
import type { Fitted } from '../ui/columns.js';
import { host } from '../state/host.js';
import { blockedSum, isText } from './columns.js';
import type { TreeRow } from './flatten.js';
import { GroupNumber, GroupState, groupName, groupTags, Inside, some } from './group-cells.js';
import { activeRow, hoveredRow } from './tree-state.js';
import { alive, ending, kindWords, reasonWords, signed, stateWords, tags, telling, waitSentence } from '../../src/model/words.js';

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
  const compared = row.process !== null && choices.tree.value.compare === row.process;
  const width = fitted.widths[fitted.ids.indexOf('name')] ?? 0;
  // Half of what a row is made of, and none of the figures that change: made anew where what it says is another.
  const said = process === undefined ? '' : [process.key, process.name, alive(process), titleOf(process), ...tags(process)].join('\n');
  const name = useMemo(() => <NameCell key="name" {...props} process={process} width={width} />, [row, said, process?.created, width, props.onMenu]);
  const kind = `${compared ? ' compared' : ''}${row.context ? ' context' : ''}${active || selected ? ' selected' : ''}${hoveredRow.value === row.id ? ' hovered' : ''}${row.group === null ? '' : ' group'}`;
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
      aria-selected={active || selected || compared}
      style={{ top: `${top}px`, height: `${height}px` }}
    >
      {fitted.ids.map((id, i) => {
        const style = { width: `${fitted.widths[i] ?? 0}px` };
        if (id === 'name') return name;
        if (id === 'state')
          return (
            <div key={id} class="cell state" role="gridcell" style={style}>
              {process === undefined ? <GroupState row={row} /> : <StateCell row={process} />}
            </div>
          );
        return (
          <div key={id} class={`cell ${id}${isText(id) ? '' : ' number'}`} role="gridcell" style={style}>
            {process === undefined ? <GroupNumber row={row} column={id} /> : <Figure row={process} column={id} />}
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
      {row.inside.length === 0 ? null : <Inside row={row} />}
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

/** What lives and has no end is counted up: that column alone hangs on the clock. */
function Figure({ row, column }: { readonly row: ProcessRow; readonly column: string }): VNode {
  const text = column === 'lived' ? duration((row.endedMs ?? nowFor(row.startedMs)) - row.startedMs) : figureOf(row, column);
  return isText(column) ? <span class="text" title={text}>{text}</span> : <>{text}</>;
}

function figureOf(row: ProcessRow, column: string): string {
  switch (column) {
    case 'pid': return String(row.pid);
    case 'cpu': return row.cpu === null || !alive(row) ? '' : percent(row.cpu);
    case 'memory': return row.rssKiB === null || !alive(row) ? '' : kibibytes(row.rssKiB);
    case 'io': return row.received === 0 && row.sent === 0 ? '–' : `${count(row.received)} / ${count(row.sent)}`;
    case 'in': return some(row.received, count);
    case 'out': return some(row.sent, count);
    case 'bytesIn': return some(row.bytesReceived, bytes);
    case 'bytesOut': return some(row.bytesSent, bytes);
    case 'tasks': return some(row.tasks, count);
    case 'blocked': return some(blockedSum(row), latency);
    case 'started': return moment(row.startedMs);
    case 'method': return row.startMethod ?? '';
    case 'daemon': return row.daemon === true ? t('yes') : row.daemon === false ? t('no') : '';
    case 'target': return row.target ?? '';
    case 'exit': return row.signal ?? (row.exitCode === null ? (ending(row) === null ? '' : '?') : signed(row.exitCode));
    default: return '';
  }
}
