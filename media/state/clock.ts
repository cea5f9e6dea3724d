/**
 * The run's time as the page shows it. The host says "now" with each delta; between deltas (and when nothing changes there are
 * none) the page goes on by its own clock, so that since-times tick and the present moves.
 */
import { signal } from '@preact/signals';
import { moment } from './moment.js';

/** How fast a correction backwards is taken: the host's "now" always lags by its polling, and a clock that jumps back looks broken. */
const EASE = 0.1;

export class Clock {
  #offset = 0;
  #still: number | null = 0;
  readonly #performance: () => number;

  constructor(performanceNow: () => number = () => performance.now()) {
    this.#performance = performanceNow;
  }

  /** @param nowMs the host's now, ms from the run's start @param live whether time goes on */
  set(nowMs: number, live: boolean): void {
    if (!live) {
      this.#still = nowMs;
      return;
    }
    const offset = nowMs - this.#performance();
    if (this.#still !== null || offset > this.#offset) this.#offset = offset;
    else this.#offset += (offset - this.#offset) * EASE;
    this.#still = null;
  }

  get live(): boolean {
    return this.#still === null;
  }

  /** Milliseconds from the run's start. */
  now(): number {
    return this.#still ?? Math.max(0, this.#performance() + this.#offset);
  }
}

export const clock = new Clock();

/** Change each tenth of a second and each second of the run while it lives: texts that tell a time read one of them. */
export const tenths = signal(0);
export const seconds = signal(0);

let timer: ReturnType<typeof setTimeout> | null = null;

/** Starts or stops the ticking; called after each message of the host. */
export function tick(): void {
  const now = clock.now();
  tenths.value = Math.floor(now / 100);
  seconds.value = Math.floor(now / 1000);
  if (!clock.live) {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  } else timer ??= setTimeout(next, 100);
}

function next(): void {
  timer = null;
  if (document.hidden) timer = setTimeout(next, 1000);
  else tick();
}

/** The time that the page shows: the moment that it looks at, or the present. Milliseconds from the run's start; not subscribed. */
export function shownMs(): number {
  return moment.peek() ?? clock.now();
}

/** The page's now, subscribed: the moment that it looks at; else by tenths while the time told is short, else by seconds. */
export function nowFor(sinceMs: number): number {
  const then = moment.value;
  if (then !== null) return then;
  const live = clock.live;
  const now = clock.now();
  if (live) void (now - sinceMs < 10_000 ? tenths.value : seconds.value);
  return now;
}
