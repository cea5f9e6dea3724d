/** What locks, pools, segments and shared objects have in common: an id, who made them, and a row under a key. */
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';

/** The record that says who made an object. */
export interface Origin {
  readonly image: Image;
  readonly t: number;
  readonly site: number;
}

export abstract class Made {
  /** Given when it is first shown, and kept. */
  key: string | null = null;
  origin: Origin | null = null;
  dirty = false;

  constructor(
    readonly obj: number,
    /** Time of the first record that named it. */
    public firstMs: number,
    private readonly dirtyOnes: Set<Made>,
  ) {}

  /** Its row is to be made again. */
  touch(): void {
    if (this.dirty) return;
    this.dirty = true;
    this.dirtyOnes.add(this);
  }

  /** A record of its making. Of several the earliest stands. @returns whether this is the one */
  madeBy(image: Image, fact: RecordFact, compare: CompareImages): boolean {
    const { origin } = this;
    if (origin !== null && !isEarlier(image, fact.t0, origin, compare)) return false;
    this.origin = { image, t: fact.t0, site: fact.site };
    return true;
  }
}

/** Whether one word comes before another, by what does not depend on which was told first. */
export function isEarlier(image: Image, t: number, than: { readonly image: Image; readonly t: number }, compare: CompareImages): boolean {
  return (t - than.t || compare(image.id, than.image.id)) < 0;
}

/** The order of keys: by the time at which they were made, or first named. */
export function compareMade(a: Made, b: Made): number {
  return (a.origin?.t ?? a.firstMs) - (b.origin?.t ?? b.firstMs) || a.obj - b.obj;
}

export class MadeTable<M extends Made> {
  readonly all: M[] = [];
  /** Rows of these are to be made again. */
  readonly dirty = new Set<M>();
  private readonly byObject = new Map<number, M>();
  /** What was asked for last: most records come in groups about one object. */
  private last: M | null = null;

  constructor(private readonly make: (obj: number, t: number, dirty: Set<M>) => M) {}

  at(obj: number): M | null {
    return this.byObject.get(obj) ?? null;
  }

  /** The object with this id; made at its first mention by a record. */
  of(obj: number, t: number): M {
    let made = this.last?.obj === obj ? this.last : this.byObject.get(obj);
    if (made === undefined) {
      made = this.make(obj, t, this.dirty);
      this.byObject.set(obj, made);
      this.all.push(made);
      made.touch();
    } else if (t < made.firstMs) made.firstMs = t;
    this.last = made;
    return made;
  }

  touchAll(): void {
    for (const made of this.all) made.touch();
  }
}

/** Nanoseconds: whole numbers, whose sum does not depend on the order in which they are added. */
export const wholeNs = (ms: number): number => Math.round(Math.max(0, ms) * 1e6);
