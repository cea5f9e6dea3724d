/** What a process has to do with a lock, a pool, a segment or a shared object: so that choosing one marks the other. */
import { computed } from '@preact/signals';
import { choices } from './choices.js';
import { objectOf, type ObjectRow } from './names.js';

/** `serves`: a worker of the pool, the server of the object. */
export type Relation = 'holds' | 'waits' | 'serves' | 'uses';

export function relation(row: ObjectRow, process: string): Relation | null {
  if ('holders' in row && row.holders.includes(process)) return 'holds';
  if ('waiters' in row && row.waiters.some((waiter) => waiter.process === process)) return 'waits';
  if ('workers' in row) return row.workers.includes(process) ? 'serves' : row.createdBy === process ? 'uses' : null;
  if ('typeId' in row && row.server === process) return 'serves';
  return ('mappedBy' in row ? row.mappedBy : row.users).includes(process) ? 'uses' : null;
}

/** The object that was chosen last; null while a process or a channel is. */
const chosenObject = computed(() => {
  const key = choices.arrows.value === 'object' ? choices.object.value : null;
  return key === null ? undefined : objectOf(key);
});

/** What a process has to do with the chosen object. */
export function relationToChosen(process: string): Relation | null {
  const row = chosenObject.value;
  return row === undefined ? null : relation(row, process);
}

/** What the chosen process has to do with an object. */
export function relationOfChosen(row: ObjectRow): Relation | null {
  const process = choices.arrows.value === 'process' ? choices.process.value : null;
  return process === null ? null : relation(row, process);
}
