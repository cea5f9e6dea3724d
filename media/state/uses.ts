/** From a process to the channels and objects that it has to do with: the rows themselves tell it the other way round. */
import { computed } from '@preact/signals';
import type { ChannelRow } from '../../src/protocol/view.js';
import type { ObjectRow } from './names.js';
import { store } from './store.js';

export interface Uses {
  readonly channels: readonly string[];
  readonly objects: readonly string[];
  /** Of those that it made. */
  readonly made: readonly string[];
}

const NOTHING: Uses = { channels: [], objects: [], made: [] };

/** Processes that hold an end of a channel or wait at it. */
function processesOfChannel(row: ChannelRow): ReadonlySet<string> {
  return new Set([...row.readers, ...row.writers, ...row.waiters.map((waiter) => waiter.process)]);
}

function processesOfObject(row: ObjectRow): ReadonlySet<string> {
  const out = new Set<string>();
  const add = (keys: readonly string[]): void => keys.forEach((key) => out.add(key));
  if ('holders' in row) add(row.holders);
  if ('waiters' in row) add(row.waiters.map((waiter) => waiter.process));
  if ('workers' in row) add(row.workers);
  if ('mappedBy' in row) add(row.mappedBy);
  if ('users' in row) add(row.users);
  if ('server' in row && row.server !== null) out.add(row.server);
  return out;
}

const uses = computed((): ReadonlyMap<string, Uses> => {
  const out = new Map<string, { channels: string[]; objects: string[]; made: string[] }>();
  const of = (process: string): { channels: string[]; objects: string[]; made: string[] } => {
    let known = out.get(process);
    if (known === undefined) out.set(process, (known = { channels: [], objects: [], made: [] }));
    return known;
  };
  for (const row of store.channels.all()) {
    for (const process of processesOfChannel(row)) of(process).channels.push(row.key);
    if (row.createdBy !== null) of(row.createdBy).made.push(row.key);
  }
  for (const rows of [store.locks, store.pools, store.segments, store.shared]) {
    for (const row of rows.all()) {
      for (const process of processesOfObject(row)) of(process).objects.push(row.key);
      if (row.createdBy !== null) of(row.createdBy).made.push(row.key);
    }
  }
  return out;
});

/** Subscribes to the rows of all channels and objects. */
export function usesOf(process: string): Uses {
  return uses.value.get(process) ?? NOTHING;
}
