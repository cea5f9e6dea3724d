/** What is drawn on the track of all time: marks that would lie on each other are one, the gravest of them. Pure. */
import { MARKS_BY_GRAVITY, type TimeMark } from '../../src/protocol/moment.js';

export interface PlacedMark {
  readonly kind: TimeMark['kind'];
  /** Where on the track, 0 to 1. */
  readonly at: number;
  readonly atMs: number;
  readonly marks: readonly TimeMark[];
}

/** Nearer than this two marks cannot be told apart or hit. Pixels. */
const APART_PX = 9;

/** @param width of the track in pixels @param wholeMs how long all of the time is */
export function placeMarks(marks: readonly TimeMark[], width: number, wholeMs: number): PlacedMark[] {
  const placed: { kind: TimeMark['kind']; at: number; atMs: number; marks: TimeMark[] }[] = [];
  for (const mark of marks) {
    const at = Math.min(1, Math.max(0, mark.atMs / Math.max(1, wholeMs)));
    const last = placed[placed.length - 1];
    if (last === undefined || (at - last.at) * width >= APART_PX) {
      placed.push({ kind: mark.kind, at, atMs: mark.atMs, marks: [mark] });
      continue;
    }
    last.marks.push(mark);
    if (MARKS_BY_GRAVITY.indexOf(mark.kind) >= MARKS_BY_GRAVITY.indexOf(last.kind)) continue;
    last.kind = mark.kind;
    last.atMs = mark.atMs;
  }
  return placed;
}

/** A moment to the millisecond: `7.312 s`, from a minute on `1:07.312`. */
export function exactly(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const s = Math.floor(whole / 1000);
  const rest = String(whole % 1000).padStart(3, '0');
  if (s < 60) return `${s}.${rest} s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}.${rest}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${rest}`;
}
