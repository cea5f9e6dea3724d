/** Does something at once where it was not done lately, else once when its interval is over: the last wish is never lost. */
export class Spaced {
  #timer: NodeJS.Timeout | undefined;
  #doneMs = -Infinity;

  /** @param intervalMs from one time to the next, at least */
  constructor(
    private intervalMs: number,
    private readonly work: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  want(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#doneMs + this.intervalMs - this.now();
    if (wait <= 0) this.do();
    else this.#timer = setTimeout(() => this.do(), wait);
  }

  /** At once, whenever it was last done. */
  do(): void {
    this.cancel();
    this.#doneMs = this.now();
    this.work();
  }

  /** Another interval from now on, ms. */
  space(intervalMs: number): void {
    this.intervalMs = intervalMs;
  }

  /** Forgets what is wanted. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
