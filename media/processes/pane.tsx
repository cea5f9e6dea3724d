/** The process tree and its lanes: one scroller, so that a row and its lane can never part. */
import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { LaneTable } from '../lanes/lane-table.js';
import { Lanes } from '../lanes/lanes.js';
import { choices } from '../state/choices.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { store } from '../state/store.js';
import { fitColumns } from '../ui/columns.js';
import { openMenu } from '../ui/menu.js';
import { useSize } from '../ui/size.js';
import { Splitter } from '../ui/splitter.js';
import { processMenu } from './actions.js';
import { chosenColumns } from './columns.js';
import { toggleCompare } from './compare.js';
import { NoMatch } from './filter-strip.js';
import type { TreeRow } from './flatten.js';
import { TreeHead } from './head.js';
import { columnsShown, layOut, layout, rowsOnScreen, scrollTop, TREE_EDGE, TREE_SHARE } from './layout.js';
import { rowId, TreeRowView } from './row.js';
import { activate, activeRow, hoveredRow, openSiblings, revealed, tree, turn } from './tree-state.js';

const OVERSCAN = 10;
const TOOLS_ROOM = 36;
/** Rows ahead of a scroll, at most: beyond that it is a jump, and what lies ahead is not known. */
const MOST_AHEAD = 40;

export function ProcessPane(): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const ahead = useRef(0);
  /** The rows that there are. */
  const made = useRef({ first: 0, last: 0 });
  const size = useSize(scroller);
  const at = useMemo(() => layOut(size.width, size.height, choices.treeShare.value), [size, choices.treeShare.value]);
  useLayoutEffect(() => {
    layout.value = at;
  }, [at]);
  const { columns, widths } = choices.tree.value;
  const fitted = useMemo(() => fitColumns(chosenColumns(columns, widths, at.treeWidth - TREE_EDGE), at.treeWidth - TREE_EDGE), [at.treeWidth, columns, widths]);
  useLayoutEffect(() => {
    columnsShown.value = fitted.ids;
  }, [fitted]);
  const { rows, indexOf } = tree.value;
  const full = at.headHeight + rows.length * at.rowHeight;
  // Where the rows scroll, the last one can be brought above the timeline's buttons.
  const sheetHeight = full > at.height ? full + TOOLS_ROOM : full;

  const show = (index: number): void => {
    const element = scroller.current;
    if (element === null || index < 0) return;
    const top = index * at.rowHeight;
    const room = element.clientHeight - at.headHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + at.rowHeight > element.scrollTop + room) element.scrollTop = top + at.rowHeight - room;
  };

  useLayoutEffect(() => {
    const wanted = revealed.value;
    if (wanted !== null) show(indexOf.get(wanted.key) ?? -1);
  }, [revealed.value]);

  const go = (index: number): void => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row === undefined) return;
    activate(row);
    show(indexOf.get(row.id) ?? -1);
  };

  const openAt = (row: TreeRow, x: number, y: number): void => {
    const before = choices.process.peek();
    activate(row);
    const process = row.process === null ? undefined : store.processes.get(row.process)?.peek();
    if (process !== undefined) openMenu(t('Actions of {0}', process.name), x, y, processMenu(process, before));
  };

  const keys = (event: KeyboardEvent): void => {
    const current = activeRow.value === null ? undefined : indexOf.get(activeRow.value);
    const row = current === undefined ? undefined : rows[current];
    const at0 = current ?? -1;
    const page = Math.max(1, Math.floor((at.height - at.headHeight) / at.rowHeight) - 1);
    const rtl = document.dir === 'rtl';
    switch (event.key) {
      case 'ArrowDown': go(at0 + 1); break;
      case 'ArrowUp': go(at0 - 1); break;
      case 'PageDown': go(at0 + page); break;
      case 'PageUp': go(at0 - page); break;
      case 'Home': go(0); break;
      case 'End': go(rows.length - 1); break;
      case rtl ? 'ArrowLeft' : 'ArrowRight':
        if (row === undefined) go(0);
        else if (row.expandable && !row.expanded) turn(row);
        else if (row.expandable) go(at0 + 1);
        break;
      case rtl ? 'ArrowRight' : 'ArrowLeft':
        if (row === undefined) go(0);
        else if (row.expandable && row.expanded) turn(row);
        else if (row.parentIndex >= 0) go(row.parentIndex);
        break;
      case ' ':
        if (event.ctrlKey || event.metaKey) {
          if (row?.process != null) toggleCompare(row.process);
        } else if (row?.expandable) turn(row);
        break;
      case '*':
        if (row !== undefined) openSiblings(row);
        break;
      case 'Enter': {
        const process = row?.process == null ? undefined : store.processes.get(row.process)?.peek();
        const where = process?.created ?? process?.blocked[0]?.where ?? null;
        if (where !== null) host.open(where, event.ctrlKey || event.metaKey);
        else if (row?.expandable) turn(row);
        break;
      }
      case 'F10':
      case 'ContextMenu': {
        if (event.key === 'F10' && !event.shiftKey) return;
        if (row === undefined) return;
        const box = document.getElementById(rowId(row))?.getBoundingClientRect();
        openAt(row, (box?.left ?? 0) + 40, (box?.bottom ?? 0) - 2);
        break;
      }
      default: return;
    }
    event.preventDefault();
  };

  const rowAt = (target: EventTarget | null): TreeRow | undefined => {
    const id = target instanceof Element ? target.closest<HTMLElement>('[data-row]')?.dataset['row'] : undefined;
    const index = id === undefined ? undefined : indexOf.get(id);
    return index === undefined ? undefined : rows[index];
  };

  // The browser may show a scroll before the rows for it are there: twice as many as the last one uncovered wait ahead of it.
  const scrolled = (top: number): void => {
    const by = Math.round(((top - scrollTop.peek()) * 2) / at.rowHeight);
    ahead.current = Math.abs(by) > MOST_AHEAD ? 0 : by;
    scrollTop.value = top;
  };
  const [from, to] = rowsOnScreen(at, scrollTop.value, rows.length, OVERSCAN);
  const reach = Math.abs(ahead.current);
  // A hand that turns round finds what it has just left: rows behind stay for as far as it may come back.
  const first = Math.max(0, ahead.current < 0 ? from - reach : Math.min(from, Math.max(made.current.first, from - reach)));
  const last = Math.min(rows.length, ahead.current > 0 ? to + reach : Math.max(to, Math.min(made.current.last, to + reach)));
  made.current = { first, last };
  const shown: number[] = [];
  for (let i = first; i < last; i++) shown.push(i);
  // aria-activedescendant must name a row that exists, wherever the page is scrolled to.
  const activeIndex = activeRow.value === null ? undefined : indexOf.get(activeRow.value);
  if (activeIndex !== undefined && (activeIndex < first || activeIndex >= last)) shown.push(activeIndex);
  const active = activeIndex === undefined ? undefined : rows[activeIndex];

  return (
    <section class={`processes${at.narrow ? ' narrow' : ''}`} aria-label={t('Processes')}>
      <div ref={scroller} class="scroller" onScroll={(event) => scrolled(event.currentTarget.scrollTop)}>
        <div class="sheet" style={{ height: `${sheetHeight}px`, minHeight: '100%' }}>
          <div
            ref={grid}
            class="tree"
            role="treegrid"
            tabIndex={0}
            aria-label={t('Process tree')}
            aria-multiselectable={true}
            aria-rowcount={rows.length + 1}
            aria-colcount={fitted.ids.length}
            aria-activedescendant={active === undefined ? undefined : rowId(active)}
            style={{ width: `${at.treeWidth}px` }}
            onKeyDown={keys}
            onFocus={() => {
              if (activeIndex === undefined && rows.length > 0) go(0);
            }}
            onPointerOver={(event) => (hoveredRow.value = rowAt(event.target)?.id ?? null)}
            onPointerLeave={() => (hoveredRow.value = null)}
            onClick={(event) => {
              const row = rowAt(event.target);
              if (row === undefined) return;
              if ((event.ctrlKey || event.metaKey) && row.process !== null) {
                toggleCompare(row.process);
                return;
              }
              activate(row);
              if (event.target instanceof Element && event.target.closest('[data-fold]') !== null) turn(row);
            }}
            onDblClick={(event) => {
              const row = rowAt(event.target);
              if (event.target instanceof Element && event.target.closest('[data-fold],button') !== null) return;
              const process = row?.process == null ? undefined : store.processes.get(row.process)?.peek();
              if (process?.created != null) host.open(process.created, event.ctrlKey || event.metaKey);
              else if (row?.expandable) turn(row);
            }}
            onContextMenu={(event) => {
              const row = rowAt(event.target);
              event.preventDefault();
              if (row !== undefined) openAt(row, event.clientX, event.clientY);
            }}
          >
            <TreeHead fitted={fitted} height={at.headHeight} />
            {shown.map((i) => {
              const row = rows[i];
              return row === undefined ? null : (
                <TreeRowView
                  key={row.id}
                  row={row}
                  index={i}
                  top={at.headHeight + i * at.rowHeight}
                  height={at.rowHeight}
                  fitted={fitted}
                  onFold={() => turn(row)}
                  onMenu={(of, button) => {
                    const box = button.getBoundingClientRect();
                    openAt(of, box.left, box.bottom + 2);
                  }}
                />
              );
            })}
          </div>
          {rows.length === 0 ? <NoMatch /> : null}
          <Lanes scroller={scroller} onRow={(row) => activate(row)} onMenu={openAt} onKeyRow={(by) => go((activeIndex ?? -1) + by)} />
          <LaneTable />
        </div>
      </div>
      {at.narrow ? null : <Splitter class="tree-splitter" at={at.treeWidth} label={t('Width of the process tree')} share={choices.treeShare} now={at.treeWidth / Math.max(1, at.width)} byDefault={TREE_SHARE} between="columns" />}
    </section>
  );
}
