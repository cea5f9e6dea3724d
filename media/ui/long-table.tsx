/**
 * A grid of rows by number, of which neither the page nor the host holds all: it says which ones are seen, and draws those that it
 * is given. One stop for the Tab key; arrow keys choose a row.
 */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fitColumns } from './columns.js';
import { LongScroll } from './long-scroll.js';
import { useSize } from './size.js';
import type { TableColumn } from './table.js';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly columns: readonly TableColumn[];
  readonly length: number;
  /** Number of the chosen row; -1 none, or it is not known. */
  readonly selected: number;
  /** Names a row that is there; null: not yet. */
  readonly keyOf: (index: number) => string | null;
  readonly cell: (index: number, column: string) => ComponentChildren;
  readonly onSelect: (index: number) => void;
  readonly onOpen: (index: number, event: KeyboardEvent | MouseEvent) => void;
  /** Rows `first` to before `last` are seen; `atTop`: nothing is above them. */
  readonly onSight: (first: number, last: number, atTop: boolean) => void;
  /** Rises when the list is to go to its begin. */
  readonly toTop: number;
  readonly empty: ComponentChildren;
}

const ROW = 26;
const HEAD = 28;
/** The bar is put right once nothing moves for so long: doing so in the middle of a movement would end it. Milliseconds. */
const REST_MS = 140;

export function LongTable(props: Props): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const scroll = useRef(new LongScroll()).current;
  const resting = useRef<ReturnType<typeof setTimeout> | null>(null);
  const [, setTop] = useState(0);
  const fitted = useMemo(() => fitColumns(props.columns, size.width), [props.columns, size.width]);
  const titles = useMemo(() => new Map(props.columns.map((c) => [c.id, c])), [props.columns]);
  const { length, selected } = props;
  const room = Math.max(0, size.height - HEAD);
  scroll.resize(length * ROW, room);

  const putBar = (): void => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = scroll.place;
    scroll.bar = element.scrollTop;
  };
  const moved = (): void => {
    putBar();
    setTop(scroll.top);
  };
  // Keys may come faster than the page is drawn: each goes on from where the one before it went.
  const cursor = useRef(selected);
  cursor.current = selected;
  const go = (index: number): void => {
    const at = Math.min(length - 1, Math.max(0, index));
    if (at < 0) return;
    cursor.current = at;
    if (scroll.reveal(at * ROW, (at + 1) * ROW)) moved();
    props.onSelect(at);
  };

  useEffect(() => () => {
    if (resting.current !== null) clearTimeout(resting.current);
  }, []);
  useLayoutEffect(() => {
    if (props.toTop > 0 && scroll.go(0)) moved();
  }, [props.toTop]);

  const first = Math.floor(scroll.top / ROW);
  const last = Math.min(length, Math.ceil((scroll.top + room) / ROW));
  const { onSight } = props;
  useEffect(() => onSight(first, Math.max(first, last), scroll.top < ROW / 2), [first, last, scroll.top < ROW / 2, onSight]);

  const shown: number[] = [];
  for (let i = first; i < last; i++) shown.push(i);
  const rowId = (i: number): string => `${props.id}-${i}`;
  return (
    <div
      ref={scroller}
      class="scroller table-scroller"
      onScroll={(event) => {
        if (scroll.scrolled(event.currentTarget.scrollTop)) setTop(scroll.top);
        if (resting.current !== null) clearTimeout(resting.current);
        resting.current = setTimeout(putBar, REST_MS);
      }}
    >
      <div
        class="table long"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={length + 1}
        aria-colcount={fitted.ids.length}
        aria-activedescendant={selected >= first && selected < last ? rowId(selected) : undefined}
        style={{ height: `${HEAD + scroll.height}px` }}
        onKeyDown={(event) => {
          const page = Math.max(1, Math.floor(room / ROW) - 1);
          // Where nothing is chosen yet, the first step chooses what is seen first.
          const from = cursor.current >= 0 ? cursor.current : first - 1;
          if (event.key === 'ArrowDown') go(from + 1);
          else if (event.key === 'ArrowUp') go(from - 1);
          else if (event.key === 'PageDown') go(from + page);
          else if (event.key === 'PageUp') go(from - page);
          else if (event.key === 'Home') go(0);
          else if (event.key === 'End') go(length - 1);
          else if (event.key === 'Enter' && selected >= 0) props.onOpen(selected, event);
          else return;
          event.preventDefault();
        }}
        onClick={(event) => {
          const index = indexAt(event.target);
          if (index !== null) props.onSelect(index);
        }}
        onDblClick={(event) => {
          const index = indexAt(event.target);
          if (index !== null && !(event.target instanceof Element && event.target.closest('button') !== null)) props.onOpen(index, event);
        }}
      >
        <div class="head" role="row" aria-rowindex={1} style={{ height: `${HEAD}px` }}>
          {fitted.ids.map((id, i) => (
            <div key={id} class={`cell ${titles.get(id)?.align ?? ''}`} role="columnheader" title={titles.get(id)?.hint} style={{ width: `${fitted.widths[i] ?? 0}px` }}>
              {titles.get(id)?.title}
            </div>
          ))}
        </div>
        <div class="long-rows" role="presentation" style={{ top: `${HEAD}px`, height: `${Math.min(room, length * ROW)}px` }}>
          {shown.map((i) => {
            const key = props.keyOf(i);
            return (
              <div key={key ?? i} id={rowId(i)} data-index={i} data-key={key ?? undefined} role="row" aria-rowindex={i + 2} aria-selected={i === selected} aria-busy={key === null ? true : undefined}
                class={`row${i === selected ? ' selected' : ''}${key === null ? ' coming' : ''}`} style={{ top: `${i * ROW - scroll.top}px`, height: `${ROW}px` }}>
                {fitted.ids.map((id, c) => (
                  <div key={id} class={`cell ${id} ${titles.get(id)?.align ?? ''}`} role="gridcell" style={{ width: `${fitted.widths[c] ?? 0}px` }}>
                    {key === null ? null : props.cell(i, id)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {length === 0 ? <div class="empty">{props.empty}</div> : null}
    </div>
  );
}

function indexAt(target: EventTarget | null): number | null {
  const index = target instanceof Element ? target.closest<HTMLElement>('[data-index]')?.dataset['index'] : undefined;
  return index === undefined ? null : Number(index);
}
