/** The view of time and what the lanes ask of the host. */
import { signal } from '@preact/signals';
import type { LaneQuery, MessageRow } from '../../src/protocol/view.js';
import { layout, rowsOnScreen, scrollTop } from '../processes/layout.js';
import { tree } from '../processes/tree-state.js';
import { choices } from '../state/choices.js';
import { clock } from '../state/clock.js';
import { host } from '../state/host.js';
import { moment } from '../state/moment.js';
import { store } from '../state/store.js';
import type { Scale } from './scale.js';
import { fit, pan, rangeOf, rangeToAsk, zoom, zoomTo, type Range, type View } from './view.js';

/** Room at the sides, so that a mark at the edge is whole. */
export const MARGIN = 10;
/** Folds show so many members, each a hair. */
export const FOLD_MEMBERS = 5;

export const view = signal<View>({ following: choices.following.peek(), spanMs: choices.spanMs.peek(), fromMs: 0, toMs: 1000 });
/** The message chosen in the table: its arrow is drawn strong. */
export const chosenMessage = signal<{ readonly channel: string; readonly row: MessageRow } | null>(null);

export function setView(next: View): void {
  view.value = next;
  // In the past nothing is followed; what was chosen before holds again at the present.
  if (moment.peek() === null) choices.following.value = next.following;
  choices.spanMs.value = next.spanMs !== null && Number.isFinite(next.spanMs) ? next.spanMs : null;
}

/** The present, or the end. */
export function presentMs(): number {
  const run = store.run.peek();
  return run?.durationMs ?? clock.now();
}

/** A run that has ended has no present to follow: "following" then shows all of it. */
export function currentRange(): Range {
  return rangeOf(view.peek(), Math.max(1, presentMs()));
}

export function currentScale(): Scale {
  const at = layout.peek();
  const range = currentRange();
  return { ...range, left: MARGIN, width: Math.max(1, at.lanesWidth - 2 * MARGIN - (at.narrow ? 0 : 4)) };
}

export function zoomBy(factor: number, atMs?: number): void {
  const scale = currentScale();
  setView(zoom(view.peek(), scale, presentMs(), atMs ?? (scale.fromMs + scale.toMs) / 2, factor));
}

export function panBy(ms: number): void {
  setView(pan(currentScale(), presentMs(), ms));
}

export function fitAll(): void {
  setView(fit(presentMs(), clock.live && view.peek().following));
}

/** @param margin a part of the range, at each side */
export function zoomToRange(range: Range, margin = 0): void {
  setView(zoomTo(range, presentMs(), margin));
}

/** The way of the chosen message, else the life of the chosen process, else all. */
export function zoomToChosen(): void {
  const message = choices.arrows.peek() === 'process' ? undefined : chosenMessage.peek()?.row;
  const sent = message?.putMs ?? message?.sentMs ?? null;
  const process = store.processes.get(choices.process.peek() ?? '')?.peek();
  if (message !== undefined && sent !== null) zoomToRange({ fromMs: sent, toMs: message.receivedMs ?? presentMs() }, 1);
  else if (process !== undefined) zoomToRange({ fromMs: process.startedMs, toMs: process.endedMs ?? presentMs() }, 0.05);
  else fitAll();
}

export function follow(on: boolean): void {
  const range = currentRange();
  const span = range.toMs - range.fromMs;
  if (on) setView({ ...view.peek(), following: true, spanMs: range.fromMs <= 0 && span >= presentMs() * 0.9 ? null : span });
  else setView({ following: false, spanMs: view.peek().spanMs, ...range });
}

/** Of the objects only a pool has ways to draw: those of its tasks. */
function wantsArrows(): string | null {
  switch (choices.arrows.peek()) {
    case 'process': return choices.process.peek();
    case 'channel': return choices.channel.peek();
    case 'object': return choices.object.peek()?.startsWith('w') === true ? choices.object.peek() : null;
  }
}

let asked: LaneQuery | null = null;
let askedAt = 0;
let later: ReturnType<typeof setTimeout> | null = null;
const ASK_EVERY_MS = 60;

/** Asks the host for what is on the screen, when what was asked for last no longer serves. */
export function askLanes(): void {
  const at = layout.peek();
  if (at.lanesWidth < 8 || store.run.peek() === null) return;
  const wait = askedAt + ASK_EVERY_MS - performance.now();
  if (wait > 0) {
    later ??= setTimeout(() => {
      later = null;
      askLanes();
    }, wait);
    return;
  }
  const { rows } = tree.peek();
  const [first, last] = rowsOnScreen(at, scrollTop.peek(), rows.length, 8);
  const keys: string[] = [];
  for (let i = first; i < last; i++) {
    const row = rows[i];
    if (row === undefined) continue;
    if (row.process !== null) keys.push(row.process);
    else if (!row.expanded) keys.push(...(row.group?.members.slice(0, FOLD_MEMBERS) ?? []));
  }
  const arrowsFor = wantsArrows();
  const seen = currentRange();
  const range = rangeToAsk(seen, asked);
  const before = asked;
  if (range === null && before !== null && before.arrowsFor === arrowsFor && before.rows.length === keys.length && before.rows.every((key, i) => key === keys[i])) return;
  const next = range ?? { fromMs: before?.fromMs ?? seen.fromMs, toMs: before?.toMs ?? seen.toMs };
  // As many columns as the asked range takes at the zoom that is seen.
  const pixels = Math.round((at.lanesWidth * (next.toMs - next.fromMs)) / Math.max(1e-6, seen.toMs - seen.fromMs));
  asked = { fromMs: next.fromMs, toMs: next.toMs, pixels: Math.max(16, Math.min(pixels, at.lanesWidth * 4)), rows: keys, arrowsFor };
  askedAt = performance.now();
  host.lanes(asked);
}

/** A new page at the host's end knows nothing of what was asked. */
export function askAgain(): void {
  asked = null;
  askLanes();
}
