/** The tree as the page shows it now, and which row the keys are on. */
import { computed, signal, untracked } from '@preact/signals';
import type { ProcessRow } from '../../src/protocol/view.js';
import { choices, chooseForTree, chooseProcess } from '../state/choices.js';
import { clock, seconds, shownMs } from '../state/clock.js';
import { nameOf, names } from '../state/names.js';
import { parseQuery } from '../state/query.js';
import { store } from '../state/store.js';
import { graphFolds } from '../state/tree-choices.js';
import { usesOf } from '../state/uses.js';
import { comparing } from './columns.js';
import { flatten, isOver, type TreeRow } from './flatten.js';
import { processMatches, type Around } from './matching.js';

/** By themselves, so that a column that is being sized does not make the tree anew. */
const folds = computed(() => choices.tree.value.folds);
const folding = computed(() => choices.tree.value.folding);
const sort = computed(() => choices.tree.value.sort);
const ended = computed(() => {
  void store.version.value;
  let count = 0;
  for (const row of store.processes.values()) if (isOver(row.peek())) count++;
  return count;
});

const around: Around = {
  names,
  channels: (process) => namesOf(usesOf(process).channels),
  objects: (process) => namesOf(usesOf(process).objects),
  finding: (process) => store.findingOf.value.get(process),
};

function namesOf(keys: readonly string[]): string {
  return keys.map(nameOf).join('\n').toLowerCase();
}

const terms = computed(() => parseQuery(choices.filter.value));

/** Keys of the processes that the filter finds now; null: there is none. Subscribes to the filter only. */
export function foundByFilter(rows: readonly ProcessRow[]): readonly string[] | null {
  const asked = terms.value;
  return asked.length === 0 ? null : untracked(() => rows.filter((row) => processMatches(row, asked, around)).map((row) => row.key));
}

export const tree = computed(() => {
  void store.shape.value;
  const asked = terms.value;
  // What a filter finds changes with any row; without one only the shape and who has ended matter.
  if (asked.length > 0) void store.version.value;
  if (folding.value.ended !== 'never') void ended.value;
  const order = sort.value;
  // Sorted by figures that change all the time rows would never stand still: they change places once a second.
  if (order !== null) void (clock.live ? seconds : store.version).value;
  const rows: ProcessRow[] = [];
  for (const row of store.processes.values()) rows.push(row.peek());
  const shaping = { folds: folds.value, folding: folding.value, poolOf: store.poolOfWorker.value, compare: order === null ? null : comparing(order, shownMs()) };
  // Every delta flattens anew while there is a filter: no need to hang on each row that it reads.
  return untracked(() => flatten(rows, { ...shaping, keep: asked.length === 0 ? null : (row) => processMatches(row, asked, around) }));
});

/** Id of the row that keys act on: a process or a group. */
export const activeRow = signal<string | null>(choices.process.peek());
export const hoveredRow = signal<string | null>(null);

export function activate(row: TreeRow): void {
  activeRow.value = row.id;
  if (row.process !== null) chooseProcess(row.process);
}

function setFold(row: TreeRow, open: boolean): void {
  if (row.expandable) chooseForTree({ folds: { ...choices.tree.peek().folds, [row.id]: open } });
}

export function turn(row: TreeRow): void {
  setFold(row, !row.expanded);
}

/** All rows on one level under one parent. */
export function openSiblings(row: TreeRow): void {
  const siblings = tree.peek().rows.filter((other) => other.parentIndex === row.parentIndex && other.expandable);
  chooseForTree({ folds: { ...choices.tree.peek().folds, ...Object.fromEntries(siblings.map((other) => [other.id, true])) } });
}

/** All folds, also those that are not on the screen. Closing leaves the top open: under it is all that there is. */
export function foldAll(open: boolean): void {
  const { rows, foldable } = tree.peek();
  const top = new Set(rows.filter((row) => row.depth === 0).map((row) => row.id));
  chooseForTree({ folds: { ...graphFolds(choices.tree.peek().folds), ...Object.fromEntries(foldable.map((id) => [id, open || top.has(id)])) } });
}

/** Selects a process from elsewhere (a link, a finding) and shows it: folds above it open. */
export function reveal(key: string): void {
  chooseProcess(key);
  // A link that leads nowhere for a filter that was typed long ago would look broken.
  if (!tree.peek().anchor.has(key) && choices.filter.peek() !== '') choices.filter.value = '';
  const now = tree.peek();
  const index = now.anchor.get(key);
  const row = index === undefined ? undefined : now.rows[index];
  if (row !== undefined && row.id !== key && row.expandable && !row.expanded) {
    setFold(row, true);
    if (tree.peek().anchor.get(key) !== index) reveal(key);
    return;
  }
  activeRow.value = key;
  revealed.value = { key };
}

/** Asks the pane to scroll to a row; a new object each time. */
export const revealed = signal<{ readonly key: string } | null>(null);
