/** Arrows of messages, from the sender's row to the receiver's; one that stands for several is thicker and says how many. */
import type { DrawnArrow, Picture } from './draw.js';
import type { Palette } from './palette.js';
import { toX } from './scale.js';
import { BAR, rounded } from './shapes.js';

const LABEL_HEIGHT = 9;

interface Label {
  readonly text: string;
  readonly x: number;
  /** Its middle. */
  readonly y: number;
}

export function drawArrows(g: CanvasRenderingContext2D, p: Picture, palette: Palette): void {
  const labels: Label[] = [];
  for (const arrow of p.arrows) {
    const end = drawArrow(g, p, arrow, palette);
    if (end !== null && arrow.label !== null) labels.push({ text: arrow.label, ...end });
  }
  g.globalAlpha = 1;
  if (labels.length > 0) drawLabels(g, labels, palette);
}

/** @returns where its label goes, beside its head; null: it is not seen */
function drawArrow(g: CanvasRenderingContext2D, p: Picture, arrow: DrawnArrow, palette: Palette): { readonly x: number; readonly y: number } | null {
  const centre = p.laneTop + p.laneHeight / 2;
  const x0 = toX(p.scale, arrow.sentMs);
  const x1 = toX(p.scale, arrow.receivedMs);
  if (Math.max(x0, x1) < p.scale.left || Math.min(x0, x1) > p.scale.left + p.scale.width) return null;
  const down = arrow.toTop > arrow.fromTop;
  const y0 = arrow.fromTop + centre + (down ? BAR / 2 : -BAR / 2);
  const y1 = arrow.toTop + centre + (down ? -BAR / 2 - 1 : BAR / 2 + 1);
  if (Math.max(y0, y1) < p.rowsTop || Math.min(y0, y1) > p.height) return null;
  const head = down ? -5 : 5;
  g.globalAlpha = arrow.strong ? 1 : p.underText ? 0.5 : 0.8;
  g.strokeStyle = g.fillStyle = palette.color.arrow;
  g.lineWidth = arrow.strong ? 2.2 : arrow.label !== null ? 1.8 : 1.2;
  g.beginPath();
  g.moveTo(x0, y0);
  g.bezierCurveTo(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1 + head);
  g.stroke();
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x1 - 3, y1 + head);
  g.lineTo(x1 + 3, y1 + head);
  g.closePath();
  g.fill();
  return { x: x1 + 5, y: y1 + (down ? -4 : 4) };
}

/** From left to right, as the arrows come; one that would lie on another of its row is left out: its arrow is thicker all the same. */
function drawLabels(g: CanvasRenderingContext2D, labels: readonly Label[], palette: Palette): void {
  g.font = palette.font.replace('11px', '9px');
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  const taken = new Map<number, number>();
  for (const { text, x, y } of labels) {
    if (x < (taken.get(y) ?? -Infinity)) continue;
    const { width } = g.measureText(text);
    taken.set(y, x + width + 4);
    g.fillStyle = palette.color.bg;
    rounded(g, x - 1.5, y - LABEL_HEIGHT / 2, width + 3, LABEL_HEIGHT, 2);
    g.fill();
    g.fillStyle = palette.color.fg;
    g.fillText(text, x, y + 0.5);
  }
}
