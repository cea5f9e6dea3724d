/** Frames of a traceback, as Python writes it. */
import type { SourceRef } from '../protocol/view.js';

const FRAME = /^\s*File "([^"\n]+)", line (\d+)(?:, in (.+))?$/gm;

/** The innermost one, which Python writes last: where it was raised. null: it has none. */
export function innermostFrame(traceback: string): SourceRef | null {
  const frame = [...traceback.matchAll(FRAME)].at(-1);
  return frame === undefined ? null : { file: frame[1] ?? '', line: Number(frame[2]), function: frame[3] ?? null };
}
