/** The lanes that were told last, by process. */
import type { Lane, LaneReply } from '../../src/protocol/view.js';
import { store } from '../state/store.js';

let indexed: { readonly reply: LaneReply; readonly byProcess: ReadonlyMap<string, Lane> } | null = null;

export function laneOf(process: string): Lane | null {
  const reply = store.lanes.peek();
  if (reply === null) return null;
  if (indexed?.reply !== reply) indexed = { reply, byProcess: new Map(reply.lanes.map((lane) => [lane.process, lane])) };
  return indexed.byProcess.get(process) ?? null;
}
