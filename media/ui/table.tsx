/** A grid of rows of one height, of which only those on the screen exist. One stop for the Tab key; arrow keys choose a row. */
import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fitColumns, type Column } from './columns.js';
import { useSize } from './size.js';

export interface TableColumn extends Column {
  readonly title: string;
  readonly hint?: string;
  readonly align?: 'end';
}

interface Props {
  readonly id: string;
  readonly label: string;
  readonly columns: readonly TableColumn[];
  readonly keys: readonly string[];
  readonly selected: string | null;
  /** One cell; subscribes to what it reads. */
  readonly cell: (key: string, column: string) => ComponentChildren;
  /** Class of a row beside `selected`. */
  readonly onSelect: (key: string) => void;
  readonly onOpen?: (key: string, event: KeyboardEvent | MouseEvent) => void;
  readonly empty: ComponentChildren;
}

const ROW = 26;
const HEAD = 28;
const OVERSCAN = 4;

export function Table(props: Props): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const [top, setTop] = useState(0);
  const fitted = useMemo(() => fitColumns(props.columns, size.width), [props.columns, size.width]);
  const titles = useMemo(() => new Map(props.columns.map((c) => [c.id, c])), [props.columns]);
  const index = props.selected === null ? -1 : props.keys.indexOf(props.selected);

  const show = (i: number): void => {
    const element = scroller.current;
    if (element === null) return;
    const room = element.clientHeight - HEAD;
    if (i * ROW < element.scrollTop) element.scrollTop = i * ROW;
    else if ((i + 1) * ROW > element.scrollTop + room) element.scrollTop = (i + 1) * ROW - room;
  };
  const go = (i: number): void => {
    const at = Math.min(props.keys.length - 1, Math.max(0, i));
    const key = props.keys[at];
    if (key === undefined) return;
    props.onSelect(key);
    show(at);
  };
  // A row chosen elsewhere (a link in a finding) comes into view; one that merely moves as others come does not.
  useLayoutEffect(() => {
    if (index >= 0) show(index);
  }, [props.selected]);

  const first = Math.max(0, Math.floor(top / ROW) - OVERSCAN);
  const last = Math.min(props.keys.length, Math.ceil((top + size.height) / ROW) + OVERSCAN);
  const shown: number[] = [];
  for (let i = first; i < last; i++) shown.push(i);
  if (index >= 0 && (index < first || index >= last)) shown.push(index);
  const rowId = (i: number): string => `${props.id}-${props.keys[i] ?? ''}`;

  return (
    <div ref={scroller} class="scroller table-scroller" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <div
        class="table"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={props.keys.length + 1}
        aria-colcount={fitted.ids.length}
        aria-activedescendant={index >= 0 ? rowId(index) : undefined}
        style={{ height: `${HEAD + props.keys.length * ROW}px` }}
        onKeyDown={(event) => {
          const page = Math.max(1, Math.floor((size.height - HEAD) / ROW) - 1);
          const key = props.keys[index];
          if (event.key === 'ArrowDown') go(index + 1);
          else if (event.key === 'ArrowUp') go(index - 1);
          else if (event.key === 'PageDown') go(index + page);
          else if (event.key === 'PageUp') go(index - page);
          else if (event.key === 'Home') go(0);
          else if (event.key === 'End') go(props.keys.length - 1);
          else if (event.key === 'Enter' && key !== undefined && props.onOpen !== undefined) props.onOpen(key, event);
          else return;
          event.preventDefault();
        }}
        onClick={(event) => {
          const key = keyAt(event.target);
          if (key !== undefined) props.onSelect(key);
        }}
        onDblClick={(event) => {
          const key = keyAt(event.target);
          if (key !== undefined && !(event.target instanceof Element && event.target.closest('button') !== null)) props.onOpen?.(key, event);
        }}
      >
        <div class="head" role="row" aria-rowindex={1} style={{ height: `${HEAD}px` }}>
          {fitted.ids.map((id, i) => (
            <div key={id} class={`cell ${titles.get(id)?.align ?? ''}`} role="columnheader" title={titles.get(id)?.hint} style={{ width: `${fitted.widths[i] ?? 0}px` }}>
              {titles.get(id)?.title}
            </div>
          ))}
        </div>
        {shown.map((i) => {
          const key = props.keys[i];
          if (key === undefined) return null;
          return (
            <div key={key} id={rowId(i)} data-key={key} role="row" aria-rowindex={i + 2} aria-selected={i === index} class={`row${i === index ? ' selected' : ''}`} style={{ top: `${HEAD + i * ROW}px`, height: `${ROW}px` }}>
              {fitted.ids.map((id, c) => (
                <div key={id} class={`cell ${id} ${titles.get(id)?.align ?? ''}`} role="gridcell" style={{ width: `${fitted.widths[c] ?? 0}px` }}>
                  {props.cell(key, id)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {props.keys.length === 0 ? <div class="empty">{props.empty}</div> : null}
    </div>
  );
}

function keyAt(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-key]')?.dataset['key'] : undefined;
}
