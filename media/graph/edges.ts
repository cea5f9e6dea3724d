/** Collects what goes between rows as edges between the nodes that stand for them: what is folded is summed. Pure. */
import type { Severity } from '../../src/protocol/view.js';
import type { EdgeKind, GraphEdge, Waiting } from './types.js';
import { worse } from './waits.js';

interface Sum {
  readonly kind: EdgeKind;
  readonly from: string;
  readonly to: string;
  messages: number | null;
  rate: number | null;
  readonly waiting: Waiting[];
  severity: Severity | null;
}

export class Edges {
  readonly #all = new Map<string, Sum>();
  readonly #touched = new Set<string>();

  /** @param nodeOf the node of each key; a key that has none has no edges */
  constructor(private readonly nodeOf: ReadonlyMap<string, string>) {}

  /** @param counted null: nothing is counted on such an edge */
  add(kind: EdgeKind, from: string, to: string, counted: { readonly messages: number; readonly rate: number | null } | null): void {
    const sum = this.#sum(kind, from, to);
    if (sum === null || counted === null) return;
    sum.messages = (sum.messages ?? 0) + counted.messages;
    if (counted.rate !== null) sum.rate = (sum.rate ?? 0) + counted.rate;
  }

  wait(from: string, to: string, waiting: Waiting, severity: Severity | null): void {
    const sum = this.#sum('wait', from, to);
    if (sum === null) return;
    sum.waiting.push(waiting);
    sum.severity = worse(severity, sum.severity);
  }

  /** Whether a row's node has any edge. */
  touches(key: string): boolean {
    const id = this.nodeOf.get(key);
    return id !== undefined && this.#touched.has(id);
  }

  /** In order of their ids, so that the same rows give the same picture. A lock that is held or waited for needs no word that it is used. */
  list(): GraphEdge[] {
    const all = [...this.#all].map(([id, sum]) => ({ id, ...sum, waiting: sum.waiting.sort((a, b) => a.sinceMs - b.sinceMs), circle: false }));
    return all.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  #sum(kind: EdgeKind, fromKey: string, toKey: string): Sum | null {
    const from = this.nodeOf.get(fromKey);
    const to = this.nodeOf.get(toKey);
    if (from === undefined || to === undefined || from === to) return null;
    const id = `${from} ${kind} ${to}`;
    let sum = this.#all.get(id);
    if (sum === undefined) {
      sum = { kind, from, to, messages: null, rate: null, waiting: [], severity: null };
      this.#all.set(id, sum);
    }
    this.#touched.add(from).add(to);
    return sum;
  }
}
