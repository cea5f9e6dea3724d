/** Which processes of a run are there now, asked of the operating system, whatever the journal says. */
import type { Model } from '../model/index.js';
import { isAlive, type ProcessIdentity } from '../system/index.js';

/** They end by themselves when the last of their clients is gone, and would take its clean-up with them if they went first. */
export const HELPERS: ReadonlySet<string> = new Set(['forkserver', 'resource-tracker']);

/** Processes of the run that have not ended, zombies not counted. */
export function aliveProcesses(model: Model, withHelpers: boolean): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const row of model.snapshot().processes) {
    if (row.endedMs !== null || row.state === 'zombie' || (!withHelpers && HELPERS.has(row.kind))) continue;
    const identity = model.identity(row.key);
    if (identity !== null && isAlive(identity)) found.push(identity);
  }
  return found;
}
