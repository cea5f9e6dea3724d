/** Where things are in the process pane: one place that tree, lanes and hit-testing agree on. */
import { signal } from '@preact/signals';

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Lanes under the rows instead of beside them. */
  readonly narrow: boolean;
  readonly treeWidth: number;
  /** Left edge and width of the lanes. */
  readonly lanesLeft: number;
  readonly lanesWidth: number;
  /** Column titles (and, when narrow, the axis under them). */
  readonly headHeight: number;
  readonly axisTop: number;
  readonly axisHeight: number;
  readonly rowHeight: number;
  /** Height of a row's text part. */
  readonly textHeight: number;
  readonly laneTop: number;
  readonly laneHeight: number;
}

/** Room beside the columns: the splitter's edge. */
export const TREE_EDGE = 6;
/** Least width of the lanes beside the tree. */
const LEAST_LANES = 220;
const NARROW = 760;
const HEAD = 30;
const AXIS = 24;
const ROW = 26;
const LANE = 24;
/** A share that nobody chose yet gives the tree no more than this: past it the eye has far to go from a row's name to its figures. */
const MOST_TREE = 1080;
export const TREE_SHARE = 0.495;

/** @param treeShare of the width, chosen by the splitter */
export function layOut(width: number, height: number, treeShare: number): Layout {
  const narrow = width < NARROW;
  const most = treeShare === TREE_SHARE ? MOST_TREE : Infinity;
  const treeWidth = narrow ? width : Math.round(Math.min(width - LEAST_LANES, most, Math.max(320, width * treeShare)));
  return {
    width, height, narrow, treeWidth,
    lanesLeft: narrow ? 0 : treeWidth,
    lanesWidth: narrow ? width : width - treeWidth,
    headHeight: narrow ? HEAD + AXIS : HEAD,
    axisTop: narrow ? HEAD : 0,
    axisHeight: narrow ? AXIS : HEAD,
    rowHeight: narrow ? ROW + LANE : ROW,
    textHeight: ROW,
    laneTop: narrow ? ROW - 2 : 0,
    laneHeight: narrow ? LANE : ROW,
  };
}

/** The share of the width at which the columns of the tree have so many pixels, as far as the lanes leave any. */
export function shareFor({ width }: Layout, columns: number): number {
  return width < NARROW ? 0 : Math.min(width - LEAST_LANES, columns + TREE_EDGE) / width;
}

export const layout = signal<Layout>(layOut(0, 0, 0.5));
export const scrollTop = signal(0);
/** Ids of the columns of the tree that have room. */
export const columnsShown = signal<readonly string[]>([]);

/** First and last row (exclusive) that are on the screen, with `more` beyond each edge. */
export function rowsOnScreen(at: Layout, top: number, count: number, more: number): readonly [number, number] {
  const first = Math.max(0, Math.floor(top / at.rowHeight) - more);
  const last = Math.min(count, Math.ceil((top + at.height - at.headHeight) / at.rowHeight) + more);
  return [Math.min(first, count), Math.max(first, last)];
}
