/**
 * Which part of the time the lanes show. Following: the present is at the right edge, and either all of the run is shown or the
 * last `spanMs` of it. Staying: a fixed range.
 */
import type { Scale } from './scale.js';

/** While all is shown and the run grows, the start leaves the page after this time: a pixel should stay a useful time. */
export const AUTO_SPAN_MS = 120_000;
/** Less than a tenth of a millisecond across the page shows nothing that was recorded. */
const LEAST_SPAN_MS = 0.1;
const LEAST_AUTO_MS = 1_000;

export interface View {
  readonly following: boolean;
  /** While following: what is shown up to now; null: all, up to AUTO_SPAN_MS. Infinity: all, however long. */
  readonly spanMs: number | null;
  /** While staying. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** @param nowMs the present, or the end of an ended run */
export function rangeOf(view: View, nowMs: number): Range {
  if (!view.following) return { fromMs: view.fromMs, toMs: view.toMs };
  const span = Math.max(LEAST_AUTO_MS, Math.min(view.spanMs ?? AUTO_SPAN_MS, nowMs));
  const limited = view.spanMs !== null && Number.isFinite(view.spanMs) ? Math.max(view.spanMs, LEAST_SPAN_MS) : span;
  const to = Math.max(nowMs, limited);
  return { fromMs: Math.max(0, to - limited), toMs: to };
}

/** Keeps the time under the pointer where it is. Zooming while following keeps following, and the present at its edge. */
export function zoom(view: View, scale: Scale, nowMs: number, atMs: number, factor: number): View {
  const span = scale.toMs - scale.fromMs;
  const next = Math.min(Math.max(span * factor, LEAST_SPAN_MS), Math.max(nowMs * 1.5, LEAST_AUTO_MS));
  if (view.following) return next >= nowMs && factor > 1 ? { ...view, spanMs: Infinity } : { ...view, spanMs: next };
  const from = atMs - ((atMs - scale.fromMs) / span) * next;
  return clamp({ ...view, fromMs: from, toMs: from + next }, nowMs);
}

/** Just this stretch of time, with a part of it as margin at each side. */
export function zoomTo(range: Range, nowMs: number, margin: number): View {
  const own = Math.max(range.toMs - range.fromMs, LEAST_SPAN_MS);
  const span = own * (1 + 2 * margin);
  const from = range.fromMs - own * margin;
  return clamp({ following: false, spanMs: span, fromMs: from, toMs: from + span }, nowMs);
}

/** Moving back leaves the present; moving up to it again follows it again only when asked. */
export function pan(scale: Scale, nowMs: number, byMs: number): View {
  return clamp({ following: false, spanMs: scale.toMs - scale.fromMs, fromMs: scale.fromMs + byMs, toMs: scale.toMs + byMs }, nowMs);
}

/** There is nothing before the start and little to see after the present. */
function clamp(view: View, nowMs: number): View {
  const span = view.toMs - view.fromMs;
  const from = Math.min(Math.max(view.fromMs, -span * 0.05), Math.max(0, nowMs - span * 0.5));
  return { ...view, fromMs: from, toMs: from + span };
}

export function fit(nowMs: number, live: boolean): View {
  return { following: live, spanMs: Infinity, fromMs: 0, toMs: Math.max(nowMs, 1) * 1.02 };
}

/**
 * The range to ask the host for: more than is seen, so that following and small drags need no new question.
 * @returns null while the range that was asked for last still serves
 */
export function rangeToAsk(seen: Range, asked: Range | null): Range | null {
  const span = seen.toMs - seen.fromMs;
  if (asked !== null) {
    const had = asked.toMs - asked.fromMs;
    const covers = asked.fromMs <= Math.max(0, seen.fromMs) && asked.toMs >= seen.toMs;
    // Asked for much more than is seen now: pixels would be too coarse.
    if (covers && had <= span * 3) return null;
  }
  const from = Math.max(0, seen.fromMs - span * 0.25);
  return { fromMs: from, toMs: seen.toMs + span * 0.5 };
}
