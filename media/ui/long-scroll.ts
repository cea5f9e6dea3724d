/**
 * Scrolling through more rows than a page can be high. Up to a height the scroll bar's place is the list's; beyond it the two are
 * apart: small steps move the list by as many pixels, large ones (the bar was dragged) by as large a share, and once it rests the
 * bar is put where the list is.
 */

/**
 * Engines hold an element's place in some 33 million pixels, of the screen and not of the page: at a zoom of 400 % a quarter of that.
 * Pixels.
 */
const HIGHEST = 8_000_000;

/** A step of more than so many views is no turn of a wheel. */
const LEAP = 3;

export class LongScroll {
  /** Pixels of the list above the view. */
  top = 0;
  /** Where the scroll bar was told to be, or was heard to be. */
  bar = 0;
  private full = 0;
  private view = 0;

  constructor(private readonly highest = HIGHEST) {}

  /** @param full height of all rows @param view height that is seen, both in pixels @returns whether `top` had to change */
  resize(full: number, view: number): boolean {
    this.full = full;
    this.view = view;
    const top = this.clamp(this.top);
    const changed = top !== this.top;
    this.top = top;
    return changed;
  }

  /** Height of the element that is scrolled. */
  get height(): number {
    return Math.min(this.full, this.highest);
  }

  /** Where the bar belongs. */
  get place(): number {
    const { listRange, barRange } = this;
    if (listRange === barRange) return this.top;
    return Math.round((this.top / listRange) * barRange);
  }

  /** The bar was moved by the user. @returns whether the list moves */
  scrolled(bar: number): boolean {
    const step = bar - this.bar;
    this.bar = bar;
    if (step === 0) return false;
    const before = this.top;
    const { listRange, barRange } = this;
    if (listRange === barRange) this.top = this.clamp(bar);
    else if (bar <= 0) this.top = 0;
    else if (bar >= barRange) this.top = listRange;
    else if (Math.abs(step) > LEAP * this.view) this.top = this.clamp((bar / barRange) * listRange);
    else this.top = this.clamp(this.top + step);
    return this.top !== before;
  }

  /** @returns whether the list moves */
  go(top: number): boolean {
    const before = this.top;
    this.top = this.clamp(top);
    return this.top !== before;
  }

  /** Least movement that shows what lies from `from` to `to`. @returns whether the list moves */
  reveal(from: number, to: number): boolean {
    if (from < this.top) return this.go(from);
    return to > this.top + this.view && this.go(to - this.view);
  }

  private get listRange(): number {
    return Math.max(0, this.full - this.view);
  }

  private get barRange(): number {
    return Math.max(0, this.height - this.view);
  }

  private clamp(top: number): number {
    return Math.min(this.listRange, Math.max(0, top));
  }
}
