/**
 * The picture of the graph as plain data: boxes, curves, words and what they mean. A pure function of the graph, its places and
 * its words: what is on the screen and what could be saved as a file are the same.
 */
import type { Shape, Tone } from '../../src/model/words.js';
import type { Severity } from '../../src/protocol/view.js';
import { isRing, SIZES, type Places, type Way } from './place.js';
import { routes, type Box, type Point, type Route } from './route.js';
import type { EdgeKind, Graph, GraphEdge, NodeKind } from './types.js';
import { edgeLabel, nodeWords, type Scene } from './words.js';

export interface NodePicture extends Box {
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  readonly line: string;
  readonly fullName: string;
  readonly mark: Shape | null;
  readonly tone: Tone;
  readonly severity: Severity | null;
  readonly fill: number | null;
  readonly ended: boolean;
  readonly folded: boolean;
  /** It came out of a fold and can go back. */
  readonly fold: string | null;
  readonly circle: boolean;
}

export type EdgeTone = 'flow' | 'quiet' | 'idle' | 'wait' | 'warn' | 'bad';

export interface EdgePicture {
  readonly id: string;
  readonly kind: EdgeKind;
  readonly from: string;
  readonly to: string;
  readonly path: string;
  /** null: it has no direction. */
  readonly arrow: string | null;
  readonly width: number;
  readonly label: string;
  readonly labelAt: Point;
  readonly tone: EdgeTone;
  readonly dashed: boolean;
}

export interface Picture {
  readonly nodes: readonly NodePicture[];
  readonly edges: readonly EdgePicture[];
  /** What surrounds all of it. */
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

/** Where all edges run, as long as no node moves and no edge comes or goes: this costs more than all else. */
export interface Lines {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly routes: ReadonlyMap<string, Route>;
}

export function linesOf(graph: Graph, places: Places, way: Way = 'right'): Lines {
  const boxes = new Map<string, Box>();
  for (const node of graph.nodes) {
    const at = places.get(node.id);
    if (at !== undefined) boxes.set(node.id, { x: at.x, y: at.y, ...SIZES[node.kind] });
  }
  const onRing = new Map(graph.circles.flatMap((circle, i) => (isRing(circle) ? circle.map((id) => [id, i] as const) : [])));
  const links = withoutRepeats(graph.edges).map(({ id, from, to, circle }) => ({ id, from, to, straight: circle && onRing.has(from) && onRing.get(from) === onRing.get(to) }));
  return { boxes, routes: routes(boxes, links, way) };
}

/** What {@link linesOf} depends on beside the places. */
export function linesKey({ nodes, edges }: Graph): string {
  return `${nodes.map((node) => node.id).join()}|${edges.map((edge) => (edge.circle ? `${edge.id}!` : edge.id)).join()}`;
}

export function pictureOf(graph: Graph, { boxes, routes: found }: Lines, scene: Scene): Picture {
  const shown = withoutRepeats(graph.edges);
  const inCircle = new Set(graph.circles.flat());
  const nodes = graph.nodes.flatMap((node): NodePicture[] => {
    const box = boxes.get(node.id);
    if (box === undefined) return [];
    const words = nodeWords(node, scene);
    const room = box.width - 24 - (node.severity === null ? 0 : 16) - (node.folded || node.fold !== null ? 18 : 0);
    return [{
      ...box, id: node.id, kind: node.kind, ...words, fullName: words.name, name: shorten(words.name, room, 7), line: shorten(words.line, box.width - (node.kind === 'lock' || node.kind === 'channel' ? 38 : words.mark === null ? 22 : 36), 6),
      severity: node.severity, folded: node.folded, fold: node.fold, circle: inCircle.has(node.id),
    }];
  });
  const edges = shown.flatMap((edge): EdgePicture[] => {
    const route = found.get(edge.id);
    if (route === undefined) return [];
    return [{
      id: edge.id, kind: edge.kind, from: edge.from, to: edge.to, path: route.path, arrow: edge.kind === 'use' ? null : route.arrow, width: widthOf(edge), label: edgeLabel(edge, scene.nowMs),
      labelAt: route.label, tone: toneOf(edge), dashed: edge.kind === 'wait' || (edge.kind === 'get' && edge.messages === 0),
    }];
  });
  // What matters most is painted last.
  return { nodes, edges: edges.sort((a, b) => LOUD.indexOf(a.tone) - LOUD.indexOf(b.tone)), box: surround([...boxes.values(), ...[...found.values()].flatMap((route) => route.along.map((at) => ({ ...at, width: 0, height: 0 })))]) };
}

const LOUD: readonly EdgeTone[] = ['idle', 'quiet', 'flow', 'wait', 'warn', 'bad'];

/** That a lock is held or waited for says that it is used. */
function withoutRepeats(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  const said = new Set(edges.flatMap((edge) => (edge.kind === 'hold' ? [`${edge.to} ${edge.from}`] : edge.kind === 'wait' ? [`${edge.from} ${edge.to}`] : [])));
  return edges.filter((edge) => edge.kind !== 'use' || !said.has(`${edge.from} ${edge.to}`));
}

function toneOf(edge: GraphEdge): EdgeTone {
  if (edge.severity === 'error') return 'bad';
  if (edge.severity === 'warning') return 'warn';
  if (edge.kind === 'wait') return 'wait';
  if (edge.kind === 'use') return 'idle';
  return edge.rate !== null && edge.rate > 0 ? 'flow' : 'quiet';
}

/** By powers of ten: 1 message a second and 10,000 must both be seen. */
function widthOf(edge: GraphEdge): number {
  if (edge.circle) return 3;
  if (edge.kind === 'wait') return edge.severity === null ? 1.6 : 2.4;
  if (edge.rate === null || edge.rate <= 0) return 1.2;
  return Math.round((1.6 + Math.min(4, Math.log10(1 + edge.rate)) * 1.1) * 10) / 10;
}

/** @param each width of a letter, about; those of Chinese, Japanese and Korean take two */
export function shorten(text: string, room: number, each: number): string {
  let width = 0;
  let kept = 0;
  const letters = Array.from(text);
  for (const letter of letters) {
    width += (letter.codePointAt(0) ?? 0) >= 0x1100 ? each * 1.8 : each;
    if (width > room) return `${letters.slice(0, Math.max(1, kept - 1)).join('').trimEnd()}…`;
    kept++;
  }
  return text;
}

const AROUND = 20;

function surround(boxes: readonly Box[]): Picture['box'] {
  if (boxes.length === 0) return { left: 0, top: 0, width: 1, height: 1 };
  const left = Math.min(...boxes.map((box) => box.x - box.width / 2)) - AROUND;
  const top = Math.min(...boxes.map((box) => box.y - box.height / 2)) - AROUND;
  return {
    left, top,
    width: Math.max(...boxes.map((box) => box.x + box.width / 2)) + AROUND - left,
    height: Math.max(...boxes.map((box) => box.y + box.height / 2)) + AROUND - top,
  };
}

