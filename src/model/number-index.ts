/** From a number to a row: numbers that come in stretches, as counters give them, take four bytes each; others are allowed. */
const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;

export class NumberIndex {
  private readonly pages = new Map<number, Int32Array>();
  private lastNumber = -1;
  private lastPage: Int32Array | null = null;

  /** The row of a number; -1 none. */
  get(number: number): number {
    const page = this.page(Math.floor(number / PAGE));
    return page === null ? -1 : page[number & (PAGE - 1)]!;
  }

  set(number: number, row: number): void {
    const which = Math.floor(number / PAGE);
    let page = this.page(which);
    if (page === null) {
      page = new Int32Array(PAGE).fill(-1);
      this.pages.set(which, page);
      this.lastNumber = which;
      this.lastPage = page;
    }
    page[number & (PAGE - 1)] = row;
  }

  /** All rows, in the order of their numbers within stretches of 256. */
  *rows(): Iterable<number> {
    for (const page of this.pages.values()) for (const row of page) if (row >= 0) yield row;
  }

  private page(which: number): Int32Array | null {
    if (which === this.lastNumber && this.lastPage !== null) return this.lastPage;
    const page = this.pages.get(which) ?? null;
    if (page !== null) {
      this.lastNumber = which;
      this.lastPage = page;
    }
    return page;
  }
}
