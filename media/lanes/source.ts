/** Which line of the script stands behind what is seen at a spot of a lane. */
import { innermostFrame } from '../../src/model/frames.js';
import type { Lane, ProcessRow, SourceRef } from '../../src/protocol/view.js';
import { store } from '../state/store.js';
import { siteNear, spanAt, taskAt, type Sites, type Spot } from './hit.js';

/** Part of a lane's height: the bar, or the ticks above it (sent) or below (received). */
export type Band = 'bar' | 'sent' | 'received';

/**
 * The line of what is pressed: in the bar an exception, else the wait on top, else the task; beyond it a message. Where that has none
 * whose line is known, the nearest of what has; else where the process was created. null: not even that.
 * @param lane null: not told yet
 */
export function lineAt(process: ProcessRow, lane: Lane | null, sites: Sites, spot: Spot, band: Band): SourceRef | null {
  const message = (): SourceRef | null => messageLine(process.key, lane, sites, spot, band);
  if (lane === null) return message() ?? process.created;
  const bar = (): SourceRef | null => markLine(process, lane, sites, spot) ?? waitLine(process, lane, sites, spot) ?? taskLine(lane, sites, spot);
  return (band === 'bar' ? (bar() ?? message()) : (message() ?? bar())) ?? process.created;
}

function messageLine(process: string, lane: Lane | null, sites: Sites, { ms, slackMs, column, columnSlack }: Spot, band: Band): SourceRef | null {
  let best: { readonly where: SourceRef; readonly away: number } | null = null;
  const near = (atMs: number | null, where: SourceRef | null): void => {
    const away = atMs === null ? Infinity : Math.abs(atMs - ms);
    if (where !== null && away <= slackMs && away < (best?.away ?? Infinity)) best = { where, away };
  };
  // The table tells the message itself, the lane one of its pixel.
  for (const row of store.messages.peek()?.rows ?? []) {
    if (row.from === process && band !== 'received') near(row.sentMs ?? row.putMs, row.putWhere);
    if (row.to === process && band !== 'sent') near(row.receivedMs, row.getWhere);
  }
  const told = (best as { readonly where: SourceRef } | null)?.where ?? null;
  if (told !== null || lane === null) return told;
  const sent = band === 'received' ? -1 : siteNear(lane.sends, lane.sendSites, column, columnSlack);
  const received = band === 'sent' ? -1 : siteNear(lane.receives, lane.receiveSites, column, columnSlack);
  return sites[sent] ?? sites[received] ?? null;
}

function markLine(process: ProcessRow, lane: Lane, sites: Sites, { ms, slackMs }: Spot): SourceRef | null {
  const near = lane.marks.filter((mark) => Math.abs(mark.atMs - ms) <= slackMs * 1.5);
  const exception = near.find((mark) => mark.kind === 'exception');
  const where = siteOf(sites, exception) ?? (exception === undefined || process.exception === null ? null : innermostFrame(process.exception.traceback));
  return where ?? siteOf(sites, near.find((mark) => mark.site !== undefined));
}

function taskLine(lane: Lane, sites: Sites, { ms, slackMs }: Spot): SourceRef | null {
  const task = taskAt(lane, ms, slackMs);
  if (task === null) return null;
  const told = store.tasks.peek()?.rows.find((row) => row.worker === lane.process && row.startedMs !== null && row.startedMs <= ms && (row.endedMs ?? Infinity) >= ms);
  return told?.where ?? siteOf(sites, task) ?? (task.pool === null ? null : (store.pools.get(task.pool)?.peek().created ?? null));
}

function waitLine(process: ProcessRow, lane: Lane, sites: Sites, { ms, slackMs }: Spot): SourceRef | null {
  const span = spanAt(lane, ms, slackMs);
  if (span?.kind.startsWith('blocked') !== true) return null;
  return siteOf(sites, span) ?? process.blocked.find(({ sinceMs, where }) => where !== null && ms >= sinceMs - slackMs)?.where ?? null;
}

export function siteOf(sites: Sites, of: { readonly site?: number } | undefined): SourceRef | null {
  return of?.site === undefined ? null : (sites[of.site] ?? null);
}
