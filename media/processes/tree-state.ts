/** The tree as the page shows it now, and which row the keys are on. */
import { computed, signal } from '@preact/signals';
import type { ProcessRow } from '../../src/protocol/view.js';
import { choices, chooseProcess } from '../state/choices.js';
import { channelName, needles, processMatches } from '../state/names.js';
import { store } from '../state/store.js';
import { flatten, type TreeRow } from './flatten.js';
import type { Names } from './words.js';

const peekNames: Names = {
  process: (key) => store.processes.get(key)?.peek().name ?? key,
  channel: (key) => {
    const row = store.channels.get(key)?.peek();
    return row === undefined ? key : channelName(row);
  },
};

export const tree = computed(() => {
  void store.shape.value;
  const words = needles(choices.filter.value);
  // What a filter finds changes with any row; without one only the shape matters.
  if (words.length > 0) void store.version.value;
  const rows: ProcessRow[] = [];
  for (const row of store.processes.values()) rows.push(row.peek());
  return flatten(rows, choices.turned.value, words.length === 0 ? null : (row) => processMatches(row, words, peekNames));
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
