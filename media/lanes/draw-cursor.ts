/** The piece of a lane that the keys are at: a frame around it, as the focus is drawn elsewhere. */
import type { Picture } from './draw.js';
import type { Palette } from './palette.js';
import { toX } from './scale.js';
import { rounded, TASK } from './shapes.js';

export interface Cursor {
  /** Top of its row. */
  readonly top: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Marks are as wide as this, and of short waits no less can be seen. */
const LEAST_WIDTH = 13;

export function drawCursor(g: CanvasRenderingContext2D, p: Picture, { top, fromMs, toMs }: Cursor, palette: Palette): void {
  const edge = p.scale.left + p.scale.width;
  let from = Math.max(toX(p.scale, fromMs), p.scale.left - 6);
  let to = Math.min(toX(p.scale, toMs), edge + 6);
  if (to < p.scale.left - 6 || from > edge + 6) return;
  const short = (LEAST_WIDTH - (to - from)) / 2;
  if (short > 0) {
    from -= short;
    to += short;
  }
  const height = TASK + 4;
  const middle = top + p.laneTop + p.laneHeight / 2;
  // On a ground of its own: it must be seen over any hatch.
  for (const [color, width] of [[palette.color.bg, 5], [palette.color.focus, 2]] as const) {
    g.strokeStyle = color;
    g.lineWidth = width;
    rounded(g, from - 2, middle - height / 2, to - from + 4, height, 3);
    g.stroke();
  }
}
