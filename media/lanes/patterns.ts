/** Hatches, so that a reason is seen without its colour: made once for a palette and a pixel ratio. */
import type { Palette } from './palette.js';

export type PatternName = 'queue' | 'pipe' | 'join' | 'lock' | 'result' | 'other' | 'alarm' | 'orphan' | 'tasks' | 'task-failed' | 'tasks-failed';
export type Patterns = Readonly<Record<PatternName, CanvasPattern | string>>;

type Drawn = (g: CanvasRenderingContext2D, size: number) => void;

function diagonalLines(g: CanvasRenderingContext2D, s: number, down: boolean): void {
  g.beginPath();
  for (const shift of [-s, 0, s]) {
    g.moveTo(shift - 1, down ? -1 : s + 1);
    g.lineTo(shift + s + 1, down ? s + 1 : -1);
  }
  g.stroke();
}

const diagonal = (down: boolean): Drawn => (g, s) => {
  g.lineWidth = s * 0.3;
  diagonalLines(g, s, down);
};

const crossed: Drawn = (g, s) => {
  g.lineWidth = s * 0.2;
  diagonalLines(g, s, true);
  diagonalLines(g, s, false);
};

const level: Drawn = (g, s) => g.fillRect(0, 0, s, s * 0.45);
const upright: Drawn = (g, s) => g.fillRect(0, 0, s * 0.42, s);
const dots: Drawn = (g, s) => {
  g.beginPath();
  g.arc(s / 2, s / 2, s * 0.24, 0, 7);
  g.fill();
};

/** A colour as it is, or a square tile of `size` pixels. */
export type Hatch = string | { readonly size: number; readonly tint: string; readonly draw: Drawn };

export function makePatterns(g: CanvasRenderingContext2D, palette: Palette, ratio: number): Patterns {
  return patternsOf(palette, (hatch) => {
    if (typeof hatch === 'string') return hatch;
    const tile = document.createElement('canvas');
    const s = Math.round(hatch.size * ratio);
    tile.width = tile.height = s;
    const c = tile.getContext('2d');
    if (c === null) return hatch.tint;
    hatch.draw(c, s);
    const pattern = g.createPattern(tile, 'repeat');
    if (pattern === null) return hatch.tint;
    // The tile is in device pixels and the context is scaled: undo that, so that the hatch stays sharp.
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  });
}

/** All of them, made of their tiles by `make`: for a canvas, or for a picture to be saved. */
export function patternsOf(palette: Palette, make: (hatch: Hatch, name: PatternName) => CanvasPattern | string): Patterns {
  const { color } = palette;
  const hatch = (tint: string, wash: number, size: number, draw: Drawn): Hatch => ({
    size,
    tint,
    draw: (c, s) => {
      c.fillStyle = c.strokeStyle = tint;
      c.globalAlpha = wash;
      c.fillRect(0, 0, s, s);
      c.globalAlpha = 0.9;
      draw(c, s);
    },
  });
  const hatches: Readonly<Record<PatternName, Hatch>> = {
    queue: color.queue,
    pipe: hatch(color.pipe, 0.32, 4, upright),
    join: hatch(color.join, 0.22, 6, diagonal(true)),
    lock: hatch(color.lock, 0.34, 6, crossed),
    result: hatch(color.result, 0.26, 4, level),
    tasks: hatch(color.task, 0.6, 3, upright),
    'task-failed': hatch(color['task-failed'], 0.4, 5, diagonal(false)),
    'tasks-failed': hatch(color['task-failed'], 0.4, 4, crossed),
    other: hatch(color.other, 0.2, 5, dots),
    alarm: hatch(color.alarm, 0.28, 6, diagonal(true)),
    orphan: hatch(color.orphan, 0.12, 8, diagonal(false)),
  };
  const made: Partial<Record<PatternName, CanvasPattern | string>> = {};
  for (const name of Object.keys(hatches) as PatternName[]) made[name] = make(hatches[name], name);
  return made as Patterns;
}
