/** By keys from piece to piece of the lane of the row that the keys are on: what the pointer is told of each, told by eye and by ear. */
import { signal } from '@preact/signals';
import type { Lane, LaneReply } from '../../src/protocol/view.js';
import { activeRow, revealed, tree } from '../processes/tree-state.js';
import { moment } from '../state/format.js';
import { t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { answer } from '../ui/announcer.js';
import { markLines, spanLines, taskLines, titleOf, type Hit, type Sites } from './hit.js';
import { currentRange, follow, presentMs, setView, view } from './lane-state.js';
import { besides, firstIn, indexOf, piecesOf, type Piece } from './pieces.js';
import { laneOf } from './told.js';
import type { View } from './view.js';

interface Walked {
  readonly process: string;
  readonly piece: Piece;
}

/** Where the walk is, while the lanes have the focus. */
export const walked = signal<Walked | null>(null);
/** Where it was: it goes on from there after another row was chosen, or the editor had the focus. */
let last: Walked | null = null;
/** The view that it moved to, looking for more. */
let wentTo: View | null = null;

/** Put in order once an answer, not in each frame. */
const ordered = new WeakMap<Lane, readonly Piece[]>();

function inOrder(lane: Lane): readonly Piece[] {
  const known = ordered.get(lane) ?? piecesOf(lane);
  ordered.set(lane, known);
  return known;
}

/** What the pointer's note says of a piece. */
export function hitOf(piece: Piece, process: string, sites: Sites): Hit {
  const name = names.process(process);
  const lines = piece.of === 'span' ? spanLines(piece.span, names, process, sites) : piece.of === 'task' ? taskLines(piece.task, names, sites) : markLines(piece.mark, sites);
  return { title: titleOf(name, piece.fromMs), lines };
}

/** The piece that the walk is at, as it was told last; null: none, or another row has the keys. */
export function walkedNow(): Walked | null {
  const now = walked.peek();
  if (now === null || rowProcess() !== now.process) return null;
  const lane = laneOf(now.process);
  const reply = store.lanes.peek();
  if (lane === null || reply === null) return now;
  const pieces = inOrder(lane);
  const piece = pieces[indexOf(pieces, now.piece, pixelMs(reply))];
  return piece === undefined ? now : { process: now.process, piece };
}

export function walk(forward: boolean): void {
  const process = rowProcess();
  const lane = process === null ? null : laneOf(process);
  const reply = store.lanes.peek();
  if (process === null) {
    answer(t('This row stands for several processes: unfold it to go through the lane of one.'));
    return;
  }
  revealed.value = { key: process };
  if (lane === null || reply === null || !isTold(reply)) return;
  // What is read out must not move away meanwhile.
  if (view.peek().following) follow(false);
  const next = nextOf(lane, reply, process, forward);
  if (next === null) {
    nothing(reply, forward);
    return;
  }
  const told = hitOf(next, process, reply.sites);
  answer([...(last?.process === process ? [] : [names.process(process)]), ...told.lines].join('; '));
  last = walked.value = { process, piece: next };
  keepInSight(next);
}

/** @returns whether there was a walk */
export function endWalk(): boolean {
  const was = walked.peek() !== null;
  last = walked.value = null;
  return was;
}

/** The focus went elsewhere, for a while. */
export function pauseWalk(): void {
  walked.value = null;
}

function nextOf(lane: Lane, reply: LaneReply, process: string, forward: boolean): Piece | null {
  const pieces = inOrder(lane);
  const { fromMs, toMs } = currentRange();
  const goesOn = last !== null && ((last.piece.toMs >= fromMs && last.piece.fromMs <= toMs) || view.peek() === wentTo);
  if (last === null || !goesOn) return firstIn(pieces, fromMs, toMs, forward);
  // After another row was chosen, what goes on there at that time comes first.
  const begin = last.process === process ? null : firstIn(pieces, last.piece.fromMs, last.piece.fromMs, forward);
  return begin ?? besides(pieces, last.piece, forward, pixelMs(reply));
}

/** What is known of the lane ends here. Where the run does not, the view goes on, and with it what is known. */
function nothing(reply: LaneReply, forward: boolean): void {
  const range = currentRange();
  const span = range.toMs - range.fromMs;
  if (forward ? range.toMs >= presentMs() : range.fromMs <= 0) {
    answer(forward ? t('Nothing comes after it.') : t('Nothing comes before it.'));
    return;
  }
  const known = forward ? Math.min(reply.query.toMs, presentMs()) : Math.max(0, reply.query.fromMs);
  const fromMs = forward ? Math.min(range.toMs, presentMs() - span * 0.5) : Math.max(-span * 0.05, range.fromMs - span);
  setView({ ...view.peek(), following: false, fromMs, toMs: fromMs + span });
  wentTo = view.peek();
  walked.value = null;
  answer(forward ? t('Nothing up to {0} s: the timeline went on.', moment(known)) : t('Nothing back to {0} s: the timeline went back.', moment(known)));
}

/** Whether all that the view shows has been told: an answer may be under way. */
function isTold({ query }: LaneReply): boolean {
  const { fromMs, toMs } = currentRange();
  return query.fromMs <= Math.max(0, fromMs) && query.toMs >= Math.min(toMs, presentMs());
}

/** Moves the view as little as shows the beginning of a piece with something around it. */
function keepInSight({ fromMs: at, toMs: end }: Piece): void {
  const range = currentRange();
  const span = range.toMs - range.fromMs;
  if (end >= range.fromMs && at <= range.toMs - span * 0.02) return;
  const fromMs = Math.max(-span * 0.05, at < range.fromMs ? at - span * 0.1 : at - span * 0.7);
  setView({ ...view.peek(), following: false, fromMs, toMs: fromMs + span });
}

function pixelMs({ query }: LaneReply): number {
  return (query.toMs - query.fromMs) / query.pixels;
}

function rowProcess(): string | null {
  return rowOfKeys()?.process ?? null;
}

/** The row that the keys are on. */
export function rowOfKeys(): ReturnType<typeof tree.peek>['rows'][number] | undefined {
  const { rows, indexOf: at } = tree.peek();
  return rows[at.get(activeRow.peek() ?? '') ?? -1];
}
