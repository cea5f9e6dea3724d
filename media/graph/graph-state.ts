/** The graph as the page shows it now: made anew a few times a second while its tab is open, from rows that change twenty times. */
import { signal } from '@preact/signals';
import { foundByFilter } from '../processes/tree-state.js';
import { choices, chooseForTree } from '../state/choices.js';
import { shownMs } from '../state/clock.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { GRAPH_FOLD } from '../state/tree-choices.js';
import { linesKey, linesOf, pictureOf, type Lines, type Picture } from './drawing.js';
import { foundIn, type Found } from './found.js';
import { graphOf } from './graph.js';
import { layOut, place, type Places, type Way } from './place.js';
import { Rates } from './rates.js';
import type { Graph, GraphRows } from './types.js';
import { sceneOf, type Scene } from './words.js';

export interface Shown {
  readonly graph: Graph;
  readonly picture: Picture;
  readonly scene: Scene;
  readonly way: Way;
  /** What the page's filter finds; null: there is no filter. */
  readonly found: Found | null;
}

/** Places and folds of one run, kept while its tab is closed, and for each way of laying out. */
interface Memory {
  readonly run: string;
  readonly places: Record<Way, Places>;
  folds: ReadonlySet<string>;
  readonly rates: Rates;
  lines: { readonly key: string; readonly places: Places; readonly way: Way; readonly lines: Lines } | null;
}

let memory: Memory | null = null;

/** Rises when the graph is to be made anew. */
export const beat = signal(0);

/** The graph has the whole page below the header: a drawing wants room. */
export const large = signal(false);

function rowsNow(): GraphRows {
  return {
    processes: [...store.processes.values()].map((row) => row.peek()).sort((a, b) => a.startedMs - b.startedMs || Number(a.key.slice(1)) - Number(b.key.slice(1))),
    channels: [...store.channels.peekAll()], locks: [...store.locks.peekAll()], pools: [...store.pools.peekAll()], shared: [...store.shared.peekAll()], findings: store.findings.peek(),
  };
}

function memoryOf(run: string): Memory {
  if (memory?.run !== run) memory = { run, places: { right: new Map(), down: new Map() }, folds: new Set(), rates: new Rates(), lines: null };
  return memory;
}

export function show(way: Way): Shown {
  const rows = rowsNow();
  const known = memoryOf(store.run.peek()?.id ?? '');
  const nowMs = shownMs();
  known.rates.note(nowMs, rows.channels);
  const flows = store.live.peek() && store.run.peek()?.durationMs === null;
  const open = new Set(Object.entries(choices.tree.peek().folds).flatMap(([id, open]) => (open && id.startsWith(GRAPH_FOLD) ? [id.slice(GRAPH_FOLD.length)] : [])));
  const graph = graphOf(rows, {
    internal: choices.internal.peek(), open, before: known.folds, names,
    rateOf: (channel, process, side) => (flows ? known.rates.of(channel, process, side) : 0),
  });
  known.folds = graph.folds;
  known.places[way] = place(graph, known.places[way], way);
  const scene = sceneOf(rows, names, nowMs);
  const asked = foundByFilter(rows.processes);
  return { graph, scene, way, found: asked === null ? null : foundIn(graph, asked), picture: pictureOf(graph, linesNow(known, graph, way), scene) };
}

function linesNow(known: Memory, graph: Graph, way: Way): Lines {
  const key = linesKey(graph);
  const places = known.places[way];
  if (known.lines?.key !== key || known.lines.places !== places || known.lines.way !== way) known.lines = { key, places, way, lines: linesOf(graph, places, way) };
  return known.lines.lines;
}

/** Shows the members of a fold one by one, or folds them again. */
export function turnFold(id: string): void {
  const key = `${GRAPH_FOLD}${id}`;
  const { folds } = choices.tree.peek();
  chooseForTree({ folds: { ...folds, [key]: folds[key] !== true } });
  beat.value++;
}

/** Puts a node where the user dragged it: there it stays. */
export function moveTo(way: Way, id: string, x: number, y: number): void {
  if (memory === null) return;
  memory.places[way] = new Map(memory.places[way]).set(id, { x: Math.round(x), y: Math.round(y), fixed: true });
  beat.value++;
}

/** Lays all of it out anew, as if it were seen for the first time. */
export function arrange({ graph, way }: Shown): void {
  if (memory === null) return;
  memory.places[way] = layOut(graph, way);
  beat.value++;
}
