/** A bar between two panes: dragged, or moved with the arrow keys; a double click gives the share it had at first. */
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly share: Signal<number>;
  /** The share as it is drawn, where that is not what was chosen. */
  readonly now?: number;
  readonly byDefault: number;
  /** `columns`: the bar stands between left and right. */
  readonly between: 'columns' | 'rows';
  readonly class?: string;
  /** Where it stands, in pixels from the start of its parent, when it lies over the panes. */
  readonly at?: number;
}

const STEP = 0.02;
const LEAST = 0.12;

export function Splitter({ label, share, byDefault, between, at, ...rest }: Props): VNode {
  const dragging = useRef(false);
  const now = rest.now ?? share.value;
  const set = (value: number): void => {
    share.value = Math.min(1 - LEAST, Math.max(LEAST, value));
  };
  const move = (event: PointerEvent & { readonly currentTarget: HTMLElement }): void => {
    if (!dragging.current) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box === undefined) return;
    set(between === 'columns' ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height);
  };
  return (
    <div
      class={`splitter ${between} ${rest.class ?? ''}`}
      role="separator"
      style={at === undefined ? undefined : { left: `${at}px` }}
      tabIndex={0}
      aria-label={label}
      aria-orientation={between === 'columns' ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(now * 100)}
      aria-valuemin={LEAST * 100}
      aria-valuemax={100 - LEAST * 100}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={move}
      onPointerUp={() => (dragging.current = false)}
      onPointerCancel={() => (dragging.current = false)}
      onDblClick={() => set(byDefault)}
      onKeyDown={(event) => {
        const back = between === 'columns' ? 'ArrowLeft' : 'ArrowUp';
        const on = between === 'columns' ? 'ArrowRight' : 'ArrowDown';
        // A key that is held may come again before this is drawn anew: each goes on from the one before.
        const at = rest.now ?? share.peek();
        if (event.key === back) set(at - STEP);
        else if (event.key === on) set(at + STEP);
        else if (event.key === 'Home') set(0);
        else if (event.key === 'End') set(1);
        else if (event.key === 'Enter') set(byDefault);
        else return;
        event.preventDefault();
      }}
    />
  );
}
