/** How many files a process had open, over time: a bounded history, thinned as it grows. */

export interface FilesPoint {
  readonly t: number;
  readonly count: number;
  /** The soft limit then; null: none is known. */
  readonly limit: number | null;
}

const MOST = 128;

export class OpenFiles {
  #points: FilesPoint[] = [];

  /** In the order of time. */
  get points(): readonly FilesPoint[] {
    return this.#points;
  }

  add(point: FilesPoint): void {
    this.#points.push(point);
    if (this.#points.length <= MOST) return;
    const last = this.#points.length - 1;
    // The first and the last stay, and what was nearest to the limit.
    const nearest = this.nearest;
    this.#points = this.#points.filter((one, i) => i % 2 === 0 || i === last || one === nearest);
  }

  get last(): FilesPoint | null {
    return this.#points.at(-1) ?? null;
  }

  /** When it had the fewest left to open; null where no limit is known. */
  get nearest(): FilesPoint | null {
    let nearest: FilesPoint | null = null;
    for (const point of this.#points) if (point.limit !== null && (nearest === null || left(point) < left(nearest))) nearest = point;
    return nearest;
  }
}

/** How many more it could open. */
export function left({ count, limit }: FilesPoint): number {
  return (limit ?? Infinity) - count;
}
