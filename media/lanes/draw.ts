/** Draws axis and lanes on a canvas, from a picture that says what and where; knows nothing of state or input. */
import type { Lane } from '../../src/protocol/view.js';
import type { Palette } from './palette.js';
import { drawArrows } from './draw-arrows.js';
import { drawCursor, type Cursor } from './draw-cursor.js';
import { drawMoment } from './draw-moment.js';
import type { Patterns } from './patterns.js';
import { bars, placeOf } from './draw-spans.js';
import { labelTasks } from './draw-tasks.js';
import { BAR, tickEdge } from './shapes.js';
import { axisLabel, axisStep, toX, type Scale } from './scale.js';

export interface DrawnLane {
  /** Top of the row, in canvas pixels; may lie outside. */
  readonly top: number;
  readonly selected: boolean;
  readonly hovered: boolean;
  /** Lanes that share the row: one of a process; several, thin, where a fold stands for its members. */
  readonly lanes: readonly Lane[];
  /** Of a process that lives: spans that reach its last known moment go on to now. */
  readonly alive: boolean;
  /** From when a finding speaks of it; null none. */
  readonly alarmFromMs: number | null;
  /** The row of the parent and when the child began: a faint line joins them. */
  readonly parentTop: number | null;
  readonly startedMs: number;
  /** Key of the channel at which waiting is being idle: the tasks of a worker's pool; null none. */
  readonly idleAt: string | null;
}

export interface DrawnArrow {
  readonly fromTop: number;
  readonly toTop: number;
  readonly sentMs: number;
  readonly receivedMs: number;
  /** The message that is chosen. */
  readonly strong: boolean;
  /** How many messages it stands for, where they are several. */
  readonly label: string | null;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
  readonly nowMs: number;
  readonly live: boolean;
  /** The moment that is looked back at; null: the present. */
  readonly momentMs: number | null;
  readonly axisTop: number;
  readonly axisHeight: number;
  /** Where rows begin: nothing of a lane is drawn above. */
  readonly rowsTop: number;
  readonly rowHeight: number;
  /** Where in a row its lane is, and how high. */
  readonly laneTop: number;
  readonly laneHeight: number;
  /** The lanes lie under the rows' texts, which must stay readable. */
  readonly underText: boolean;
  /** Columns of the answer's ticks to time. */
  readonly columnFromMs: number;
  readonly columnMs: number;
  readonly lanes: readonly DrawnLane[];
  /** In the order of arrival. */
  readonly arrows: readonly DrawnArrow[];
  /** The piece that the keys are at. */
  readonly cursor: Cursor | null;
}

export function draw(g: CanvasRenderingContext2D, picture: Picture, palette: Palette, patterns: Patterns): void {
  g.clearRect(0, 0, picture.width, picture.height);
  g.save();
  g.beginPath();
  g.rect(0, picture.rowsTop, picture.width, picture.height - picture.rowsTop);
  g.clip();
  backgrounds(g, picture, palette);
  grid(g, picture, palette);
  edges(g, picture, palette);
  for (const lane of picture.lanes) {
    if (lane.top + picture.rowHeight < picture.rowsTop || lane.top > picture.height) continue;
    row(g, picture, lane, palette, patterns);
  }
  drawArrows(g, picture, palette);
  if (picture.cursor !== null) drawCursor(g, picture, picture.cursor, palette);
  g.restore();
  if (picture.momentMs !== null) drawMoment(g, picture, picture.momentMs, palette);
  axis(g, picture, palette);
}

function backgrounds(g: CanvasRenderingContext2D, p: Picture, palette: Palette): void {
  if (p.underText) return;
  for (const lane of p.lanes) {
    if (!lane.selected && !lane.hovered) continue;
    g.fillStyle = lane.selected ? palette.color['row-selected'] : palette.color['row-hover'];
    g.fillRect(0, lane.top, p.width, p.rowHeight);
  }
}

function grid(g: CanvasRenderingContext2D, p: Picture, palette: Palette): void {
  const step = axisStep(p.scale, 56);
  g.fillStyle = palette.color.grid;
  for (let ms = Math.max(0, Math.ceil(p.scale.fromMs / step) * step); ms <= p.scale.toMs; ms += step) {
    const x = Math.round(toX(p.scale, ms));
    if (!p.underText) g.fillRect(x, p.rowsTop, 1, p.height - p.rowsTop);
    else for (const lane of p.lanes) g.fillRect(x, lane.top + p.laneTop + 1, 1, p.laneHeight - 2);
  }
}

/** From each parent down to where its child begins: who started whom, and when. */
function edges(g: CanvasRenderingContext2D, p: Picture, palette: Palette): void {
  if (p.underText) return;
  g.strokeStyle = palette.color.edge;
  g.lineWidth = 1;
  g.beginPath();
  const middle = p.laneTop + p.laneHeight / 2;
  // Children of one parent that begin in one pixel share a line: drawn over each other, faint lines would be strong.
  const stems = new Map<string, { readonly x: number; readonly from: number; to: number }>();
  for (const lane of p.lanes) {
    if (lane.parentTop === null) continue;
    const x = Math.round(toX(p.scale, lane.startedMs)) - 2.5;
    if (x < p.scale.left - 4 || x > p.scale.left + p.scale.width) continue;
    const y = lane.top + middle;
    g.moveTo(x, y - 2);
    g.quadraticCurveTo(x, y, x + 2.5, y);
    const key = `${x} ${lane.parentTop}`;
    const stem = stems.get(key);
    if (stem === undefined) stems.set(key, { x, from: lane.parentTop + middle + BAR / 2, to: y - 2 });
    else stem.to = Math.max(stem.to, y - 2);
  }
  for (const stem of stems.values()) {
    g.moveTo(stem.x, stem.from);
    g.lineTo(stem.x, stem.to);
  }
  g.stroke();
}

function row(g: CanvasRenderingContext2D, p: Picture, drawn: DrawnLane, palette: Palette, patterns: Patterns): void {
  const thin = drawn.lanes.length > 1;
  const middle = drawn.top + p.laneTop + p.laneHeight / 2;
  if (thin) {
    // A fold: a hair for each member, in the height of one bar.
    const shown = drawn.lanes.slice(0, 5);
    const pitch = 12 / shown.length;
    shown.forEach((lane, i) => bars(g, p, lane, drawn, middle - 6 + pitch * (i + 0.5), Math.max(2, Math.min(4, pitch - 1)), palette, patterns));
    return;
  }
  const lane = drawn.lanes[0];
  if (lane === undefined) return;
  bars(g, p, lane, drawn, middle, BAR, palette, patterns);
  // Tasks are higher than bars: what a worker sends and receives stands beyond them.
  const edge = tickEdge(lane.tasks.length > 0);
  ticks(g, p, lane.sends, middle - edge, -1, palette.color.send);
  ticks(g, p, lane.receives, middle + edge, 1, palette.color.receive);
  if (lane.tasks.length > 0) labelTasks(g, lane, placeOf(p, lane, drawn, middle), palette);
  marks(g, p, lane, middle, palette);
}

/** Few messages give a short tick, many a longer one; the count is by logarithm. */
function ticks(g: CanvasRenderingContext2D, p: Picture, columns: readonly number[], base: number, direction: 1 | -1, color: string): void {
  g.fillStyle = color;
  const perMs = p.scale.width / (p.scale.toMs - p.scale.fromMs);
  const first = p.scale.left + (p.columnFromMs - p.scale.fromMs) * perMs;
  const pitch = p.columnMs * perMs;
  const width = Math.max(1.25, Math.min(2, pitch));
  const edge = p.scale.left + p.scale.width;
  // Ticks of one length that touch are one box: a busy lane has one in each pixel.
  let from = 0;
  let to = 0;
  let length = 0;
  const end = (): void => {
    if (length > 0) g.fillRect(from, direction < 0 ? base - length : base, to - from, length);
  };
  for (let i = 0; i + 1 < columns.length; i += 2) {
    const x = first + ((columns[i] ?? 0) + 0.5) * pitch - width / 2;
    if (x < p.scale.left - 2 || x > edge + 2) continue;
    const count = columns[i + 1] ?? 1;
    const own = count < LENGTHS.length ? (LENGTHS[count] ?? 3) : 5.5;
    if (own === length && x - to < 0.5) {
      to = x + width;
      continue;
    }
    end();
    from = x;
    to = x + width;
    length = own;
  }
  end();
}

/** Pixels by messages, in halves. */
const LENGTHS = Array.from({ length: 90 }, (_, count) => Math.round(Math.min(5.5, 3 + Math.log10(Math.max(1, count)) * 1.3) * 2) / 2);

function marks(g: CanvasRenderingContext2D, p: Picture, lane: Lane, middle: number, palette: Palette): void {
  for (const mark of lane.marks) {
    const x = toX(p.scale, mark.atMs);
    if (x < p.scale.left - 8 || x > p.scale.left + p.scale.width + 8) continue;
    if (mark.kind === 'start') {
      g.fillStyle = palette.color.dim;
      g.fillRect(x - 0.75, middle - BAR / 2 - 1, 1.5, BAR + 2);
    } else if (mark.kind === 'exit') {
      g.fillStyle = palette.color.bg;
      g.strokeStyle = palette.color.exit;
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc(x, middle, 3.6, 0, 7);
      g.fill();
      g.stroke();
    } else if (mark.kind === 'exception') {
      g.fillStyle = palette.color.exception;
      g.beginPath();
      g.moveTo(x, middle - 6.5);
      g.lineTo(x + 6.5, middle + 5.5);
      g.lineTo(x - 6.5, middle + 5.5);
      g.closePath();
      g.fill();
      g.fillStyle = palette.color.bg;
      g.fillRect(x - 0.8, middle - 2.6, 1.6, 4.2);
      g.fillRect(x - 0.8, middle + 2.6, 1.6, 1.6);
    } else if (/SIG(TERM|INT|HUP)/.test(mark.text)) {
      g.fillStyle = palette.color.signal;
      g.fillRect(x - 1.5, middle - 7, 3, 14);
    } else {
      g.lineCap = 'round';
      for (const [color, width] of [[palette.color.bg, 4.5], [palette.color.exception, 2]] as const) {
        g.strokeStyle = color;
        g.lineWidth = width;
        g.beginPath();
        g.moveTo(x - 4.5, middle - 4.5);
        g.lineTo(x + 4.5, middle + 4.5);
        g.moveTo(x + 4.5, middle - 4.5);
        g.lineTo(x - 4.5, middle + 4.5);
        g.stroke();
      }
      g.lineCap = 'butt';
    }
  }
}

function axis(g: CanvasRenderingContext2D, p: Picture, palette: Palette): void {
  const bottom = p.axisTop + p.axisHeight;
  g.fillStyle = palette.color.line;
  g.fillRect(0, bottom - 1, p.width, 1);
  const step = axisStep(p.scale, 56);
  g.font = palette.font;
  g.textBaseline = 'middle';
  g.textAlign = 'left';
  const nowX = toX(p.scale, p.nowMs);
  for (let ms = Math.max(0, Math.ceil(p.scale.fromMs / step) * step); ms <= p.scale.toMs; ms += step) {
    const x = Math.round(toX(p.scale, ms));
    const label = axisLabel(ms, step);
    g.fillStyle = palette.color.grid;
    g.fillRect(x, bottom - 6, 1, 5);
    g.fillStyle = palette.color.dim;
    if (x + 4 + g.measureText(label).width <= p.width) g.fillText(label, x + 4, p.axisTop + p.axisHeight / 2);
  }
  if (!p.live || nowX < p.scale.left - 1 || nowX > p.scale.left + p.scale.width + 1) return;
  g.fillStyle = palette.color.accent;
  g.fillRect(nowX - 0.5, bottom - 2, 1, p.height - bottom + 2);
  g.beginPath();
  g.moveTo(nowX - 5, bottom - 9);
  g.lineTo(nowX + 5, bottom - 9);
  g.lineTo(nowX, bottom - 2);
  g.closePath();
  g.fill();
}
