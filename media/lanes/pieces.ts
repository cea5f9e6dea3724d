/** What a lane is made of, one piece after the other: waits, tasks, exceptions and the like. Pure. */
import type { Lane, LaneMark, LaneSpan, LaneTask } from '../../src/protocol/view.js';

export type Piece = { readonly fromMs: number; readonly toMs: number; readonly site?: number } & (
  | { readonly of: 'span'; readonly span: LaneSpan }
  | { readonly of: 'task'; readonly task: LaneTask }
  | { readonly of: 'mark'; readonly mark: LaneMark }
);

/** In the order of their begin; what begins at one time in the order of their end. That a process lives, and began to, is no piece. */
export function piecesOf(lane: Lane): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (fromMs: number, toMs: number, site: number | undefined, what: { of: 'span'; span: LaneSpan } | { of: 'task'; task: LaneTask } | { of: 'mark'; mark: LaneMark }): void => {
    pieces.push({ fromMs, toMs, ...(site === undefined ? {} : { site }), ...what });
  };
  for (const span of lane.spans) if (span.kind !== 'life') add(span.fromMs, span.toMs, span.site, { of: 'span', span });
  for (const task of lane.tasks) add(task.fromMs, task.toMs, task.site, { of: 'task', task });
  for (const mark of lane.marks) if (mark.kind !== 'start') add(mark.atMs, mark.atMs, mark.site, { of: 'mark', mark });
  return pieces.sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

/** Whether two answers tell of one piece: its end may have moved, and times are rounded by the zoom. */
function isSame(a: Piece, b: Piece, slackMs: number): boolean {
  if (Math.abs(a.fromMs - b.fromMs) > slackMs) return false;
  if (a.of === 'span') return b.of === 'span' && a.span.kind === b.span.kind && a.span.about === b.span.about;
  if (a.of === 'task') return b.of === 'task';
  return b.of === 'mark' && a.mark.kind === b.mark.kind && a.mark.text === b.mark.text;
}

/** Where a piece is in a newer answer, -1: it is told no more, or as a part of another. @param slackMs a pixel in time */
export function indexOf(pieces: readonly Piece[], piece: Piece, slackMs: number): number {
  let best = -1;
  for (let i = 0; i < pieces.length; i++) {
    const one = pieces[i];
    if (one === undefined || !isSame(one, piece, slackMs)) continue;
    if (best < 0 || Math.abs(one.fromMs - piece.fromMs) < Math.abs((pieces[best]?.fromMs ?? 0) - piece.fromMs)) best = i;
  }
  return best;
}

/** The piece after another or before it, which may be of another lane; null: there is none. */
export function besides(pieces: readonly Piece[], piece: Piece, forward: boolean, slackMs: number): Piece | null {
  const at = indexOf(pieces, piece, slackMs);
  if (at >= 0) return pieces[at + (forward ? 1 : -1)] ?? null;
  return (forward ? pieces.find((one) => one.fromMs >= piece.fromMs) : pieces.findLast((one) => one.fromMs <= piece.fromMs)) ?? null;
}

/** Where a walk begins: at the first piece that a stretch of time shows, or at the last one. */
export function firstIn(pieces: readonly Piece[], fromMs: number, toMs: number, forward: boolean): Piece | null {
  return (forward ? pieces.find((one) => one.toMs >= fromMs) : pieces.findLast((one) => one.fromMs <= toMs)) ?? null;
}
