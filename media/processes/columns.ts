/** The tree's columns: what they need, which are shown, and how rows are sorted by them. Pure. */
import { alive } from '../../src/model/words.js';
import type { ProcessRow } from '../../src/protocol/view.js';
import { LEAST_WIDTH, MOST_WIDTH, type Sort } from '../state/tree-choices.js';
import type { Column } from '../ui/columns.js';
import type { Compare } from './flatten.js';

/** All there are, in their order on the screen. Without CPU, memory and traffic a row still says what runs and how it stands. */
export const ALL_COLUMNS: readonly Column[] = [
  { id: 'name', min: 176, ideal: 224, grow: 2, rank: 0 },
  { id: 'pid', min: 58, ideal: 62, grow: 0, rank: 2 },
  { id: 'state', min: 166, ideal: 216, grow: 3, rank: 0 },
  { id: 'method', min: 66, ideal: 76, grow: 0, rank: 12 },
  { id: 'daemon', min: 62, ideal: 66, grow: 0, rank: 15 },
  { id: 'target', min: 80, ideal: 130, grow: 1, rank: 10 },
  { id: 'cpu', min: 52, ideal: 54, grow: 0, rank: 3 },
  { id: 'memory', min: 54, ideal: 58, grow: 0, rank: 4 },
  { id: 'io', min: 84, ideal: 94, grow: 0, rank: 5 },
  { id: 'in', min: 52, ideal: 56, grow: 0, rank: 6 },
  { id: 'out', min: 52, ideal: 56, grow: 0, rank: 6 },
  { id: 'bytesIn', min: 74, ideal: 78, grow: 0, rank: 8 },
  { id: 'bytesOut', min: 78, ideal: 82, grow: 0, rank: 8 },
  { id: 'tasks', min: 54, ideal: 58, grow: 0, rank: 7 },
  { id: 'blocked', min: 68, ideal: 74, grow: 0, rank: 9 },
  { id: 'started', min: 68, ideal: 72, grow: 0, rank: 13 },
  { id: 'lived', min: 66, ideal: 76, grow: 0, rank: 11 },
  { id: 'exit', min: 62, ideal: 84, grow: 0, rank: 14 },
];

const USUAL: ReadonlySet<string> = new Set(['name', 'pid', 'state', 'cpu', 'memory', 'io']);
/** Those that are shown until others are chosen. */
export const COLUMNS: readonly Column[] = ALL_COLUMNS.filter((column) => USUAL.has(column.id));

/** Texts, which are sorted from A to Z first and stand at the start of their cells; numbers are sorted from the most. */
const TEXTS: ReadonlySet<string> = new Set(['name', 'state', 'method', 'daemon', 'target', 'exit']);

export function isText(column: string): boolean {
  return TEXTS.has(column);
}

/** A row without a name says nothing. */
export function canHide(column: string): boolean {
  return column !== 'name';
}

/**
 * @param chosen ids, null for the usual ones
 * @param widths pixels of columns that were given a size: they have just that while the others keep their least beside them in `room`
 */
export function chosenColumns(chosen: readonly string[] | null, widths: Readonly<Record<string, number>>, room = 0): readonly Column[] {
  const ids = chosen === null ? USUAL : new Set(chosen);
  const columns = ALL_COLUMNS.filter((column) => ids.has(column.id) || !canHide(column.id));
  const fits = columns.reduce((sum, column) => sum + (widths[column.id] ?? column.min), 0) <= room;
  return columns.map((column) => {
    const width = widths[column.id];
    return width === undefined ? column : { ...column, min: fits ? width : Math.min(column.min, width), ideal: width, grow: 0 };
  });
}

export function clampWidth(width: number): number {
  return Math.round(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, width)));
}

/** The next order when a title is pressed: the usual way, the other way, none. */
export function nextSort(now: Sort | null, column: string): Sort | null {
  const first = !isText(column);
  if (now?.column !== column) return { column, down: first };
  return now.down === first ? { column, down: !first } : null;
}

/** Sum of its waits that are over, ms. */
export function blockedSum({ blockedMs: ms }: ProcessRow): number {
  return ms.queue + ms.pipe + ms.join + ms.lock + ms.result + ms.other;
}

type Value = number | string | null;

/** What one process is sorted by; null: it has none, and stands last. */
function valueOf(row: ProcessRow, column: string, nowMs: number): Value {
  const living = alive(row);
  switch (column) {
    case 'name': return row.name;
    case 'pid': return row.pid;
    case 'state': return row.state;
    case 'method': return row.startMethod;
    case 'daemon': return row.daemon === true ? 'a' : row.daemon === false ? 'b' : null;
    case 'target': return row.target;
    case 'cpu': return living ? row.cpu : null;
    case 'memory': return living ? row.rssKiB : null;
    case 'io': return row.received + row.sent;
    case 'in': return row.received;
    case 'out': return row.sent;
    case 'bytesIn': return row.bytesReceived;
    case 'bytesOut': return row.bytesSent;
    case 'tasks': return row.tasks;
    case 'blocked': return blockedSum(row);
    case 'started': return row.startedMs;
    case 'lived': return (row.endedMs ?? nowMs) - row.startedMs;
    case 'exit': return row.signal ?? (row.exitCode === null ? null : String(row.exitCode));
    default: return null;
  }
}

const SUMMED: ReadonlySet<string> = new Set(['cpu', 'memory', 'io', 'in', 'out', 'bytesIn', 'bytesOut', 'tasks', 'blocked']);

/** A group counts as all of its members where that has a meaning, else as the first of them. */
function valueOfAll(rows: readonly ProcessRow[], column: string, nowMs: number): Value {
  const [first] = rows;
  if (first === undefined) return null;
  if (!SUMMED.has(column)) return valueOf(first, column, nowMs);
  let sum: number | null = null;
  for (const row of rows) {
    const value = valueOf(row, column, nowMs);
    if (typeof value === 'number') sum = (sum ?? 0) + value;
  }
  return sum;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Compares within siblings; equals keep their order of start. */
export function comparing(sort: Sort, nowMs: number): Compare {
  const known = new Map<readonly ProcessRow[], Value>();
  const value = (rows: readonly ProcessRow[]): Value => {
    let of = known.get(rows);
    if (of === undefined) known.set(rows, (of = valueOfAll(rows, sort.column, nowMs)));
    return of;
  };
  return (a, b) => {
    const x = value(a);
    const y = value(b);
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    const by = typeof x === 'string' || typeof y === 'string' ? collator.compare(String(x), String(y)) : x - y;
    return sort.down ? -by : by;
  };
}
