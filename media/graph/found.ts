/** What a filter of the page leaves bright in the graph: the processes that it finds, and what they are joined to. Pure. */
import type { Graph } from './types.js';

/** Ids. */
export interface Found {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

/** @param processes keys of those that the filter finds; a fold is found when one of its members is */
export function foundIn({ nodeOf, edges }: Pick<Graph, 'nodeOf' | 'edges'>, processes: readonly string[]): Found {
  const asked = new Set(processes.map((key) => nodeOf.get(key)).filter((id) => id !== undefined));
  const touching = edges.filter((edge) => asked.has(edge.from) || asked.has(edge.to));
  return { nodes: new Set([...asked, ...touching.flatMap((edge) => [edge.from, edge.to])]), edges: new Set(touching.map((edge) => edge.id)) };
}
