/** Tasks on their worker's lane: a block each with the function's name; those too short to see merged into striped ones. */
import type { Lane, LaneTask } from '../../src/protocol/view.js';
import type { Palette } from './palette.js';
import type { Patterns } from './patterns.js';
import { toX, type Scale } from './scale.js';
import { LEAST, NARROW, outline, rounded, Runs, TASK } from './shapes.js';

/** Less room than this holds no name that says something. */
const LEAST_LABEL = 26;
const PAD = 4;

/** Where a lane's tasks are drawn. */
export interface TaskPlace {
  readonly scale: Scale;
  readonly middle: number;
  /** What still goes on at the lane's last known moment goes on to here. */
  readonly end: (of: { readonly toMs: number }) => number;
}

interface Box {
  readonly from: number;
  readonly width: number;
}

function boxOf(task: LaneTask, { scale, end }: TaskPlace): Box | null {
  const edge = scale.left + scale.width;
  const from = Math.max(toX(scale, task.fromMs), scale.left - 20);
  const to = Math.min(toX(scale, end(task)), edge + 20);
  return to < scale.left - 10 || from > edge + 10 ? null : { from, width: Math.max(LEAST, to - from) };
}

/** @param height of the blocks; less than TASK where the lane shares its row with others */
export function drawTasks(g: CanvasRenderingContext2D, lane: Lane, place: TaskPlace, height: number, palette: Palette, patterns: Patterns): void {
  const top = place.middle - height / 2;
  const runs = new Runs(g, top, height);
  for (const task of lane.tasks) {
    const box = boxOf(task, place);
    if (box === null) continue;
    // Single ones that can still be told apart must not run into one.
    if (box.width <= (task.count > 1 ? NARROW : 2)) {
      runs.add(box.from, box.width, task.count > 1 ? patterns[task.failed ? 'tasks-failed' : 'tasks'] : task.failed ? patterns['task-failed'] : palette.color.task, null);
      continue;
    }
    runs.end();
    // A hair between neighbours: two tasks must not read as one.
    const width = box.width > 4 ? box.width - 1 : box.width;
    if (task.count > 1) {
      // Flat ends and stripes: not one task, but many.
      g.fillStyle = patterns[task.failed ? 'tasks-failed' : 'tasks'];
      g.fillRect(box.from, top, width, height);
      if (palette.contrast && width > 3) outline(g, box.from, top, width, height, palette.color['task-line']);
      continue;
    }
    g.fillStyle = task.failed ? patterns['task-failed'] : palette.color.task;
    rounded(g, box.from, top, width, height, 2);
    g.fill();
    if (width > 3 && (task.failed || palette.contrast)) outline(g, box.from, top, width, height, palette.color[task.failed ? 'task-failed' : 'task-line']);
    if (task.failed && width > 9 && height >= TASK) notch(g, box.from + width, top, palette.color['task-failed']);
  }
  runs.end();
}

/** A solid corner at the end of a task that failed. */
function notch(g: CanvasRenderingContext2D, right: number, top: number, color: string): void {
  g.fillStyle = color;
  g.beginPath();
  g.moveTo(right - 8, top);
  g.lineTo(right, top);
  g.lineTo(right, top + 8);
  g.closePath();
  g.fill();
}

/** Names of functions where they fit: in the part of a block that is seen and that no wait lies over. */
export function labelTasks(g: CanvasRenderingContext2D, lane: Lane, place: TaskPlace, palette: Palette): void {
  const { scale } = place;
  const edge = scale.left + scale.width;
  let ready = false;
  for (const task of lane.tasks) {
    if (task.function === null) continue;
    const box = boxOf(task, place);
    if (box === null || box.width < LEAST_LABEL) continue;
    const from = Math.max(box.from, scale.left) + PAD;
    let to = Math.min(box.from + box.width, edge) - PAD - (task.failed ? 6 : 0);
    for (const span of lane.spans) {
      if (!span.kind.startsWith('blocked') || span.toMs <= task.fromMs || span.fromMs >= task.toMs) continue;
      const x = toX(scale, span.fromMs);
      if (x < to && toX(scale, place.end(span)) > from) to = x - 2;
    }
    if (to - from < LEAST_LABEL - 2 * PAD) continue;
    if (!ready) {
      g.font = palette.font.replace('11px', '10px');
      g.textAlign = 'left';
      g.textBaseline = 'middle';
      ready = true;
    }
    // Of several their number says more than a piece of a name.
    const text = task.count > 1 ? fitWhole(g, [labelOf(task), `${task.count} ×`], to - from) : fitText(g, labelOf(task), to - from);
    if (text === null) continue;
    // On a hatch no text reads without a ground of its own.
    const hatched = task.failed || task.count > 1;
    if (hatched) ground(g, from, place.middle, widthOf(g, text), palette.color.bg);
    g.fillStyle = hatched ? palette.color.fg : palette.color['task-text'];
    g.fillText(text, from, place.middle + 0.5);
  }
}

function ground(g: CanvasRenderingContext2D, x: number, middle: number, width: number, color: string): void {
  g.fillStyle = color;
  rounded(g, x - 2, middle - 5.5, width + 4, 11, 2);
  g.fill();
}

/** `pipeline.resize` is *resize*; several are counted. */
function labelOf(task: LaneTask): string {
  const name = (task.function ?? '').slice((task.function ?? '').lastIndexOf('.') + 1);
  return task.count > 1 ? `${task.count} × ${name}` : name;
}

const widths = new Map<string, number>();
/** Functions are few; a script that makes names up must not fill the page's memory. */
const MOST_WIDTHS = 2000;

function widthOf(g: CanvasRenderingContext2D, text: string): number {
  const key = `${g.font} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > MOST_WIDTHS) widths.clear();
  const { width } = g.measureText(text);
  widths.set(key, width);
  return width;
}

/** The first of some texts that fits whole; null where none does. */
function fitWhole(g: CanvasRenderingContext2D, texts: readonly string[], room: number): string | null {
  return texts.find((text) => widthOf(g, text) <= room) ?? null;
}

/** The text, its beginning with an ellipsis, or null where not even three letters of it fit. */
function fitText(g: CanvasRenderingContext2D, text: string, room: number): string | null {
  const width = widthOf(g, text);
  if (width <= room) return text;
  const letters = Math.floor((text.length * (room - widthOf(g, '…'))) / width);
  return letters < 3 ? null : `${text.slice(0, letters)}…`;
}
