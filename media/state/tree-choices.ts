/** What the user chose for the process tree: folds, columns, their order and size, and whom to compare. */

export type Foldable = 'helpers' | 'ended' | 'workers';
/** `many`: where there are so many that they push the others out of sight. */
export type Folding = 'always' | 'many' | 'never';

export interface Sort {
  readonly column: string;
  readonly down: boolean;
}

export interface TreeChoices {
  /** Rows that the user opened (true) or closed, by id; the others stand as is usual for them. */
  readonly folds: Readonly<Record<string, boolean>>;
  readonly folding: Readonly<Record<Foldable, Folding>>;
  /** Ids of the columns, in no order; null: the usual ones. */
  readonly columns: readonly string[] | null;
  /** Pixels, of the columns that the user gave a size. */
  readonly widths: Readonly<Record<string, number>>;
  /** null: in order of start. */
  readonly sort: Sort | null;
  /** Key of the process that the chosen one is compared with. */
  readonly compare: string | null;
}

export const NO_TREE_CHOICES: TreeChoices = {
  folds: {}, folding: { helpers: 'always', ended: 'many', workers: 'many' }, columns: null, widths: {}, sort: null, compare: null,
};

/** What the keys of the graph's folds begin with: they are kept with those of the tree. */
export const GRAPH_FOLD = 'graph:';

/** Only the folds of the graph. */
export function graphFolds(folds: TreeChoices['folds']): Record<string, boolean> {
  return Object.fromEntries(Object.entries(folds).filter(([id]) => id.startsWith(GRAPH_FOLD)));
}

export const LEAST_WIDTH = 40;
export const MOST_WIDTH = 900;

function entries<T>(value: unknown, good: (v: unknown) => v is T): Record<string, T> {
  const out: Record<string, T> = {};
  if (typeof value !== 'object' || value === null) return out;
  for (const [name, v] of Object.entries(value)) if (good(v)) out[name] = v;
  return out;
}

/** Takes from a stored state what has the right type: it may come from another version of this page. */
export function readTreeChoices(state: unknown): TreeChoices {
  if (typeof state !== 'object' || state === null) return NO_TREE_CHOICES;
  const { folds, folding, columns, widths, sort, compare } = state as Record<keyof TreeChoices, unknown>;
  const isFolding = (v: unknown): v is Folding => v === 'always' || v === 'many' || v === 'never';
  const sorted = typeof sort === 'object' && sort !== null ? (sort as Record<keyof Sort, unknown>) : null;
  return {
    folds: entries(folds, (v): v is boolean => typeof v === 'boolean'),
    folding: { ...NO_TREE_CHOICES.folding, ...entries(folding, isFolding) },
    columns: Array.isArray(columns) ? columns.filter((v): v is string => typeof v === 'string') : null,
    widths: entries(widths, (v): v is number => typeof v === 'number' && v >= LEAST_WIDTH && v <= MOST_WIDTH),
    sort: sorted !== null && typeof sorted.column === 'string' && typeof sorted.down === 'boolean' ? { column: sorted.column, down: sorted.down } : null,
    compare: typeof compare === 'string' ? compare : null,
  };
}
