/** The boxes that lanes are made of. */

/** Bars are this high, centred in the lane; tasks stand out from them, with room for the function's name. */
export const BAR = 10;
export const TASK = 14;
/** A span is drawn at least this wide: a short one must not vanish. */
export const LEAST = 1.5;

export function rounded(g: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  g.beginPath();
  g.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

export function outline(g: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, color: string): void {
  g.strokeStyle = color;
  g.lineWidth = 1;
  g.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, width - 1), height - 1);
}
