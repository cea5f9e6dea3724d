/** Processor time of the page's own thread, frame by frame, from Chromium's trace: other work on the machine does not count in it. */
import { writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface Spent {
  /** Of each frame: all tasks since the frame before; ms of processor time. */
  readonly frames: readonly number[];
  /** Each task of 20 ms and more; ms of processor time. */
  readonly tasks: readonly number[];
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', '__metadata'];

/** @param file gets the whole trace, for whoever looks for what is slow (ui.perfetto.dev, chrome://tracing) */
export async function trace(browser: Browser, page: Page, act: () => Promise<void>, file: string | null = null): Promise<Spent> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await act();
  const told = await browser.stopTracing();
  if (file !== null) writeFileSync(file, told);
  const { traceEvents } = JSON.parse(told.toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] };
  return spentOf(traceEvents);
}

function spentOf(events: readonly TraceEvent[]): Spent {
  const framesOf = (pid: number, tid: number): number[] => events.filter((e) => e.pid === pid && e.tid === tid && e.name === 'FireAnimationFrame').map(({ ts }) => ts);
  // Of several pages' threads the one that draws frames.
  const threads = events.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain');
  const main = threads.map(({ pid, tid }) => ({ pid, tid, frames: framesOf(pid, tid) })).sort((a, b) => b.frames.length - a.frames.length)[0];
  if (main === undefined || main.frames.length === 0) throw new Error('the trace has no frames');
  const tasks = events
    .filter((e) => e.pid === main.pid && e.tid === main.tid && e.ph === 'X' && (e.name === 'RunTask' || e.name === 'ThreadControllerImpl::RunTask'))
    .sort((a, b) => a.ts - b.ts);
  const frames: number[] = [];
  let until = -Infinity;
  let sum = 0;
  let last = 0;
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    // Tasks may lie in tasks.
    if (ts < until) continue;
    until = ts + dur;
    sum += tdur / 1000;
    const frame = main.frames.findLast((at) => at >= ts && at < until);
    if (frame === undefined) continue;
    if (last > 0) frames.push(sum);
    last = frame;
    sum = 0;
  }
  return { frames, tasks: tasks.map(({ tdur = 0 }) => tdur / 1000).filter((ms) => ms >= 20) };
}
