/** The tab Graph: processes and channels as a picture that stays still while its figures change, and as a table. */
import { effect, signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { processMenu } from '../processes/actions.js';
import { reveal } from '../processes/tree-state.js';
import { choices, chooseChannel, chooseObject } from '../state/choices.js';
import { seconds } from '../state/clock.js';
import { host } from '../state/host.js';
import { plural, t } from '../state/l10n.js';
import { store } from '../state/store.js';
import { openMenu } from '../ui/menu.js';
import { useSize } from '../ui/size.js';
import type { Picture } from './drawing.js';
import { EdgeTable } from './edge-table.js';
import { isEmpty } from './graph.js';
import { arrange, beat, moveTo, show, turnFold, type Shown } from './graph-state.js';
import { usePointer } from './pointer.js';
import { Edge, EdgeLabel, Node } from './pieces.js';
import { GraphTip, type Hovered } from './tip.js';
import { GraphTools } from './tools.js';
import type { GraphNode } from './types.js';
import { fit, fitWhole, nextTowards, showing, zoomed, type GraphView } from './view.js';

/** Rows change twenty times a second; nobody reads figures that fast. */
const BEAT_MS = 160;
/** Of the page's time, a graph that is dear to make takes no more than one part in this many. */
const SHARE = 5;
/** A page narrower than this has its ranks one under the other. */
const NARROW = 640;
/** With more, what moves costs more than it tells. */
const LIVELIEST = 40;

/** Kept while the tab is closed. null: not yet drawn. */
const view = signal<GraphView | null>(null);
const movedByUser = signal(false);
const focused = signal<string | null>(null);
const hovered = signal<Hovered | null>(null);
const tableShown = signal(false);

export function GraphPane(): VNode {
  useBeat();
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const way = size.width > 0 && size.width < NARROW ? 'down' : 'right';
  const shown = useMemo(() => timed(() => show(way)), [beat.value, way, choices.internal.value, choices.filter.value, choices.tree.value.folds, store.run.value?.id]);
  const empty = isEmpty(shown.graph);
  useFit(shown, roomOf(shown, size), empty);
  const pointer = usePointer(box, { view, shown, onMoved: () => (movedByUser.value = true), onDropped: (id, x, y) => moveTo(way, id, x, y), onClick: (id) => choose(nodeOf(shown, id)), hovered });

  return (
    <div class={`graph-pane${tableShown.value ? ' tabled' : ''}`}>
      <div ref={box} class="graph-box" {...pointer} onDblClick={(event) => opened(shown, event)} onContextMenu={(event) => menu(shown, event)}>
        {empty ? <Empty /> : <Drawing shown={shown} size={size} />}
        {empty ? null : <GraphTools fitAll={() => fitAll(shown, size)} zoom={(by) => zoom(by, size)} arrange={() => { movedByUser.value = false; view.value = null; arrange(shown); }} table={tableShown} />}
        {shown.found !== null && shown.found.nodes.size === 0 && !empty ? <p class="graph-note" role="status">{t('The filter finds nothing in the graph.')}</p> : shown.graph.foldedAway > 0 && !empty ? <p class="graph-note">{plural(shown.graph.foldedAway, '{0} process folded: double-click a stack, or press Space, to see each', '{0} processes folded: double-click a stack, or press Space, to see each')}</p> : null}
      </div>
      {empty ? null : <EdgeTable shown={shown} visible={tableShown.value} onChoose={(id) => choose(nodeOf(shown, id))} />}
      {hovered.value === null ? null : <GraphTip shown={shown} at={hovered.value} />}
    </div>
  );
}

function Empty(): VNode {
  return (
    <div class="alone">
      <h2>{t('Nothing goes between processes yet')}</h2>
      <p class="dim">{t('Processes, queues and pipes appear here when the first message is put or somebody waits: for a message, for a lock, for another process.')}</p>
    </div>
  );
}

function Drawing({ shown, size }: { readonly shown: Shown; readonly size: { readonly width: number; readonly height: number } }): VNode {
  const { picture, graph, found } = shown;
  const now = view.value ?? { left: 0, top: 0, k: 1 };
  const chosen = chosenNode(shown);
  const tab = focused.value !== null && picture.nodes.some((node) => node.id === focused.value) ? focused.value : (chosen ?? picture.nodes[0]?.id ?? null);
  const about = hovered.value?.node ?? null;
  const edge = hovered.value?.edge ?? null;
  const near = new Set(picture.edges.filter((one) => (about === null ? one.id === edge : one.from === about || one.to === about)).map((one) => one.id));
  const nodesNear = new Set([...(about === null ? [] : [about]), ...picture.edges.filter((one) => near.has(one.id)).flatMap((one) => [one.from, one.to])]);
  const flows = picture.edges.filter((one) => one.tone === 'flow').length;
  return (
    <svg class={`graph${about !== null || edge !== null ? ' looking' : ''}${flows <= LIVELIEST ? ' lively' : ''}${found !== null ? ' filtered' : ''}`} width={size.width} height={size.height} role="application" aria-label={t('Graph of processes and channels')} aria-roledescription={t('graph')} aria-describedby="graph-keys"
      onKeyDown={(event) => key(event, shown, size)}
      onFocusIn={(event) => {
        const id = idAt(event.target);
        if (id !== null) focused.value = id;
      }}>
      <g transform={`translate(${round(now.left)} ${round(now.top)}) scale(${round(now.k, 1000)})`}>
        <g aria-hidden="true">{picture.edges.map((one) => <Edge key={one.id} edge={one} found={found?.edges.has(one.id) ?? false} near={near.has(one.id) || one.from === chosen || one.to === chosen} />)}</g>
        <g aria-hidden="true">{picture.edges.map((one) => <EdgeLabel key={one.id} edge={one} found={found?.edges.has(one.id) ?? false} near={near.has(one.id) || one.from === chosen || one.to === chosen} />)}</g>
        {picture.nodes.map((node) => <Node key={node.id} node={node} chosen={node.id === chosen} near={nodesNear.has(node.id)} found={found?.nodes.has(node.id) ?? false} tabbed={node.id === tab} />)}
      </g>
      <desc id="graph-keys">{t('Arrow keys go from node to node, Enter chooses one and, again, opens its line, Space folds and unfolds, plus and minus zoom, 0 shows all. A table of the same follows.')} {plural(graph.nodes.length, '{0} node', '{0} nodes')}</desc>
    </svg>
  );
}

let cost = 0;

function timed(make: () => Shown): Shown {
  const begin = performance.now();
  const made = make();
  cost = performance.now() - begin;
  return made;
}

/** Made anew while it is open, when rows changed or a second went by. */
function useBeat(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const stop = effect(() => {
      void store.version.value;
      void store.findings.value;
      void seconds.value;
      timer ??= setTimeout(() => {
        timer = null;
        if (!document.hidden) beat.value++;
      }, Math.max(BEAT_MS, cost * SHARE));
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
}

/** Until the user moves it, all that can be read at once is on the screen; it is moved again only for what would not be seen. */
function useFit({ picture, way }: Shown, size: { readonly width: number; readonly height: number }, empty: boolean): void {
  const fitted = useRef<{ readonly box: Picture['box']; readonly width: number; readonly height: number; readonly way: string } | null>(null);
  useLayoutEffect(() => {
    if (empty || size.width === 0 || size.height === 0) return;
    const before = fitted.current;
    const { box } = picture;
    const same = before !== null && before.way === way && before.width === size.width && before.height === size.height
      && box.left >= before.box.left - 1 && box.top >= before.box.top - 1 && box.left + box.width <= before.box.left + before.box.width + 1 && box.top + box.height <= before.box.top + before.box.height + 1;
    if (view.peek() !== null && (movedByUser.peek() || same)) return;
    fitted.current = { box, width: size.width, height: size.height, way };
    view.value = fit(box, size, telling(picture));
  }, [picture, size.width, size.height, way, empty]);
}

/** What the eye should find where not all fits: the middle of a circle of waits, or else what a finding is about. */
function telling({ nodes }: Picture): { readonly x: number; readonly y: number } | null {
  const circle = nodes.filter((node) => node.circle);
  const about = circle.length > 0 ? circle : nodes.filter((node) => node.severity === 'error').slice(0, 1);
  if (about.length === 0) return null;
  return { x: about.reduce((sum, node) => sum + node.x, 0) / about.length, y: about.reduce((sum, node) => sum + node.y, 0) / about.length };
}

/** Height of the line that says how many are folded. */
const NOTE = 30;

/** Where the drawing hides nothing of what is said below it. */
function roomOf({ graph }: Shown, { width, height }: { readonly width: number; readonly height: number }): { readonly width: number; readonly height: number } {
  return { width, height: graph.foldedAway > 0 ? Math.max(0, height - NOTE) : height };
}

function fitAll(shown: Shown, size: { readonly width: number; readonly height: number }): void {
  movedByUser.value = true;
  view.value = fitWhole(shown.picture.box, roomOf(shown, size));
}

function zoom(by: number, size: { readonly width: number; readonly height: number }): void {
  movedByUser.value = true;
  view.value = zoomed(view.peek() ?? { left: 0, top: 0, k: 1 }, by, { x: size.width / 2, y: size.height / 2 });
}

function key(event: KeyboardEvent, shown: Shown, size: { readonly width: number; readonly height: number }): void {
  const id = idAt(event.target);
  const node = id === null ? null : nodeOf(shown, id);
  const direction = ({ ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' } as const)[event.key];
  if (direction !== undefined) {
    const from = shown.picture.nodes.find((one) => one.id === id);
    const next = from === undefined ? shown.picture.nodes[0] : nextTowards(from, shown.picture.nodes, direction);
    if (next != null) focusOn(next.id, next, size);
  } else if (event.key === '+' || event.key === '=') zoom(1.25, size);
  else if (event.key === '-') zoom(0.8, size);
  else if (event.key === '0') fitAll(shown, size);
  else if (event.key === ' ' && node !== null) {
    const fold = foldOf(node);
    if (fold !== null) turnFold(fold);
  } else if (event.key === 'Enter' && node !== null) {
    if (chosenNode(shown) === node.id) openSource(node, event.ctrlKey || event.metaKey);
    else choose(node);
  } else if ((event.key === 'F10' && event.shiftKey) || event.key === 'ContextMenu') {
    menu(shown, event);
    return;
  } else return;
  event.preventDefault();
}

function focusOn(id: string, at: { readonly x: number; readonly y: number }, size: { readonly width: number; readonly height: number }): void {
  focused.value = id;
  view.value = showing(view.peek() ?? { left: 0, top: 0, k: 1 }, at, size);
  document.querySelector<SVGElement>(`.graph [data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
}

/** Folding is for what is folded now; folding back for what came out. */
function foldOf(node: GraphNode): string | null {
  return node.fold ?? (node.folded ? node.id : null);
}

/** A pool's workers that were shown one by one are folded again at the pool, too. */
function opened(shown: Shown, event: MouseEvent): void {
  const id = idAt(event.target);
  const node = id === null ? null : nodeOf(shown, id);
  if (node === null) return;
  if (node.folded) turnFold(node.id);
  else openSource(node, event.ctrlKey || event.metaKey);
}

function openSource(node: GraphNode, beside: boolean): void {
  const where = rowOf(node)?.created ?? null;
  if (where !== null) host.open(where, beside);
}

function rowOf({ id }: GraphNode): { readonly created: Parameters<typeof host.open>[0] | null } | undefined {
  switch (id.charAt(0)) {
    case 'p': return store.processes.get(id)?.peek();
    case 'c': return store.channels.get(id)?.peek();
    case 'l': return store.locks.get(id)?.peek();
    case 'w': return store.pools.get(id)?.peek();
    case 'o': return store.shared.get(id)?.peek();
    default: return undefined;
  }
}

function choose(node: GraphNode | null): void {
  if (node === null || rowOf(node) === undefined) return;
  focused.value = node.id;
  if (node.kind === 'process') reveal(node.id);
  else if (node.kind === 'channel') chooseChannel(node.id);
  else chooseObject(node.id);
}

/** The node of what was chosen last, wherever. */
function chosenNode({ graph }: Shown): string | null {
  const key = choices.arrows.value === 'process' ? choices.process.value : choices.arrows.value === 'channel' ? choices.channel.value : choices.object.value;
  return key === null ? null : (graph.nodeOf.get(key) ?? null);
}

function menu(shown: Shown, event: MouseEvent | KeyboardEvent): void {
  const id = idAt(event.target);
  const process = id === null ? undefined : store.processes.get(id)?.peek();
  event.preventDefault();
  if (process === undefined || id === null) return;
  const at = event instanceof MouseEvent ? { x: event.clientX, y: event.clientY } : below(event.target);
  choose(nodeOf(shown, id));
  openMenu(t('Actions of {0}', process.name), at.x, at.y, processMenu(process));
}

function below(target: EventTarget | null): { readonly x: number; readonly y: number } {
  const box = target instanceof Element ? target.getBoundingClientRect() : { left: 0, bottom: 0 };
  return { x: box.left + 12, y: box.bottom };
}

function nodeOf({ graph }: Shown, id: string): GraphNode | null {
  return graph.nodes.find((node) => node.id === id) ?? null;
}

function idAt(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest<SVGElement>('[data-node]')?.dataset['node'] ?? null) : null;
}

function round(n: number, by = 10): number {
  return Math.round(n * by) / by;
}
