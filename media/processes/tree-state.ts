/** The tree as the page shows it now, and which row the keys are on. */
import { computed, signal, untracked } from '@preact/signals';
import type { ProcessRow } from '../../src/protocol/view.js';
import { choices, chooseProcess } from '../state/choices.js';
import { names, needles, processMatches } from '../state/names.js';
import { store } from '../state/store.js';
import { flatten, type TreeRow } from './flatten.js';

export const tree = computed(() => {
  void store.shape.value;
  const words = needles(choices.filter.value);
  // What a filter finds changes with any row; without one only the shape matters.
  if (words.length > 0) void store.version.value;
  const turned = choices.turned.value;
  const rows: ProcessRow[] = [];
  for (const row of store.processes.values()) rows.push(row.peek());
  const pools = store.poolOfWorker.value;
  // Every delta flattens anew while there is a filter: no need to hang on each row that it reads.
  return untracked(() => flatten(rows, turned, words.length === 0 ? null : (row) => processMatches(row, words, names), pools));
});

/** Id of the row that keys act on: a process or a group. */
export const activeRow = signal<string | null>(choices.process.peek());
export const hoveredRow = signal<string | null>(null);

export function activate(row: TreeRow): void {
  activeRow.value = row.id;
  if (row.process !== null) chooseProcess(row.process);
}

/** Selects a process from elsewhere (a link, a finding) and shows it: folds above it open. */
export function reveal(key: string): void {
  chooseProcess(key);
  const now = tree.peek();
  const index = now.anchor.get(key);
  const row = index === undefined ? undefined : now.rows[index];
  if (row !== undefined && row.id !== key && row.expandable && !row.expanded) {
    const next = new Set(choices.turned.peek());
    if (!next.delete(row.id)) next.add(row.id);
    choices.turned.value = next;
    if (tree.peek().anchor.get(key) !== index) reveal(key);
    return;
  }
  activeRow.value = key;
  revealed.value = { key };
}

/** Asks the pane to scroll to a row; a new object each time. */
export const revealed = signal<{ readonly key: string } | null>(null);
