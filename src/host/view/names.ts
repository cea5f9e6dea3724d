/** Names of what a run's rows speak of, from a snapshot: as the panel calls them. */
import { namesApart } from '../../model/alike.js';
import { alive, type Names, type Translate } from '../../model/words.js';
import type { Snapshot } from '../../protocol/view.js';

export function namesIn(snapshot: Snapshot, t: Translate): Names {
  const processes = new Map(snapshot.processes.map((row) => [row.key, row]));
  const channels = new Map(snapshot.channels.map((row) => [row.key, row]));
  const tables = [snapshot.locks, snapshot.pools, snapshot.segments, snapshot.shared];
  const objects = new Map(tables.flatMap((rows) => rows.map((row) => [row.key, row] as const)));
  const apart = new Map(tables.flatMap((rows) => [...namesApart(rows)]));
  const object = (key: string): string => {
    const row = objects.get(key);
    if (row === undefined) return key;
    if (row.name !== null) return apart.get(key) ?? row.name;
    if ('systemName' in row && row.systemName !== null) return row.systemName;
    return `${'typeId' in row ? row.typeId : row.kind} #${key.slice(1)}`;
  };
  return {
    process: (key) => processes.get(key)?.name ?? key,
    channel: (key) => {
      const row = channels.get(key);
      if (row === undefined) return key;
      if (row.name !== null) return row.name;
      const pool = snapshot.pools.find(({ channel, results }) => channel === key || results === key);
      if (pool !== undefined) return pool.channel === key ? t('tasks of {0}', object(pool.key)) : t('results of {0}', object(pool.key));
      return row.address ?? `${row.kind} #${key.slice(1)}`;
    },
    object: (key) => {
      const row = objects.get(key);
      if (row === undefined) return { kind: null, name: key, holders: [] };
      const holders = 'holders' in row && !row.holdersUncertain ? row.holders : [];
      const ended = (process: string): boolean => {
        const holder = processes.get(process);
        return holder !== undefined && !alive(holder);
      };
      return { kind: 'typeId' in row ? row.typeId : row.kind, name: object(key), holders: holders.map((process) => ({ process, ended: ended(process) })) };
    },
    servesPool: (process, channel) => snapshot.pools.some((pool) => pool.channel === channel && pool.workers.includes(process)),
  };
}
