/** Which line of the script stands behind what is seen at a moment of a lane. */
import type { Lane, ProcessRow, SourceRef } from '../../src/protocol/view.js';
import { store } from '../state/store.js';
import { spanAt, taskAt } from './hit.js';

/**
 * The nearest of what the page knows a line of: a message of the table, an exception, a task, what the process waits in now; else where the
 * process was created. null: not even that.
 * @param slackMs half the pointer's width in time
 */
export function lineAt(process: ProcessRow, lane: Lane | null, ms: number, slackMs: number): SourceRef | null {
  return messageLine(process.key, ms, slackMs) ?? (lane === null ? null : raisedLine(process, lane, ms, slackMs) ?? taskLine(lane, ms, slackMs) ?? waitLine(process, lane, ms, slackMs)) ?? process.created;
}

function messageLine(process: string, ms: number, slackMs: number): SourceRef | null {
  let best: { readonly where: SourceRef; readonly away: number } | null = null;
  const near = (atMs: number | null, where: SourceRef | null): void => {
    const away = atMs === null ? Infinity : Math.abs(atMs - ms);
    if (where !== null && away <= slackMs && away < (best?.away ?? Infinity)) best = { where, away };
  };
  for (const row of store.messages.peek()?.rows ?? []) {
    if (row.from === process) near(row.sentMs ?? row.putMs, row.putWhere);
    if (row.to === process) near(row.receivedMs, row.getWhere);
  }
  return (best as { readonly where: SourceRef } | null)?.where ?? null;
}

/** The innermost frame of the traceback, which Python writes last. */
function raisedLine(process: ProcessRow, lane: Lane, ms: number, slackMs: number): SourceRef | null {
  if (process.exception === null || !lane.marks.some((mark) => mark.kind === 'exception' && Math.abs(mark.atMs - ms) <= slackMs * 1.5)) return null;
  const frame = [...process.exception.traceback.matchAll(/^\s*File "([^"\n]+)", line (\d+)(?:, in (.+))?$/gm)].at(-1);
  return frame === undefined ? null : { file: frame[1] ?? '', line: Number(frame[2]), function: frame[3] ?? null };
}

function taskLine(lane: Lane, ms: number, slackMs: number): SourceRef | null {
  const task = taskAt(lane, ms, slackMs);
  if (task === null) return null;
  const told = store.tasks.peek()?.rows.find((row) => row.worker === lane.process && row.startedMs !== null && row.startedMs <= ms && (row.endedMs ?? Infinity) >= ms);
  return told?.where ?? (task.pool === null ? null : (store.pools.get(task.pool)?.peek().created ?? null));
}

function waitLine(process: ProcessRow, lane: Lane, ms: number, slackMs: number): SourceRef | null {
  if (spanAt(lane, ms, slackMs)?.kind.startsWith('blocked') !== true) return null;
  return process.blocked.find(({ sinceMs, where }) => where !== null && ms >= sinceMs - slackMs)?.where ?? null;
}
