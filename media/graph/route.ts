/** The ways of edges between placed nodes: which side they leave and enter, their curves, arrowheads and where their words stand. Pure. */
import type { Size, Way } from './place.js';

export interface Box extends Size {
  /** Centre. */
  readonly x: number;
  readonly y: number;
}

export interface Link {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Its ends are neighbours on a ring: nothing is between. */
  readonly straight?: boolean;
}

export interface Route {
  readonly path: string;
  /** A triangle whose tip touches the node. */
  readonly arrow: string;
  /** Centre of the label. */
  readonly label: Point;
  /** Points on its way, which may lead around all nodes. */
  readonly along: readonly Point[];
}

export type Point = { readonly x: number; readonly y: number };
type Side = 'left' | 'right' | 'top' | 'bottom';

const NORMAL: Readonly<Record<Side, Point>> = { left: { x: -1, y: 0 }, right: { x: 1, y: 0 }, top: { x: 0, y: -1 }, bottom: { x: 0, y: 1 } };
const ARROW = 8;
const LABEL: Size = { width: 54, height: 16 };
/** An edge back over more than this goes around what stands between. */
const FAR = 330;
const FAR_UP = 130;

export function routes(boxes: ReadonlyMap<string, Box>, links: readonly Link[], way: Way = 'right'): ReadonlyMap<string, Route> {
  const all = [...boxes.values()];
  const sided = links.flatMap((link) => {
    const from = boxes.get(link.from);
    const to = boxes.get(link.to);
    return from === undefined || to === undefined ? [] : [{ link, from, to, ...(way === 'right' ? sides(from, to, all) : sidesDown(from, to)) }];
  });
  const ports = new Ports();
  for (const { link, from, to, leave, enter } of sided) {
    if (link.straight === true) continue;
    ports.ask(link.from, leave, `${link.id} a`, to);
    ports.ask(link.to, enter, `${link.id} b`, from);
  }
  const labels: Box[] = [];
  const out = new Map<string, Route>();
  for (const { link, from, to, leave, enter } of sided) {
    if (link.straight === true) {
      const line = straight(from, to);
      labels.push({ ...line.label, ...LABEL });
      out.set(link.id, line);
      continue;
    }
    const start = ports.at(from, link.from, leave, `${link.id} a`);
    const tip = ports.at(to, link.to, enter, `${link.id} b`);
    const curve = curved(start, leave, tip, enter);
    const label = freeLabel(curve, all, labels);
    labels.push({ ...label, ...LABEL });
    const [a, b, c, d] = curve;
    out.set(link.id, { path: `M${xy(a)}C${xy(b)} ${xy(c)} ${xy(d)}`, arrow: triangle(tip, enter), label, along: [0.1, 0.25, 0.5, 0.75, 0.9].map((t) => point(curve, t)) });
  }
  return out;
}

function sides(from: Box, to: Box, all: readonly Box[]): { readonly leave: Side; readonly enter: Side } {
  const gap = (from.width + to.width) / 2 + 16;
  const dx = to.x - from.x;
  if (dx > gap) return { leave: 'right', enter: 'left' };
  if (dx < -FAR) {
    const side = to.y > from.y + 60 ? 'bottom' : 'top';
    // Who stands close above would hide the end of it.
    return { leave: side, enter: isClear(to, side, all) ? side : 'left' };
  }
  if (dx < -gap) return { leave: 'left', enter: 'right' };
  return to.y > from.y ? { leave: 'bottom', enter: 'top' } : { leave: 'top', enter: 'bottom' };
}

/** Whether nothing stands close above, or below. */
function isClear(box: Box, side: 'top' | 'bottom', all: readonly Box[]): boolean {
  const sign = side === 'top' ? -1 : 1;
  return !all.some((other) => other !== box && Math.abs(other.x - box.x) < (other.width + box.width) / 2 - 10 && (other.y - box.y) * sign > 0 && (other.y - box.y) * sign < 80);
}

/** From border to border, along the line between the middles. */
function straight(from: Box, to: Box): Route {
  const start = border(from, to, 0);
  const tip = border(to, from, 0);
  const base = border(to, from, ARROW);
  const [ux, uy] = [(tip.x - base.x) / ARROW, (tip.y - base.y) / ARROW];
  const half = ARROW * 0.5;
  return {
    path: `M${xy(start)}L${xy(base)}`,
    arrow: `M${xy(tip)}L${xy({ x: base.x - uy * half, y: base.y + ux * half })}L${xy({ x: base.x + uy * half, y: base.y - ux * half })}Z`,
    label: { x: round((start.x + tip.x) / 2), y: round((start.y + tip.y) / 2) },
    along: [],
  };
}

/** Where the line to another box leaves this one, and some way on. */
function border(box: Box, other: Box, on: number): Point {
  const [dx, dy] = [other.x - box.x, other.y - box.y];
  const share = Math.min(dx === 0 ? Infinity : box.width / 2 / Math.abs(dx), dy === 0 ? Infinity : box.height / 2 / Math.abs(dy));
  const length = Math.hypot(dx, dy) || 1;
  return { x: box.x + dx * (share + on / length), y: box.y + dy * (share + on / length) };
}

/** Where ranks go down. */
function sidesDown(from: Box, to: Box): { readonly leave: Side; readonly enter: Side } {
  const gap = (from.height + to.height) / 2 + 12;
  const dy = to.y - from.y;
  if (dy > gap) return { leave: 'bottom', enter: 'top' };
  if (dy < -FAR_UP) return to.x > from.x + 60 ? { leave: 'right', enter: 'right' } : { leave: 'left', enter: 'left' };
  if (dy < -gap) return { leave: 'top', enter: 'bottom' };
  return to.x > from.x ? { leave: 'right', enter: 'left' } : { leave: 'left', enter: 'right' };
}

/** Where ends meet the sides of nodes: spread over them, in the order of what they lead to, so that they do not cross there. */
class Ports {
  readonly #asked = new Map<string, { readonly end: string; readonly other: Point }[]>();
  readonly #ordered = new Map<string, ReadonlyMap<string, number>>();

  ask(node: string, side: Side, end: string, other: Point): void {
    const key = `${node} ${side}`;
    const known = this.#asked.get(key);
    if (known === undefined) this.#asked.set(key, [{ end, other }]);
    else known.push({ end, other });
  }

  at(box: Box, node: string, side: Side, end: string): Point {
    const upright = side === 'left' || side === 'right';
    const order = this.#order(`${node} ${side}`, upright);
    const room = (upright ? box.height : box.width) - 14;
    const step = Math.min(upright ? 13 : 26, room / Math.max(1, order.size - 1));
    const offset = ((order.get(end) ?? 0) - (order.size - 1) / 2) * step;
    const { x, y } = NORMAL[side];
    return { x: box.x + (x * box.width) / 2 + (upright ? 0 : offset), y: box.y + (y * box.height) / 2 + (upright ? offset : 0) };
  }

  #order(key: string, upright: boolean): ReadonlyMap<string, number> {
    let order = this.#ordered.get(key);
    if (order === undefined) {
      const asked = [...(this.#asked.get(key) ?? [])].sort((a, b) => (upright ? a.other.y - b.other.y : a.other.x - b.other.x) || (a.end < b.end ? -1 : 1));
      order = new Map(asked.map(({ end }, i) => [end, i]));
      this.#ordered.set(key, order);
    }
    return order;
  }
}

type Curve = readonly [Point, Point, Point, Point];

function curved(start: Point, leave: Side, tip: Point, enter: Side): Curve {
  const out = NORMAL[leave];
  const into = NORMAL[enter];
  const end = { x: tip.x + into.x * (ARROW - 1), y: tip.y + into.y * (ARROW - 1) };
  const around = leave === enter || (leave === 'top' && enter === 'left') || (leave === 'bottom' && enter === 'left');
  const reach = around ? 46 + Math.abs(end.x - start.x) * 0.16 : Math.max(22, (out.x !== 0 ? Math.abs(end.x - start.x) : Math.abs(end.y - start.y)) * 0.46);
  return [start, { x: start.x + out.x * reach, y: start.y + out.y * reach }, { x: end.x + into.x * reach, y: end.y + into.y * reach }, end];
}

function point([a, b, c, d]: Curve, t: number): Point {
  const u = 1 - t;
  const mix = (p: number, q: number, r: number, s: number): number => u * u * u * p + 3 * u * u * t * q + 3 * u * t * t * r + t * t * t * s;
  return { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) };
}

/** The middle, or where else on the way nothing else is. */
function freeLabel(curve: Curve, boxes: readonly Box[], labels: readonly Box[]): Point {
  let best: Point | null = null;
  let least = Infinity;
  for (const t of [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78]) {
    const at = point(curve, t);
    let hits = 0;
    for (const box of boxes) if (Math.abs(box.x - at.x) < (box.width + LABEL.width) / 2 - 8 && Math.abs(box.y - at.y) < (box.height + LABEL.height) / 2 - 8) hits += 2;
    // Where two ways are too short for two words side by side, they lie on each other as little as can be.
    for (const label of labels) hits += Math.max(0, 1 - Math.abs(label.x - at.x) / LABEL.width) * Math.max(0, 1 - Math.abs(label.y - at.y) / LABEL.height);
    if (hits < least) [best, least] = [at, hits];
    if (hits === 0) break;
  }
  const { x, y } = best ?? curve[0];
  return { x: round(x), y: round(y) };
}

function triangle(tip: Point, side: Side): string {
  const { x, y } = NORMAL[side];
  const base = { x: tip.x + x * ARROW, y: tip.y + y * ARROW };
  const half = ARROW * 0.5;
  return `M${xy(tip)}L${xy({ x: base.x + y * half, y: base.y + x * half })}L${xy({ x: base.x - y * half, y: base.y - x * half })}Z`;
}

function xy({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
