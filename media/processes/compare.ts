/** Which two processes are compared: the chosen one, and one that is held beside it. */
import { choices, chooseForTree } from '../state/choices.js';
import { showTab } from '../state/show.js';
import { activeRow } from './tree-state.js';

/** Holds a process beside the chosen one, or lets it go. */
export function toggleCompare(process: string): void {
  if (choices.tree.peek().compare === process) stopComparing();
  else compareWith(process);
}

export function compareWith(process: string): void {
  chooseForTree({ compare: process });
  choices.arrows.value = 'process';
  showTab('details');
}

/** The held one becomes the chosen one, and the other way round. */
export function swapCompared(): void {
  const held = choices.tree.peek().compare;
  const chosen = choices.process.peek();
  if (held === null || chosen === null) return;
  chooseForTree({ compare: chosen });
  choices.process.value = activeRow.value = held;
}

export function stopComparing(): void {
  chooseForTree({ compare: null });
}
