/** Graphs for tests. */
import { graphOf, type GraphOptions } from '../../../../media/graph/graph.js';
import type { Graph, GraphEdge, GraphRows } from '../../../../media/graph/types.js';
import type { BlockedOp } from '../../../../src/protocol/view.js';
import { namesOf } from '../rows.js';

export function rowsOf(more: Partial<GraphRows>): GraphRows {
  return { processes: [], channels: [], locks: [], pools: [], shared: [], findings: [], ...more };
}

export function graph(more: Partial<GraphRows>, options: Partial<GraphOptions> = {}): Graph {
  return graphOf(rowsOf(more), { internal: false, open: new Set(), before: new Set(), names: namesOf(), rateOf: () => null, ...options });
}

export function blocked(op: BlockedOp, about: { readonly channel?: string; readonly object?: string; readonly process?: string }, sinceMs = 0) {
  return { op, sinceMs, untilMs: null, channel: about.channel ?? null, object: about.object ?? null, process: about.process ?? null, thread: null, where: null };
}

export function edge(of: Graph, id: string): GraphEdge | undefined {
  return of.edges.find((one) => one.id === id);
}

export const ids = (of: Graph): readonly string[] => of.edges.map((one) => one.id);
