/**
 * What a lane's bar is made of: its life, idleness in it, tasks, and what it waits for. Hundreds of short waits a lane, in dozens of
 * lanes, are drawn in each frame: those narrower than a few pixels are filled as upright pixels, and neighbours as one.
 */
import type { Lane, LaneSpan } from '../../src/protocol/view.js';
import type { DrawnLane, Picture } from './draw.js';
import { drawTasks, type TaskPlace } from './draw-tasks.js';
import type { Palette } from './palette.js';
import type { PatternName, Patterns } from './patterns.js';
import { toX } from './scale.js';
import { BAR, LEAST, NARROW, outline, rounded, Runs, TASK } from './shapes.js';

type ReasonPattern = Extract<PatternName, 'queue' | 'pipe' | 'join' | 'lock' | 'result' | 'other' | 'orphan'>;

const PATTERN: Partial<Record<LaneSpan['kind'], ReasonPattern>> = {
  'blocked-queue': 'queue',
  'blocked-pipe': 'pipe',
  'blocked-join': 'join',
  'blocked-lock': 'lock',
  'blocked-result': 'result',
  'blocked-other': 'other',
  orphan: 'orphan',
};

/** What reaches the last known moment of a process that lives goes on to now. */
export function placeOf(p: Picture, lane: Lane, drawn: DrawnLane, middle: number): TaskPlace {
  let lastKnown = 0;
  for (const { toMs } of lane.spans) if (toMs > lastKnown) lastKnown = toMs;
  return { scale: p.scale, middle, end: ({ toMs }) => (p.live && drawn.alive && toMs >= lastKnown - 0.001 ? Math.max(toMs, p.nowMs) : toMs) };
}

export function bars(g: CanvasRenderingContext2D, p: Picture, lane: Lane, drawn: DrawnLane, middle: number, height: number, palette: Palette, patterns: Patterns): void {
  const place = placeOf(p, lane, drawn, middle);
  const idle = (span: LaneSpan): boolean => drawn.idleAt !== null && span.about === drawn.idleAt && span.kind === 'blocked-queue';
  const leftMs = p.scale.fromMs - (10 / p.scale.width) * (p.scale.toMs - p.scale.fromMs);
  const rightMs = p.scale.toMs + (10 / p.scale.width) * (p.scale.toMs - p.scale.fromMs);
  const boxes = (wanted: (span: LaneSpan) => boolean, paint: (span: LaneSpan, from: number, width: number) => void): void => {
    const edge = p.scale.left + p.scale.width;
    for (const span of lane.spans) {
      if (span.fromMs > rightMs || place.end(span) < leftMs || !wanted(span)) continue;
      const from = Math.max(toX(p.scale, span.fromMs), p.scale.left - 20);
      const to = Math.min(toX(p.scale, place.end(span)), edge + 20);
      paint(span, from, Math.max(LEAST, to - from));
    }
  };
  // From what lasts longest to what matters most: the life, idleness in it, tasks, and what they wait for.
  boxes((span) => span.kind === 'life', (_, from, width) => {
    g.fillStyle = palette.color.life;
    rounded(g, from, middle - height / 2, width, height, 2);
    g.fill();
    if (palette.contrast) outline(g, from, middle - height / 2, width, height, palette.color['life-line']);
  });
  boxes(idle, (_, from, width) => idleness(g, from, width, middle, height, palette));
  drawTasks(g, lane, place, height === BAR ? TASK : height, palette, patterns);
  // Hatches let the ground through: it is the life's also where a task lies over that.
  const covered = lane.tasks.length > 0 || drawn.idleAt !== null;
  const runs = new Runs(g, middle - height / 2, height);
  boxes((span) => span.kind !== 'life' && !idle(span), (span, from, width) => {
    const style = styleOf(span, place.end(span), drawn);
    if (style === null) {
      runs.end();
      zombie(g, from, width, middle - height / 2, height, palette);
      return;
    }
    const fill = patterns[style];
    const ground = covered && style !== 'orphan' && typeof fill !== 'string' ? palette.color.life : null;
    if (width <= NARROW) runs.add(from, width, fill, ground);
    else {
      runs.end();
      reason(g, from, width, middle - height / 2, height, fill, ground, palette.contrast ? palette.color[style] : null);
    }
  });
  runs.end();
}

/** The bar thinned to a line. */
function idleness(g: CanvasRenderingContext2D, from: number, width: number, middle: number, height: number, palette: Palette): void {
  g.fillStyle = palette.color.bg;
  g.fillRect(from, middle - height / 2 - 0.5, width, height + 1);
  g.fillStyle = palette.contrast ? palette.color['life-line'] : palette.color.life;
  g.fillRect(from, middle - 1, width, 2);
}

function zombie(g: CanvasRenderingContext2D, from: number, width: number, top: number, height: number, palette: Palette): void {
  g.strokeStyle = palette.color.zombie;
  g.lineWidth = 1.2;
  g.setLineDash([3, 2.5]);
  g.strokeRect(from + 0.6, top + 0.6, Math.max(1, width - 1.2), height - 1.2);
  g.setLineDash([]);
}

/** The hatch of a reason; null: a zombie has an outline. */
function styleOf(span: LaneSpan, endMs: number, drawn: DrawnLane): ReasonPattern | 'alarm' | null {
  const name = PATTERN[span.kind];
  if (name === undefined) return null;
  const alarmed = drawn.alarmFromMs !== null && span.kind !== 'orphan' && endMs > drawn.alarmFromMs + 1 && span.fromMs >= drawn.alarmFromMs - 250;
  return alarmed ? 'alarm' : name;
}

/** Why it does not go on, over its life. */
function reason(g: CanvasRenderingContext2D, from: number, width: number, top: number, height: number, fill: CanvasPattern | string, ground: string | null, line: string | null): void {
  rounded(g, from, top, width, height, 1.5);
  if (ground !== null) {
    g.fillStyle = ground;
    g.fill();
  }
  g.fillStyle = fill;
  g.fill();
  if (line !== null) outline(g, from, top, width, height, line);
}
