/** The titles of the tree's columns: pressed they sort, dragged at their edge they size, and a menu chooses them. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { choices, chooseForTree } from '../state/choices.js';
import { t } from '../state/l10n.js';
import type { Fitted } from '../ui/columns.js';
import { Icon } from '../ui/icons.js';
import { clampWidth, isText } from './columns.js';
import { meaningOf, openColumnMenu, openViewMenu, sortBy, titleOf } from './view-menu.js';

/** By the keys. */
const STEP = 8;

interface Props {
  readonly fitted: Fitted;
  readonly height: number;
}

export function TreeHead({ fitted, height }: Props): VNode {
  return (
    <div
      class="head"
      role="row"
      aria-rowindex={1}
      style={{ height: `${height}px` }}
      onContextMenu={(event) => {
        event.preventDefault();
        event.stopPropagation();
        openColumnMenu(event.clientX, event.clientY);
      }}
    >
      {fitted.ids.map((id, i) => <Title key={id} id={id} width={fitted.widths[i] ?? 0} next={fitted.ids[i + 1]} before={fitted.ids[i - 1]} />)}
      <span id="head-keys" class="unseen">{t('Enter sorts, left and right go to the next title, with Shift they size the column, the menu key chooses columns.')}</span>
    </div>
  );
}

interface TitleProps {
  readonly id: string;
  readonly width: number;
  readonly next: string | undefined;
  readonly before: string | undefined;
}

function Title({ id, width, next, before }: TitleProps): VNode {
  const { sort } = choices.tree.value;
  const sorted = sort?.column === id ? sort : null;
  return (
    <div
      class={`cell ${id}${isText(id) ? '' : ' number'}${sorted === null ? '' : ' sorted'}`}
      role="columnheader"
      aria-sort={sorted === null ? undefined : sorted.down ? 'descending' : 'ascending'}
      style={{ width: `${width}px` }}
    >
      <button
        type="button"
        class="column-title"
        data-column={id}
        tabIndex={before === undefined ? 0 : -1}
        title={meaningOf(id)}
        aria-describedby="head-keys"
        onClick={() => sortBy(id)}
        onKeyDown={(event) => {
          // Not for the tree, in which the titles lie.
          event.stopPropagation();
          const on = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
          if (on !== 0 && event.shiftKey) size(id, width + on * STEP);
          else if (on !== 0) focusTitle(on > 0 ? next : before);
          else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
            const box = event.currentTarget.getBoundingClientRect();
            openColumnMenu(box.left, box.bottom + 2);
          } else return;
          event.preventDefault();
        }}
      >
        <span class="text">{titleOf(id)}</span>
        {sorted === null ? null : <Icon name={sorted.down ? 'down' : 'up'} />}
      </button>
      {id === 'name' ? <ViewButtons /> : null}
      <Sizer id={id} width={width} />
    </div>
  );
}

function ViewButtons(): VNode {
  const below = (open: (x: number, y: number) => void) => (event: MouseEvent & { readonly currentTarget: Element }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    open(box.left, box.bottom + 2);
  };
  const stop = (event: KeyboardEvent): void => event.stopPropagation();
  return (
    <span class="view-buttons">
      <button type="button" class="mini" title={t('Filters and folds')} aria-label={t('Filters and folds')} aria-haspopup="menu" onKeyDown={stop} onClick={below(openViewMenu)}><Icon name="view" /></button>
      <button type="button" class="mini" title={t('Choose columns')} aria-label={t('Choose columns')} aria-haspopup="menu" onKeyDown={stop} onClick={below(openColumnMenu)}><Icon name="columns" /></button>
    </span>
  );
}

function focusTitle(column: string | undefined): void {
  if (column !== undefined) document.querySelector<HTMLElement>(`.column-title[data-column="${column}"]`)?.focus();
}

function size(column: string, width: number): void {
  chooseForTree({ widths: { ...choices.tree.peek().widths, [column]: clampWidth(width) } });
}

function forget(column: string): void {
  chooseForTree({ widths: Object.fromEntries(Object.entries(choices.tree.peek().widths).filter(([other]) => other !== column)) });
}

/** For the pointer; the keys size at the title. */
function Sizer({ id, width }: { readonly id: string; readonly width: number }): VNode {
  const from = useRef<{ readonly x: number; readonly width: number } | null>(null);
  return (
    <span
      class="sizer"
      aria-hidden="true"
      title={t('Drag to size, double click for the usual size')}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        from.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={(event) => {
        if (from.current !== null) size(id, from.current.width + event.clientX - from.current.x);
      }}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
      onDblClick={(event) => {
        event.stopPropagation();
        forget(id);
      }}
    />
  );
}
