/** Remembers across reloads of the window which run a page belongs to. */
import * as v from 'valibot';
import type * as vscode from 'vscode';
import type { RunRequest } from './request.js';

const storeKey = 'runs';
const most = 32;

const request = v.object({
  target: v.variant('kind', [v.object({ kind: v.literal('script'), path: v.string() }), v.object({ kind: v.literal('module'), name: v.string() })]),
  folder: v.nullable(v.string()),
  args: v.nullable(v.array(v.string())),
  cwd: v.nullable(v.string()),
  env: v.record(v.string(), v.string()),
  python: v.nullable(v.string()),
});

const remembered = v.object({ token: v.string(), folder: v.string(), name: v.string(), request: v.nullable(request) });
const list = v.fallback(v.array(remembered), []);

export interface Remembered {
  readonly token: string;
  readonly folder: string;
  readonly name: string;
  readonly request: RunRequest | null;
}

export class RunMemory {
  constructor(private readonly state: vscode.Memento) {}

  find(token: string): Remembered | undefined {
    return this.#read().find((entry) => entry.token === token);
  }

  /** In the order in which the runs came. */
  get all(): readonly Remembered[] {
    return this.#read();
  }

  /** What is known of the run in this folder. */
  findFolder(folder: string): Remembered | undefined {
    return this.#read().find((entry) => entry.folder === folder);
  }

  async remember(entry: Remembered): Promise<void> {
    const others = this.#read().filter((other) => other.token !== entry.token);
    await this.state.update(storeKey, [...others, entry].slice(-most));
  }

  async forget(token: string): Promise<void> {
    await this.state.update(
      storeKey,
      this.#read().filter((other) => other.token !== token),
    );
  }

  #read(): readonly Remembered[] {
    return v.parse(list, this.state.get(storeKey));
  }
}
