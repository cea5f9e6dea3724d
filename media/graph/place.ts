/**
 * Where nodes stand. What was placed stays; what is new finds a free place near what it has to do with; only when more came than
 * there was is all of it laid out anew, for then there was little to remember. The same calls give the same places. Pure.
 */
import { Graph as Dagre, layout } from '@dagrejs/dagre';
import type { Graph, GraphEdge, NodeKind } from './types.js';

/** Centre of a node, in the drawing's own units: pixels at zoom 1. */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** The user put it there. */
  readonly fixed: boolean;
}

export type Places = ReadonlyMap<string, Place>;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const SIZES: Readonly<Record<NodeKind, Size>> = {
  process: { width: 168, height: 38 },
  channel: { width: 156, height: 40 },
  pool: { width: 168, height: 40 },
  lock: { width: 140, height: 38 },
  shared: { width: 148, height: 38 },
};

/** Which way messages go, mostly: to the right, or in a narrow page down. */
export type Way = 'right' | 'down';

interface Grid {
  /** From one rank to the next, and from one node of a rank to its neighbour. */
  readonly rank: number;
  readonly next: number;
}

const RANK_GAP: Readonly<Record<Way, number>> = { right: 80, down: 46 };
const NEXT_GAP = 16;
const GRIDS: Readonly<Record<Way, Grid>> = { right: { rank: 168 + RANK_GAP.right, next: 40 + NEXT_GAP }, down: { rank: 40 + RANK_GAP.down, next: 168 + NEXT_GAP } };
const MARGIN = 8;

/**
 * @param before places known from earlier, also of nodes that are folded away now: they come back to where they were
 * @returns places of the nodes of this graph and of all that was known before; `before` itself where nothing moved
 */
export function place(graph: Graph, before: Places, way: Way = 'right'): Places {
  const fresh = graph.nodes.filter((node) => !before.has(node.id));
  const known = graph.nodes.length - fresh.length;
  const touched = graph.nodes.some((node) => before.get(node.id)?.fixed === true);
  if (fresh.length === 0 && !graph.circles.some(isRing)) return before;
  const places = new Map(before);
  if (fresh.length > 0) {
    if (fresh.length > known && !touched) for (const [id, at] of layOut(graph, way)) places.set(id, at);
    else settle(graph, places, way);
  }
  let moved = fresh.length > 0;
  for (const circle of graph.circles) moved = asRing(graph, circle, places, way) || moved;
  return moved ? places : before;
}

/** In ranks, as messages go. */
export function layOut(graph: Graph, way: Way = 'right'): Map<string, Place> {
  const dagre = new Dagre<object, { width: number; height: number; x?: number; y?: number }, object>({ directed: true });
  dagre.setGraph({ rankdir: way === 'right' ? 'LR' : 'TB', nodesep: NEXT_GAP, ranksep: RANK_GAP[way], edgesep: 10, acyclicer: 'greedy' });
  dagre.setDefaultEdgeLabel(() => ({}));
  const linked = new Set(graph.edges.flatMap((edge) => [edge.from, edge.to]));
  for (const node of graph.nodes) if (linked.has(node.id)) dagre.setNode(node.id, { ...SIZES[node.kind] });
  for (const edge of directed(graph.edges)) dagre.setEdge(edge.from, edge.to, { weight: edge.kind === 'put' || edge.kind === 'get' ? 3 : 1, minlen: 1 });
  if (linked.size > 0) layout(dagre);
  const places = new Map<string, Place>();
  let low = 0;
  for (const id of dagre.nodes()) {
    const { x = 0, y = 0, height } = dagre.node(id);
    places.set(id, { x: Math.round(x), y: Math.round(y), fixed: false });
    low = Math.max(low, y + height / 2);
  }
  // What stands alone stands below, in rows.
  const abreast = way === 'right' ? 5 : 2;
  graph.nodes.filter((node) => !linked.has(node.id)).forEach((node, i) => {
    places.set(node.id, { x: 84 + (i % abreast) * (168 + NEXT_GAP), y: Math.round(low + (low === 0 ? 20 : 2 * NEXT_GAP + 20) + Math.floor(i / abreast) * GRIDS.right.next), fixed: false });
  });
  return places;
}

/**
 * One edge for each pair, in the way that messages go. Where they go both ways, from the process: it is the one who asks. Waits come
 * and go, and lead against the stream as often as not: they say where a node belongs only where nothing else does.
 */
function directed(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  const pairs = new Set<string>();
  const taken: GraphEdge[] = [];
  const linked = new Set<string>();
  for (const kind of ['put', 'get', 'use', 'serve', 'wait'] as const) {
    for (const edge of edges) {
      if (edge.kind !== kind || pairs.has(`${edge.from} ${edge.to}`) || pairs.has(`${edge.to} ${edge.from}`)) continue;
      if (kind === 'wait' && linked.has(edge.from) && linked.has(edge.to)) continue;
      pairs.add(`${edge.from} ${edge.to}`);
      taken.push(edge);
    }
    for (const { from, to } of taken) linked.add(from).add(to);
  }
  return taken;
}

/** Gives each new node a place, those first that are nearest to what stands. */
function settle(graph: Graph, places: Map<string, Place>, way: Way): void {
  const { into, outOf } = neighbours(graph.edges);
  const missing = new Map(graph.nodes.filter((node) => !places.has(node.id)).map((node) => [node.id, node]));
  const taken = graph.nodes.flatMap((node) => {
    const at = places.get(node.id);
    return at === undefined ? [] : [{ ...at, ...SIZES[node.kind] }];
  });
  while (missing.size > 0) {
    const next = [...missing.values()].find((node) => [...(into.get(node.id) ?? []), ...(outOf.get(node.id) ?? [])].some((id) => places.has(id))) ?? [...missing.values()][0];
    if (next === undefined) return;
    missing.delete(next.id);
    const size = SIZES[next.kind];
    const wish = wishFor(next.members, into.get(next.id) ?? [], outOf.get(next.id) ?? [], places, way) ?? below(taken);
    const at = free(wish, size, taken, way);
    places.set(next.id, { ...at, fixed: false });
    taken.push({ ...at, ...size, fixed: false });
  }
}

function neighbours(edges: readonly GraphEdge[]): { readonly into: ReadonlyMap<string, string[]>; readonly outOf: ReadonlyMap<string, string[]> } {
  const into = new Map<string, string[]>();
  const outOf = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, value: string): void => {
    const known = map.get(key);
    if (known === undefined) map.set(key, [value]);
    else known.push(value);
  };
  for (const edge of directed(edges)) {
    add(into, edge.to, edge.from);
    add(outOf, edge.from, edge.to);
  }
  return { into, outOf };
}

type Point = { readonly x: number; readonly y: number };

/** Where its members stood; else a rank after what it gets from, or before what it gives to; null: nothing says where. */
function wishFor(members: readonly string[], into: readonly string[], outOf: readonly string[], places: Places, way: Way): Point | null {
  const find = (ids: readonly string[]): Point[] => ids.flatMap((id) => places.get(id) ?? []).map((at) => turned(at, way));
  const mean = (at: readonly Point[]): Point => ({ x: at.reduce((sum, p) => sum + p.x, 0) / at.length, y: at.reduce((sum, p) => sum + p.y, 0) / at.length });
  const { rank } = GRIDS[way];
  const stood = find(members);
  if (stood.length > 0) return turned(mean(stood), way);
  const before = find(into);
  const after = find(outOf);
  if (before.length + after.length === 0) return null;
  const { y } = mean([...before, ...after]);
  const last = Math.max(...before.map((p) => p.x));
  const first = Math.min(...after.map((p) => p.x));
  const between = before.length > 0 && after.length > 0 && first - last >= 2 * rank - 20;
  return turned({ x: between ? (last + first) / 2 : before.length > 0 ? last + rank : first - rank, y }, way);
}

/** As if ranks went to the right; and back. */
function turned({ x, y }: Point, way: Way): Point {
  return way === 'right' ? { x, y } : { x: y, y: x };
}

type Box = Point & Size;

function below(taken: readonly Box[]): Point {
  if (taken.length === 0) return { x: 84, y: 20 };
  return { x: Math.min(...taken.map((box) => box.x)), y: Math.max(...taken.map((box) => box.y + box.height / 2)) + GRIDS.right.next };
}

/** Rather this many half steps along its rank than into another: the rank says what it does. */
const RANK_COSTS = 12;

/** The free place nearest to a wish: along its rank, then in the ranks beside it. */
function free(wish: Point, size: Size, taken: readonly Box[], way: Way): Point {
  const { rank, next } = GRIDS[way];
  for (let far = 0; far < 600; far++) {
    for (let ranks = 0; ranks <= Math.min(3, Math.floor(far / RANK_COSTS)); ranks++) {
      const along = far - ranks * RANK_COSTS;
      for (const dy of along === 0 ? [0] : [along, -along]) {
        for (const dx of ranks === 0 ? [0] : [ranks, -ranks]) {
          const by = turned({ x: dx * rank, y: (dy * next) / 2 }, way);
          const at = { x: Math.round(wish.x + by.x), y: Math.round(wish.y + by.y) };
          if (!taken.some((box) => overlap({ ...at, ...size }, box))) return at;
        }
      }
    }
  }
  return below(taken);
}

export function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 + MARGIN && Math.abs(a.y - b.y) < (a.height + b.height) / 2 + MARGIN;
}

/** Smaller circles are seen as they are. */
const SMALLEST_RING = 4;

/** Whether a circle of waits is drawn on a ring of its own. */
export function isRing(circle: readonly string[]): boolean {
  return circle.length >= SMALLEST_RING;
}

/** Half the width and height of a ring on which neighbours leave each other room: flat, or in a narrow page upright. */
function ringOf(count: number, way: Way): { readonly rx: number; readonly ry: number } {
  const step = (2 * Math.PI) / Math.max(4, count);
  if (way === 'down') return { rx: Math.max(108, 92 / Math.sin(step)), ry: Math.max(84, 60 / (1 - Math.cos(step))) };
  return { rx: Math.max(220, 236 / Math.sin(step)), ry: Math.max(84, 39 / Math.sin(step / 2)) };
}

/**
 * A circle of waits is drawn as one: its nodes move, once, for this is news that is worth it, and nothing else does. It stands where
 * its nodes did, or below all else where others are in the way. Who was put somewhere by the user stays there.
 *
 * @returns whether anything moved
 */
function asRing(graph: Graph, circle: readonly string[], places: Map<string, Place>, way: Way): boolean {
  if (!isRing(circle) || circle.some((id) => places.get(id)?.fixed !== false)) return false;
  const kinds = new Map(graph.nodes.map((node) => [node.id, node.kind]));
  const { rx, ry } = ringOf(circle.length, way);
  const stood = circle.flatMap((id) => places.get(id) ?? []);
  const centre = { x: stood.reduce((sum, p) => sum + p.x, 0) / stood.length, y: stood.reduce((sum, p) => sum + p.y, 0) / stood.length };
  if (stood.every((p) => Math.abs(Math.hypot((p.x - centre.x) / rx, (p.y - centre.y) / ry) - 1) < 0.02)) return false;
  const others = graph.nodes.filter((node) => !circle.includes(node.id)).flatMap((node) => ({ ...(places.get(node.id) ?? { x: 0, y: 0, fixed: false }), ...SIZES[node.kind] }));
  const around = (middle: Point): Box[] =>
    circle.map((id, i) => {
      const angle = -Math.PI / 2 + (i * 2 * Math.PI) / circle.length;
      return { x: Math.round(middle.x + Math.cos(angle) * rx), y: Math.round(middle.y + Math.sin(angle) * ry), ...SIZES[kinds.get(id) ?? 'process'] };
    });
  let boxes = around(centre);
  if (boxes.some((box) => others.some((other) => overlap(box, other)))) {
    const low = Math.max(...others.map((box) => box.y + box.height / 2));
    boxes = around({ x: centre.x, y: low + ry + GRIDS.right.next });
  }
  circle.forEach((id, i) => {
    const box = boxes[i];
    if (box !== undefined) places.set(id, { x: box.x, y: box.y, fixed: false });
  });
  return true;
}
