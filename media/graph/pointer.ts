/** What the pointer does in the graph: moves the drawing or a node, zooms, asks what is under it. */
import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { turnFold, type Shown } from './graph-state.js';
import type { Hovered } from './tip.js';
import { zoomed, type GraphView } from './view.js';

interface Asked {
  readonly view: Signal<GraphView | null>;
  readonly shown: Shown;
  readonly hovered: Signal<Hovered | null>;
  readonly onMoved: () => void;
  /** Called with each step of a drag, in the drawing's units. */
  readonly onDropped: (node: string, x: number, y: number) => void;
  readonly onClick: (node: string) => void;
}

interface Handlers {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: () => void;
  readonly onPointerLeave: () => void;
}

interface Drag {
  readonly node: string | null;
  /** Of the pointer when it went down, and of what it drags then. */
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  readonly pointer: number;
  moved: boolean;
}

/** A shorter way is a click by a hand that is not still. */
const STILL = 4;

export function usePointer(box: RefObject<HTMLElement | null>, asked: Asked): Handlers {
  const { view, hovered } = asked;
  const drag = useRef<Drag | null>(null);
  useWheel(box, asked);

  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || !(event.target instanceof Element) || event.target.closest('button, vscode-button, .legend, .alone') !== null) return;
    const fold = event.target.closest<SVGElement>('[data-fold]')?.dataset['fold'];
    if (fold !== undefined) {
      turnFold(fold);
      return;
    }
    const node = event.target.closest<SVGElement>('[data-node]')?.dataset['node'] ?? null;
    const at = asked.shown.picture.nodes.find((one) => one.id === node);
    const now = view.peek() ?? { left: 0, top: 0, k: 1 };
    drag.current = { node, x: event.clientX, y: event.clientY, left: at?.x ?? now.left, top: at?.y ?? now.top, pointer: event.pointerId, moved: false };
  };

  const move = (event: PointerEvent): void => {
    const dragged = drag.current;
    if (dragged === null) {
      hover(event, hovered);
      return;
    }
    const [dx, dy] = [event.clientX - dragged.x, event.clientY - dragged.y];
    if (!dragged.moved && Math.hypot(dx, dy) < STILL) return;
    // Not before: a pointer that is captured clicks its captor, and a double click would name no node.
    if (!dragged.moved && event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(dragged.pointer);
    dragged.moved = true;
    hovered.value = null;
    const now = view.peek() ?? { left: 0, top: 0, k: 1 };
    if (dragged.node !== null) asked.onDropped(dragged.node, dragged.left + dx / now.k, dragged.top + dy / now.k);
    else {
      view.value = { ...now, left: dragged.left + dx, top: dragged.top + dy };
      asked.onMoved();
    }
  };

  const up = (): void => {
    const dragged = drag.current;
    drag.current = null;
    if (dragged !== null && !dragged.moved && dragged.node !== null) asked.onClick(dragged.node);
  };

  return {
    onPointerDown: down, onPointerMove: move, onPointerUp: up,
    onPointerCancel: () => (drag.current = null),
    onPointerLeave: () => {
      hovered.value = null;
      if (drag.current?.moved !== true) drag.current = null;
    },
  };
}

function hover(event: PointerEvent, hovered: Signal<Hovered | null>): void {
  const target = event.target instanceof Element ? event.target : null;
  const node = target?.closest<SVGElement>('[data-node]')?.dataset['node'] ?? null;
  const edge = node === null ? (target?.closest<SVGElement>('[data-edge]')?.dataset['edge'] ?? null) : null;
  if (node === null && edge === null) hovered.value = null;
  else hovered.value = { node, edge, x: event.clientX, y: event.clientY };
}

/** With Ctrl, or two fingers that pinch, the wheel zooms; without it moves the drawing, as far as that is larger than the screen. */
function useWheel(box: RefObject<HTMLElement | null>, asked: Asked): void {
  const latest = useRef(asked);
  latest.current = asked;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const wheel = (event: WheelEvent): void => {
      const { view, shown, onMoved, hovered } = latest.current;
      const now = view.peek();
      if (now === null) return;
      const at = element.getBoundingClientRect();
      hovered.value = null;
      if (event.ctrlKey || event.metaKey) view.value = zoomed(now, Math.exp(-event.deltaY * 0.0035), { x: event.clientX - at.left, y: event.clientY - at.top });
      else {
        const { box: all } = shown.picture;
        const [dx, dy] = event.shiftKey ? [event.deltaY || event.deltaX, 0] : [event.deltaX, event.deltaY];
        const left = within(now.left, -dx, all.left * now.k, all.width * now.k, element.clientWidth);
        const top = within(now.top, -dy, all.top * now.k, all.height * now.k, element.clientHeight);
        if (left === now.left && top === now.top) return;
        view.value = { ...now, left, top };
      }
      onMoved();
      event.preventDefault();
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);
}

/** Not beyond the ends of the drawing; where it is seen whole, not at all: then the page may scroll. */
function within(offset: number, by: number, from: number, length: number, room: number): number {
  const first = -from;
  const last = room - from - length;
  if (last >= first) return offset;
  if (by < 0) return Math.min(offset, Math.max(last, offset + by));
  return Math.max(offset, Math.min(first, offset + by));
}
