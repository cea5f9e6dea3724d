/**
 * Moments of the past as they are drawn: where there is much on the screen, the processes of one in one frame and the rest of it in the
 * next, for all at once would take longer than a frame, and the hand that drags would feel it. What comes meanwhile waits for its turn:
 * the host has looked it up, so that of two that wait each is drawn; of more, all but the last are drawn as one.
 */
import { batch } from '@preact/signals';
import type { Past } from '../../src/protocol/moment.js';

export interface PastDrawing {
  processes(past: Past): void;
  objects(past: Past): void;
}

type Part = 'processes' | 'objects' | 'both';

/** What both parts may take in one frame, ms: with what the browser lays out and paints then, thirty moments a second are drawn. */
const TOGETHER_MS = 14;
/** Of what the parts cost, so much is what they cost last. */
const NEWEST = 0.3;

export class PastFrames {
  #waiting: Past[] = [];
  #half: Past[] = [];
  #drawing: Part | null = null;
  #begun = 0;
  /** What each part takes of late, until its frame is rendered; ms. Not known at first: then each has its frame. */
  readonly #cost = { processes: Infinity, objects: Infinity };

  constructor(
    private readonly draw: PastDrawing,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take(past: Past): void {
    this.#waiting.push(past);
  }

  /** Something was told of which no part is drawn. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Does one frame's share, in the order of what came. @returns whether something is left for the next frame */
  goOn(): boolean {
    const { draw } = this;
    this.#begun = this.now();
    this.#drawing = null;
    const half = this.#half;
    if (half.length > 0) {
      this.#drawing = 'objects';
      this.#half = [];
      batch(() => half.forEach((past) => draw.objects(past)));
      return this.#waiting.length > 0;
    }
    const whole = this.#waiting.splice(0, Math.max(1, this.#waiting.length - 1));
    if (whole.length === 0) return false;
    const both = this.#cost.processes + this.#cost.objects < TOGETHER_MS;
    this.#drawing = both ? 'both' : 'processes';
    if (!both) this.#half = whole;
    batch(() => {
      for (const past of whole) draw.processes(past);
      if (both) for (const past of whole) draw.objects(past);
    });
    return !both || this.#waiting.length > 0;
  }

  /** The frame is rendered: what its share has cost is known. */
  rendered(): void {
    const took = this.now() - this.#begun;
    if (this.#drawing === 'both') for (const part of ['processes', 'objects'] as const) this.#costs(part, took / 2);
    else if (this.#drawing !== null) this.#costs(this.#drawing, took);
    this.#drawing = null;
  }

  #costs(part: 'processes' | 'objects', ms: number): void {
    const before = this.#cost[part];
    this.#cost[part] = before === Infinity ? ms : before + (ms - before) * NEWEST;
  }

  /** The present comes whole. */
  clear(): void {
    this.#waiting = [];
    this.#half = [];
  }
}
