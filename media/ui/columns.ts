/** Which columns fit, and how wide: columns that matter less go first, none is ever cut off. */

export interface Column {
  readonly id: string;
  /** Least width in pixels at which it still says something. */
  readonly min: number;
  /** Width it takes when there is room. */
  readonly ideal: number;
  /** Share of the room that is left over; 0 none. */
  readonly grow: number;
  /** 0 is never dropped; of the others the highest goes first. */
  readonly rank: number;
}

export interface Fitted {
  readonly ids: readonly string[];
  readonly widths: readonly number[];
}

/** @returns the columns that fit `width`, in their order, with whole-pixel widths that add up to it. */
export function fitColumns(columns: readonly Column[], width: number): Fitted {
  let shown = [...columns];
  const least = (): number => shown.reduce((sum, c) => sum + c.min, 0);
  while (least() > width) {
    const goes = shown.reduce<Column | null>((worst, c) => (c.rank > 0 && (worst === null || c.rank >= worst.rank) ? c : worst), null);
    if (goes === null) break;
    shown = shown.filter((c) => c !== goes);
  }
  const widths = shown.map((c) => c.min);
  let left = Math.floor(width) - least();
  // First towards the ideal, in proportion to what each lacks; then what is left by share.
  const lacks = shown.map((c) => Math.max(0, c.ideal - c.min));
  const lack = lacks.reduce((a, b) => a + b, 0);
  if (left > 0 && lack > 0) {
    const part = Math.min(1, left / lack);
    lacks.forEach((l, i) => {
      const add = Math.floor(l * part);
      widths[i] = (widths[i] ?? 0) + add;
      left -= add;
    });
  }
  if (left > 0) {
    const growing = shown.reduce((sum, c) => sum + c.grow, 0);
    let rest = left;
    if (growing > 0) {
      shown.forEach((c, i) => {
        const add = Math.floor((left * c.grow) / growing);
        widths[i] = (widths[i] ?? 0) + add;
        rest -= add;
      });
    }
    const last = growing > 0 ? shown.findIndex((c) => c.grow > 0) : widths.length - 1;
    if (last >= 0) widths[last] = (widths[last] ?? 0) + rest;
  }
  return { ids: shown.map((c) => c.id), widths };
}
