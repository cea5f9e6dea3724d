/** The boxes that lanes are made of. */

/** Bars are this high, centred in the lane; tasks stand out from them, with room for the function's name. */
export const BAR = 10;
export const TASK = 14;
/** How far from the lane's middle the ticks of its messages begin: beyond the bar, or beyond the tasks. */
export function tickEdge(tasks: boolean): number {
  return (tasks ? TASK : BAR) / 2 + 1.5;
}

/** What a lane shows so far from its middle, downwards: its bar, or messages sent above it and received below. */
export function bandAt(y: number, tasks: boolean): 'bar' | 'sent' | 'received' {
  const edge = tickEdge(tasks) - 0.5;
  return y <= -edge ? 'sent' : y >= edge ? 'received' : 'bar';
}

/** A span is drawn at least this wide: a short one must not vanish. */
export const LEAST = 1.5;

/** A box as wide as this or less shows no corners: it is filled as it is. */
export const NARROW = 4;

/** Narrow boxes of one height, from left to right: those that touch and are filled alike become one, on whole pixels. */
export class Runs {
  private from = 0;
  private to = -Infinity;
  private fill: CanvasPattern | string | null = null;
  private ground: string | null = null;

  constructor(
    private readonly g: CanvasRenderingContext2D,
    private readonly top: number,
    private readonly height: number,
  ) {}

  /** @param ground what is filled below it; null: nothing */
  add(x: number, width: number, fill: CanvasPattern | string, ground: string | null): void {
    const to = Math.max(Math.round(x) + 2, Math.round(x + width));
    // What came before keeps its pixels: a failure among many must not be drawn over.
    const from = this.fill === fill ? Math.round(x) : Math.min(Math.max(Math.round(x), this.to), to - 1);
    if (this.fill === fill && this.ground === ground && from >= this.from && from <= this.to) {
      this.to = Math.max(this.to, to);
      return;
    }
    this.end();
    this.from = from;
    this.to = to;
    this.fill = fill;
    this.ground = ground;
  }

  end(): void {
    if (this.fill === null) return;
    for (const style of [this.ground, this.fill]) {
      if (style === null) continue;
      this.g.fillStyle = style;
      this.g.fillRect(this.from, this.top, this.to - this.from, this.height);
    }
    this.fill = null;
  }
}

export function rounded(g: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  g.beginPath();
  g.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

export function outline(g: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, color: string): void {
  g.strokeStyle = color;
  g.lineWidth = 1;
  g.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, width - 1), height - 1);
}
