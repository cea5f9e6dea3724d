/** The moment that is looked at: a line through the lanes, and what came after it under a veil. */
import type { Picture } from './draw.js';
import type { Palette } from './palette.js';
import { toX } from './scale.js';

/** Under the axis's labels and over the lanes. */
export function drawMoment(g: CanvasRenderingContext2D, p: Picture, atMs: number, palette: Palette): void {
  const x = toX(p.scale, atMs);
  const bottom = p.axisTop + p.axisHeight;
  if (x < p.width) {
    g.fillStyle = palette.color.bg;
    g.globalAlpha = palette.contrast ? 0.75 : 0.6;
    const from = Math.max(0, x);
    if (!p.underText) g.fillRect(from, p.rowsTop, p.width - from, p.height - p.rowsTop);
    else for (const lane of p.lanes) g.fillRect(from, lane.top + p.laneTop, p.width - from, p.laneHeight);
    g.globalAlpha = 1;
  }
  if (x < p.scale.left - 1 || x > p.scale.left + p.scale.width + 1) return;
  g.fillStyle = palette.color.fg;
  g.fillRect(Math.round(x) - 0.5, bottom - 2, 1, p.height - bottom + 2);
  g.beginPath();
  g.moveTo(x - 6, bottom - 11);
  g.lineTo(x + 6, bottom - 11);
  g.lineTo(x, bottom - 1);
  g.closePath();
  g.fill();
}
