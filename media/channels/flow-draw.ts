/** Draws a channel over time on small canvases: pure of state, sizes in CSS pixels. */
import type { FlowReply } from '../../src/protocol/message-query.js';
import type { Palette } from '../lanes/palette.js';

type Canvas = CanvasRenderingContext2D;

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Room above the highest value, so that a line at the limit is seen. */
const AIR = 3;

/** The x of a time. */
function xOf(flow: FlowReply, width: number, ms: number): number {
  const span = Math.max(1e-9, flow.toMs - flow.fromMs);
  return ((ms - flow.fromMs) / span) * width;
}

/** Number of the column at an x; -1 outside. */
export function columnAt(flow: FlowReply, width: number, x: number): number {
  const column = Math.floor(((x / width) * (flow.toMs - flow.fromMs)) / flow.stepMs);
  const count = flow.ways[0]?.entered.length ?? 0;
  return x < 0 || x > width || count === 0 ? -1 : Math.min(count - 1, column);
}

/** The top of the depth's scale: the limit where there is one, and more where it was passed. */
function depthTop(flow: FlowReply, limit: number | null): number {
  let top = Math.max(1, limit ?? 0);
  for (const way of flow.ways) for (const depth of way.depthMax) if (depth > top) top = depth;
  return top;
}

/** Depth as a band from least to most; of two ways the second is a line of dashes. */
export function drawDepth(g: Canvas, { width, height }: Box, flow: FlowReply, limit: number | null, alarm: boolean, { color }: Palette): void {
  g.clearRect(0, 0, width, height);
  const top = depthTop(flow, limit);
  const y = (depth: number): number => height - 1 - (depth / top) * (height - 1 - AIR);
  ground(g, width, height, color.grid, color.edge);
  flow.ways.forEach((way, which) => {
    const count = way.depthMax.length;
    const left = (i: number): number => xOf(flow, width, flow.fromMs + i * flow.stepMs);
    const right = (i: number): number => Math.min(width, Math.max(left(i) + 1, left(i + 1)));
    const paint = alarm ? color.alarm : which === 0 ? color.send : color.receive;
    const outline = (values: readonly number[]): void => {
      for (let i = 0; i < count; i++) {
        const at = y(values[i] ?? 0);
        g.lineTo(left(i), at);
        g.lineTo(right(i), at);
      }
    };
    if (which === 0) {
      g.fillStyle = paint;
      g.globalAlpha = 0.16;
      g.beginPath();
      g.moveTo(0, height);
      outline(way.depthMax);
      g.lineTo(right(count - 1), height);
      g.fill();
      // Between least and most the depth went up and down within a pixel.
      g.globalAlpha = 0.42;
      for (let i = 0; i < count; i++) {
        const [high, low] = [y(way.depthMax[i] ?? 0), y(way.depthMin[i] ?? 0)];
        if (low > high) g.fillRect(left(i), high, right(i) - left(i), low - high);
      }
      g.globalAlpha = 1;
    }
    g.strokeStyle = paint;
    g.lineWidth = 1.4;
    g.setLineDash(which === 0 ? [] : [4, 2]);
    g.beginPath();
    outline(way.depthMax);
    g.stroke();
    g.setLineDash([]);
  });
  if (limit !== null) dashes(g, width, y(limit), color.fg);
  if (flow.countedFromMs !== null) {
    // From here on nobody knows it.
    g.fillStyle = color.grid;
    g.fillRect(xOf(flow, width, flow.countedFromMs), 0, width, height);
  }
}

export interface Rates {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly put: readonly number[];
  readonly get: readonly number[];
}

/** Messages a second, in steps that are wide enough to be seen. */
export function ratesOf(flow: FlowReply, width: number): Rates {
  const columns = flow.ways[0]?.entered.length ?? 0;
  const per = Math.max(1, Math.ceil((columns / Math.max(1, width)) * 5));
  const put: number[] = [];
  const get: number[] = [];
  for (let i = 0; i < columns; i += per) {
    let [entered, left] = [0, 0];
    for (const way of flow.ways) {
      for (let j = i; j < Math.min(columns, i + per); j++) {
        entered += way.entered[j] ?? 0;
        left += way.left[j] ?? 0;
      }
    }
    // The last one is not over yet.
    const ms = Math.max(flow.stepMs, Math.min(flow.toMs, flow.fromMs + (i + per) * flow.stepMs) - (flow.fromMs + i * flow.stepMs));
    put.push((entered / ms) * 1000);
    get.push((left / ms) * 1000);
  }
  return { fromMs: flow.fromMs, stepMs: flow.stepMs * per, put, get };
}

/** Puts as a line over a ground, gets as a line of dashes. */
export function drawRates(g: Canvas, { width, height }: Box, flow: FlowReply, rates: Rates, { color }: Palette): void {
  g.clearRect(0, 0, width, height);
  ground(g, width, height, color.grid, color.edge);
  const top = Math.max(1e-9, ...rates.put, ...rates.get);
  const y = (rate: number): number => height - 1 - (rate / top) * (height - 1 - AIR);
  const line = (values: readonly number[]): void => {
    values.forEach((value, i) => {
      const from = xOf(flow, width, rates.fromMs + i * rates.stepMs);
      const to = Math.min(width, xOf(flow, width, rates.fromMs + (i + 1) * rates.stepMs));
      g.lineTo(from, y(value));
      g.lineTo(to, y(value));
    });
  };
  g.lineWidth = 1.4;
  g.fillStyle = g.strokeStyle = color.send;
  g.globalAlpha = 0.14;
  g.beginPath();
  g.moveTo(0, height);
  line(rates.put);
  g.lineTo(width, height);
  g.fill();
  g.globalAlpha = 1;
  g.beginPath();
  line(rates.put);
  g.stroke();
  g.strokeStyle = color.receive;
  g.setLineDash([4, 2]);
  g.beginPath();
  line(rates.get);
  g.stroke();
  g.setLineDash([]);
}

export interface Bars {
  readonly fromMs: number;
  readonly counts: readonly number[];
}

/** Bar at an x; -1 outside. */
export function barAt(bars: Bars, width: number, x: number): number {
  const at = Math.floor((x / width) * bars.counts.length);
  return x < 0 || at >= bars.counts.length ? -1 : at;
}

/** How often each latency was, on a scale on which each bar is the half more of the one before it. */
export function drawLatency(g: Canvas, { width, height }: Box, latency: NonNullable<FlowReply['latency']>, { color, font }: Palette): void {
  g.clearRect(0, 0, width, height);
  ground(g, width, height, color.grid, color.edge);
  const { counts, fromMs, spread } = latency;
  const most = Math.max(1, ...counts);
  const each = width / counts.length;
  const x = (ms: number): number => Math.min(width - 1, Math.max(0, Math.log(Math.max(ms, fromMs) / fromMs) / Math.log(Math.SQRT2)) * each);
  const floor = height - 1;
  counts.forEach((count, i) => {
    if (count === 0) return;
    // One among a million is seen, too.
    const h = Math.max(1.5, (count / most) * (floor - 12));
    g.fillStyle = color.receive;
    g.globalAlpha = 0.75;
    g.fillRect(i * each + 0.5, floor - h, Math.max(1, each - 1), h);
  });
  g.globalAlpha = 1;
  g.font = font;
  g.textBaseline = 'top';
  let free = -Infinity;
  for (const [word, ms, paint] of [['p50', spread.p50, color.fg], ['p99', spread.p99, color.fg], ['max', spread.max, color.alarm]] as const) {
    const at = Math.round(x(ms)) + 0.5;
    g.strokeStyle = paint;
    g.lineWidth = 1;
    g.setLineDash(word === 'p50' ? [] : [2, 2]);
    g.beginPath();
    g.moveTo(at, 11);
    g.lineTo(at, floor);
    g.stroke();
    g.setLineDash([]);
    const wide = g.measureText(word).width;
    const from = Math.min(width - wide, Math.max(0, at - wide / 2));
    if (from <= free + 2) continue;
    g.fillStyle = color.fg;
    g.fillText(word, from, 0);
    free = from + wide;
  }
}

function ground(g: Canvas, width: number, height: number, grid: string, edge: string): void {
  g.fillStyle = grid;
  g.fillRect(0, Math.round(height / 2), width, 1);
  g.fillStyle = edge;
  g.fillRect(0, height - 1, width, 1);
}

function dashes(g: Canvas, width: number, y: number, paint: string): void {
  g.strokeStyle = paint;
  g.lineWidth = 1;
  g.globalAlpha = 0.7;
  g.setLineDash([2, 3]);
  g.beginPath();
  g.moveTo(0, Math.round(y) + 0.5);
  g.lineTo(width, Math.round(y) + 0.5);
  g.stroke();
  g.setLineDash([]);
  g.globalAlpha = 1;
}
