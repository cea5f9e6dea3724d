/**
 * Decides when the next update may go to a page: soon, never more often than every 50 ms, and never so often that making
 * updates takes more than a part of the host's time.
 */
export const leastIntervalMs = 50;
const mostIntervalMs = 1000;
/** Updates may take one part in so many of the time; and the cost of the last counts so much of what they are held to cost: a dear one among cheap ones does not stop the page. */
const share = 4;
const latest = 0.25;

export class Pace {
  #timer: NodeJS.Timeout | undefined;
  #lastBegin = -Infinity;
  #cost: number | null = null;
  #wanted = false;
  #busy = false;
  #round = 0;
  #closed = false;

  /** @param update makes one update before its first `await`, then sends it; the next waits until it is through */
  constructor(
    private readonly update: () => Promise<void>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Something changed. */
  want(): void {
    if (this.#closed) return;
    this.#wanted = true;
    if (this.#busy || this.#timer !== undefined) return;
    const wait = this.#lastBegin + this.interval() - this.now();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, Math.max(0, wait));
  }

  /** Nothing is sent until it is wanted again. An update on its way to a page that is gone is not waited for. */
  pause(): void {
    this.#busy = false;
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = false;
  }

  close(): void {
    this.pause();
    this.#closed = true;
  }

  /** Milliseconds from the begin of one update to the next. */
  interval(): number {
    return Math.min(mostIntervalMs, Math.max(leastIntervalMs, (this.#cost ?? 0) * share));
  }

  #goOn(): void {
    if (this.#wanted) this.want();
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#wanted = false;
    const round = this.#round;
    const begin = this.now();
    this.#lastBegin = begin;
    try {
      const sent = this.update();
      // Only what was done up to here kept the host busy; the rest is waiting for the page, over a slow line perhaps.
      const cost = this.now() - begin;
      this.#cost = this.#cost === null ? cost : this.#cost + (cost - this.#cost) * latest;
      await sent;
    } finally {
      if (round === this.#round) {
        this.#busy = false;
        this.#goOn();
      }
    }
  }
}
