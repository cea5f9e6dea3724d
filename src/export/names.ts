/** What exports call things: names of the live view's rows, with nothing in them that could break a line. */
import type { ProcessRow, Snapshot } from '../protocol/view.js';
import { channelName, objectName, plain } from './text/words.js';

export class Names {
  readonly #objects = new Map<string, string>();
  readonly #processes: ReadonlyMap<string, ProcessRow>;

  constructor(snapshot: Snapshot) {
    this.#processes = new Map(snapshot.processes.map((row) => [row.key, row]));
    const { cwd } = snapshot.run;
    const uses = new Map<string, number>();
    for (const row of snapshot.channels) uses.set(channelName(row, cwd), (uses.get(channelName(row, cwd)) ?? 0) + 1);
    for (const row of snapshot.channels) {
      const name = channelName(row, cwd);
      // Those that one line made are told apart: tracks of one name would be one track.
      this.#objects.set(row.key, uses.get(name) === 1 || name.endsWith(row.key) ? name : `${name} ${row.key}`);
    }
    for (const row of [...snapshot.locks, ...snapshot.pools, ...snapshot.segments, ...snapshot.shared]) this.#objects.set(row.key, objectName(row, snapshot));
  }

  row(key: string | null): ProcessRow | null {
    return key === null ? null : (this.#processes.get(key) ?? null);
  }

  /** Of a process, by its key; the key itself where it has no row. */
  process(key: string): string {
    return plain(this.#processes.get(key)?.name ?? key);
  }

  /** Of a channel, lock, pool, segment, shared object or process, by its key. */
  of(key: string): string {
    return this.#objects.get(key) ?? this.process(key);
  }
}
