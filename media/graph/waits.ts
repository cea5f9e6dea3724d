/** Who waits for what in the graph, which findings speak of it, and the circles that waits make. Pure. */
import type { Blocked, BlockedOp, FindingRow, ProcessRow, Severity } from '../../src/protocol/view.js';
import type { RuleName } from '../../src/protocol/rules.js';
import type { GraphEdge } from './types.js';

/** Rules that speak of waits. */
const ABOUT_WAITS: ReadonlySet<RuleName> = new Set([
  'deadlock-cycle', 'fork-with-held-lock', 'holder-died', 'getter-never-ends', 'join-before-drain', 'pipe-end-left-open', 'task-done-missing', 'barrier-party-died',
  'result-handler-died', 'executor-stalled',
]);

/** Waits for room: whoever reads can end them. Others on a channel are for a message: whoever writes can. */
const FOR_ROOM: ReadonlySet<BlockedOp> = new Set(['put', 'send', 'feeder-send', 'join-thread', 'queue-join']);

export const RANK: Readonly<Record<Severity, number>> = { error: 3, warning: 2, info: 1 };

export function worse(a: Severity | null, b: Severity | null): Severity | null {
  return (a === null ? 0 : RANK[a]) >= (b === null ? 0 : RANK[b]) ? a : b;
}

/** Processes that a finding is about. */
export function subjects(finding: FindingRow): readonly string[] {
  return [...(finding.process === null ? [] : [finding.process]), ...(finding.others ?? [])];
}

/** Worst finding about the waits of each process. */
export function waitSeverities(findings: readonly FindingRow[]): ReadonlyMap<string, Severity> {
  const out = new Map<string, Severity>();
  for (const finding of findings) {
    if (!ABOUT_WAITS.has(finding.rule)) continue;
    for (const key of subjects(finding)) out.set(key, worse(finding.severity, out.get(key) ?? null) ?? finding.severity);
  }
  return out;
}

export interface Wait {
  readonly blocked: Blocked;
  /** Key of what it waits for. */
  readonly target: string;
}

/** What a process waits for that has a key; who waits for its own feeder waits for what that writes to. */
export function waitsOf(row: ProcessRow): readonly Wait[] {
  const feeds = row.blocked.some((b) => b.op === 'feeder-send');
  return row.blocked.flatMap((blocked) => {
    if (blocked.op === 'join-thread' && feeds) return [];
    const target = blocked.object ?? blocked.process ?? blocked.channel;
    return target === null || target === row.key ? [] : [{ blocked, target }];
  });
}

/** The circles that findings tell of, found again among the edges: for each the shortest one through the process that it is about. */
export function circlesOf(edges: readonly GraphEdge[], findings: readonly FindingRow[], nodeOf: (key: string) => string): { readonly rings: readonly (readonly string[])[]; readonly edges: ReadonlySet<string> } {
  const next = steps(edges);
  const rings: (readonly string[])[] = [];
  const marked = new Set<string>();
  for (const finding of findings) {
    if (!ABOUT_WAITS.has(finding.rule) || finding.severity !== 'error' || finding.process === null) continue;
    const within = new Set(subjects(finding).map(nodeOf));
    const found = shortestCircle(nodeOf(finding.process), next, within);
    if (found === null) continue;
    for (const { edge } of found) marked.add(edge);
    const ring = found.map(({ from }) => from);
    if (!rings.some((known) => known.length === ring.length && known.every((id) => ring.includes(id)))) rings.push(ring);
  }
  return { rings, edges: marked };
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly edge: string;
}

/** From who waits to what for, from there to who could end that: the holder, the readers of what is full, the writers of what is empty. */
function steps(edges: readonly GraphEdge[]): ReadonlyMap<string, readonly Step[]> {
  const out = new Map<string, Step[]>();
  const add = (from: string, to: string, edge: string): void => {
    const known = out.get(from);
    if (known === undefined) out.set(from, [{ from, to, edge }]);
    else known.push({ from, to, edge });
  };
  const full = new Set<string>();
  const empty = new Set<string>();
  for (const edge of edges) {
    if (edge.kind === 'wait') {
      add(edge.from, edge.to, edge.id);
      for (const { op } of edge.waiting) (FOR_ROOM.has(op) ? full : empty).add(edge.to);
    } else if (edge.kind === 'hold' || edge.kind === 'serve') add(edge.from, edge.to, edge.id);
  }
  for (const edge of edges) {
    if (edge.kind === 'get' && full.has(edge.from)) add(edge.from, edge.to, edge.id);
    if (edge.kind === 'put' && empty.has(edge.to)) add(edge.to, edge.from, edge.id);
  }
  return out;
}

/** @param within processes that it may lead through; what is no process may always be passed */
function shortestCircle(start: string, next: ReadonlyMap<string, readonly Step[]>, within: ReadonlySet<string>): readonly Step[] | null {
  const through = within.size > 1 ? (id: string): boolean => !isProcess(id) || within.has(id) : (): boolean => true;
  const came = new Map<string, Step>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const step of next.get(at) ?? []) {
      if (step.to === start) {
        const path = back(step, came, start);
        // A process that both reads and writes a pipe does not wait for itself, where the finding speaks of others.
        if (path.length > 2 || within.size < 2) return path;
        continue;
      }
      if (came.has(step.to) || !through(step.to)) continue;
      came.set(step.to, step);
      queue.push(step.to);
    }
  }
  return null;
}

function isProcess(id: string): boolean {
  return /^p\d/.test(id);
}

function back(last: Step, came: ReadonlyMap<string, Step>, start: string): Step[] {
  const path = [last];
  for (let at = last.from; at !== start;) {
    const step = came.get(at);
    if (step === undefined) break;
    path.unshift(step);
    at = step.from;
  }
  return path;
}
