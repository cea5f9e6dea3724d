/** What part of the graph's drawing is on the screen: moved, zoomed, fitted. Pure. */
import type { Picture } from './drawing.js';
import type { Point } from './route.js';

/** A point of the drawing is on the screen at `x * k + left`, `y * k + top`. */
export interface GraphView {
  readonly left: number;
  readonly top: number;
  readonly k: number;
}

export const SMALLEST = 0.15;
export const LARGEST = 3;
/** Fitted, words are to be read: what does not fit so is moved about. */
const READABLE = 0.72;
const NATURAL = 1.1;

export interface Screen {
  readonly width: number;
  readonly height: number;
}

/** @param towards what must be seen where not all can be; null: the beginning */
export function fit(box: Picture['box'], screen: Screen, towards: Point | null): GraphView {
  const whole = Math.min(screen.width / box.width, screen.height / box.height);
  const k = Math.min(NATURAL, Math.max(READABLE, whole));
  return { k, left: along(box.left, box.width, screen.width, k, towards?.x ?? null), top: along(box.top, box.height, screen.height, k, towards?.y ?? null) };
}

function along(from: number, length: number, room: number, k: number, towards: number | null): number {
  if (length * k <= room) return (room - length * k) / 2 - from * k;
  const first = -from * k;
  const last = room - (from + length) * k;
  return towards === null ? first : Math.max(last, Math.min(first, room / 2 - towards * k));
}

/** All of it, however small that makes it. */
export function fitWhole(box: Picture['box'], screen: Screen): GraphView {
  const k = Math.max(SMALLEST, Math.min(NATURAL, screen.width / box.width, screen.height / box.height));
  return { k, left: (screen.width - box.width * k) / 2 - box.left * k, top: (screen.height - box.height * k) / 2 - box.top * k };
}

/** @param at stays where it is on the screen */
export function zoomed(view: GraphView, by: number, at: Point): GraphView {
  const k = Math.min(LARGEST, Math.max(SMALLEST, view.k * by));
  const ratio = k / view.k;
  return { k, left: at.x - (at.x - view.left) * ratio, top: at.y - (at.y - view.top) * ratio };
}

/** Moved as little as brings a point of the drawing onto the screen, with some room around. */
export function showing(view: GraphView, at: Point, screen: Screen): GraphView {
  const [x, y] = [at.x * view.k + view.left, at.y * view.k + view.top];
  const room = (where: number, length: number, around: number): number => Math.min(Math.max(where, Math.min(around, length / 2)), Math.max(length - around, length / 2)) - where;
  return { ...view, left: view.left + room(x, screen.width, 110 * view.k), top: view.top + room(y, screen.height, 40 * view.k) };
}

/** The node next in a direction: near, and rather ahead than aside. */
export function nextTowards<Node extends Point>(from: Point, nodes: readonly Node[], direction: 'left' | 'right' | 'up' | 'down'): Node | null {
  let best: Node | null = null;
  let least = Infinity;
  for (const node of nodes) {
    const [dx, dy] = [node.x - from.x, node.y - from.y];
    const [ahead, aside] = direction === 'right' ? [dx, dy] : direction === 'left' ? [-dx, dy] : direction === 'down' ? [dy, dx] : [-dy, dx];
    if (ahead < 4) continue;
    const far = ahead + 2.2 * Math.abs(aside);
    if (far < least) [best, least] = [node, far];
  }
  return best;
}
