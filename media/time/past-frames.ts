/**
 * Moments of the past as they are drawn: the processes of one in one frame, the rest of it in the next. All at once takes longer than a
 * frame where there is much on the screen, and the hand that drags would feel it. What comes meanwhile waits for its turn.
 */
import { batch } from '@preact/signals';
import type { Past } from '../../src/protocol/moment.js';

export interface PastDrawing {
  processes(past: Past): void;
  objects(past: Past): void;
}

export class PastFrames {
  #waiting: Past[] = [];
  #half: Past[] = [];

  constructor(private readonly draw: PastDrawing) {}

  take(past: Past): void {
    this.#waiting.push(past);
  }

  /** Does one frame's share, of all that came, in its order. @returns whether something is left for the next frame */
  goOn(): boolean {
    const half = this.#half;
    if (half.length > 0) {
      this.#half = [];
      batch(() => half.forEach((past) => this.draw.objects(past)));
      return this.#waiting.length > 0;
    }
    this.#half = this.#waiting;
    this.#waiting = [];
    batch(() => this.#half.forEach((past) => this.draw.processes(past)));
    return this.#half.length > 0;
  }

  /** The present comes whole. */
  clear(): void {
    this.#waiting = [];
    this.#half = [];
  }
}
