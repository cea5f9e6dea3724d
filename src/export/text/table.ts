/** Columns of text that line up, also where a character is two cells wide. */
import type pc from 'picocolors';
import stringWidth from 'string-width';

export type Colours = ReturnType<typeof pc.createColors>;

export interface PictureOptions {
  readonly colours: boolean;
  /** Terminal cells a line may take; null: as many as it needs. */
  readonly width: number | null;
}

/** As many cells as any table needs. */
export const WIDE = 10_000;

export interface Cell {
  readonly text: string;
  /** Puts colour on the text after its width is settled. */
  readonly paint?: (text: string) => string;
  readonly right?: boolean;
}

/** A column's title. */
export function head(text: string, c: Colours, right = false): Cell {
  return { text, paint: (t) => c.dim(t), right };
}

const segmenter = new Intl.Segmenter();

/** Cut to so many terminal cells, with an ellipsis where something is missing. */
export function cut(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (stringWidth(text) <= cells) return text;
  let out = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = stringWidth(segment);
    if (used + wide > cells - 1) break;
    out += segment;
    used += wide;
  }
  return `${out}…`;
}

function padded(cell: Cell, width: number): string {
  const text = cut(cell.text, width);
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  const painted = cell.paint === undefined ? text : cell.paint(text);
  return cell.right === true ? space + painted : painted + space;
}

/**
 * Lines of a table, two spaces between the columns. Columns take the width of their widest cell; past `width` cells in all
 * the columns in `flexible` shrink, the first of them first.
 */
export function table(rows: readonly (readonly Cell[])[], width: number, flexible: readonly number[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((row) => stringWidth(row[i]?.text ?? ''))));
  let over = widths.reduce((sum, w) => sum + w, 0) + 2 * (columns - 1) - width;
  for (const column of flexible) {
    if (over <= 0) break;
    const now = widths[column] ?? 0;
    const next = Math.max(Math.min(now, 8), now - over);
    widths[column] = next;
    over -= now - next;
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) => padded(cell, widths[i] ?? 0));
    return cells.join('  ').trimEnd();
  });
}
