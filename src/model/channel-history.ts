/** A channel over time: its depth on a grid, and its rates over the last second. */
import type { Channel } from './channel.js';

const HISTORY = 60;
const SHORTEST_STEP = 50;

/** Values younger than this may still change with what is told late. */
const HISTORY_SETTLES = 1000;

/** Depth on a grid of steps that double as the run grows, so that a value once shown stays. */
export function historyOf(channel: Channel, now: number, live: boolean): { depthHistory: number[]; depthFromMs: number; depthStepMs: number } {
  const from = channel.announced?.t ?? channel.firstMs;
  let step = SHORTEST_STEP;
  while ((now - from) / step >= HISTORY) step *= 2;
  const first = Math.floor(from / step) * step;
  const known = channel.history;
  const keep = live && known !== null && known.step === step ? known.depths.slice(0, Math.max(0, Math.floor((known.now - HISTORY_SETTLES - first) / step))) : [];
  const history = [...keep];
  for (let t = first + keep.length * step; t <= now && history.length < HISTORY; t += step) history.push(channel.depthAt(t));
  channel.history = { now, step, depths: history };
  return { depthHistory: history, depthFromMs: first, depthStepMs: step };
}

const RATE_WINDOW = 1000;

/** Notes how many came by now, for the rates. @returns whether a rate is not zero, so that it will change by itself */
export function noteArrivals(channel: Channel, now: number): boolean {
  const { arrivals } = channel;
  const entered = channel.isQueue ? channel.puts : channel.sent;
  const left = channel.received;
  const last = arrivals[arrivals.length - 1];
  if (last === undefined || now - last.t >= RATE_WINDOW / 20) arrivals.push({ t: now, entered, left });
  while (arrivals.length > 1 && arrivals[1]!.t <= now - RATE_WINDOW) arrivals.shift();
  const [first] = arrivals;
  return first !== undefined && (first.entered !== entered || first.left !== left);
}

export function ratesOf(channel: Channel, now: number): { putRate: number; getRate: number } {
  const [first] = channel.arrivals;
  if (first === undefined || now <= first.t) return { putRate: 0, getRate: 0 };
  const entered = channel.isQueue ? channel.puts : channel.sent;
  const seconds = Math.max(now - first.t, RATE_WINDOW) / 1000;
  return { putRate: Math.round((entered - first.entered) / seconds), getRate: Math.round((channel.received - first.left) / seconds) };
}

