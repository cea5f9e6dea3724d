/**
 * Growing columns of numbers. A million messages must not be a million objects: each log keeps one typed array a field,
 * in pieces, so that growing neither copies what is there nor holds twice the room.
 */
const PIECE_BITS = 14;
const PIECE = 1 << PIECE_BITS;
const PIECE_MASK = PIECE - 1;
const FIRST = 16;

interface NumberArray {
  readonly length: number;
  [index: number]: number;
  set(from: ArrayLike<number>): void;
}

/** Append-only numbers, read by index. Reading past the end is a mistake of the caller's and gives NaN arithmetic. */
export class Column<A extends NumberArray> {
  length = 0;
  private readonly pieces: A[] = [];
  private last: A;
  private room: number;

  constructor(private readonly make: (length: number) => A) {
    this.last = make(FIRST);
    this.room = FIRST;
    this.pieces.push(this.last);
  }

  push(value: number): void {
    const inPiece = this.length & PIECE_MASK;
    if (this.length === this.room) this.grow();
    this.last[inPiece] = value;
    this.length++;
  }

  at(index: number): number {
    return this.pieces[index >>> PIECE_BITS]![index & PIECE_MASK]!;
  }

  set(index: number, value: number): void {
    this.pieces[index >>> PIECE_BITS]![index & PIECE_MASK] = value;
  }

  /** Its first values, shared: to be read only. */
  first(length: number): Column<A> {
    const part = new Column(this.make);
    part.pieces.length = 0;
    part.pieces.push(...this.pieces);
    part.length = length;
    return part;
  }

  /** Puts a value before position `index` and moves the rest up: cheap only near the end. */
  insert(index: number, value: number): void {
    this.push(value);
    for (let i = this.length - 1; i > index; i--) this.set(i, this.at(i - 1));
    this.set(index, value);
  }

  clear(): void {
    this.pieces.length = 0;
    this.last = this.make(FIRST);
    this.room = FIRST;
    this.pieces.push(this.last);
    this.length = 0;
  }

  /** Number of leading values `<= limit`, where the column is sorted. */
  upperBound(limit: number, from = 0, to = this.length): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) <= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** As `upperBound`, quicker where the answer is not far from `near`. */
  upperBoundNear(limit: number, near: number): number {
    const { length } = this;
    let low = Math.min(near, length);
    let step = 1;
    if (low > 0 && this.at(low - 1) > limit) {
      // Down: what is at `high` and after it is larger.
      let high = low - 1;
      while (high >= step && this.at(high - step) > limit) {
        high -= step;
        step *= 2;
      }
      return this.upperBound(limit, Math.max(0, high - step), high);
    }
    while (low + step <= length && this.at(low + step - 1) <= limit) {
      low += step;
      step *= 2;
    }
    return this.upperBound(limit, low, Math.min(length, low + step));
  }

  /** Number of leading values `< limit`, where the column is sorted. */
  lowerBound(limit: number, from = 0, to = this.length): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    if (this.room < PIECE) {
      // Small logs stay small: only the first piece grows by doubling.
      this.room *= 2;
      const larger = this.make(this.room);
      larger.set(this.last);
      this.last = larger;
      this.pieces[0] = larger;
      return;
    }
    this.last = this.make(PIECE);
    this.room += PIECE;
    this.pieces.push(this.last);
  }
}

export type Times = Column<Float64Array>;
export type Words = Column<Uint32Array>;
export type Bytes = Column<Uint8Array>;

export const times = (): Times => new Column((n) => new Float64Array(n));
export const words = (): Words => new Column((n) => new Uint32Array(n));
export const signedWords = (): Column<Int32Array> => new Column((n) => new Int32Array(n));
export const octets = (): Bytes => new Column((n) => new Uint8Array(n));
