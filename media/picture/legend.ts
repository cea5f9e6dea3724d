/** The legend of a saved picture: each shape drawn by the lanes' own code, on a lane made for it. */
import type { Lane, LaneSpan, LaneTask, SpanKind } from '../../src/protocol/view.js';
import { draw, type DrawnLane, type Picture } from '../lanes/draw.js';
import type { Palette } from '../lanes/palette.js';
import type { Patterns } from '../lanes/patterns.js';
import { legendRows } from '../lanes/tools.js';
import { asCanvas, type SvgContext } from './svg-context.js';

const ROW = 20;
const SWATCH = 30;
/** Between a text and the next shape. */
const GAP = 24;
const LONG_MS = 1000;

const SPANS: Readonly<Record<string, SpanKind>> = {
  queue: 'blocked-queue', pipe: 'blocked-pipe', join: 'blocked-join', lock: 'blocked-lock', result: 'blocked-result', other: 'blocked-other', alarm: 'blocked-queue', idle: 'blocked-queue', zombie: 'zombie', orphan: 'orphan',
};
const MARKS: Readonly<Record<string, Lane['marks'][number]>> = {
  exit: { atMs: LONG_MS / 2, kind: 'exit', text: '0' },
  signal: { atMs: LONG_MS / 2, kind: 'signal', text: 'SIGTERM' },
  killed: { atMs: LONG_MS / 2, kind: 'signal', text: 'SIGKILL' },
  exception: { atMs: LONG_MS / 2, kind: 'exception', text: '' },
};
const IDLE_AT = 'idle';
const TICKS = [0, 1, 1, 2, 2, 9, 3, 1, 4, 3];

/** How many columns and lines it takes. */
function gridOf(g: SvgContext, width: number, palette: Palette): { readonly columns: number; readonly lines: number; readonly each: number } {
  g.font = palette.font;
  const rows = legendRows();
  const each = SWATCH + 10 + Math.ceil(Math.max(...rows.map(([, words]) => g.measureText(words).width))) + GAP;
  const lines = Math.ceil(rows.length / Math.max(1, Math.floor((width - 12) / each)));
  return { columns: Math.ceil(rows.length / lines), lines, each };
}

export function legendHeight(g: SvgContext, width: number, palette: Palette): number {
  return gridOf(g, width, palette).lines * ROW + 20;
}

export function drawLegend(g: SvgContext, width: number, palette: Palette, patterns: Patterns): void {
  const { columns, lines, each } = gridOf(g, width, palette);
  // A legend has no axis and no start.
  const quiet: Palette = { ...palette, color: { ...palette.color, grid: 'transparent', line: 'transparent', dim: 'transparent' } };
  const rows = legendRows();
  for (let column = 0; column < columns; column++) {
    const own = rows.slice(column * lines, (column + 1) * lines);
    g.save();
    g.translate(12 + column * each, 10);
    draw(asCanvas(g), pictureOf(own.map(([shape]) => shape)), quiet, patterns);
    g.font = palette.font;
    g.fillStyle = palette.color.fg;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    own.forEach(([, words], i) => g.fillText(words, SWATCH + 10, i * ROW + ROW / 2));
    g.restore();
  }
}

function pictureOf(shapes: readonly string[]): Picture {
  return {
    width: SWATCH,
    height: shapes.length * ROW,
    scale: { fromMs: 0, toMs: LONG_MS, left: 1, width: SWATCH - 2 },
    nowMs: LONG_MS,
    live: false, momentMs: null,
    axisTop: 0,
    axisHeight: 0,
    rowsTop: 0,
    rowHeight: ROW,
    laneTop: 0,
    laneHeight: ROW,
    underText: false,
    columnFromMs: 0,
    columnMs: LONG_MS / 5,
    lanes: shapes.map((shape, i) => ({ ...NOTHING, top: i * ROW, alarmFromMs: shape === 'alarm' ? 0 : null, idleAt: shape === 'idle' ? IDLE_AT : null, lanes: [laneOf(shape)] })),
    arrows: [],
    cursor: null,
  };
}

const NOTHING: DrawnLane = { top: 0, selected: false, hovered: false, lanes: [], alive: false, alarmFromMs: null, parentTop: null, startedMs: 0, idleAt: null };

function laneOf(shape: string): Lane {
  const spans: LaneSpan[] = [];
  const span = (kind: SpanKind): number => spans.push({ kind, fromMs: 0, toMs: LONG_MS, about: shape === 'idle' ? IDLE_AT : null });
  if (shape !== 'zombie' && MARKS[shape] === undefined) span('life');
  if (SPANS[shape] !== undefined) span(SPANS[shape]);
  const task: LaneTask = { fromMs: 0, toMs: LONG_MS, pool: null, function: null, count: shape === 'tasks' ? 5 : 1, failed: shape === 'task-failed' };
  const mark = MARKS[shape];
  return { process: shape, spans, tasks: shape.startsWith('task') ? [task] : [], sends: shape === 'send' ? TICKS : [], receives: shape === 'receive' ? TICKS : [], sendSites: [], receiveSites: [], marks: mark === undefined ? [] : [mark] };
}
